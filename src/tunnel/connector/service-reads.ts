// Where what a service says is read into. Memory is used again once it was written to the edge: chunks that V8 has to find and collect were
// a third of what a connector costs while it sends a large body. Small reads are copied out of one buffer that all connections share.
// That a callback ran does not say that the bytes are out: Node calls it as well where a stream is destroyed in the middle of a write. Only
// what was written well, to a stream that still lives, is used again; anything else is left to V8.

const readBytes = 65_536;
/** A read of this size is worth the whole buffer; a smaller one is copied. */
const worthGiving = 16_384;
/** Buffers that are kept for the next large body, of the whole process: 4 MB. */
const mostFree = 64;

const shared: Buffer = Buffer.allocUnsafeSlow(readBytes);
const free: Buffer[] = [];

/** Towards the edge. */
interface EdgeStream {
  readonly destroyed: boolean;
  readonly closed: boolean;
  write(chunk: Buffer, onWritten?: (error: Error | null | undefined) => void): boolean;
}

/** Of one connection. */
export class ServiceReads {
  #own: Buffer | null = null;

  /** What the next read goes into. */
  next(): Buffer {
    return this.#own ?? shared;
  }

  /** Pass on what was read. */
  pass(buffer: Buffer, length: number, stream: EdgeStream): void {
    const own = this.#own;
    if (own !== null && buffer === own && length >= worthGiving) {
      this.#own = takeFree();
      stream.write(own.subarray(0, length), (error) => {
        const isOut = (error ?? null) === null && !stream.destroyed && !stream.closed;
        if (isOut) giveBack(own);
      });
      return;
    }
    // Full reads come of large bodies; after them, the buffer is somebody else's again.
    if (length === readBytes) this.#own ??= takeFree();
    else this.close();
    stream.write(Buffer.from(buffer.subarray(0, length)));
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
