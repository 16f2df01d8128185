// How much one process may be sent through tunnels that nobody has taken yet: each stream has a window, and all windows together a bound.
// Pure: it counts, and opens nothing.

/** What a stream begins with, bytes. */
export const firstWindow = 262_144;
/** The most of one stream: 90 MB/s over a line with a round trip of 150 ms. */
export const largestWindow = 16_777_216;
/** What a stream gets when nothing is left: it would stand still without. */
const leastWindow = 16_384;
/** A stream begins with at most this part of what is left, and grows by at most that one, so that those after it find something too. */
const partToBegin = 64;
const partToGrow = 4;

export const usualBufferBytes = 134_217_728;

export class BufferBudget {
  readonly #most: number;
  #granted = 0;

  /** @param most bytes of all windows together, but for the least of each */
  constructor(most: number) {
    this.#most = most;
  }

  /** The bytes of all windows. */
  get granted(): number {
    return this.#granted;
  }

  /** A window for another stream, to be given back. @returns bytes */
  open(): number {
    const window = Math.max(leastWindow, Math.min(firstWindow, Math.floor(this.#left / partToBegin)));
    this.#granted += window;
    return window;
  }

  /** @returns the window of a stream that takes all it is sent: larger, or as it was */
  grow(window: number): number {
    const larger = Math.min(largestWindow, window * 2, window + Math.floor(this.#left / partToGrow));
    // A little more is not worth telling.
    if (larger < window * 1.25) return window;
    this.#granted += larger - window;
    return larger;
  }

  close(window: number): void {
    this.#granted -= window;
  }

  get #left(): number {
    return Math.max(0, this.#most - this.#granted);
  }
}
