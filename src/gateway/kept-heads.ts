// Of each connection the head that came over it last and was let in, for the requests that repeat its fields. Nothing is shared
// between connections, and only where every name and value is the same, in case and order, is anything used again. What all of them
// keep is bounded.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  createKnownHead,
  type KnownHead,
  keptHead,
  knownHead,
  markedHead,
  setKeptHead,
} from '../http/known-head.ts';

/** Fields that take more are read anew each time, bytes: a browser's take one or two thousand. */
const mostBytesEach = 4_096;
/** What all connections keep of fields, bytes. As much again is made of them, and of each a text that is bounded where it is written. */
const mostBytes = 16 * 1024 * 1024;
/** Around each text. */
const textBytes = 24;

/** What a request says of its connection and its fields. */
type Asking = Pick<IncomingMessage, 'socket' | 'rawHeaders'>;

export class KeptHeads {
  #bytes = 0;

  /** The head of a request: the one that is kept of its connection where the fields are the same, else a new one, which is not kept yet. */
  recall(request: Asking): KnownHead {
    const { socket, rawHeaders } = request;
    return markedHead(request) ?? knownHead(socket, rawHeaders) ?? createKnownHead(rawHeaders);
  }

  /** Keep it until another one is kept of the connection, or the connection closes. Whoever was not let in costs no memory. */
  keep(connection: Socket, head: KnownHead): void {
    const last = keptHead(connection);
    if (last === head || connection.destroyed) return;
    const bytes = bytesOf(head.rawHeaders);
    const more = bytes - (last === null ? 0 : bytesOf(last.rawHeaders));
    if (bytes > mostBytesEach || this.#bytes + more > mostBytes) return;
    this.#bytes += more;
    setKeptHead(connection, head);
    if (last === null) connection.once('close', () => this.#forget(connection));
  }

  #forget(connection: Socket): void {
    const last = keptHead(connection);
    if (last !== null) this.#bytes -= bytesOf(last.rawHeaders);
    setKeptHead(connection, null);
  }
}

/** What fields take, bytes. */
export function bytesOf(texts: readonly string[]): number {
  let bytes = 0;
  for (const text of texts) bytes += text.length + textBytes;
  return bytes;
}
