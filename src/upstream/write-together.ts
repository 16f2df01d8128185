// Pieces of a body that come in one turn of the event loop go out in one write. TLS gives out what one read brought record by record, and
// a tunnel its frames in pieces: a write for each would be most of what it costs to pass them on.
import type { Writable } from 'node:stream';
import { type Deferred, putOff } from './end-of-turn.ts';

/** What goes out at the latest, bytes. */
const mostHeld = 65_536;
/** A piece of this size is worth a write of its own. */
const worthOneWrite = 32_768;

export type Corkable = Pick<
  Writable,
  'cork' | 'uncork' | 'write' | 'writableLength' | 'writableHighWaterMark'
>;

export class WriteTogether implements Deferred {
  readonly #out: Corkable;
  #isHeld = false;
  #bytes = 0;

  constructor(out: Corkable) {
    this.#out = out;
  }

  /** @returns false when it should be waited for: its `drain` comes. Where it is true, one may come as well */
  write(chunk: Buffer): boolean {
    const out = this.#out;
    if (!this.#isHeld) {
      if (chunk.length >= worthOneWrite) return out.write(chunk);
      this.#isHeld = true;
      this.#bytes = 0;
      out.cork();
      putOff(this);
    }
    this.#bytes += chunk.length;
    const isRoom = out.write(chunk);
    if (this.#bytes < mostHeld) return isRoom;
    this.release();
    // It had no room while it was held; by now the system may have taken all of it.
    return out.writableLength < out.writableHighWaterMark;
  }

  onEndOfTurn(): void {
    this.release();
  }

  /** What is held goes out: before an end, or a cut. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#out.uncork();
  }
}
