// Lines of the log on their way to the one who writes them: encoded where they stand, and handed over many at a time. What a write costs
// is then spread over them; how much waits is bounded in bytes and in time, for that is what a process that is killed loses.

export interface LineBatchOptions {
  /** What waits is handed over at the latest when it is so much, bytes: the memory that is held. */
  readonly mostBytes: number;
  /** So much is worth a write: it goes after `enoughMs`. */
  readonly enoughBytes: number;
  /** How long what is enough may wait for more, milliseconds. 0: not at all. */
  readonly enoughMs: number;
  /** How long less than that may wait, milliseconds. */
  readonly longestMs: number;
}

/** A character of a string is three bytes of UTF-8 at most. */
const bytesOfCharacter = 3;

export class LineBatch {
  readonly #options: LineBatchOptions;
  readonly #onBatch: (bytes: Buffer, lines: number) => void;
  readonly #bytes: Buffer;
  #used = 0;
  #lines = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #interval: NodeJS.Timeout;

  /** @param onBatch gets bytes that are its own; in the order of the lines */
  constructor(options: LineBatchOptions, onBatch: (bytes: Buffer, lines: number) => void) {
    this.#options = options;
    this.#onBatch = onBatch;
    this.#bytes = Buffer.allocUnsafeSlow(options.mostBytes);
    this.#interval = setInterval(() => this.handOver(), options.longestMs).unref();
  }

  add(line: string): void {
    const { mostBytes, enoughBytes, enoughMs } = this.#options;
    const longest = line.length * bytesOfCharacter;
    if (longest > mostBytes - this.#used) this.handOver();
    if (longest > mostBytes) {
      this.#onBatch(Buffer.from(line), 1);
      return;
    }
    this.#used += this.#bytes.write(line, this.#used);
    this.#lines += 1;
    if (this.#used < enoughBytes || this.#timer !== null) return;
    if (enoughMs === 0) this.handOver();
    else this.#timer = setTimeout(() => this.handOver(), enoughMs).unref();
  }

  /** What waits goes now. */
  handOver(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#used === 0) return;
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#used));
    const lines = this.#lines;
    this.#used = 0;
    this.#lines = 0;
    this.#onBatch(bytes, lines);
  }

  /** The last goes now: nothing is added any more. */
  end(): void {
    this.handOver();
    clearInterval(this.#interval);
  }
}
