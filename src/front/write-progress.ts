// Clients that ask and do not read: an answer that they keep waiting holds a place at the application. Each must take some bytes in
// a while, and one client may keep few waiting. A link that is slow takes bytes all the time; who waits for the application is left alone.

import type { Socket } from 'node:net';
import { peerAddress } from '../http/client-address.ts';
import type { ConnectionShares, FrontConnection, FrontStream } from './connection-shares.ts';
import { bytesGiven } from './http2-messages.ts';

/** Whoever takes this much in `timeoutMs` goes on for as long as it likes: 2 kbit/s with the default. Bytes. */
const enoughBytes = 16 * 1024;

export interface WriteProgressParts {
  readonly timeoutMs: number;
  /** Answers that one client may keep waiting for more than a sixth of that time; with its whole connection, half of it. */
  readonly mostStalled: number;
  readonly onCut: (limit: 'write_timeout' | 'stalled_per_address', address: string | null) => void;
}

interface Stalled {
  readonly connection: FrontConnection;
  /** How many answers wait. */
  readonly answers: number;
  readonly sinceMs: number;
  /** What a share leaves it, as a part of the time: a whole connection may be in a tunnel, a single stream is not. */
  readonly grace: number;
  cut(): void;
}

interface WriteQueue {
  readonly writeQueueSize?: number;
}

/** Looks at all connections now and then. */
export class WriteProgress {
  readonly #shares: ConnectionShares;
  readonly #parts: WriteProgressParts;
  readonly #timer: NodeJS.Timeout;

  constructor(shares: ConnectionShares, parts: WriteProgressParts) {
    this.#shares = shares;
    this.#parts = parts;
    const everyMs = Math.min(5_000, Math.max(50, parts.timeoutMs / 12));
    this.#timer = setInterval(() => this.#sweep(performance.now()), everyMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sweep(nowMs: number): void {
    const stalled: Stalled[] = [];
    for (const connection of this.#shares.all()) {
      const found = connection.http === null || connection.isUpgraded ? [] : look(connection, nowMs);
      stalled.push(...found);
    }
    const { timeoutMs } = this.#parts;
    this.#cut(
      'write_timeout',
      stalled.filter(({ sinceMs }) => nowMs - sinceMs >= timeoutMs),
    );
    this.#cut(
      'stalled_per_address',
      this.#beyondShares(
        stalled.filter(({ sinceMs }) => nowMs - sinceMs < timeoutMs),
        nowMs,
      ),
    );
  }

  /** The oldest of those clients that keep more waiting than their share. */
  #beyondShares(stalled: readonly Stalled[], nowMs: number): Stalled[] {
    const { timeoutMs, mostStalled } = this.#parts;
    const byClient = Map.groupBy(
      stalled.filter(({ sinceMs, grace }) => nowMs - sinceMs >= timeoutMs * grace),
      ({ connection }) => connection.client,
    );
    const beyond: Stalled[] = [];
    for (const [client, own] of byClient) {
      let left = own.reduce((sum, { answers }) => sum + answers, 0);
      own.sort((a, b) => a.sinceMs - b.sinceMs);
      for (const each of own) {
        if (client === null || left <= mostStalled) break;
        left -= each.answers;
        beyond.push(each);
      }
    }
    return beyond;
  }

  #cut(limit: Parameters<WriteProgressParts['onCut']>[0], all: readonly Stalled[]): void {
    for (const each of all) {
      this.#parts.onCut(limit, peerAddress(each.connection.socket.remoteAddress));
      each.cut();
    }
  }
}

function look(connection: FrontConnection, nowMs: number): Stalled[] {
  const { socket, http } = connection;
  const waiting: FrontStream[] = [];
  for (const stream of connection.open) {
    if (!stream.isTunnel && stream.http2.writableLength > 0) waiting.push(stream);
    else stream.mark = null;
  }
  const isHeld =
    unsent(socket) + (http === null ? 0 : http.writableLength) > 0 ||
    (waiting.length > 0 && (connection.session?.state.remoteWindowSize ?? nearlyClosed) < nearlyClosed);
  const since = follow(connection, isHeld ? takenOf(connection) : null, nowMs);
  const stalled: Stalled[] = [];
  if (since !== null) {
    const answers = Math.max(1, waiting.length);
    stalled.push({ connection, answers, sinceMs: since, grace: 1 / 2, cut: () => socket.destroy() });
  }
  for (const stream of waiting) {
    // While the connection is what holds them up, streams wait for the link, not for their own windows.
    const taken = bytesGiven(stream.http2) - stream.http2.writableLength;
    const sinceMs = follow(stream, isHeld ? null : taken, nowMs);
    const cut = (): unknown => stream.http2.destroy(unread);
    if (sinceMs !== null) stalled.push({ connection, answers: 1, sinceMs, grace: 1 / 6, cut });
  }
  return stalled;
}

/** So few bytes of the connection's window let nobody through (RFC 9113 section 5.2). */
const nearlyClosed = 1024;

const unread = new Error('the client does not read');

/** @param taken bytes so far, `null` when nothing waits @returns since when too few were taken, `null` as well */
function follow(subject: FrontConnection | FrontStream, taken: number | null, nowMs: number): number | null {
  if (taken === null) {
    subject.mark = null;
    return null;
  }
  if (subject.mark === null || taken - subject.mark.taken >= enoughBytes)
    subject.mark = { taken, sinceMs: nowMs };
  return subject.mark.sinceMs;
}

/** Bytes that the operating system did not take yet. */
function unsent(socket: Socket): number {
  return (socket as { readonly _handle?: WriteQueue | null })._handle?.writeQueueSize ?? 0;
}

/** Bytes that the operating system took. */
function takenOf({ socket, http }: FrontConnection): number {
  const given = (socket as { readonly _handle?: { readonly bytesWritten?: number } | null })._handle
    ?.bytesWritten;
  if (given !== undefined) return given - unsent(socket);
  return http === null ? 0 : http.bytesWritten - http.writableLength;
}
