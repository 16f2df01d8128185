// Of each connection of another proxy the questions that came over it again and were answered with yes, for those that say the same of
// everything but method and path. A proxy shares its connections among its clients, so there are some for each. As with heads
// (kept-heads.ts), nothing is shared between connections, and what all of them keep is bounded.
import type { Socket } from 'node:net';
import {
  type FrontKind,
  type KnownQuestion,
  type ParsedCheck,
  parseCheck,
  repeatCheck,
} from '../http/forward-auth-fields.ts';
import type { RawRequestHead } from '../http/gated-request.ts';
import { createKnownHead, type KnownHead } from '../http/known-head.ts';
import { type Asking, bytesOf } from './kept-heads.ts';

/** As many heads of clients take turns on one connection without losing what is kept of them. */
const mostEach = 64;
/** Of so many questions before it is known whether one came already: what comes once, among thousands of clients, is not worth keeping. */
const mostSeen = 128;
/** Fields of one question that take more are read anew each time, bytes. */
const mostBytesEach = 4_096;
/** What all connections keep of questions, bytes. */
const mostBytes = 16 * 1024 * 1024;

interface KeptQuestion {
  /** Another one is another question; see {@link keyOf}. */
  readonly key: number;
  readonly question: KnownQuestion;
  readonly head: KnownHead;
}

/** What is known of a connection. */
interface Asked {
  /** The one that was asked last first. */
  readonly kept: KeptQuestion[];
  /** The keys of the questions that came last, in turns. */
  readonly seen: Int32Array;
  count: number;
}

export class KeptQuestions {
  readonly #asked = new WeakMap<Socket, Asked>();
  /** Those that nobody said yes to yet. */
  readonly #open = new WeakMap<KnownHead, KeptQuestion>();
  #bytes = 0;

  /** Read a question: one that came before has what is kept of it. */
  recall(connection: Socket, question: RawRequestHead, proxy: FrontKind): ParsedCheck {
    const asked = this.#of(connection);
    const key = keyOf(question.rawHeaders);
    for (let at = 0; at < asked.kept.length; at++) {
      const one = asked.kept[at] as KeptQuestion;
      if (one.key !== key) continue;
      const { rawHeaders } = one.head;
      const repeated = repeatCheck(question, proxy, { question: one.question, rawHeaders });
      if (repeated === null) continue;
      if (at > 0) asked.kept.unshift(...asked.kept.splice(at, 1));
      one.head.isRepeated = true;
      return { ...repeated, head: { ...repeated.head, known: one.head } };
    }
    const read = parseCheck(question, proxy);
    if (read.kind !== 'request' || !isSeen(asked, key)) return read;
    const known = createKnownHead(read.head.rawHeaders);
    this.#open.set(known, { key, question: read.known, head: known });
    return { ...read, head: { ...read.head, rawHeaders: known.rawHeaders, known } };
  }

  /** Keep what was made of a question until others took its place, or the connection closes. */
  keep({ socket: connection }: Asking, head: KnownHead): void {
    const one = this.#open.get(head);
    if (one === undefined || connection.destroyed) return;
    this.#open.delete(head);
    const { kept } = this.#of(connection);
    const bytes = bytesOf(one.question.rawHeaders);
    const last = kept.length === mostEach ? kept.at(-1) : undefined;
    const more = bytes - (last === undefined ? 0 : bytesOf(last.question.rawHeaders));
    if (bytes > mostBytesEach || this.#bytes + more > mostBytes) return;
    if (last !== undefined) kept.pop();
    else if (kept.length === 0) connection.once('close', () => this.#forget(connection));
    kept.unshift(one);
    this.#bytes += more;
  }

  #of(connection: Socket): Asked {
    let asked = this.#asked.get(connection);
    if (asked === undefined) {
      asked = { kept: [], seen: new Int32Array(mostSeen), count: 0 };
      this.#asked.set(connection, asked);
    }
    return asked;
  }

  #forget(connection: Socket): void {
    for (const { question } of this.#of(connection).kept) this.#bytes -= bytesOf(question.rawHeaders);
    this.#asked.delete(connection);
  }
}

/** Whether the key is that of one of the last questions; it is from now on. */
function isSeen(asked: Asked, key: number): boolean {
  if (asked.seen.includes(key)) return true;
  asked.seen[asked.count++ % mostSeen] = key;
  return false;
}

/**
 * A number that the same fields have in common, and that others seldom have: of their count, and of what stands in those whose names are as
 * long as `Cookie`, `Accept` and `Origin`. To compare every field of many questions takes longer than to read one anew.
 */
function keyOf(rawHeaders: readonly string[]): number {
  let key = rawHeaders.length;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length !== 6) continue;
    const value = rawHeaders[i + 1] ?? '';
    key = Math.imul(key, 31) + value.length;
    for (let eighth = 1; eighth <= 8; eighth++)
      key = Math.imul(key, 31) + value.charCodeAt(((value.length * eighth) >> 3) - 1);
  }
  return key | 0;
}
