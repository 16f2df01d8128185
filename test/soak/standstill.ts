// The visitors of the soak and its application share one thread. While that does not get its turn, or the whole machine stands still, no
// deadline says anything about bouncer: such moments are noted as disturbances, and the table tells them.
import type { Disturbances } from '../chaos/chaos-site.ts';

const everyMs = 100;
/** A turn that is so late is a standstill. Half of the shortest deadline that anything here has. */
const standstillMs = 700;

export interface Standstills {
  readonly count: number;
  readonly longestMs: number;
  close(): void;
}

export function watchStandstills(disturbances: Disturbances): Standstills {
  let lastMs = performance.now();
  let count = 0;
  let longestMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const lateMs = nowMs - lastMs - everyMs;
    lastMs = nowMs;
    if (lateMs < standstillMs) return;
    count += 1;
    longestMs = Math.max(longestMs, Math.round(lateMs));
    disturbances.begin()();
  }, everyMs);
  return {
    get count() {
      return count;
    },
    get longestMs() {
      return longestMs;
    },
    close: () => clearInterval(timer),
  };
}
