// The socket of one connection to an upstream: opened, read into the right memory, held back, given away or destroyed.
// What its bytes mean is the connection's to know.

import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Opener, UpstreamSocket } from '../opener.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { ReadBuffer } from './read-buffer.ts';

/** Who hears of it; of nothing after `giveAway`. */
export interface SocketOwner {
  /** It may be written to. */
  onReady(): void;
  /** @param bytes borrowed: of the first `length` whoever needs them after this call keeps a copy */
  onBytes(bytes: Buffer, length: number): void;
  /** It takes more. */
  onRoom(): void;
  /** The upstream sends no more. */
  onSocketEnd(): void;
  /** It broke or closed, or did not connect in time. */
  onSocketError(error: Error): void;
}

/** What it is opened for. */
export interface FirstUse {
  readonly use: 'exchanges' | 'tunnel';
  readonly requestId: string | null;
}

export class ConnectionSocket {
  readonly socket: UpstreamSocket;
  readonly #owner: SocketOwner;
  readonly #buffer = new ReadBuffer();
  #connectTimer: NodeJS.Timeout | null = null;
  #isGone = false;
  #isPaused = false;
  /** Through a tunnel: its chunks are memory of their own. */
  readonly #isCarried: boolean;

  /**
   * Begin to connect.
   *
   * @param first.use `tunnel`: it may become somebody else's, who takes its bytes as events and closes its directions one by one
   * @param first.requestId see {@link SocketWishes}
   */
  constructor(opener: Opener, owner: SocketOwner, { use, requestId }: FirstUse) {
    this.#owner = owner;
    const wishes = { protocol: 'http/1.1', ...(requestId === null ? {} : { requestId }) } as const;
    this.socket = opener.open(
      use === 'tunnel'
        ? { ...wishes, allowHalfOpen: true }
        : {
            ...wishes,
            onread: {
              buffer: () => this.#buffer.next(),
              callback: (length, buffer) => {
                owner.onBytes(buffer as Buffer, length);
                return true;
              },
            },
          },
    );
    this.#isCarried = !(this.socket instanceof Socket);
    if (use === 'tunnel' || this.#isCarried) this.socket.on('data', this.#onChunk);
    this.socket
      .once(opener.readyEvent, this.#onReady)
      .on('error', this.#onError)
      .on('end', this.#onEnd)
      .on('close', this.#onClose)
      .on('drain', this.#onDrain);
    const { connectTimeoutMs } = opener;
    if (connectTimeoutMs > 0) this.#connectTimer = setTimeout(this.#onConnectTimeout, connectTimeoutMs);
  }

  /** It was destroyed or given away. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** What was read of it may come one piece after the other: TLS gives its records so, and a tunnel its frames. */
  get arrivesInParts(): boolean {
    return this.#isCarried || this.socket instanceof TLSSocket;
  }

  /**
   * Whether more may lie in it after this read, which filled its buffer: that would be read as the answer to the next request. What is
   * carried comes as it was sent, and fills nothing.
   */
  mayHoldMore(bytes: Buffer, length: number): boolean {
    return !this.#isCarried && length === bytes.length;
  }

  /** @param bytes of the body that is read from it now; infinite: nobody knows */
  expectBody(bytes: number): void {
    this.#buffer.expectBody(bytes);
  }

  /** The bytes themselves, or a copy where their memory is read into again. */
  keep(chunk: Buffer): Buffer {
    return this.#isCarried ? chunk : this.#buffer.keep(chunk);
  }

  /** Read no more for now. False where that is so already. */
  pause(): boolean {
    if (this.#isPaused || this.#isGone) return false;
    this.#isPaused = true;
    this.socket.pause();
    return true;
  }

  /** False where it is read already. */
  resume(): boolean {
    if (!this.#isPaused || this.#isGone) return false;
    this.#isPaused = false;
    this.socket.resume();
    return true;
  }

  /** False where it is gone already. */
  destroy(): boolean {
    if (this.#isGone) return false;
    this.#isGone = true;
    this.#stopConnectTimer();
    this.socket.destroy();
    return true;
  }

  /** It becomes somebody else's: paused, with nobody listening. */
  giveAway(): UpstreamSocket {
    this.#isGone = true;
    return this.socket
      .pause()
      .off('data', this.#onChunk)
      .off('error', this.#onError)
      .off('end', this.#onEnd)
      .off('close', this.#onClose)
      .off('drain', this.#onDrain);
  }

  #stopConnectTimer(): void {
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
  }

  readonly #onReady = (): void => {
    this.#stopConnectTimer();
    this.#owner.onReady();
  };

  readonly #onChunk = (chunk: Buffer): void => this.#owner.onBytes(chunk, chunk.length);

  readonly #onDrain = (): void => this.#owner.onRoom();

  readonly #onEnd = (): void => this.#owner.onSocketEnd();

  readonly #onError = (error: Error): void => this.#owner.onSocketError(error);

  readonly #onClose = (): void => this.#owner.onSocketError(new UpstreamFault('UPSTREAM_CLOSED'));

  readonly #onConnectTimeout = (): void =>
    this.#owner.onSocketError(new UpstreamFault('UPSTREAM_CONNECT_TIMEOUT'));
}
