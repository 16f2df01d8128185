// The value of an identity header: what the application is told of the person in a plain field. Whatever a provider put
// into a claim, the value is one line of printable ASCII and cannot pose as another value.

/** Where an identity header's value comes from. */
export type IdentityHeaderSource =
  | { readonly kind: 'email' | 'sub' | 'name' | 'groups' }
  | { readonly kind: 'claim'; readonly claim: string };

/** What of a person can be told in a header. */
export interface TellablePerson {
  readonly email: string | null;
  readonly sub: string;
  readonly name: string | null;
  readonly groups: readonly string[];
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
  const text = Array.isArray(value) ? joinMembers(value) : encodeScalar(value);
  return text === null || text === '' || text.length > longestValue ? null : text;
}

function claimOf(identity: TellablePerson, claim: string): unknown {
  return Object.hasOwn(identity.claims, claim) ? identity.claims[claim] : undefined;
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
  return (
    value
      .toWellFormed()
      // Inner spaces stay readable; those at the ends would be trimmed on the way.
      .replace(/[^\u0020-\u007e]+|%|^ +| +$/gu, (part) =>
        part === '%' || part.startsWith(' ')
          ? encodePlain(part)
          : encodeURIComponent(part).replace(/[^%0-9A-F]/g, encodePlain),
      )
  );
}

function encodePlain(part: string): string {
  return Array.from(
    part,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
