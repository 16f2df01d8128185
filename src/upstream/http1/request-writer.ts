// One request after another on its way into the socket: the head at the end of the turn, then the body framed as the head said (RFC 9112
// section 6), as many bytes as announced, or chunks. A failed write is told, and nothing more of that request is written.
import { Socket } from 'node:net';
import { type Deferred, putOff } from '../end-of-turn.ts';
import type { UpstreamSocket } from '../opener.ts';
import type { OnSpent } from '../upstream-exchange.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { latin1, mostInOneText } from '../upstream-fields.ts';
import { writeLastChunk } from './request-head.ts';
import { holdWriteFailures } from './write-failures.ts';

type WriteDone = (error: Error | null | undefined) => void;

export class RequestWriter implements Deferred {
  readonly #socket: UpstreamSocket;
  readonly #onFailure: () => void;
  /** Bytes that are still to come; -1: in chunks. */
  #left = 0;
  #isEnded = true;
  #isBlocked = false;
  #isGuarded = false;
  #failure: Error | null = null;
  /** The head that waits for the end of the turn, and what came of the body by then; empty: it is out. */
  #head = '';

  /** @param onFailure the upstream reads no more, which {@link failure} says from then on */
  constructor(socket: UpstreamSocket, onFailure: () => void) {
    this.#socket = socket;
    this.#onFailure = onFailure;
  }

  /**
   * A request goes out.
   *
   * @param head as written on the wire
   * @param bodyBytes as it announced; -1: in chunks; `null`: it has no body
   */
  begin(head: string, bodyBytes: number | null): void {
    this.#left = bodyBytes ?? 0;
    this.#isEnded = bodyBytes === null;
    this.#isBlocked = false;
    if (bodyBytes !== null && !this.#isGuarded) {
      this.#isGuarded = true;
      holdWriteFailures(this.#socket, (error) => {
        this.#failure = error;
        this.#onFailure();
      });
    }
    this.#head = head;
    putOff(this);
  }

  /** Nothing of the request went out yet. */
  get isUnsent(): boolean {
    return this.#head !== '';
  }

  onEndOfTurn(): void {
    this.#writeHead();
  }

  #writeHead(): void {
    const head = this.#head;
    if (head === '') return;
    this.#head = '';
    if (!this.#socket.destroyed) this.#socket.write(head, 'latin1');
  }

  /** The request is complete. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Why the upstream reads no more. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Nothing more of it is written. */
  get isOver(): boolean {
    return this.#isEnded || this.#failure !== null;
  }

  /**
   * Send a piece: whether there is room for more, or a fault where it is more than announced, of which nothing is sent.
   *
   * @param onSpent see {@link UpstreamStream.write}
   */
  write(chunk: Buffer, onSpent?: OnSpent): boolean | UpstreamFault {
    if (this.isOver || chunk.length === 0) return true;
    if (this.#left !== -1 && chunk.length > this.#left) return new UpstreamFault('UPSTREAM_REQUEST_LENGTH');
    if (this.#joins(chunk)) return true;
    this.#writeHead();
    const onWritten = this.#whenSpent(chunk, onSpent);
    const isRoom =
      this.#left === -1 ? this.#writeChunk(chunk, onWritten) : this.#writeBytes(chunk, onWritten);
    if (isRoom === false) this.#isBlocked = true;
    return isRoom;
  }

  /** Whether the piece goes out with the head: a small one of the same turn. */
  #joins(chunk: Buffer): boolean {
    if (this.#head === '' || this.#head.length + chunk.length > mostInOneText) return false;
    const text = latin1(chunk);
    this.#head += this.#left === -1 ? `${chunk.length.toString(16)}\r\n${text}\r\n` : text;
    if (this.#left !== -1) this.#left -= chunk.length;
    return true;
  }

  /**
   * What the socket calls when it is through with a piece, well or not. It calls it of a socket that was destroyed as well, without an
   * error; and a stream that somebody carries may still have the piece in a queue then.
   */
  #whenSpent(chunk: Buffer, onSpent?: OnSpent): WriteDone | undefined {
    const socket = this.#socket;
    if (onSpent === undefined || !(socket instanceof Socket)) return undefined;
    return (error) => {
      if ((error ?? null) === null && !socket.destroyed) onSpent(chunk);
    };
  }

  #writeBytes(bytes: Buffer, onWritten: WriteDone | undefined): boolean {
    this.#left -= bytes.length;
    return this.#socket.write(bytes, onWritten);
  }

  #writeChunk(bytes: Buffer, onWritten: WriteDone | undefined): boolean {
    const socket = this.#socket;
    socket.cork();
    socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
    socket.write(bytes, onWritten);
    const isRoom = socket.write('\r\n', 'latin1');
    socket.uncork();
    return isRoom;
  }

  /** There is room again. @returns whether somebody waits for it */
  unblock(): boolean {
    const wasBlocked = this.#isBlocked;
    this.#isBlocked = false;
    return wasBlocked;
  }

  /** The body is complete; a fault where it is less than announced. */
  end(trailers: readonly string[]): UpstreamFault | null {
    if (this.#left > 0) return new UpstreamFault('UPSTREAM_REQUEST_LENGTH');
    this.#isEnded = true;
    if (this.#left !== -1) return null;
    const last = writeLastChunk(trailers);
    if (this.isUnsent) this.#head += last;
    else this.#socket.write(last, 'latin1');
    return null;
  }
}
