// When a session ends, idles out and is due for a check: each said once. Times in milliseconds since the epoch.
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { Session, SessionLimits } from './session.ts';

/** A token that a newer one of the same login and host replaced stays good so long, for requests that are under way. Milliseconds. */
export const tokenOverlapMs = 30_000;

/** How long it is known of a browser's token that it ended, and whose it was; its cookie is kept as long. Milliseconds. */
export const endedTokenKeptMs = 86_400_000;

/**
 * When the session ends for this application, used or not: its own limit, or the settings'. A personal token has an end of its own, which
 * an application takes with `clients: basic`.
 */
export function endOfSession(session: Session, { durationMs }: SessionLimits): number {
  return durationMs === null || session.program?.kind === 'personal'
    ? session.expiresAtMs
    : Math.min(session.expiresAtMs, session.createdAtMs + durationMs);
}

/** The shorter of the settings' and the application's idle time, milliseconds. */
export function idleLimitOf(
  { idleTimeoutMs }: SessionLimits,
  settings: { readonly idleTimeoutMs: number },
): number {
  return Math.min(idleTimeoutMs ?? Number.POSITIVE_INFINITY, settings.idleTimeoutMs);
}

/** The last use that is certain: one from ahead of the clock tells nothing, and the login itself is what is left. */
export function certainUse(lastUseMs: number, createdAtMs: number, nowMs: number): number {
  return isAhead(lastUseMs, nowMs) ? createdAtMs : lastUseMs;
}

/** Whether a token that was given an end of its own has reached it; one further off than any is given was made by a wrong clock. */
export function isTokenOver(endsAtMs: number | null, nowMs: number): boolean {
  return endsAtMs !== null && (nowMs >= endsAtMs || isAhead(endsAtMs - tokenOverlapMs, nowMs));
}

/** Whether the provider should be asked again; a check from ahead of the clock counts as none. */
export function isCheckDue(checkedAtMs: number, nowMs: number, recheckMs: number): boolean {
  return nowMs - checkedAtMs >= recheckMs || isAhead(checkedAtMs, nowMs);
}

/** Whether a login has neither reached its end nor idled out by the settings: for lists, where no application asks. */
export function isAlive(
  {
    createdAtMs,
    lastSeenMs,
    expiresAtMs,
  }: Pick<Session, 'createdAtMs' | 'expiresAtMs'> & { readonly lastSeenMs: number },
  { idleTimeoutMs }: { readonly idleTimeoutMs: number },
  nowMs: number,
): boolean {
  return expiresAtMs > nowMs && nowMs - certainUse(lastSeenMs, createdAtMs, nowMs) < idleTimeoutMs;
}
