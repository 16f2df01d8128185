// The client's request body as a stream of its own for undici, which may destroy it at will (an early response, a lost
// upstream) without hurting the client's connection: what is left of the body is then read and thrown away.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Who wants to know what happens to the body. */
export interface RequestBodyOwner {
  /** The upstream is ready for the body: the moment to answer `Expect: 100-continue`. */
  onBodyWanted(): void;
  /** More bytes than allowed. The body is destroyed after this. */
  onBodyTooLarge(): void;
}

export class RequestBody extends Readable {
  readonly #req: IncomingMessage;
  readonly #owner: RequestBodyOwner;
  readonly #limitBytes: number;
  #isAttached = false;
  #bytes = 0;

  /** @param limitBytes the most bytes that are accepted; 0 = no limit */
  constructor(req: IncomingMessage, limitBytes: number, owner: RequestBodyOwner) {
    super({ highWaterMark: 65_536 });
    this.#req = req;
    this.#owner = owner;
    this.#limitBytes = limitBytes;
  }

  /** True once a byte may have been handed out: the request cannot be sent a second time. */
  get isStarted(): boolean {
    return this.#isAttached;
  }

  override _read(): void {
    if (this.#isAttached) {
      this.#req.resume();
      return;
    }
    this.#isAttached = true;
    this.#owner.onBodyWanted();
    this.#req.on('data', this.#onData).on('end', this.#onEnd);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const req = this.#req;
    req.off('data', this.#onData).off('end', this.#onEnd);
    // Without this the client's upload stalls and the next request of its connection is never read.
    if (!req.readableEnded) req.resume();
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#limitBytes > 0 && this.#bytes > this.#limitBytes) {
      this.#owner.onBodyTooLarge();
      this.destroy();
      return;
    }
    if (!this.push(chunk)) this.#req.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };
}
