// The line before each chunk (RFC 9112 section 7.1), byte by byte: the size, and extensions that are read over and bounded.
import { UpstreamFault } from '../upstream-fault.ts';

const inSize = 0;
const beforeExtension = 1;
const inExtension = 2;
const inLineEnd = 3;
type State = 0 | 1 | 2 | 3;

/** `fffffffffffff` is 2^52: sums of sizes stay exact. */
const mostDigits = 13;
/** Bytes of a line without the data that would justify them: extensions are a way to send much and say nothing. */
const mostOverhead = 16_384;
/** Each chunk may cost so much. */
const freeOverhead = 16;

/** Reads one line after another. */
export class ChunkLine {
  /** Bytes of the chunk whose line was read; 0: it was the last. */
  size = 0;
  fault: UpstreamFault | null = null;
  #state: State = inSize;
  #digits = 0;
  #overhead = 0;

  /** A new body. */
  reset(): void {
    this.fault = null;
    this.#overhead = 0;
    this.#next();
  }

  #next(): void {
    this.#state = inSize;
    this.#digits = 0;
    this.size = 0;
  }

  /**
   * Read on.
   *
   * @returns where the byte after the line is, or -1: the line is not complete, or `fault` is set
   */
  read(bytes: Buffer, start: number, end: number): number {
    if (this.#state === inSize && this.#digits === 0) this.#next();
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      switch (this.#state) {
        case inSize:
          if (!this.#readSize(byte)) return this.#fail('its size');
          break;
        case beforeExtension:
          if (byte === 0x3b) this.#state = inExtension;
          else if (byte !== 0x20 && byte !== 0x09) return this.#fail('its size');
          break;
        case inExtension:
          if (byte === 0x0d) this.#state = inLineEnd;
          else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) return this.#fail('its extension');
          break;
        case inLineEnd:
          if (byte !== 0x0a) return this.#fail('the end of its line');
          this.#state = inSize;
          this.#digits = 0;
          this.#overhead = Math.max(0, this.#overhead - freeOverhead - 2 * this.size);
          return at + 1;
      }
      if (++this.#overhead > mostOverhead) return this.#fail('too many extensions');
    }
    return -1;
  }

  #readSize(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.size = this.size * 16 + digit;
      return ++this.#digits <= mostDigits;
    }
    if (this.#digits === 0) return false;
    if (byte === 0x0d) this.#state = inLineEnd;
    else if (byte === 0x3b) this.#state = inExtension;
    // RFC 9112 section 7.1.1: white space may stand before an extension, and nowhere else.
    else if (byte === 0x20 || byte === 0x09) this.#state = beforeExtension;
    else return false;
    return true;
  }

  #fail(what: string): number {
    this.fault = new UpstreamFault('UPSTREAM_CHUNK_INVALID', what);
    return -1;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
