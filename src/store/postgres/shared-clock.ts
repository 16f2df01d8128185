// The database's time, as exactly as its answers tell: the time that all processes compare. It goes on by this process's own steady
// clock, so that nobody's setting of a wall clock moves it.

/** An estimate is replaced by a less exact one only after this time, milliseconds. */
const freshForMs = 30_000;

interface Estimate {
  readonly databaseMs: number;
  readonly steadyMs: number;
  readonly roundTripMs: number;
}

export class SharedClock {
  readonly #steadyMs: () => number;
  #estimate: Estimate | null = null;

  /** @param steadyMs a clock that nobody sets, milliseconds */
  constructor(steadyMs: () => number = () => performance.now()) {
    this.#steadyMs = steadyMs;
  }

  /**
   * An answer of the database's clock.
   *
   * @param databaseMs what it said, milliseconds since the epoch
   * @param askedAtMs when it was asked, by the steady clock
   */
  learn(databaseMs: number, askedAtMs: number): void {
    const steadyMs = this.#steadyMs();
    const roundTripMs = steadyMs - askedAtMs;
    const told = { databaseMs: databaseMs + roundTripMs / 2, steadyMs, roundTripMs };
    const old = this.#estimate;
    const isBetter =
      old === null ||
      roundTripMs <= old.roundTripMs ||
      steadyMs - old.steadyMs > freshForMs ||
      // It was set, or this machine slept.
      Math.abs(told.databaseMs - this.#at(old, steadyMs)) > roundTripMs + 100;
    if (isBetter) this.#estimate = told;
  }

  #at(estimate: Estimate, steadyMs: number): number {
    return estimate.databaseMs + steadyMs - estimate.steadyMs;
  }

  /** Milliseconds since the epoch, whole; this machine's time until the database has said its own. */
  now(): number {
    return this.#estimate === null ? Date.now() : Math.round(this.#at(this.#estimate, this.#steadyMs()));
  }
}
