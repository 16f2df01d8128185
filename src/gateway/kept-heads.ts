// Of each connection the head that came over it last and was let in, for the requests that repeat its fields. Nothing is shared
// between connections, and only where every name and value is the same, in case and order, is anything used again. What all of them
// keep is bounded.
import type { Socket } from 'node:net';
import { createKnownHead, isSameFields, type KnownHead } from '../http/known-head.ts';

/** Fields that take more are read anew each time, bytes: a browser's take one or two thousand. */
const mostBytesEach = 4_096;
/** What all connections keep of fields, bytes. About as much again is made of them. */
const mostBytes = 16 * 1024 * 1024;
/** Around each text. */
const textBytes = 24;

const kept = Symbol('kept head');

interface Kept {
  head: KnownHead;
  bytes: number;
}

type Keeping = Socket & { [kept]?: Kept };

export class KeptHeads {
  #bytes = 0;

  /** The head of these fields: the one that is kept of the connection where they are the same, else a new one, which is not kept yet. */
  recall(connection: Socket, rawHeaders: readonly string[]): KnownHead {
    const last = (connection as Keeping)[kept];
    if (last === undefined || !isSameFields(last.head.rawHeaders, rawHeaders))
      return createKnownHead(rawHeaders);
    last.head.isRepeated = true;
    return last.head;
  }

  /** Keep it until another one is kept of the connection, or the connection closes. Whoever was not let in costs no memory. */
  keep(connection: Socket, head: KnownHead): void {
    const last = (connection as Keeping)[kept];
    if (last?.head === head || connection.destroyed) return;
    const bytes = bytesOf(head.rawHeaders);
    const more = bytes - (last?.bytes ?? 0);
    if (bytes > mostBytesEach || this.#bytes + more > mostBytes) return;
    this.#bytes += more;
    if (last === undefined) {
      const first = { head, bytes };
      (connection as Keeping)[kept] = first;
      connection.once('close', () => {
        this.#bytes -= first.bytes;
        delete (connection as Keeping)[kept];
      });
    } else {
      last.head = head;
      last.bytes = bytes;
    }
  }
}

function bytesOf(texts: readonly string[]): number {
  let bytes = 0;
  for (const text of texts) bytes += text.length + textBytes;
  return bytes;
}
