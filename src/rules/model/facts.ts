// What a decision may know about a request. Plain data: whoever builds it vouches that every word in it is verified.
import type { Workload } from './workload.ts';

/**
 * Why a claim is not settled: the provider did not send it, sent it by reference (OpenID Connect Core section 5.6.2), as a type
 * that says nothing, with items of such a type, or larger than is kept; all of it, but by object id alone and not by name; or
 * some of it was kept back from bouncer; or nobody wrote down what it sent.
 */
export type ClaimFault =
  | 'missing'
  | 'by-reference'
  | 'wrong-type'
  | 'odd-items'
  | 'too-large'
  | 'ids-only'
  | 'withheld'
  | 'not-known';

/**
 * Why there is no e-mail address: the provider sent none, or nothing that is one; it did not say that it checked it; or other
 * providers speak for its domain, or this one for others only.
 */
export type EmailFault =
  | 'email-missing'
  | 'email-malformed'
  | 'email-not-verified'
  | 'email-outside-provider';

/**
 * What the provider left open. What is in `groups`, `amr` or `claims` is there all the same; what is not there is not known
 * to be missing. No login can settle it, so it counts for the safe side: false where it would let in, true where it would
 * keep out.
 */
export interface Unsettled {
  /** `null` where there is an address. */
  readonly email: EmailFault | null;
  /** `null`: the groups are all there are. Likewise `amr`. */
  readonly groups: ClaimFault | null;
  readonly amr: ClaimFault | null;
  /** Kept claims by their full name; those that are settled are not in it. */
  readonly claims: Readonly<Record<string, ClaimFault>>;
}

/** Groups that nobody knows, and all else settled: the state that tests and `explain` can ask about. */
export const groupsUnsettled: Unsettled = Object.freeze({
  email: null,
  groups: 'not-known',
  amr: null,
  claims: Object.freeze({}),
});

/** The provider of a person in a test that does not say how they logged in: in a way that is taken. No settings have such an id. */
export const unsaidProvider = '(not said)';

/** A key that answered a ceremony of bouncer's own in this session: roaming, device-bound, its user verified. */
export interface OwnKeyUse {
  /** Milliseconds since the epoch. */
  readonly usedAtMs: number;
  /** Its make, lower case; `null` unless an attestation proves it that still stands. */
  readonly aaguid: string | null;
}

/** A person, as an identity provider vouched for them at the last login. */
export interface Identity {
  /** Stable and unique within `idp`. */
  readonly sub: string;
  /** ASCII, lower case, exactly one `@`; `null` when there is none that counts: see {@link Unsettled.email}. */
  readonly email: string | null;
  readonly name: string | null;
  readonly groups: readonly string[];
  /** Kept claims by their full name in settings, for the `claim` selector. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The id of the identity provider in the settings. */
  readonly idp: string;
  /** RFC 8176 authentication methods. */
  readonly amr: readonly string[];
  readonly acr: string | null;
  /** When the person last proved who they are, milliseconds since the epoch; `null` when the provider did not say, which is never fresh. */
  readonly authTimeMs: number | null;
  /** Set when a hardware key was used in this session, by the provider's word. `usedAtMs` `null`: it did not say when. */
  readonly hardwareKey: { readonly usedAtMs: number | null; readonly aaguid: string | null } | null;
  /** The latest own hardware key of this session. Absent: none was used. */
  readonly ownKey?: OwnKeyUse;
  /** Absent: all of it is settled, as in the tests of rules, which say everything. */
  readonly unsettled?: Unsettled;
}

/** What a person was granted for a time. */
export interface GrantFact {
  /** The name of the application. */
  readonly application: string;
  /** The path of the area that it is for; `null`: the application's own policies. */
  readonly area: string | null;
  /** Milliseconds since the epoch. */
  readonly endsAtMs: number;
}

/** Those of a person; `assumed`: of whatever area is asked about, to see where it would lead. */
export type Grants = readonly GrantFact[] | 'assumed';

/** Everything that selectors can ask about one request. */
export interface Facts {
  /** `null`: nobody is logged in. */
  readonly identity: Identity | null;
  /** The name of the valid service token that was presented, or `null`. */
  readonly serviceToken: string | null;
  /** What a valid token of a trusted issuer says, or `null`. Never beside a service token or an identity. */
  readonly workload: Workload | null;
  /** What the person was granted; an area counts its own alone. Absent: nothing. */
  readonly grants?: Grants;
  /** The client's address in canonical text form, or `null` when unknown (a Unix socket). */
  readonly ip: string | null;
  /** ISO 3166 alpha-2 in upper case, or `null` when unknown. */
  readonly country: string | null;
  readonly method: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Whether a program asks, whatever it proved itself by: it is known not to be a person. */
export function isProgram({ serviceToken, workload }: Facts): boolean {
  return serviceToken !== null || workload !== null;
}
