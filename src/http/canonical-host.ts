// Reads the authority of a request (`Host`, `:authority`) or of the configuration into the one canonical host name.
// The only maker of CanonicalHost. It refuses what it would have to guess: nothing is repaired but case and one trailing dot.
import { isIPv4, isIPv6 } from 'node:net';
import { domainToUnicode } from 'node:url';
import type { CanonicalHost } from './request-target.ts';

/** An authority without user information: the canonical host and the port, `null` when none was given. */
export interface ParsedHost {
  readonly host: CanonicalHost;
  readonly port: number | null;
}

const longestName = 253;
const longestAuthority = longestName + 1 + ':65535'.length;
const hyphen = 0x2d;
const dot = 0x2e;
const colon = 0x3a;

/**
 * Read `host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986 section 3.2.2).
 *
 * Names are ASCII letters, digits, `-` and `_` in labels of 1 to 63 characters; internationalised names only as valid
 * A-labels (`xn--…`). A host that ends in a number must be four plain decimal octets: the octal, hexadecimal and short
 * spellings that some resolvers accept are refused. IPv6 literals come out in RFC 5952 form with their brackets.
 *
 * @param authority as sent; white space, user information, an empty port, port 0 and a zone id make it invalid
 * @returns `null` when it is not a host. That the host is one of ours is NOT checked.
 */
export function parseHost(authority: string): ParsedHost | null {
  if (authority.length === 0 || authority.length > longestAuthority) return null;
  if (authority.charCodeAt(0) === 0x5b) return parseBracketed(authority);
  const end = authority.indexOf(':');
  const name = canonicalName(end === -1 ? authority : authority.slice(0, end));
  if (name === null) return null;
  if (end === -1) return { host: name as CanonicalHost, port: null };
  const port = parsePort(authority, end + 1);
  return port === null ? null : { host: name as CanonicalHost, port };
}

/**
 * Read a host from the configuration: the same grammar, without a port. `null` when it is not a host.
 */
export function canonicalHostOf(text: string): CanonicalHost | null {
  const parsed = parseHost(text);
  return parsed === null || parsed.port !== null ? null : parsed.host;
}

function parseBracketed(authority: string): ParsedHost | null {
  const end = authority.indexOf(']');
  const literal = authority.slice(1, end);
  if (end === -1 || literal.includes('%') || !isIPv6(literal)) return null;
  // The URL parser of the platform writes RFC 5952 form, also for literals that end in an IPv4 address.
  const host = new URL(`http://[${literal}]/`).hostname as CanonicalHost;
  if (end === authority.length - 1) return { host, port: null };
  const port = authority.charCodeAt(end + 1) === colon ? parsePort(authority, end + 2) : null;
  return port === null ? null : { host, port };
}

function parsePort(authority: string, start: number): number | null {
  const digits = authority.length - start;
  if (digits < 1 || digits > 5 || authority.charCodeAt(start) === 0x30) return null;
  let port = 0;
  for (let i = start; i < authority.length; i++) {
    const code = authority.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return null;
    port = port * 10 + (code - 0x30);
  }
  return port <= 65_535 ? port : null;
}

function canonicalName(text: string): string | null {
  const end = text.charCodeAt(text.length - 1) === dot ? text.length - 1 : text.length;
  if (end === 0 || end > longestName) return null;
  let labelStart = 0;
  let hasUpperCase = false;
  for (let i = 0; i <= end; i++) {
    const code = i === end ? dot : text.charCodeAt(i);
    if (code === dot) {
      const length = i - labelStart;
      if (length < 1 || length > 63) return null;
      if (text.charCodeAt(labelStart) === hyphen || text.charCodeAt(i - 1) === hyphen) return null;
      labelStart = i + 1;
    } else if (code >= 0x41 && code <= 0x5a) {
      hasUpperCase = true;
    } else if (!isNameCharacter(code)) {
      return null;
    }
  }
  const cut = end === text.length ? text : text.slice(0, end);
  const name = hasUpperCase ? cut.toLowerCase() : cut;
  if (endsInNumber(name)) return isIPv4(name) ? name : null;
  // A label that is not a valid A-label stays as it is, where a valid one turns into letters.
  if (name.includes('xn--') && /(?:^|\.)xn--/.test(domainToUnicode(name))) return null;
  return name;
}

function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === hyphen || code === 0x5f;
}

/** Whether URL parsers would take the name for an IPv4 address (WHATWG URL, "ends in a number checker"). */
function endsInNumber(name: string): boolean {
  const first = name.charCodeAt(name.lastIndexOf('.') + 1);
  return (
    first >= 0x30 && first <= 0x39 && /^(?:[0-9]+|0x[0-9a-f]*)$/.test(name.slice(name.lastIndexOf('.') + 1))
  );
}
