// Whether what is remembered of a session still lets somebody in: pure, and the only place that says so. What follows is the caller's.
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { SessionUse } from './session.ts';
import type { SessionEntry } from './session-entry.ts';
import { certainUse, endOfSession, idleLimitOf, isTokenOver } from './session-limits.ts';

/**
 * - `not-this`: of another host, or known to have ended
 * - `of-other-settings`, `made-ahead`, `over`: the login has ended
 * - `over-here`: for this application alone
 * - `idle`: as far as this process knows
 * - `unvouched`: a personal token that its provider has to vouch for first
 */
export type EntryVerdict =
  | 'stands'
  | 'not-this'
  | 'of-other-settings'
  | 'made-ahead'
  | 'over'
  | 'over-here'
  | 'idle'
  | 'unvouched';

export function judgeEntry(entry: SessionEntry, { host, limits, nowMs }: SessionUse): EntryVerdict {
  const { session, settings, vouchedUntilMs } = entry;
  if (session.host !== host || entry.isEnded) return 'not-this';
  if (entry.isOfOtherSettings) return 'of-other-settings';
  if (isAhead(session.createdAtMs, nowMs)) return 'made-ahead';
  if (nowMs >= session.expiresAtMs) return 'over';
  if (vouchedUntilMs !== null) return nowMs < vouchedUntilMs ? 'stands' : 'unvouched';
  if (isTokenOver(entry.tokenEndsAtMs, nowMs) || nowMs >= endOfSession(session, limits)) return 'over-here';
  const unusedMs = nowMs - certainUse(entry.seenMs, session.createdAtMs, nowMs);
  return unusedMs >= idleLimitOf(limits, settings.session) ? 'idle' : 'stands';
}
