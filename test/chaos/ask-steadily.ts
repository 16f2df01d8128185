// So many requests a second, whatever becomes of them.

export interface Pace {
  readonly requestsPerSecond: number;
  isOver(): boolean;
}

/**
 * @param ask one request; never rejects
 * @returns when the last one is over
 */
export async function askSteadily(
  { requestsPerSecond, isOver }: Pace,
  ask: () => Promise<void>,
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  let [owed, lastMs] = [0, performance.now()];
  while (!isOver()) {
    const nowMs = performance.now();
    owed = Math.min(owed + (requestsPerSecond * (nowMs - lastMs)) / 1000, requestsPerSecond / 2);
    lastMs = nowMs;
    // A machine that cannot keep up is asked less, so that what is measured is not the queue in front of it. What somebody who
    // stands still has taken is no such queue.
    for (; owed >= 1 && inFlight.size < 2 * requestsPerSecond; owed--) {
      const one: Promise<void> = ask().finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(inFlight);
}
