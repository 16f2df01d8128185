// The clock of this process, put ahead while a flow is played: parts of a site take the clock with them when they start.
import type { Flow } from './flow.ts';

/** How far the clock is ahead, milliseconds. */
export const clock = { aheadMs: 0 };

/** A flow with a clock that it can move. */
export function withClock(flow: Flow): Flow {
  return async (one, sites) => {
    const now = Date.now;
    clock.aheadMs = 0;
    Date.now = () => now() + clock.aheadMs;
    try {
      return await flow(one, sites);
    } finally {
      Date.now = now;
    }
  };
}
