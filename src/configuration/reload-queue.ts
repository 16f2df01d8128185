// One load at a time. What is asked for during one is done by the next, which serves all who asked meanwhile.

export interface ReloadQueue {
  /** @returns whether a load that began after this call went live; never rejects where `load` does not */
  ask(reason: string): Promise<boolean>;
  /** Comes back when nothing is under way and nothing waits any more. */
  settled(): Promise<void>;
}

/** @param load not begun before the call that asked for it came back: what it tells others may ask for a reload at once */
export function createReloadQueue(load: (reason: string) => Promise<boolean>): ReloadQueue {
  let underWay: Promise<boolean> | null = null;
  let next: Promise<boolean> | null = null;

  const run = (reason: string): Promise<boolean> => {
    underWay = Promise.resolve()
      .then(() => load(reason))
      .finally(() => {
        underWay = null;
      });
    return underWay;
  };

  return {
    ask(reason) {
      if (underWay === null) return run(reason);
      // What is under way may have read a file before it changed.
      next ??= underWay.then(() => {
        next = null;
        return run(reason);
      });
      return next;
    },
    async settled() {
      await (next ?? underWay);
    },
  };
}
