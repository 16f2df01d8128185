// Of each connection the heads that came over it last and were let in, for the requests that repeat their fields. Nothing is shared
// between connections, and only where every name and value is the same, in case and order, is anything used again. What all of them
// keep is bounded.
import type { IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import {
  createKnownHead,
  type KnownHead,
  keptHeads,
  knownHead,
  markedHead,
  setKeptHeads,
} from '../http/known-head.ts';

/** Over HTTP/2 a browser asks for a page and all that is on it by one connection: for each kind of file with other fields. */
const mostOfHttp2 = 4;
const mostOfHttp1 = 1;
/** Fields that take more are read anew each time, bytes: a browser's take one or two thousand. */
const mostBytesEach = 4_096;
/** What all connections keep of fields, bytes. As much again is made of them, and of each a text that is bounded where it is written. */
const mostBytes = 16 * 1024 * 1024;
/** Around each text. */
const textBytes = 24;

/** What a request says of its connection and its fields. */
export type Asking = Pick<IncomingMessage, 'socket' | 'rawHeaders' | 'httpVersionMajor'>;

/** A socket of HTTP/1, or a session of HTTP/2. */
interface Connection {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

export class KeptHeads {
  #bytes = 0;

  /** The head of a request: one that is kept of its connection where the fields are the same, else a new one, which is not kept yet. */
  recall(request: Asking): KnownHead {
    const { rawHeaders } = request;
    const marked = markedHead(request);
    if (marked !== null) return marked;
    const connection = connectionOf(request);
    const known = connection === null ? null : knownHead(connection, rawHeaders);
    return known ?? createKnownHead(rawHeaders);
  }

  /** Keep the head of a request until others took its place, or its connection closes. Whoever was not let in costs no memory. */
  keep(request: Asking, head: KnownHead): void {
    const connection = connectionOf(request);
    if (connection === null) return;
    const before = keptHeads(connection);
    if (before.includes(head) || connection.destroyed) return;
    const most = request.httpVersionMajor === 1 ? mostOfHttp1 : mostOfHttp2;
    const last = before.length === most ? before.at(-1) : undefined;
    const bytes = bytesOf(head.rawHeaders);
    const more = bytes - (last === undefined ? 0 : bytesOf(last.rawHeaders));
    if (bytes > mostBytesEach || this.#bytes + more > mostBytes) return;
    this.#bytes += more;
    setKeptHeads(connection, [head, ...before.filter((one) => one !== last)]);
    if (before.length === 0) connection.once('close', () => this.#forget(connection));
  }

  #forget(connection: Connection): void {
    for (const head of keptHeads(connection)) this.#bytes -= bytesOf(head.rawHeaders);
    setKeptHeads(connection, []);
  }
}

/** `null`: it is gone. */
function connectionOf(request: Asking): Connection | null {
  if (request.httpVersionMajor === 1) return request.socket;
  return (request as unknown as { readonly stream: ServerHttp2Stream }).stream.session ?? null;
}

/** What fields take, bytes. */
export function bytesOf(texts: readonly string[]): number {
  let bytes = 0;
  for (const text of texts) bytes += text.length + textBytes;
  return bytes;
}
