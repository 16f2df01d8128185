// What `bouncer init` takes for an answer: the address that people open, where the site runs, who may open it, the provider's issuer. What
// it takes is what the files that it writes may hold; everything else is refused with what to write in its place.
import { isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { BouncerError } from '../bouncer-error.ts';
import { canonicalHostOf } from '../http/canonical-host.ts';
import { parseTypedAddress } from '../http/email-address.ts';
import { isLoopbackHost } from '../http/loopback-host.ts';
import { parseTunnelAddress, tunnelScheme } from '../http/tunnel-address.ts';

const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;

function refuse(message: string, hint: string): never {
  throw new BouncerError('usage', message, { hint });
}

/**
 * Where people open the site: an origin.
 *
 * @param text as typed, with its scheme or without
 * @throws BouncerError `usage`
 */
export function parsePublicAddress(text: string, { isLocal }: { readonly isLocal: boolean }): URL {
  const example = isLocal ? 'http://photos.localhost:8080' : 'photos.example.com';
  const whole = scheme.test(text) ? text : `${isLocal ? 'http' : 'https'}://${text}`;
  if (/\s/.test(text) || !URL.canParse(whole))
    return refuse(`\`${text}\` is not an address`, `write it as ${example}`);
  const url = new URL(whole);
  const { hostname, protocol, pathname, search, hash, username, password, port } = url;
  if (protocol !== 'http:' && protocol !== 'https:')
    return refuse(`\`${protocol}\` is not how people open a site`, `write the address as ${example}`);
  if (username + password !== '')
    return refuse('the address has a name or a password before its `@`', `leave them out: ${example}`);
  if (pathname !== '/' || search + hash !== '')
    return refuse(
      'the address is a name alone, without a path',
      'a part of a site is protected by `paths` in the rules',
    );
  const host = canonicalHostOf(hostname);
  if (host === null || !host.includes('.') || isIPv4(host) || host.startsWith('[') || port === '0')
    return refuse(
      `\`${hostname}${port === '' ? '' : `:${port}`}\` is not a name that people can be sent to`,
      'a name of a domain of yours, such as photos.example.com',
    );
  const isHere = host.endsWith('.localhost');
  if (isLocal && (!isHere || protocol !== 'http:'))
    return refuse(
      `with --local the address is on this machine, and \`${hostname}\` is not`,
      `use a name below localhost, such as ${example}`,
    );
  if (protocol !== 'https:' && !isHere)
    return refuse(
      'people must come by https',
      'give the address with https://; for a try on this machine use --local',
    );
  url.hostname = host;
  return url;
}

/** Where a site runs, as rules write it: a host and a port alone are taken for plain http. @throws BouncerError `usage` */
export function parsePlace(text: string): string {
  const place = /^[a-z]+:(?!\d)/i.test(text) ? text : `http://${text}`;
  if (text.startsWith(tunnelScheme) && parseTunnelAddress(text) !== null) return text;
  if (place.startsWith('unix:/') && !/\s/.test(place)) return place;
  const url = /^https?:\/\//i.test(place) && URL.canParse(place) && !/\s/.test(place) ? new URL(place) : null;
  const isPlain = url !== null && url.pathname + url.search + url.hash + url.username + url.password === '/';
  if (url === null || !isPlain || url.port === '0')
    return refuse(
      `\`${text}\` is not where a site runs`,
      'expected its host and port, such as http://127.0.0.1:8091, or unix:/run/app.sock, or a tunnel and a service, such as tunnel:laptop/site',
    );
  return place.replace(scheme, (begin) => begin.toLowerCase());
}

/** An address or a domain in lower case. @throws BouncerError `usage` */
export function parseWho(text: string): string {
  const who = text.trim();
  const domain = canonicalHostOf(domainToASCII(who));
  const read = who.includes('@') ? parseTypedAddress(who) : domain?.includes('.') ? domain : null;
  if (read === null || isIPv4(read))
    return refuse(
      `\`${who}\` is neither an address nor a domain`,
      'expected an address such as mom@gmail.com, or a domain such as example.com',
    );
  return read;
}

/** Everybody in a list with commas or blanks between them. @throws BouncerError `usage` */
export function parseEverybody(text: string): readonly string[] {
  const all = text.split(/[\s,]+/).filter((each) => each !== '');
  return all.length === 0 ? [parseWho('')] : [...new Set(all.map(parseWho))];
}

/** @throws BouncerError `usage` */
export function parseIssuer(text: string): string {
  const url = URL.canParse(text) && !/\s/.test(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search + url.hash + url.username !== '')
    return refuse(`\`${text}\` is not an issuer`, 'copy it from the provider: https://, a host, and a path');
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return refuse('an issuer is asked by https', `write \`${text.replace(/^http:/i, 'https:')}\``);
  return text;
}
