// The times that run while a connection carries an exchange, in milliseconds of the monotonic clock. The upstream's runs only while it is
// the one to act. Nobody is called: whoever looks finds what is over.

/** How long `Expect: 100-continue` waits for an answer; curl waits as long before it sends a body unasked. */
const continueMs = 1_000;

const never = Number.POSITIVE_INFINITY;

export class ExchangeDeadlines {
  #upstreamAtMs: number = never;
  #continueAtMs: number = never;

  /** The upstream is the one to act. @param timeoutMs from now; 0: as long as it likes */
  allowUpstream(timeoutMs: number): void {
    this.#upstreamAtMs = timeoutMs === 0 ? never : performance.now() + timeoutMs;
  }

  /** Somebody else is the one to act. */
  stopUpstream(): void {
    this.#upstreamAtMs = never;
  }

  /** Whether the upstream's time runs. */
  get isUpstreamAwaited(): boolean {
    return this.#upstreamAtMs !== never;
  }

  isUpstreamLate(nowMs: number): boolean {
    return nowMs >= this.#upstreamAtMs;
  }

  /** The body waits for a 100. */
  awaitContinue(): void {
    this.#continueAtMs = performance.now() + continueMs;
  }

  stopContinue(): void {
    this.#continueAtMs = never;
  }

  isContinueLate(nowMs: number): boolean {
    return nowMs >= this.#continueAtMs;
  }

  /** There is no exchange any more. */
  stop(): void {
    this.#upstreamAtMs = never;
    this.#continueAtMs = never;
  }
}
