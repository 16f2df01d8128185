// Asks the provider in the background whether a login still holds, with the refresh token that it gave. No request waits for it.
import { BouncerError } from '../bouncer-error.ts';
import type { StoredLogin } from '../store/session-store.ts';
import { causeOf, faultOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import type { LoginParts } from './login-parts.ts';
import { openLoginSecrets, sealLoginSecrets } from './login-secrets.ts';
import type { ProviderAnswer } from './oidc/oidc-provider.ts';
import { logIdOf } from './opaque-token.ts';
import { isOfTheseSettings } from './provider-digest.ts';
import { reportClaims } from './report-claims.ts';
import { isCheckDue } from './session-limits.ts';
import { recheckRetryMs } from './sessions.ts';

/** @returns the background check; it never rejects, says in the log what it could not do, and runs once a login at a time */
export function createRechecker(
  partsNow: () => Promise<LoginParts>,
  telemetry: Pick<Telemetry, 'event'>,
  now: () => number,
): { check(loginId: string): Promise<void> } {
  const underWay = new Map<string, Promise<void>>();
  const check = async (loginId: string): Promise<void> => {
    try {
      await recheck(await partsNow(), loginId, now());
    } catch (error) {
      if (error instanceof BouncerError)
        telemetry.event('store_failed', { action: 'recheck', ...causeOf(error) });
      else telemetry.event('internal_error', { action: 'recheck', ...faultOf(error) });
    }
  };
  return {
    check: (loginId) => {
      const running = underWay.get(loginId) ?? check(loginId).finally(() => underWay.delete(loginId));
      underWay.set(loginId, running);
      return running;
    },
  };
}

async function recheck(parts: LoginParts, loginId: string, nowMs: number): Promise<void> {
  const { store, telemetry, sealer, settings } = parts;
  const login = await store.sessions.findLogin(loginId);
  if (login === null || !isCheckDue(login.checkedAtMs, nowMs, settings.session.recheckMs)) return;
  if (!isOfTheseSettings(settings, login.identity.idp, login.providerDigest)) return;
  const provider = parts.providers.find(login.identity.idp);
  const { refreshToken } = openLoginSecrets(sealer, loginId, login.secrets);
  if (provider === null || refreshToken === null) return;
  // Another process may have had the same thought; a refresh token is good for one of them.
  if (!(await store.sessions.claimCheck(loginId, login.checkedAtMs, nowMs))) return;
  const fields = { provider: login.identity.idp, sub: login.identity.sub, session: logIdOf(loginId) };
  try {
    const answer = await provider.refresh(refreshToken, login.identity, nowMs);
    if (answer === 'ended') {
      await store.sessions.endLogins({ by: 'id', id: loginId });
      telemetry.event('session_revoked', { ...fields, reason: 'provider-ended' });
      return;
    }
    if (await keep(parts, login, refreshToken, answer, nowMs)) {
      telemetry.event('session_refreshed', fields);
      reportClaims(telemetry, provider.settings, answer.identity, login.identity, fields);
    }
  } catch (error) {
    if (!(error instanceof BouncerError) || error.code === 'store_unavailable') throw error;
    // Who is logged in carries on: the provider's silence is no word against them.
    const againAtMs = nowMs + Math.min(recheckRetryMs, settings.session.recheckMs);
    await store.sessions.claimCheck(loginId, nowMs, againAtMs - settings.session.recheckMs);
    telemetry.event('session_refreshed', { ...fields, is_refreshed: false, ...causeOf(error) });
  }
}

/** Stores the new facts and tokens. After a step-up meanwhile the newer facts stay, but a rotated refresh token must not be lost. */
async function keep(
  parts: LoginParts,
  login: StoredLogin,
  usedRefreshToken: string,
  answer: ProviderAnswer,
  nowMs: number,
): Promise<boolean> {
  const { store, sealer } = parts;
  let current: StoredLogin | null = login;
  for (let attempt = 0; attempt < 3 && current !== null; attempt++) {
    const old = openLoginSecrets(sealer, login.id, current.secrets);
    if (old.refreshToken !== usedRefreshToken) return false;
    const secrets = {
      idToken: answer.idToken ?? old.idToken,
      refreshToken: answer.refreshToken ?? old.refreshToken,
    };
    const isChanged = await store.sessions.updateLogin(login.id, current.revision, {
      identity: current === login ? answer.identity : current.identity,
      providerSid: answer.providerSid ?? current.providerSid,
      secrets: sealLoginSecrets(sealer, login.id, secrets),
      isRefreshable: true,
      mustAskPerson: current.mustAskPerson,
      checkedAtMs: nowMs,
    });
    if (isChanged) return true;
    current = await store.sessions.findLogin(login.id);
  }
  return false;
}
