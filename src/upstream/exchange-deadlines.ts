// The times that run while an exchange is under way, in milliseconds of the monotonic clock. The upstream's runs only while it is the one
// to act: not while what it says is held back. Nobody is called: whoever looks finds what is over.

/** How long `Expect: 100-continue` waits for an answer; curl waits as long before it sends a body unasked. */
const continueMs = 1_000;

const never = Number.POSITIVE_INFINITY;

export class ExchangeDeadlines {
  /** What the upstream is given each time; `never`: somebody else is the one to act. */
  #timeoutMs: number = never;
  #upstreamAtMs: number = never;
  #continueAtMs: number = never;
  #isHeld = false;

  /** The upstream is the one to act. @param timeoutMs from now, or from `release` on; 0: as long as it likes */
  allowUpstream(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs === 0 ? never : timeoutMs;
    this.#begin();
  }

  #begin(): void {
    this.#upstreamAtMs =
      this.#isHeld || this.#timeoutMs === never ? never : performance.now() + this.#timeoutMs;
  }

  /** Somebody else is the one to act. */
  stopUpstream(): void {
    this.#timeoutMs = never;
    this.#upstreamAtMs = never;
  }

  /** Nothing of it is read for now: whoever makes us wait is not the upstream. */
  hold(): void {
    this.#isHeld = true;
    this.#upstreamAtMs = never;
  }

  /** It is read again. Its time begins anew. */
  release(): void {
    this.#isHeld = false;
    this.#begin();
  }

  /** Whether the upstream is the one to act. */
  get isUpstreamAwaited(): boolean {
    return this.#timeoutMs !== never;
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
    this.#isHeld = false;
    this.stopUpstream();
    this.stopContinue();
  }
}
