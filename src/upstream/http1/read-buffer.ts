// Where a connection's reads go. Small responses are read into one buffer that all connections share, and what is kept of them is copied
// or made a text. A large body gets buffers of the connection's own, which are given away in place of a copy; the connection keeps to them
// until it brings a small one, so that of one large body after the other not even the beginning is copied.

const readBytes = 65_536;
/** Of a body that is longer: half as many reads, writes and buffers. */
const longReadBytes = 2 * readBytes;
const shared: Buffer = Buffer.allocUnsafeSlow(readBytes);
/** A chunk that fills so much of an own buffer is worth the whole of it; a body of so many bytes is large. */
const worthGiving = 32_768;
/** Before the body stands a head. */
const usualHead = 2_048;

export class ReadBuffer {
  /** Of its own buffers; 0: it needs none. */
  #size = 0;
  #own: Buffer | null = null;
  #isGiven = false;

  /** @param bytes of the body that is read now; infinite: nobody knows */
  expectBody(bytes: number): void {
    if (bytes < worthGiving) this.#size = 0;
    else this.#size = bytes + usualHead <= readBytes ? readBytes : longReadBytes;
  }

  /** What the next read goes into. */
  next(): Buffer {
    if (this.#size === 0) {
      this.#own = null;
      return shared;
    }
    if (this.#own?.length !== this.#size || this.#isGiven) this.#own = Buffer.allocUnsafeSlow(this.#size);
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
