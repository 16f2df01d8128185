// Turns a provider's verified claims into an Identity. Anything of the wrong type counts as absent; nothing is guessed.
import type { Identity } from '../../rules/facts.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { verifiedEmail } from '../verified-email.ts';

/** A JSON object from a verified ID token or from UserInfo. */
export type Claims = Readonly<Record<string, unknown>>;

/** A kept claim larger than this is not kept: sessions stay small, and assertions fit into a header. */
const maxClaimLength = 4096;
const maxNameLength = 256;

function own(object: unknown, name: string): unknown {
  return typeof object === 'object' &&
    object !== null &&
    !Array.isArray(object) &&
    Object.hasOwn(object, name)
    ? (object as Record<string, unknown>)[name]
    : undefined;
}

/** The claim of exactly this name, else what its dots reach: `realm_access.roles`. Own properties only. */
export function readClaim(claims: Claims, path: string): unknown {
  const whole = own(claims, path);
  if (whole !== undefined || !path.includes('.')) return whole;
  return path.split('.').reduce<unknown>((value, name) => own(value, name), claims);
}

function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return [];
  return value.filter((item) => item !== '');
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

/** Whether UserInfo has to be asked for something that policies may want and the ID token does not say. */
export function needsUserInfo(provider: OidcProviderSettings, idToken: Claims): boolean {
  if (!Object.hasOwn(idToken, 'email_verified') || !Object.hasOwn(idToken, 'email')) return true;
  const wanted = provider.groupsClaim === null ? provider.claims : [provider.groupsClaim, ...provider.claims];
  return wanted.some((path) => readClaim(idToken, path) === undefined);
}

/** How far ahead a provider's clock may be, milliseconds. */
const clockToleranceMs = 60_000;

function readAuthTime(seconds: unknown, nowMs: number): number | null {
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
  const read = (path: string): unknown => {
    for (const source of sources) {
      const value = readClaim(source, path);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  // Address and verification come from one source: never the address of one with the `true` of the other.
  const emailSource = sources.find((source) => Object.hasOwn(source, 'email_verified')) ?? idToken;

  const kept: [string, unknown][] = [];
  for (const name of provider.claims) {
    const value = read(name);
    if (value !== undefined && value !== null && isSmall(value)) kept.push([name, frozen(value)]);
  }
  const amr = textsOf(idToken['amr']);
  const acr = textOf(idToken['acr']);
  const authTimeMs = readAuthTime(idToken['auth_time'], nowMs);
  const isHardwareKey =
    amr.some((method) => provider.hardwareKey.amr.includes(method)) ||
    (acr !== null && provider.hardwareKey.acr.includes(acr));
  const name = textOf(read('name'))?.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '') ?? null;
  return Object.freeze({
    sub: String(idToken['sub']),
    email: verifiedEmail(emailSource['email'], emailSource['email_verified']),
    name: name === null || name === '' ? null : name.slice(0, maxNameLength),
    groups: Object.freeze(provider.groupsClaim === null ? [] : textsOf(read(provider.groupsClaim))),
    claims: Object.freeze(Object.assign(Object.create(null), Object.fromEntries(kept))),
    idp: provider.id,
    amr: Object.freeze(amr),
    acr,
    authTimeMs,
    hardwareKey: isHardwareKey ? Object.freeze({ usedAtMs: authTimeMs, aaguid: null }) : null,
  });
}
