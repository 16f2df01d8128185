// Where a connection's reads go. Small responses are read into one buffer that all connections share, and what is kept of them is copied
// or made a text. A large body gets buffers of the connection's own, which are given away in place of a copy.

/** The most bytes of one read. */
export const readBytes = 65_536;
const shared: Buffer = Buffer.allocUnsafeSlow(readBytes);
/** A chunk that fills so much of an own buffer is worth the whole of it. */
const worthGiving = 32_768;

export class ReadBuffer {
  /** A large body is being read. */
  isLarge = false;
  #own: Buffer | null = null;
  #isGiven = false;

  /** What the next read goes into. */
  next(): Buffer {
    if (!this.isLarge) {
      this.#own = null;
      return shared;
    }
    if (this.#own === null || this.#isGiven) this.#own = Buffer.allocUnsafeSlow(readBytes);
    this.#isGiven = false;
    return this.#own;
  }

  /** The chunk itself where its memory is not read into again, else a copy. */
  keep(chunk: Buffer): Buffer {
    const own = this.#own;
    if (own === null || chunk.buffer !== own.buffer || chunk.length < worthGiving) return Buffer.from(chunk);
    this.#isGiven = true;
    return chunk;
  }
}
