// One reading of an e-mail address for policies: narrower than RFC 5321, so that nobody's address reads as somebody else's.

/** RFC 5322 dot-atom, section 3.2.3; no quotes, comments or folding. */
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** Host names by RFC 1123 section 2.1, as A-labels; no address literals, no trailing dot. */
const domainPart = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

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
  return local.length <= 64 && localPart.test(local) && domainPart.test(domain) ? `${local}@${domain}` : null;
}
