// The client's request body on its way to an upstream, with back-pressure and a limit. It can be given up at any moment without hurting
// the client's connection: what is left of the body is then read and thrown away.
import type { IncomingMessage } from 'node:http';
import { freeMemory } from './spent-memory.ts';
import type { UpstreamStream } from './upstream-exchange.ts';

/** Who wants to know what happens to the body. */
export interface RequestBodyOwner {
  /** More bytes than allowed. Nothing more is sent after this. */
  onBodyTooLarge(): void;
  /** The trailers that may go on with the body. */
  trailersOf(raw: readonly string[]): readonly string[];
}

export class RequestBody {
  readonly #req: IncomingMessage;
  readonly #owner: RequestBodyOwner;
  readonly #limitBytes: number;
  #stream: UpstreamStream | null = null;
  #isOver = false;
  #bytes = 0;

  /** @param limitBytes the most bytes that are accepted; 0 = no limit */
  constructor(req: IncomingMessage, limitBytes: number, owner: RequestBodyOwner) {
    this.#req = req;
    this.#owner = owner;
    this.#limitBytes = limitBytes;
  }

  /** True once a byte may have been handed out: the request cannot be sent to another upstream. */
  get isStarted(): boolean {
    return this.#stream !== null;
  }

  /** Begin to send it. */
  start(stream: UpstreamStream): void {
    if (this.#isOver || this.#stream !== null) return;
    this.#stream = stream;
    // Before everybody else: who listens once is still counted when a piece comes.
    this.#req.prependListener('data', this.#onData).on('end', this.#onEnd).resume();
  }

  /** The upstream takes more. */
  onDrain(): void {
    if (!this.#isOver) this.#req.resume();
  }

  /** Send no more of it. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const req = this.#req;
    req.off('data', this.#onData).off('end', this.#onEnd);
    // Without this the client's upload stalls and the next request of its connection is never read.
    if (!req.readableEnded) req.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#limitBytes > 0 && this.#bytes > this.#limitBytes) {
      this.stop();
      this.#owner.onBodyTooLarge();
      return;
    }
    const onSpent = this.#isHeardAlone ? freeMemory : undefined;
    if (this.#stream?.write(chunk, onSpent) === false) this.#req.pause();
  };

  /** Whether a piece that comes now is nobody else's to keep, once it was sent. */
  get #isHeardAlone(): boolean {
    return this.#req.listenerCount('data') === 1 && this.#req.listenerCount('readable') === 0;
  }

  readonly #onEnd = (): void => {
    this.#isOver = true;
    // The client went away in the middle of it: its `close` follows.
    if (isReset(this.#req)) return;
    const { rawTrailers } = this.#req;
    this.#stream?.end(rawTrailers.length === 0 ? rawTrailers : this.#owner.trailersOf(rawTrailers));
  };
}

/** A stream of HTTP/2 that is reset without an error ends as a whole one does (RFC 9113 section 8.1); only a whole one is open then. */
function isReset(req: IncomingMessage): boolean {
  return (req as { readonly stream?: { readonly closed: boolean } }).stream?.closed === true;
}
