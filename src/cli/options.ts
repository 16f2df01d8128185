// Options that several commands share, with one parser each.
import { InvalidArgumentError, Option } from 'commander';
import { canonicalIp } from '../http/client-address.ts';
import { parseTypedAddress } from '../http/email-address.ts';

const defaultConfig = 'bouncer.yaml';

/** `-c FILE`, the settings file. */
export function configOption(): Option {
  return new Option('-c, --config <file>', `the settings file (default: ${defaultConfig})`);
}

/** What `-c` says. */
export function configOf(options: { readonly config?: string }): string {
  return options.config ?? defaultConfig;
}

export function jsonOption(): Option {
  return new Option('--json', 'print machine-readable output');
}

/** Collect an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function parseUrl(text: string): string {
  if (!/^https?:\/\/[^/?#]/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('expected an address such as https://wiki.example.com/page');
  return text;
}

/** An address as logins have it: in lower case, a domain of another script in its ASCII form. */
export function parseEmailOption(text: string): string {
  const email = parseTypedAddress(text);
  if (email === null) throw new InvalidArgumentError('expected an e-mail address such as ada@example.com');
  return email;
}

/** An address in the form that the rules compare. */
export function parseIp(text: string): string {
  const address = canonicalIp(text);
  if (address === null)
    throw new InvalidArgumentError('expected an IP address such as 203.0.113.7 or 2001:db8::7');
  return address;
}

export function parseCountryOption(text: string): string {
  if (!/^[A-Za-z]{2}$/.test(text))
    throw new InvalidArgumentError('expected an ISO 3166 code of two letters such as PT');
  return text.toUpperCase();
}

/** An ISO 8601 time as milliseconds since the epoch. */
export function parseTime(text: string): number {
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) throw new InvalidArgumentError('expected a time such as 2026-03-01T09:30:00Z');
  return timeMs;
}

/** How the number of a request begins, as people copy it. */
export function parseRequestNumber(text: string): string {
  const number = text.trim().replace(/^#/, '').toLowerCase();
  if (!/^[0-9a-f][0-9a-f-]{3,35}$/.test(number))
    throw new InvalidArgumentError('expected a number such as 0f6c2b7e, at least four characters of it');
  return number;
}
