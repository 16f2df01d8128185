// The claims of an ID token, type by type (OpenID Connect Core section 3.1.3.7). It verifies no signature and no nonce.
import { hash } from 'node:crypto';
import { isSameSecret } from '../opaque-token.ts';
import type { Claims } from './identity-from-claims.ts';

/** How far a provider's clock may be ahead of ours, or behind. Seconds. */
export const clockToleranceSeconds = 60;
/** No ID token is valid for longer; keeps nonsense such as 1e300 out. Seconds. */
const maxLifetimeSeconds = 366 * 24 * 3600;

export interface IdTokenExpectations {
  /** Exactly as in the provider's metadata. */
  readonly issuer: string;
  readonly clientId: string;
  /** The `alg` that the token was signed with, already allowed. */
  readonly algorithm: string;
  readonly accessToken: string;
  readonly nowMs: number;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11;
}

function isSubject(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length >= 1 && value.length <= 255 && /^[\x20-\x7e]+$/.test(value)
  );
}

/** Section 3.1.3.8: the left half of the hash that goes with the signature's algorithm. */
function accessTokenHash(algorithm: string, accessToken: string): string {
  const size = /^(?:RS|PS|ES)(256|384|512)$/.exec(algorithm)?.[1] ?? '512';
  const digest = hash(`sha${size}`, accessToken, 'buffer');
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/** What makes a token no word of this provider for this client, whoever it speaks of (OpenID Connect Core section 12.2). */
export const contradictions: ReadonlySet<string> = new Set([
  'another issuer',
  'another audience',
  'further audiences',
  'another authorized party',
]);

/** @returns what is wrong, in a few words without values, or `null` */
export function checkIdToken(claims: Claims, expected: IdTokenExpectations): string | null {
  const nowSeconds = expected.nowMs / 1000;
  if (claims['iss'] !== expected.issuer) return 'another issuer';
  const audience = claims['aud'];
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  if (!audiences.includes(expected.clientId)) return 'another audience';
  if (audiences.length > 1 && claims['azp'] !== expected.clientId) return 'further audiences';
  if (claims['azp'] !== undefined && claims['azp'] !== expected.clientId) return 'another authorized party';
  if (!isSubject(claims['sub'])) return 'the subject is not one';
  const { exp, iat, nbf, auth_time: authTime } = claims;
  if (!isTime(exp) || exp > nowSeconds + maxLifetimeSeconds) return 'the expiry is not a time';
  if (exp <= nowSeconds - clockToleranceSeconds) return 'expired';
  if (!isTime(iat) || iat > nowSeconds + clockToleranceSeconds) return 'issued in the future';
  if (nbf !== undefined && (!isTime(nbf) || nbf > nowSeconds + clockToleranceSeconds)) return 'not valid yet';
  if (authTime !== undefined && !isTime(authTime)) return 'the authentication time is not a time';
  const atHash = claims['at_hash'];
  if (atHash !== undefined) {
    const wanted = accessTokenHash(expected.algorithm, expected.accessToken);
    if (typeof atHash !== 'string' || !isSameSecret(atHash, wanted)) return 'another access token';
  }
  return null;
}
