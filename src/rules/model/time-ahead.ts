// Times that lie ahead of the clock: the clock was put back since, or another one is wrong. Nothing is fresh because of such a time.

/** How far two clocks may differ, milliseconds. */
export const clockToleranceMs = 60_000;

/**
 * Whether a time is so far ahead that it tells nothing about how long ago something was.
 *
 * @param timeMs, nowMs milliseconds since the epoch
 */
export function isAhead(timeMs: number, nowMs: number): boolean {
  return timeMs > nowMs + clockToleranceMs;
}
