// One reading of an e-mail address, for rules, providers and mail alike: narrower than RFC 5321, so that nobody's address reads as
// somebody else's, whichever mail server reads it next.

import { domainToASCII } from 'node:url';

/** RFC 5322 dot-atom, section 3.2.3; no quotes, comments or folding. */
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** Host names by RFC 1123 section 2.1, as A-labels; no address literals, no trailing dot. */
const domainPart = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Whether a local part says more than a name. Mail servers read `user%elsewhere.example` and `elsewhere.example!user` as routes to
 * another domain (RFC 5321 section 3.6.1 and appendix F.2, RFC 1123 section 5.2.16), and libraries decode `=?…?=` (RFC 2047) into
 * characters that no address may have: mail to it may reach somebody outside the domain that stands behind the `@`.
 */
export function isRoute(local: string): boolean {
  return /[%!]/.test(local) || local.includes('=?');
}

/**
 * The address in lower case, or `null` when it is not an ordinary ASCII address. Whose it is, nothing says here.
 *
 * @param email what a provider or a person gave for one, of any type
 */
export function parseEmailAddress(email: unknown): string | null {
  if (typeof email !== 'string' || email.length > 254) return null;
  // Lower-casing before the ASCII check would let the Kelvin sign become a `k`.
  if (!/^[\x21-\x7e]+$/.test(email)) return null;
  const [local, domain, ...rest] = email.toLowerCase().split('@');
  if (local === undefined || domain === undefined || rest.length > 0) return null;
  const isOrdinary =
    local.length <= 64 && localPart.test(local) && !isRoute(local) && domainPart.test(domain);
  return isOrdinary ? `${local}@${domain}` : null;
}

/** An address has at most 254 characters; the rest is for blanks around it. */
const longestTyped = 320;

/**
 * An address as a person types it.
 *
 * @param text of any length and any characters
 * @returns lower case and ASCII, a domain of another script as its A-labels (RFC 5891); `null` for what is not an ordinary address.
 *   Letters of other scripts before the `@` are not taken: no policy can name them.
 */
export function parseTypedAddress(text: string): string | null {
  if (text.length > longestTyped) return null;
  const typed = text.trim();
  const at = typed.lastIndexOf('@');
  if (at <= 0) return null;
  const domain = typed.slice(at + 1);
  // Only for other scripts: of ASCII it would take more for a name than there is in a name (`%2e`, `0x7f.1`).
  const ascii = /[^\u0000-\u007f]/.test(domain) ? domainToASCII(domain) : domain;
  return parseEmailAddress(`${typed.slice(0, at)}@${ascii}`);
}
