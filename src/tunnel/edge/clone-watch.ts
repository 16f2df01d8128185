// Two processes with one key are a copied machine, or one that came back after a crash before its end was noticed. The newest wins; who
// takes turns at winning is a clone, and after the third turn in ten minutes neither is let in for as long.

const withinMs = 600_000;
const swapsAllowed = 2;
/** Connectors that are remembered; beyond them, those that did not swap for longest are forgotten. */
const capacity = 1_000;

/** `swapped`: the newest is let in, and the older one ends. `refused`: neither is. */
export type SwapOutcome = 'swapped' | 'refused';

export class CloneWatch {
  readonly #swaps = new Map<string, number[]>();
  readonly #refusedUntilMs = new Map<string, number>();

  /** Another process came with the key of one that is connected. @param nowMs monotonic */
  onSwap(connector: string, nowMs: number): SwapOutcome {
    const recent = (this.#swaps.get(connector) ?? []).filter((atMs) => nowMs - atMs < withinMs);
    recent.push(nowMs);
    if (recent.length <= swapsAllowed) {
      remember(this.#swaps, connector, recent);
      return 'swapped';
    }
    this.#swaps.delete(connector);
    remember(this.#refusedUntilMs, connector, nowMs + withinMs);
    return 'refused';
  }

  isRefused(connector: string, nowMs: number): boolean {
    const untilMs = this.#refusedUntilMs.get(connector);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#refusedUntilMs.delete(connector);
    return false;
  }
}

function remember<T>(map: Map<string, T>, connector: string, value: T): void {
  // In the order of their last swap.
  map.delete(connector);
  map.set(connector, value);
  for (const oldest of map.keys()) {
    if (map.size <= capacity) return;
    map.delete(oldest);
  }
}
