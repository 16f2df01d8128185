// Asks the provider in the background whether a login still holds, with the refresh token that it gave. No request waits for it.
import { BouncerError } from '../../bouncer-error.ts';
import type { LoginChange, StoredLogin } from '../../store/session-store.ts';
import { causeOf, faultOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import type { RefreshedPerson } from '../identity-provider.ts';
import { logIdOf } from '../opaque-token.ts';
import { isOfTheseSettings } from '../provider-digest.ts';
import { isCheckDue } from '../sessions/session-limits.ts';
import { recheckRetryMs } from '../sessions/sessions.ts';
import { takeCheckLease, writeForSure } from './check-lease.ts';
import { ownKeyOf } from './key-step-up.ts';
import type { LoginContext } from './login-context.ts';
import { openLoginSecrets, sealLoginSecrets } from './login-secrets.ts';
import { isGraceOver } from './recheck-grace.ts';
import { reportClaims } from './report-claims.ts';

/** @returns the background check; it never rejects, says in the log what it could not do, and runs once a login at a time */
export function createRechecker(
  partsNow: () => Promise<LoginContext>,
  telemetry: Pick<Telemetry, 'event'>,
  now: () => number,
): { check(loginId: string): Promise<void> } {
  const underWay = new Map<string, Promise<void>>();
  const check = async (loginId: string): Promise<void> => {
    try {
      await recheck(await partsNow(), loginId, now);
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

async function recheck(parts: LoginContext, loginId: string, clock: () => number): Promise<void> {
  const { store, telemetry, sealer, settings } = parts;
  const nowMs = clock();
  const login = await store.sessions.findLogin(loginId);
  if (login === null || !isCheckDue(login.checkedAtMs, nowMs, settings.session.recheckMs)) return;
  if (!isOfTheseSettings(settings, login.identity.idp, login.providerDigest)) return;
  const provider = parts.providers.find(login.identity.idp);
  const { refreshToken } = openLoginSecrets(sealer, loginId, login.secrets);
  if (provider?.way !== 'redirect' || refreshToken === null) return;
  // Another process may have had the same thought; a refresh token is good for one of them.
  const lease = await takeCheckLease(store.sessions, loginId, {
    expectedCheckedAtMs: login.checkedAtMs,
    recheckMs: settings.session.recheckMs,
    now: clock,
  });
  if (lease === null) return;
  const fields = { provider: login.identity.idp, sub: login.identity.sub, session: logIdOf(loginId) };
  const check: Check = { loginId, nowMs, fields };
  /** The time of the check as the store has it: the claim's, until something else of the login is written. */
  let writtenAtMs: number | null = null;
  let current = login;
  try {
    const answer = await provider.refresh(refreshToken).finally(() => lease.stop());
    if (answer.kind === 'ended') return await endChecked(parts, check, 'provider-ended', answer.cause);
    if (answer.kind === 'ask-person') {
      const asked = await keep(parts, check, { login, refreshToken }, { mustAskPerson: true });
      const cause = `the identity provider wants to see the person: ${answer.cause}`;
      if (asked !== null) telemetry.event('session_refreshed', { ...fields, is_refreshed: false, cause });
      return;
    }
    // Stored before anything else is asked: what is asked next may fail, and the old token is worth nothing any more.
    const rotated = answer.tokens.refreshToken ?? refreshToken;
    const kept =
      rotated === refreshToken
        ? login
        : await writeForSure(() => keep(parts, check, { login, refreshToken }, { refreshToken: rotated }));
    if (kept === null) return;
    if (kept !== login) writtenAtMs = nowMs;
    current = kept;
    const { sources } = openLoginSecrets(sealer, loginId, kept.secrets);
    const now = await provider.describe(answer.tokens, { identity: kept.identity, sources }, nowMs);
    if (now.kind === 'ended') return await endChecked(parts, check, 'provider-ended', now.cause);
    const held = { login: kept, refreshToken: rotated };
    if ((await keep(parts, check, held, { facts: now })) === null) return;
    reportClaims(parts, provider.settings, { identity: now.identity, known: kept.identity }, fields);
    if (now.silence === null) telemetry.event('session_refreshed', fields);
    else await tryAgainSoon(parts, check, nowMs, { cause: now.silence });
  } catch (error) {
    if (!(error instanceof BouncerError) || error.code === 'store_unavailable') throw error;
    const checkedAtMs = writtenAtMs ?? lease.claimedAtMs;
    const unanswered = { login: { ...current, checkedAtMs }, sinceMs: login.unansweredSinceMs };
    if (await isGraceOver(parts, unanswered, clock()))
      await endChecked(parts, check, 'recheck-grace-over', causeOf(error).cause);
    else await tryAgainSoon(parts, check, checkedAtMs, causeOf(error));
  }
}

/** One check of one login. */
interface Check {
  readonly loginId: string;
  readonly nowMs: number;
  /** For events. */
  readonly fields: { readonly provider: string; readonly sub: string; readonly session: string };
}

async function endChecked(
  { store, telemetry }: LoginContext,
  { loginId, fields }: Check,
  reason: 'provider-ended' | 'recheck-grace-over',
  cause: string,
): Promise<void> {
  await store.sessions.endLogins({ by: 'id', id: loginId });
  telemetry.event('session_revoked', { ...fields, reason, cause });
}

/**
 * Who is logged in carries on: the provider's silence says nothing against them.
 *
 * @param checkedAtMs the time of the check as the store has it
 */
async function tryAgainSoon(
  { store, telemetry, settings }: LoginContext,
  { loginId, fields }: Check,
  checkedAtMs: number,
  cause: ReturnType<typeof causeOf>,
): Promise<void> {
  const againAtMs = checkedAtMs + Math.min(recheckRetryMs, settings.session.recheckMs);
  await store.sessions.claimCheck(loginId, checkedAtMs, againAtMs - settings.session.recheckMs);
  telemetry.event('session_refreshed', { ...fields, is_refreshed: false, ...cause });
}

/** A login as it was read, and the refresh token that it is expected to hold still. */
interface Held {
  readonly login: StoredLogin;
  readonly refreshToken: string;
}

/** What a refresh brought. */
interface Brought {
  readonly refreshToken?: string;
  readonly mustAskPerson?: true;
  readonly facts?: Extract<RefreshedPerson, { readonly kind: 'facts' }>;
}

/**
 * Stores what a refresh brought. After a step-up meanwhile the newer facts stay, but a rotated refresh token must not be lost.
 *
 * @returns the login as it is now; `null` when it ended, or got another refresh token meanwhile
 */
async function keep(
  { store, sealer }: LoginContext,
  { loginId, nowMs }: Check,
  { login: known, refreshToken: usedRefreshToken }: Held,
  { refreshToken, mustAskPerson, facts }: Brought,
): Promise<StoredLogin | null> {
  let current: StoredLogin | null = known;
  for (let attempt = 0; attempt < 3 && current !== null; attempt++) {
    const old = openLoginSecrets(sealer, loginId, current.secrets);
    // Written already, and only the answer was lost.
    if (refreshToken !== undefined && old.refreshToken === refreshToken) return current;
    if (old.refreshToken !== usedRefreshToken) return null;
    const isSame = current.revision === known.revision;
    // A grant that was refreshed holds; what it says of the person may still be on its way.
    const isVouched = facts !== undefined || refreshToken !== undefined;
    const isAsking: boolean = isSame
      ? mustAskPerson === true || current.mustAskPerson
      : current.mustAskPerson;
    const secrets = {
      idToken: facts?.idToken ?? old.idToken,
      refreshToken: refreshToken ?? old.refreshToken,
      sources: isSame && facts !== undefined ? facts.sources : old.sources,
    };
    const change: LoginChange = {
      identity:
        isSame && facts !== undefined
          ? { ...facts.identity, ...ownKeyOf(current.identity) }
          : current.identity,
      providerSid: facts?.providerSid ?? current.providerSid,
      secrets: sealLoginSecrets(sealer, loginId, secrets),
      // A provider that wants to see the person is not asked without them.
      isRefreshable: !isAsking,
      mustAskPerson: isAsking,
      checkedAtMs: nowMs,
      unansweredSinceMs: null,
      vouchedAtMs: isVouched && known.vouchedAtMs !== null ? nowMs : null,
    };
    if (await store.sessions.updateLogin(loginId, current.revision, change))
      return { ...current, ...change, revision: current.revision + 1 };
    current = await store.sessions.findLogin(loginId);
  }
  return null;
}
