// Reads the address of a mail server. Opens nothing, and no text of its problems quotes the address: a password may be in it.
import { isLoopbackHost } from '../http/loopback-host.ts';
import type { Fault } from './field-checks.ts';
import type { SmtpAddress, SmtpSettings } from './settings.ts';

const form =
  /^(?<scheme>smtps?):\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?<port>[0-9]{1,5}))?\/?(?:\?(?<query>[^#]*))?$/i;
const example = 'such as `smtp://bouncer:PASSWORD@mail.example.com:587`, or `smtps:` for TLS from the start';
const longest = 2048;

function fault(reason: string, hint: string, code = 'bad-smtp-url'): { readonly fault: Fault } {
  return { fault: { code, reason, hint } };
}

/** RFC 3986 section 2.1. @returns `undefined` for what is not percent-encoded rightly, or holds a control */
function decode(text: string | undefined): string | null | undefined {
  if (text === undefined || text === '') return null;
  try {
    const decoded = decodeURIComponent(text);
    return /[\u0000-\u001f\u007f]/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** @returns the address, or what is wrong with the text */
export function parseSmtpUrl(text: string): { readonly address: SmtpAddress } | { readonly fault: Fault } {
  const parts = text.length > longest ? undefined : form.exec(text)?.groups;
  if (parts === undefined)
    return fault(
      'this is not the address of a mail server',
      `${example}; write \`%40\` for an @ and \`%2F\` for a / in the password`,
    );
  const [user, password] = [decode(parts['user']), decode(parts['password'])];
  if (user === undefined || password === undefined)
    return fault(
      'the user name or password in the address is not encoded rightly',
      'write `%25` for a percent sign, `%40` for an @',
    );
  const query = parts['query'] ?? '';
  if (query !== '' && query !== 'tls=disable')
    return fault(
      'the address has a parameter that bouncer does not know',
      '`tls=disable` is known, for a server on a network of your own',
    );
  const host = (parts['host'] ?? '').replace(/^\[|\]$/g, '').toLowerCase();
  const isImplicit = parts['scheme']?.toLowerCase() === 'smtps';
  const isNear = isLoopbackHost(parts['host'] ?? '');
  const isClear = query !== '' || (isNear && !isImplicit);
  if (isImplicit && query !== '')
    return fault(
      '`smtps:` asks for TLS, and `tls=disable` turns it off',
      'write `smtp:`, or delete the parameter',
    );
  if (isClear && !isNear && password !== null)
    return fault(
      'without TLS everybody on the way would read the password',
      'delete `tls=disable`, or the password',
      'password-in-the-clear',
    );
  const port = parts['port'] === undefined ? (isImplicit ? 465 : isNear ? 25 : 587) : Number(parts['port']);
  if (port < 1 || port > 65_535) return fault('the port of the mail server is not a port number', example);
  return {
    address: { host, port, user, password, tls: isImplicit ? 'implicit' : isClear ? 'none' : 'starttls' },
  };
}

/** For the schema: what is wrong with an address, or `null`. */
export function checkSmtpUrl(text: string): Fault | null {
  const parsed = parseSmtpUrl(text);
  return 'fault' in parsed ? parsed.fault : null;
}

const mailbox =
  /^(?:(?<name>[^<>"\u0000-\u001f\u007f]{0,100}?) *<(?<bracketed>[^<>\s]{3,254})>|(?<bare>[^<>\s]{3,254}))$/;
const address = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}$/;

/** `Name <name@example.com>`, or the address alone. */
export function parseMailbox(text: string): SmtpSettings['from'] | null {
  if (text.length > 400) return null;
  const found = mailbox.exec(text.trim())?.groups;
  const email = found?.['bracketed'] ?? found?.['bare'] ?? '';
  if (!address.test(email)) return null;
  const name = found?.['name']?.trim() ?? '';
  return { name: name === '' ? null : name, email };
}

export function checkMailbox(text: string): Fault | null {
  if (parseMailbox(text) !== null) return null;
  return {
    code: 'bad-mailbox',
    reason: 'this is not a sender of mail',
    hint: 'write it like `Bouncer <bouncer@example.com>`',
  };
}
