// The body of one request on its way into the socket, framed as its head said (RFC 9112 section 6): as many bytes as announced, or chunks.
import type { Socket } from 'node:net';
import { UpstreamFault } from '../upstream-fault.ts';
import { writeLastChunk } from './request-head.ts';

export class BodyWriter {
  readonly #socket: Socket;
  /** Bytes that are still to come; -1: in chunks. */
  #left = 0;
  #isEnded = true;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** A request goes out. @param bodyBytes as its head announced; -1: in chunks; `null`: it has no body */
  begin(bodyBytes: number | null): void {
    this.#left = bodyBytes ?? 0;
    this.#isEnded = bodyBytes === null;
  }

  /** The request is complete. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Send a piece: whether there is room for more, or a fault where it is more than announced, of which nothing is sent. */
  write(chunk: Buffer): boolean | UpstreamFault {
    const socket = this.#socket;
    if (this.#left !== -1) {
      if (chunk.length > this.#left) return new UpstreamFault('UPSTREAM_REQUEST_LENGTH');
      this.#left -= chunk.length;
      return socket.write(chunk);
    }
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk);
    const isRoom = socket.write('\r\n', 'latin1');
    socket.uncork();
    return isRoom;
  }

  /** The body is complete; a fault where it is less than announced. */
  end(trailers: readonly string[]): UpstreamFault | null {
    if (this.#left > 0) return new UpstreamFault('UPSTREAM_REQUEST_LENGTH');
    this.#isEnded = true;
    if (this.#left === -1) this.#socket.write(writeLastChunk(trailers), 'latin1');
    return null;
  }
}
