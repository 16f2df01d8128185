// One request after another on its way into the socket: the head, then the body framed as the head said (RFC 9112 section 6), as many bytes
// as announced, or chunks. A failed write is told, and nothing more of that request is written.
import type { UpstreamSocket } from '../opener.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { writeLastChunk } from './request-head.ts';
import { holdWriteFailures } from './write-failures.ts';

export class RequestWriter {
  readonly #socket: UpstreamSocket;
  readonly #onFailure: () => void;
  /** Bytes that are still to come; -1: in chunks. */
  #left = 0;
  #isEnded = true;
  #isBlocked = false;
  #isGuarded = false;
  #failure: Error | null = null;

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
    this.#socket.write(head, 'latin1');
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

  /** Send a piece: whether there is room for more, or a fault where it is more than announced, of which nothing is sent. */
  write(chunk: Buffer): boolean | UpstreamFault {
    if (this.isOver || chunk.length === 0) return true;
    const isRoom = this.#left === -1 ? this.#writeChunk(chunk) : this.#writeBytes(chunk);
    if (isRoom === false) this.#isBlocked = true;
    return isRoom;
  }

  #writeBytes(bytes: Buffer): boolean | UpstreamFault {
    if (bytes.length > this.#left) return new UpstreamFault('UPSTREAM_REQUEST_LENGTH');
    this.#left -= bytes.length;
    return this.#socket.write(bytes);
  }

  #writeChunk(bytes: Buffer): boolean {
    const socket = this.#socket;
    socket.cork();
    socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
    socket.write(bytes);
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
    if (this.#left === -1) this.#socket.write(writeLastChunk(trailers), 'latin1');
    return null;
  }
}
