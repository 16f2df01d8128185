// Counts what strangers do, in this process's memory: bounded, and without a word about what they did it to.

export interface Limiter {
  /** Takes one from what this key has left; false when there is nothing. */
  spend(key: string, nowMs: number): boolean;
}

interface Used {
  count: number;
  readonly endsAtMs: number;
}

/**
 * @param limit so often in `windowMs`, which begins with the first use
 * @param entries keys that are remembered; with more, the one that was used longest ago is forgotten
 */
export function createLimiter(limit: number, windowMs: number, entries = 20_000): Limiter {
  const used = new Map<string, Used>();
  return {
    spend: (key, nowMs) => {
      const known = used.get(key);
      const isOpen = known !== undefined && nowMs < known.endsAtMs && nowMs >= known.endsAtMs - windowMs;
      const entry = isOpen ? known : { count: 0, endsAtMs: nowMs + windowMs };
      used.delete(key);
      used.set(key, entry);
      if (used.size > entries) {
        const [oldest] = used.keys();
        if (oldest !== undefined) used.delete(oldest);
      }
      entry.count += 1;
      return entry.count <= limit;
    },
  };
}
