// How long a connector waits before it tries again: full jitter, so that a thousand that were cut off together do not come back together.

const firstMs = 500;
const longestMs = 60_000;
/** After a connection that lived so long, waiting begins anew. */
export const healthyMs = 60_000;

/** @param attempt 0 for the first try after a failure @param random 0 ≤ … < 1 @returns milliseconds */
export function waitBefore(attempt: number, random: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling * random);
}
