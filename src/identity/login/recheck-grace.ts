// How long a login stands whose provider cannot be asked whether it still holds (`session.recheck_grace`).
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { StoredLogin } from '../../store/session-store.ts';
import type { LoginContext } from './login-context.ts';

/** A login whose check got no answer. */
export interface Unanswered {
  /** As it is in the store, with the time of this check. */
  readonly login: StoredLogin;
  /** Since when there is none, as it was before this check; `null`: this is the first time. */
  readonly sinceMs: number | null;
}

/**
 * Whether it has stood so as long as it may. The first check without an answer is written down: the time counts from there,
 * however long nobody used the session before.
 *
 * @throws BouncerError `store_unavailable`
 */
export async function isGraceOver(
  { store, settings }: Pick<LoginContext, 'store' | 'settings'>,
  { login, sinceMs }: Unanswered,
  nowMs: number,
): Promise<boolean> {
  const { recheckGraceMs } = settings.session;
  if (recheckGraceMs === null) return false;
  // One from ahead of the clock was written by a wrong one.
  const knownMs = sinceMs === null || isAhead(sinceMs, nowMs) ? null : sinceMs;
  if (nowMs - (knownMs ?? nowMs) >= recheckGraceMs) return true;
  if (knownMs !== null && login.unansweredSinceMs !== null) return false;
  const { identity, providerSid, secrets, isRefreshable, mustAskPerson, checkedAtMs } = login;
  const same = { identity, providerSid, secrets, isRefreshable, mustAskPerson, checkedAtMs };
  // Not after a step-up meanwhile, which is an answer.
  const change = { ...same, unansweredSinceMs: knownMs ?? nowMs };
  await store.sessions.updateLogin(login.id, login.revision, change);
  return false;
}
