// What somebody who is refused by the rules may read of why. Kinds of things and the operator's own words: never a group, an address, a
// network or a time that the rules name.

/** A kind of thing that some policy wants to be different. */
export type Lack =
  | 'address'
  /** There is none that counts. */
  | 'confirmed_address'
  | 'group'
  /** They are in one that is kept out. */
  | 'group_out'
  /** The provider does not tell which groups they are in. */
  | 'known_group'
  | 'claim'
  | 'login_method'
  | 'auth_method'
  | 'network'
  | 'country'
  | 'time'
  | 'method'
  | 'grant'
  /** It is for programs. */
  | 'program';

/** One policy that would let them in: its label, or all of these; of each list one is enough. */
export type MissedWay = { readonly label: string } | { readonly lacks: readonly (readonly Lack[])[] };

export type Denial =
  /** No policy lets in. Each once, in the order of the rules; may be empty. */
  | { readonly kind: 'missing'; readonly ways: readonly MissedWay[] }
  /** A policy keeps out that says itself what it is. */
  | { readonly kind: 'rule'; readonly label: string };
