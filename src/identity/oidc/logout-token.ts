// A back-channel logout token (Back-Channel Logout 1.0 section 2.4): its shape, its claims, its signature. It looks for no replay.

import { isRecord } from '../../source/is-record.ts';
import type { LogoutToken } from '../identity-provider.ts';
import type { Claims } from './claim-at.ts';
import type { Discovered } from './discovery.ts';
import type { ProviderContact } from './provider-contact.ts';
import { providerFailure } from './provider-failure.ts';
import { checkTokenShape } from './token-shape.ts';

const eventName = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token is sent when it is made; an older one is a replay. Milliseconds. */
const maxAgeMs = 5 * 60_000;
const clockToleranceMs = 60_000;

/**
 * @returns `null` for what is not this provider's word to this client
 * @throws BouncerError `provider_unavailable` when its keys cannot be had
 */
export async function verifyLogoutToken(
  { keys, metadata, algorithms, settings }: Discovered,
  contact: Pick<ProviderContact, 'note'>,
  text: string,
  nowMs: number,
): Promise<LogoutToken | null> {
  const token = checkTokenShape(text, algorithms, ['logout+jwt', 'application/logout+jwt', 'jwt']);
  if (token === null) return null;
  const expected = { issuer: metadata.issuer, clientId: settings.clientId };
  const checked = checkClaims(token.claims, expected, nowMs);
  if (checked === null) return null;
  try {
    await keys.verify(token, 'logout-token');
  } catch (error) {
    // Known keys verify without the provider: only a question to it tells whether it answers.
    const failure = providerFailure('a logout token cannot be verified', error, {
      settings,
      redirectUri: null,
    });
    if (failure.code === 'login_failed') return null;
    contact.note(failure);
    throw failure;
  }
  return checked;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 255 ? value : null;
}

/** @returns `null` when the claims are not those of a logout token of this issuer for this client, made lately */
function checkClaims(
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
