// The claims of a back-channel logout token (Back-Channel Logout 1.0 section 2.4). It verifies no signature and no replay.
import type { LogoutToken } from '../identity-provider.ts';
import { isRecord } from '../is-record.ts';
import type { Claims } from './identity-from-claims.ts';

const eventName = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token is sent when it is made; an older one is a replay. Milliseconds. */
const maxAgeMs = 5 * 60_000;
const clockToleranceMs = 60_000;

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 255 ? value : null;
}

/** @returns `null` when the claims are not those of a logout token of this issuer for this client, made lately */
export function checkLogoutToken(
  claims: Claims,
  expected: { readonly issuer: string; readonly clientId: string },
  nowMs: number,
): LogoutToken | null {
  const { iss, aud, iat, exp, events, sid, sub } = claims;
  if (iss !== expected.issuer) return null;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(expected.clientId)) return null;
  if (typeof iat !== 'number' || Math.abs(nowMs - iat * 1000) > maxAgeMs) return null;
  if (exp !== undefined && (typeof exp !== 'number' || exp * 1000 <= nowMs - clockToleranceMs)) return null;
  // An ID token must never pass for a logout token: those have a nonce, and no events.
  if (Object.hasOwn(claims, 'nonce')) return null;
  if (!isRecord(events) || !isRecord(events[eventName])) return null;
  const jti = textOf(claims['jti']);
  if (jti === null) return null;
  if ((sid !== undefined && textOf(sid) === null) || (sub !== undefined && textOf(sub) === null)) return null;
  if (sid === undefined && sub === undefined) return null;
  return { jti, sid: textOf(sid), sub: textOf(sub), expiresAtMs: iat * 1000 + 2 * maxAgeMs };
}
