// Turns a provider's verified claims into an Identity. Nothing is guessed: what cannot be used, or was not said, is kept as not
// settled, so that a provider that says less never lets anybody in.
import type { ClaimFault, Identity } from '../../rules/model/facts.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { type ClaimPath, type Claims, claimAt, isBarred, isByReference } from './claim-at.ts';
import { emailFromClaims } from './email-from-claims.ts';
import { groupsFromClaims, tellsGroups } from './groups-from-claims.ts';

/** A claim larger than this as JSON, in characters, is not kept: sessions stay small. */
const maxClaimLength = 4096;
const maxNameLength = 256;

/** RFC 8176: a list of texts. One that is anything else counts as none at all, as it may mean anything. */
function amrOf(idToken: Claims): { readonly amr: readonly string[]; readonly fault: ClaimFault | null } {
  const value = idToken['amr'];
  const isElsewhere = isByReference(idToken, 'amr');
  if (value === undefined || value === null)
    return { amr: [], fault: isElsewhere ? 'by-reference' : 'missing' };
  if (!Array.isArray(value)) return { amr: [], fault: 'wrong-type' };
  if (!value.every((item) => typeof item === 'string' && item !== '')) return { amr: [], fault: 'odd-items' };
  return { amr: value, fault: isElsewhere ? 'by-reference' : null };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isSmall(value: unknown): boolean {
  try {
    return JSON.stringify(value).length <= maxClaimLength;
  } catch {
    // Nested too deeply to be written down: as good as too large.
    return false;
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

/** Whether UserInfo has to be asked for something that policies may want and the ID token does not say: `null` is not said. */
export function needsUserInfo(provider: OidcProviderSettings, idToken: Claims): boolean {
  const isSaid = (path: ClaimPath): boolean => (claimAt(idToken, path) ?? null) !== null;
  if (!isSaid('email_verified') || !isSaid('email')) return true;
  if (!tellsGroups(provider, idToken)) return true;
  return !provider.claims.every(isSaid);
}

interface KeptClaims {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly faults: Readonly<Record<string, ClaimFault>>;
}

/** The claims that the settings want kept, and why some of them are not settled. No prototypes, as names may be any. */
function keepClaims(
  { claims, optionalClaims }: OidcProviderSettings,
  sources: readonly Claims[],
): KeptClaims {
  const kept: Record<string, unknown> = Object.create(null);
  const faults: Record<string, ClaimFault> = Object.create(null);
  for (const name of claims) {
    const value = firstValue(sources, name);
    if (value !== undefined && isSmall(value)) kept[name] = frozen(value);
    if (sources.some((source) => isByReference(source, name))) faults[name] = 'by-reference';
    else if (value === undefined && sources.some((source) => isBarred(source, name)))
      faults[name] = 'wrong-type';
    else if (value === undefined && !optionalClaims.includes(name)) faults[name] = 'missing';
    else if (value !== undefined && !isSmall(value)) faults[name] = 'too-large';
  }
  return { claims: Object.freeze(kept), faults: Object.freeze(faults) };
}

/** A claim that is `null` was not said (OpenID Connect Core section 5.3.2). */
function firstValue(sources: readonly Claims[], path: string): unknown {
  for (const source of sources) {
    const value = claimAt(source, path);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** How far ahead a provider's clock may be, milliseconds. */
const clockToleranceMs = 60_000;

function authTimeOf(seconds: unknown, nowMs: number): number | null {
  if (typeof seconds !== 'number' || !(seconds > 0)) return null;
  const ms = Math.floor(seconds * 1000);
  return ms > nowMs + clockToleranceMs ? null : Math.min(ms, nowMs);
}

/**
 * The person whom the provider vouches for.
 *
 * @param idToken claims of an ID token whose signature, issuer, audience, times and nonce are verified
 * @param userInfo UserInfo of the same `sub`, verified; `null` when it was not asked. The ID token goes first.
 * @param nowMs an `auth_time` a little ahead of it counts as now, one far ahead as none
 */
export function identityFromClaims(
  provider: OidcProviderSettings,
  idToken: Claims,
  userInfo: Claims | null,
  nowMs: number,
): Identity {
  const sources = userInfo === null ? [idToken] : [idToken, userInfo];
  const { email, fault: emailFault } = emailFromClaims(provider, sources);
  const { groups, fault: groupsFault } = groupsFromClaims(provider, sources);
  const { claims, faults } = keepClaims(provider, sources);
  const { amr, fault: amrFault } = amrOf(idToken);
  const acr = textOf(idToken['acr']);
  const authTimeMs = authTimeOf(idToken['auth_time'], nowMs);
  const isHardwareKey =
    amr.some((method) => provider.hardwareKey.amr.includes(method)) ||
    (acr !== null && provider.hardwareKey.acr.includes(acr));
  const name = textOf(firstValue(sources, 'name'))?.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '') ?? null;
  return Object.freeze({
    sub: String(idToken['sub']),
    email,
    name: name === null || name === '' ? null : name.slice(0, maxNameLength),
    groups: Object.freeze(groups),
    claims,
    idp: provider.id,
    amr: Object.freeze(amr),
    acr,
    authTimeMs,
    hardwareKey: isHardwareKey ? Object.freeze({ usedAtMs: authTimeMs, aaguid: null }) : null,
    unsettled: Object.freeze({ email: emailFault, groups: groupsFault, amr: amrFault, claims: faults }),
  });
}
