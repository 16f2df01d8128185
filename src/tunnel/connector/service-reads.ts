// Where what a service says is read into. Memory is used again once it was written to the edge: chunks that V8 has to find and collect were
// a third of what a connector costs while it sends a large body. Small reads are copied out of one buffer that all connections share.

const readBytes = 65_536;
/** A read of this size is worth the whole buffer; a smaller one is copied. */
const worthGiving = 16_384;
/** Buffers that are kept for the next large body, of the whole process: 4 MB. */
const mostFree = 64;

const shared: Buffer = Buffer.allocUnsafeSlow(readBytes);
const free: Buffer[] = [];

/** Of one connection. */
export class ServiceReads {
  #own: Buffer | null = null;

  /** What the next read goes into. */
  next(): Buffer {
    return this.#own ?? shared;
  }

  /**
   * Pass on what was read.
   *
   * @param write writes it, and calls back once its memory may be used again
   */
  pass<T>(buffer: Buffer, length: number, write: (chunk: Buffer, onWritten: () => void) => T): T {
    const own = this.#own;
    if (own !== null && buffer === own && length >= worthGiving) {
      this.#own = takeFree();
      return write(own.subarray(0, length), () => giveBack(own));
    }
    // Full reads come of large bodies; after them, the buffer is somebody else's again.
    if (length === readBytes) this.#own ??= takeFree();
    else this.close();
    return write(Buffer.from(buffer.subarray(0, length)), nothing);
  }

  /** Nothing is read into its buffer any more: the connection is closed, or the next read goes elsewhere. */
  close(): void {
    if (this.#own !== null) giveBack(this.#own);
    this.#own = null;
  }
}

function takeFree(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(readBytes);
}

function giveBack(buffer: Buffer): void {
  if (free.length < mostFree) free.push(buffer);
}

function nothing(): void {}
