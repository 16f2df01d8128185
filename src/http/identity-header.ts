// The value of an identity header: what the application is told of the person in a plain field. Whatever a provider put
// into a claim, the value is one line of printable ASCII and cannot pose as another value.

/** Where an identity header's value comes from. */
export type IdentityHeaderSource =
  | { readonly kind: 'email' | 'sub' | 'name' | 'groups' | 'idp' }
  | { readonly kind: 'claim'; readonly claim: string };

/** What of a person can be told in a header. */
export interface TellablePerson {
  readonly email: string | null;
  readonly sub: string;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly idp: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A value longer than this is left out: an upstream would refuse the request, and half a value would be a lie. */
const longestValue = 8192;

/**
 * The value for one source, or `null` when the person has none.
 *
 * Printable ASCII stands as it is; `%` and everything else are percent-encoded UTF-8, so that `decodeURIComponent` gives the
 * claim back. Lists are joined by `,`, a comma inside a member being encoded.
 */
export function identityHeaderValue(source: IdentityHeaderSource, identity: TellablePerson): string | null {
  const value = source.kind === 'claim' ? claimOf(identity, source.claim) : identity[source.kind];
  if (isTooLong(value)) return null;
  const text = Array.isArray(value) ? joinMembers(value) : encodeScalar(value);
  return text === null || text === '' || text.length > longestValue ? null : text;
}

function claimOf(identity: TellablePerson, claim: string): unknown {
  return Object.hasOwn(identity.claims, claim) ? identity.claims[claim] : undefined;
}

/** What is written is never shorter than the claim, so that a long one is not even read. */
function isTooLong(value: unknown): boolean {
  if (!Array.isArray(value)) return typeof value === 'string' && value.length > longestValue;
  let length = 0;
  for (const member of value as readonly unknown[]) length += typeof member === 'string' ? member.length : 0;
  return length > longestValue;
}

function joinMembers(members: readonly unknown[]): string {
  const texts: string[] = [];
  for (const member of members) {
    const text = encodeScalar(member);
    if (text !== null && text !== '') texts.push(text.replaceAll(',', '%2C'));
  }
  return texts.join(',');
}

function encodeScalar(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return null;
  let start = 0;
  let end = value.length;
  while (start < end && value.charCodeAt(start) === 0x20) start++;
  while (end > start && value.charCodeAt(end - 1) === 0x20) end--;
  // Inner spaces stay readable; those at the ends would be trimmed on the way.
  const inner = value
    .slice(start, end)
    .toWellFormed()
    .replace(/[^\u0020-\u007e]+|%/gu, (part) =>
      part === '%' ? encodePlain(part) : encodeURIComponent(part).replace(/[^%0-9A-F]/g, encodePlain),
    );
  return '%20'.repeat(start) + inner + '%20'.repeat(value.length - end);
}

function encodePlain(part: string): string {
  return Array.from(
    part,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
