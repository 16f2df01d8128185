// Of each connection of another proxy the questions that came over it last and were answered with yes, for those that say the same of
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
import { bytesOf } from './kept-heads.ts';

/** As many heads of clients take turns on one connection without losing what is kept of them. */
const mostEach = 32;
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

export class KeptQuestions {
  /** Of each connection, the one that was asked last first. */
  readonly #kept = new WeakMap<Socket, KeptQuestion[]>();
  /** Those that nobody said yes to yet. */
  readonly #asked = new WeakMap<KnownHead, KnownQuestion>();
  #bytes = 0;

  /** Read a question: its head has what is kept of it, be it new. */
  recall(connection: Socket, question: RawRequestHead, proxy: FrontKind): ParsedCheck {
    const kept = this.#kept.get(connection);
    if (kept !== undefined) {
      const key = keyOf(question.rawHeaders);
      for (let at = 0; at < kept.length; at++) {
        const one = kept[at] as KeptQuestion;
        if (one.key !== key) continue;
        const { rawHeaders } = one.head;
        const repeated = repeatCheck(question, proxy, { question: one.question, rawHeaders });
        if (repeated === null) continue;
        if (at > 0) kept.unshift(...kept.splice(at, 1));
        one.head.isRepeated = true;
        return { ...repeated, head: { ...repeated.head, known: one.head } };
      }
    }
    const read = parseCheck(question, proxy);
    if (read.kind !== 'request') return read;
    const known = createKnownHead(read.head.rawHeaders);
    this.#asked.set(known, read.known);
    return { ...read, head: { ...read.head, rawHeaders: known.rawHeaders, known } };
  }

  /** Keep what was made of a question until others took its place, or the connection closes. */
  keep(connection: Socket, head: KnownHead): void {
    const question = this.#asked.get(head);
    if (question === undefined || connection.destroyed) return;
    this.#asked.delete(head);
    let kept = this.#kept.get(connection);
    const bytes = bytesOf(question.rawHeaders);
    const last = kept?.length === mostEach ? kept.at(-1) : undefined;
    const more = bytes - (last === undefined ? 0 : bytesOf(last.question.rawHeaders));
    if (bytes > mostBytesEach || this.#bytes + more > mostBytes) return;
    if (kept === undefined) {
      kept = [];
      this.#kept.set(connection, kept);
      connection.once('close', () => this.#forget(connection));
    }
    if (last !== undefined) kept.pop();
    kept.unshift({ key: keyOf(question.rawHeaders), question, head });
    this.#bytes += more;
  }

  #forget(connection: Socket): void {
    for (const { question } of this.#kept.get(connection) ?? []) this.#bytes -= bytesOf(question.rawHeaders);
    this.#kept.delete(connection);
  }
}

/**
 * A number that the same fields have in common, and that others seldom have: of their count, and of what stands in those whose names are as
 * long as `Cookie`, `Accept` and `Origin`. To compare every field of 32 questions took longer than to read one anew.
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
