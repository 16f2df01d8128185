// Lines out of chunks, none longer than allowed.

export class LineReader {
  readonly #longest: number;
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  #parts: Buffer[] = [];
  #length = 0;
  #isOver = false;

  /** @param longest bytes of a line; beyond them `onTooLong` is called, once, and nothing more is read */
  constructor(longest: number, onLine: (line: string) => void, onTooLong: () => void) {
    this.#longest = longest;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  push(chunk: Buffer): void {
    let start = 0;
    while (!this.#isOver) {
      const end = chunk.indexOf(0x0a, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      this.#length += part.length;
      if (this.#length > this.#longest) {
        this.#isOver = true;
        this.#onTooLong();
        return;
      }
      this.#parts.push(part);
      if (end === -1) return;
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
      this.#onLine(line);
    }
  }

  /** Read nothing more. */
  stop(): void {
    this.#isOver = true;
  }
}
