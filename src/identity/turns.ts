// At most so many at once of what many want to do; the others wait in line, in the order in which they came.

export interface Turns {
  /**
   * Waits for a turn.
   *
   * @returns what ends it, to be called once; `null` when none came in time
   */
  take(): Promise<(() => void) | null>;
}

/** @param most at once @param waitMs how long somebody waits in line, milliseconds */
export function createTurns(most: number, waitMs: number): Turns {
  let taken = 0;
  /** Each gives the turn to who waits; false when they do not any more. */
  const line: (() => boolean)[] = [];
  const end = (): void => {
    for (let next = line.shift(); next !== undefined; next = line.shift()) if (next()) return;
    taken -= 1;
  };
  return {
    take: () => {
      if (taken < most) {
        taken += 1;
        return Promise.resolve(end);
      }
      return new Promise((resolve) => {
        let isWaiting = true;
        const timer = setTimeout(() => {
          isWaiting = false;
          resolve(null);
        }, waitMs).unref();
        line.push(() => {
          if (!isWaiting) return false;
          isWaiting = false;
          clearTimeout(timer);
          resolve(end);
          return true;
        });
      });
    },
  };
}
