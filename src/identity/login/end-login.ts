// Logout by the person and by the provider. Either ends the login on every host at once; the provider is asked only afterwards.
import { BouncerError } from '../../bouncer-error.ts';
import { parseRecord } from '../../source/is-record.ts';
import type { LoginSelection } from '../../store/session-store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { hashToken, logIdOf } from '../opaque-token.ts';
import { clearSessionCookie, type LoginContext, visitFields } from './login-context.ts';
import { openLoginSecrets } from './login-secrets.ts';
import type { LoginStep, Visit } from './login-step.ts';

/** `POST /.bouncer/logout`, already checked to be same-origin. RP-Initiated Logout 1.0 where the provider has it. */
export async function endLogin(parts: LoginContext, visit: Visit): Promise<LoginStep> {
  const { settings, telemetry } = parts;
  const setCookies = [clearSessionCookie(settings)];
  const { session } = visit;
  if (session === null) return { kind: 'signed-out', setCookies };
  const ended = await endHere(parts, visit, session.id);
  telemetry.event('logout', {
    ...visitFields(visit),
    sub: session.identity.sub,
    email: session.identity.email,
    session: session.logId,
  });
  if (ended === 'not-written') return { kind: 'signed-out', setCookies, isWritten: false };
  const provider = parts.providers.find(session.identity.idp);
  if (provider === null) return { kind: 'signed-out', setCookies };
  if (provider.way !== 'redirect') return { kind: 'signed-out', setCookies, isOwnWay: true };
  const { idToken } = openLoginSecrets(parts.sealer, session.id, ended.secrets);
  try {
    const request = await provider.endSession(idToken, `${settings.authUrl}/.bouncer/logout`);
    if (request === null) return { kind: 'signed-out', setCookies, stillAt: provider.settings.label };
    return request.kind === 'address'
      ? { kind: 'redirect', location: request.location, setCookies }
      : { kind: 'send-form', action: request.action, fields: request.fields, setCookies };
  } catch (error) {
    // The provider is down: bouncer's own session has ended all the same, and the provider's state is its own affair.
    if (error instanceof BouncerError && error.code !== 'store_unavailable')
      return { kind: 'signed-out', setCookies, stillAt: provider.settings.label };
    throw error;
  }
}

/** A store that cannot be written keeps nobody in: the login has ended in this process, and is written when it can be. */
async function endHere(
  parts: LoginContext,
  visit: Visit,
  loginId: string,
): Promise<{ readonly secrets: string | null } | 'not-written'> {
  const { sessions } = parts.store;
  try {
    const login = await sessions.findLogin(loginId);
    await sessions.endLogins({ by: 'id', id: loginId });
    return { secrets: login?.secrets ?? null };
  } catch (error) {
    if (!(error instanceof BouncerError) || error.code !== 'store_unavailable') throw error;
    parts.telemetry.event('store_failed', {
      action: 'logout',
      request_id: visit.requestId,
      ...causeOf(error),
    });
    return 'not-written';
  }
}

/** The issuer that a token claims to be of: only to choose whose keys it is verified with. */
function claimedIssuer(token: string): string | null {
  const issuer = parseRecord(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))?.['iss'];
  return typeof issuer === 'string' ? issuer : null;
}

/**
 * `POST /.bouncer/backchannel-logout` (Back-Channel Logout 1.0 sections 2.5 to 2.7). True when the token was accepted. Two entries
 * of the settings may be one provider: the token counts for each that it is for.
 */
export async function endByProvider(
  parts: LoginContext,
  logoutToken: string,
  nowMs: number,
): Promise<boolean> {
  const issuer = claimedIssuer(logoutToken);
  let isAccepted = false;
  for (const provider of parts.providers.all()) {
    if (provider.way !== 'redirect') continue;
    const { settings } = provider;
    if (issuer === null || !provider.isIssuer(issuer)) continue;
    const token = await provider.verifyLogoutToken(logoutToken, nowMs);
    if (token === null) continue;
    const marker = `logout-token:${hashToken(JSON.stringify([settings.id, token.jti]))}`;
    const selection: LoginSelection =
      token.sid !== null
        ? { by: 'provider-session', idp: settings.id, sid: token.sid, sub: token.sub }
        : { by: 'subject', idp: settings.id, sub: token.sub ?? '' };
    // What it says, and that it was said, or neither: after a failure the provider may say it again.
    const said = { key: marker, expiresAtMs: token.expiresAtMs };
    const ended = await parts.store.sessions.endLoginsOnce(selection, said, nowMs);
    if (ended === null) continue;
    for (const id of ended)
      parts.telemetry.event('session_revoked', {
        reason: 'backchannel-logout',
        provider: settings.id,
        session: logIdOf(id),
      });
    isAccepted = true;
  }
  return isAccepted;
}
