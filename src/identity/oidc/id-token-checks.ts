// The claims of an ID token, type by type (OpenID Connect Core section 3.1.3.7). It verifies no signature and no nonce.
import { hash } from 'node:crypto';
import { isSameSecret } from '../opaque-token.ts';
import { seenValue } from '../said-by-provider.ts';
import type { Claims } from './claim-at.ts';

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
  /** `null`: `at_hash` is not looked at. */
  readonly accessToken: string | null;
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

/** What is wrong with a token: a stable word, and for the operator what was seen, what is wanted and what to do. */
export interface IdTokenFault {
  readonly what: keyof typeof hints;
  readonly cause: string;
  readonly hint: string;
}

const clocks =
  'set both clocks by a time server (NTP): a difference of up to a minute is allowed, and `bouncer check --online` shows it';

/** Every fault with what to do about it. */
const hints = {
  'another issuer':
    'write `issuer` exactly as the provider does; behind a proxy, let the provider know its public address',
  'another audience': '`client_id` must be the one that the provider shows for this client',
  'further audiences': 'let the provider make tokens for this client alone, or name it as `azp`',
  'another authorized party': '`client_id` must be the one that the provider shows for this client',
  'another nonce':
    'the answer belongs to another login, or the provider drops `nonce`: does something in front of it keep answers?',
  'the subject is not one': 'let the provider send a `sub` of 1 to 255 printable ASCII characters',
  'the expiry is not a time': 'let the provider send `exp` as a number of seconds, within a year',
  expired: clocks,
  'issued in the future': clocks,
  'not valid yet': clocks,
  'the authentication time is not a time': 'let the provider send `auth_time` as a number of seconds',
  'another access token':
    'let the provider leave `at_hash` out, or make it of the access token that it sends along',
} as const;

/** What makes a token no word of this provider for this client, whoever it speaks of (OpenID Connect Core section 12.2). */
export const contradictions: ReadonlySet<string> = new Set([
  'another issuer',
  'another audience',
  'further audiences',
  'another authorized party',
]);

function fault(what: keyof typeof hints, cause: string): IdTokenFault {
  return { what, cause, hint: hints[what] };
}

function timeText(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? seenValue(seconds) : time.toISOString().replace('.000Z', 'Z');
}

/** By how much a time of the provider's is off, by whose clock. */
function aside(name: string, seconds: number, nowSeconds: number): string {
  const difference = Math.round(Math.abs(nowSeconds - seconds));
  const side = seconds > nowSeconds ? 'ahead of' : 'behind';
  return `\`${name}\` is ${timeText(seconds)}, ${difference} s ${side} this machine's clock (${timeText(Math.round(nowSeconds))})`;
}

/**
 * @returns what is wrong, or `null`
 */
export function checkIdToken(claims: Claims, expected: IdTokenExpectations): IdTokenFault | null {
  return (
    checkParties(claims, expected) ?? checkTimes(claims, expected.nowMs / 1000) ?? checkHash(claims, expected)
  );
}

function checkParties(claims: Claims, { issuer, clientId }: IdTokenExpectations): IdTokenFault | null {
  const { iss, aud, azp, sub } = claims;
  const differs = (what: keyof typeof hints, name: string, seen: unknown, wanted: string): IdTokenFault =>
    fault(what, `\`${name}\` of the ID token is ${seenValue(seen)}, and ${wanted} is wanted`);
  if (iss !== issuer) return differs('another issuer', 'iss', iss, seenValue(issuer));
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const client = seenValue(clientId);
  if (!audiences.includes(clientId)) return differs('another audience', 'aud', aud, client);
  if (audiences.length > 1 && azp !== clientId)
    return differs('further audiences', 'aud', aud, `${client} alone`);
  if (azp !== undefined && azp !== clientId) return differs('another authorized party', 'azp', azp, client);
  if (!isSubject(sub)) return differs('the subject is not one', 'sub', sub, 'a short text');
  return null;
}

function checkTimes(claims: Claims, nowSeconds: number): IdTokenFault | null {
  const { exp, iat, nbf, auth_time: authTime } = claims;
  if (!isTime(exp) || exp > nowSeconds + maxLifetimeSeconds)
    return fault(
      'the expiry is not a time',
      `\`exp\` of the ID token is ${seenValue(exp)}, and a time within a year is wanted`,
    );
  if (exp <= nowSeconds - clockToleranceSeconds)
    return fault('expired', `the ID token has expired: ${aside('exp', exp, nowSeconds)}`);
  const future = nowSeconds + clockToleranceSeconds;
  if (!isTime(iat))
    return fault(
      'issued in the future',
      `\`iat\` of the ID token is ${seenValue(iat)}, and a time is wanted`,
    );
  if (iat > future)
    return fault(
      'issued in the future',
      `the ID token was issued in the future: ${aside('iat', iat, nowSeconds)}`,
    );
  if (nbf !== undefined && !isTime(nbf))
    return fault('not valid yet', `\`nbf\` of the ID token is ${seenValue(nbf)}, and a time is wanted`);
  if (isTime(nbf) && nbf > future)
    return fault('not valid yet', `the ID token is not valid yet: ${aside('nbf', nbf, nowSeconds)}`);
  if (authTime !== undefined && !isTime(authTime))
    return fault(
      'the authentication time is not a time',
      `\`auth_time\` of the ID token is ${seenValue(authTime)}, and a number of seconds is wanted`,
    );
  return null;
}

function checkHash(claims: Claims, { algorithm, accessToken }: IdTokenExpectations): IdTokenFault | null {
  const atHash = claims['at_hash'];
  if (atHash === undefined || accessToken === null) return null;
  if (typeof atHash === 'string' && isSameSecret(atHash, accessTokenHash(algorithm, accessToken)))
    return null;
  return fault(
    'another access token',
    '`at_hash` of the ID token is not that of the access token that came with it',
  );
}

/** For a login whose nonce did not come back. Never the nonce itself. */
export function nonceFault(seen: unknown): IdTokenFault {
  const came = seen === undefined || seen === null ? 'has no `nonce`' : 'has another `nonce`';
  return fault('another nonce', `the ID token ${came}, and the one of this login is wanted`);
}
