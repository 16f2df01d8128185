// One timer for the deadlines of all upstream connections. Timers of their own would cost more than all else that a small request
// does here; a deadline may therefore be missed by one tick.

/** Something with deadlines. */
export interface Sweepable {
  /** Look at every deadline. `nowMs` is monotonic. */
  sweep(nowMs: number): void;
}

/** How often deadlines are looked at, milliseconds: as much too late may a timeout come. */
const tickMs = 250;

/** Runs only while somebody is watched; never keeps the process alive. */
export class CoarseClock {
  readonly #watched = new Set<Sweepable>();
  #timer: NodeJS.Timeout | null = null;

  watch(one: Sweepable): void {
    this.#watched.add(one);
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  unwatch(one: Sweepable): void {
    this.#watched.delete(one);
    if (this.#watched.size === 0) this.close();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#watched.clear();
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const one of [...this.#watched]) one.sweep(nowMs);
  }
}
