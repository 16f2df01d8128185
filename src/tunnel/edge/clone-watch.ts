// Two processes with one key are a copied machine, or one that came back after a crash before its end was noticed. The newest wins; who
// takes turns at winning is a clone, and after the third turn in ten minutes neither is let in for as long.

const withinMs = 600_000;
const swapsAllowed = 2;

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
      this.#swaps.set(connector, recent);
      return 'swapped';
    }
    this.#swaps.delete(connector);
    this.#refusedUntilMs.set(connector, nowMs + withinMs);
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
