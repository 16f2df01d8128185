// Which claims an application reads about a session (docs/verify-the-jwt.md, RFC 7519 section 4). Pure: the clock and the id are
// arguments. What is not known is left out; nothing that was not verified ever comes in.
import { isShareAudience } from '../http/share-name.ts';
import type { Known } from '../identity/principal.ts';
import type { Session } from '../identity/sessions/session.ts';

/** What every assertion says. Times are NumericDate: whole seconds since the epoch (RFC 7519 section 2). */
interface CommonClaims {
  readonly iss: string;
  readonly aud: readonly [string];
  readonly sub: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
}

/** The payload of an assertion for a person. */
export interface PersonClaims extends CommonClaims {
  readonly email?: string;
  readonly email_verified?: true;
  readonly name?: string;
  readonly groups: readonly string[];
  /** The person is in more groups than fit, or than the provider could send: `groups` is not all of them. */
  readonly groups_omitted?: true;
  readonly idp: string;
  readonly amr: readonly string[];
  readonly auth_time?: number;
  /** The latest use of a hardware key in this session. `aaguid`: its make, where an attestation proves it. */
  readonly hardware_key?: {
    readonly used_at?: number;
    readonly source: 'bouncer' | 'provider';
    readonly aaguid?: string;
    readonly attested: boolean;
  };
  readonly sid: string;
  readonly type: 'user';
}

/** The payload of an assertion for a program: `sub` and `common_name` are the name of its token. */
export interface ServiceClaims extends CommonClaims {
  readonly common_name: string;
  readonly type: 'service';
}

/**
 * The most that all groups may take as JSON, bytes: with it the token stays below 8190, the longest field that nginx and
 * Apache take. A part of the groups would be worse than none: what is missing could be what keeps somebody out.
 */
const maxGroupsBytes = 4800;

/** The payload for a site that somebody shares: who looks at it, and nothing else that is known of them. */
export interface ShareClaims extends CommonClaims {
  readonly email?: string;
  readonly email_verified?: true;
  readonly type: 'user';
}

/** What the claims need besides the principal. */
export interface AssertionTerms {
  /** `auth_url`, the origin that signs. */
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeMs: number;
  /** When the session or the token ends, milliseconds since the epoch. */
  readonly endsAtMs: number;
  /** Unique for every minted token (RFC 7519 section 4.1.7). */
  readonly tokenId: string;
}

/** Whether the provider spoke of more groups than it sent. One that speaks of none leaves the claim as it always was. */
function isCut({ unsettled }: Session['identity']): boolean {
  const fault = unsettled?.groups ?? null;
  return fault !== null && fault !== 'missing' && fault !== 'ids-only';
}

/**
 * The claims of an assertion that is minted at `nowMs`.
 *
 * `exp` is rounded down, so that the token never outlives what it speaks of, not even by a fraction of a second. An identity
 * whose `email` is set was verified by its provider (that is what {@link Session} promises), so `email_verified` is
 * either `true` or, with the address, absent.
 */
export function assertionClaims(
  principal: Known,
  terms: AssertionTerms,
  nowMs: number,
): PersonClaims | ServiceClaims | ShareClaims {
  const issuedAt = Math.floor(nowMs / 1000);
  const times = {
    iat: issuedAt,
    nbf: issuedAt,
    exp: Math.floor(Math.min(nowMs + terms.lifetimeMs, terms.endsAtMs) / 1000),
    jti: terms.tokenId,
  };
  const aud = [terms.audience] as const;
  if (principal.kind === 'person' && isShareAudience(terms.audience)) {
    const { sub, email } = principal.identity;
    return { iss: terms.issuer, aud, sub, ...addressOf(email), ...times, type: 'user' };
  }
  if (principal.kind === 'person')
    return { iss: terms.issuer, aud, ...factsOf(principal), ...times, sid: principal.id, type: 'user' };
  const { name } = principal;
  return { iss: terms.issuer, aud, sub: name, common_name: name, ...times, type: 'service' };
}

function addressOf(email: string | null): Pick<PersonClaims, 'email' | 'email_verified'> {
  return email === null ? {} : { email, email_verified: true };
}

/** Of two uses the one of bouncer's own ceremony, which says more. */
function keyClaim({ ownKey, hardwareKey }: Session['identity']): Pick<PersonClaims, 'hardware_key'> {
  if (ownKey !== undefined) {
    const { usedAtMs, aaguid } = ownKey;
    const make = aaguid === null ? {} : { aaguid };
    const used_at = Math.floor(usedAtMs / 1000);
    return { hardware_key: { used_at, source: 'bouncer', ...make, attested: aaguid !== null } };
  }
  if (hardwareKey === null) return {};
  const { usedAtMs } = hardwareKey;
  const used = usedAtMs === null ? {} : { used_at: Math.floor(usedAtMs / 1000) };
  return { hardware_key: { ...used, source: 'provider', attested: false } };
}

function factsOf({
  identity,
}: Session): Omit<PersonClaims, keyof CommonClaims | 'sid' | 'type'> & { readonly sub: string } {
  const isFitting = Buffer.byteLength(JSON.stringify(identity.groups)) <= maxGroupsBytes;
  return {
    sub: identity.sub,
    ...addressOf(identity.email),
    ...(identity.name === null ? {} : { name: identity.name }),
    groups: isFitting ? identity.groups : [],
    ...(isFitting && !isCut(identity) ? {} : { groups_omitted: true as const }),
    idp: identity.idp,
    amr: identity.amr,
    ...(identity.authTimeMs === null ? {} : { auth_time: Math.floor(identity.authTimeMs / 1000) }),
    ...keyClaim(identity),
  };
}
