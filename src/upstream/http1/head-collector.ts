// Finds the empty line that ends a head or trailers. A block that came in one read is read where it lies; one that came in pieces is
// collected, so that the work is linear in its bytes and the memory is bounded, however small the pieces are.

const blockEnd = Buffer.from('\r\n\r\n');
const firstBytes = 2_048;

type Sliceable = Buffer & { latin1Slice(start: number, end: number): string };

/** The text of a block was found; or more is needed; or it is larger than allowed; or a line feed stands alone. */
export type Collected = 'found' | 'more' | 'large' | 'malformed';

export class HeadCollector {
  /** After `found`: Latin-1, the block with the CRLF of its last line. */
  text = '';
  /** After `found`: where the byte after the block is. */
  next = 0;
  /** After `found`: bytes of the block, its empty line included. */
  bytes = 0;
  #kept: Buffer | null = null;
  #length = 0;

  /** Forget what was collected. */
  reset(): void {
    this.#kept = null;
    this.#length = 0;
  }

  /** What came of a block so far; only for looking at. */
  get begun(): Buffer {
    return this.#kept === null ? Buffer.alloc(0) : this.#kept.subarray(0, this.#length);
  }

  /**
   * Look for the end of the block.
   *
   * @param limit the most bytes of a block
   */
  collect(bytes: Buffer, start: number, end: number, limit: number): Collected {
    if (this.#length > 0) return this.#append(bytes, start, end, limit);
    // Beyond `end` there may be what an earlier read left behind: the first hit counts, and only where it is whole.
    const at = bytes.indexOf(blockEnd, start);
    if (at === -1 || at + 4 > end) return this.#append(bytes, start, end, limit);
    this.next = at + 4;
    this.bytes = at + 4 - start;
    if (this.bytes > limit) return 'large';
    this.text = (bytes as Sliceable).latin1Slice(start, at + 2);
    return 'found';
  }

  #append(bytes: Buffer, start: number, end: number, limit: number): Collected {
    const before = this.#length;
    const taken = Math.min(end - start, limit + 1 - before);
    const kept = this.#room(before + taken, limit);
    bytes.copy(kept, before, start, start + taken);
    this.#length = before + taken;
    // The end may lie across the seam.
    const seam = Math.max(0, before - 3);
    const at = kept.indexOf(blockEnd, seam);
    if (at !== -1 && at + 4 <= this.#length) {
      this.next = start + at + 4 - before;
      this.bytes = at + 4;
      this.text = (kept as Sliceable).latin1Slice(0, at + 2);
      this.reset();
      return this.bytes > limit ? 'large' : 'found';
    }
    if (this.#length > limit) return 'large';
    return hasLoneLineFeed(kept, seam, this.#length) ? 'malformed' : 'more';
  }

  /** The kept bytes with room for so many; grows by doubling. */
  #room(length: number, limit: number): Buffer {
    const kept = this.#kept;
    if (kept !== null && kept.length >= length) return kept;
    const size = Math.min(limit + 1, Math.max(firstBytes, length, (kept?.length ?? 0) * 2));
    const made = Buffer.alloc(size);
    kept?.copy(made, 0, 0, this.#length);
    this.#kept = made;
    return made;
  }
}

/** Without this a head that ends its lines by LF would be waited for until its time is up. */
function hasLoneLineFeed(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === 0x0a && (at === 0 || bytes[at - 1] !== 0x0d)) return true;
  }
  return false;
}
