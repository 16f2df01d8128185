// How long a connector waits before it tries again: full jitter, so that a thousand that were cut off together do not come back together.

const firstMs = 500;
const longestMs = 60_000;
/** Each so many milliseconds that a connection lived forgive one failure before it: after a minute all are forgiven. */
const forgivesEachMs = 5_000;
/** More failures than this make no longer wait. */
const mostFailures = 8;

/** @param attempt 0 for the first try after a failure @param random 0 ≤ … < 1 @returns milliseconds */
export function waitBefore(attempt: number, random: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling * random);
}

/** @param attempt as of {@link waitBefore}, before the connection @returns the same after it */
export function attemptAfter(attempt: number, livedMs: number): number {
  return Math.max(0, Math.min(attempt, mostFailures) - Math.floor(livedMs / forgivesEachMs));
}

/**
 * An edge that starts again lets requests wait for `connect_timeout`, which is five seconds as it comes: its connectors are back before.
 * Whoever asks before it listens costs it nothing.
 */
const mostWhereNobodyListens = 3;
const startsWithinMs = 300_000;

/** @param attempt as of {@link waitBefore} @param goneMs since it was connected @returns the same where the connection is refused */
export function attemptWhereNobodyListens(attempt: number, goneMs: number): number {
  return goneMs < startsWithinMs ? Math.min(attempt, mostWhereNobodyListens) : attempt;
}
