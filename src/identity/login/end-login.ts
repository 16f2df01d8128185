// Logout by the person and by the provider. Either ends the login on every host at once; the provider is asked only afterwards.
import { BouncerError } from '../../bouncer-error.ts';
import type { LoginSelection } from '../../store/session-store.ts';
import { isRecord } from '../is-record.ts';
import { hashToken, logIdOf } from '../opaque-token.ts';
import { clearSessionCookie, type LoginParts, visitFields } from './login-context.ts';
import { openLoginSecrets } from './login-secrets.ts';
import type { LoginStep, Visit } from './login-step.ts';

/** `POST /.bouncer/logout`, already checked to be same-origin. RP-Initiated Logout 1.0 where the provider has it. */
export async function endLogin(parts: LoginParts, visit: Visit): Promise<LoginStep> {
  const { settings, store, telemetry } = parts;
  const setCookies = [clearSessionCookie(settings)];
  const { session } = visit;
  if (session === null) return { kind: 'signed-out', setCookies };
  const login = await store.sessions.findLogin(session.id);
  await store.sessions.endLogins({ by: 'id', id: session.id });
  telemetry.event('logout', {
    ...visitFields(visit),
    sub: session.identity.sub,
    email: session.identity.email,
    session: session.logId,
  });
  const provider = parts.providers.find(session.identity.idp);
  if (provider === null) return { kind: 'signed-out', setCookies };
  const { idToken } = openLoginSecrets(parts.sealer, session.id, login?.secrets ?? null);
  try {
    const request = await provider.endSession(idToken, `${settings.authUrl}/.bouncer/logout`);
    if (request === null) return { kind: 'signed-out', setCookies };
    return request.kind === 'address'
      ? { kind: 'redirect', location: request.location, setCookies }
      : { kind: 'send-form', action: request.action, fields: request.fields, setCookies };
  } catch (error) {
    // The provider is down: bouncer's own session has ended all the same, and the provider's state is its own affair.
    if (error instanceof BouncerError && error.code !== 'store_unavailable')
      return { kind: 'signed-out', setCookies };
    throw error;
  }
}

/** The issuer that a token claims to be of: only to choose whose keys it is verified with. */
function claimedIssuer(token: string): string | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return isRecord(claims) && typeof claims['iss'] === 'string' ? claims['iss'] : null;
  } catch {
    return null;
  }
}

/**
 * `POST /.bouncer/backchannel-logout` (Back-Channel Logout 1.0 sections 2.5 to 2.7). True when the token was accepted. Two entries
 * of the settings may be one provider: the token counts for each that it is for.
 */
export async function endByProvider(parts: LoginParts, logoutToken: string, nowMs: number): Promise<boolean> {
  const issuer = claimedIssuer(logoutToken);
  let isAccepted = false;
  for (const provider of parts.providers.all()) {
    const { settings } = provider;
    if (issuer === null || settings.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) continue;
    const token = await provider.verifyLogoutToken(logoutToken, nowMs);
    if (token === null) continue;
    const marker = `logout-token:${hashToken(JSON.stringify([settings.id, token.jti]))}`;
    if (!(await parts.store.once.mark(marker, token.expiresAtMs, nowMs))) continue;
    isAccepted = true;
    const selection: LoginSelection =
      token.sid !== null
        ? { by: 'provider-session', idp: settings.id, sid: token.sid, sub: token.sub }
        : { by: 'subject', idp: settings.id, sub: token.sub ?? '' };
    for (const id of await parts.store.sessions.endLogins(selection))
      parts.telemetry.event('session_revoked', {
        reason: 'backchannel-logout',
        provider: settings.id,
        session: logIdOf(id),
      });
  }
  return isAccepted;
}
