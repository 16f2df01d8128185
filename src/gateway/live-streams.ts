// What is being answered right now: responses and WebSockets that a revocation, an expiry or new rules must be able to end.
// It decides nothing itself: it asks each stream, twice a second when something changed, whether it may go on.
import type { GatedRequest } from '../http/gated-request.ts';
import { isPromise, type MaybePromise } from '../store/maybe-promise.ts';
import { settleWithin } from './step-deadline.ts';

/** Something that is being answered. */
export interface LiveStream {
  /** Its place in the register, which writes it; -1 outside. */
  liveIndex: number;
  /** The end of its session here, milliseconds since the epoch; `Infinity` without one. */
  readonly endsAtMs: number;
  /** When its session idles out unless somebody uses it before: the moment to ask again. `Infinity` without one. */
  readonly asksAgainAtMs: number;
  /** Whether it answers a request of this id, method, host and path. */
  isRequest(requestId: string, request: GatedRequest): boolean;
  /** `null` to go on, or why it ends. Must not throw. */
  recheck(nowMs: number): MaybePromise<string | null>;
  /** Cut it at once. */
  end(reason: string): void;
}

export interface LiveStreams {
  add(stream: LiveStream): void;
  delete(stream: LiveStream): void;
  readonly size: number;
  /** Whether one of them forwards a request of this id and head. Linear: not for every request. */
  isForwarding(requestId: string, request: GatedRequest): boolean;
  /** Ask one now: what let it in was found out while something may have changed. */
  recheck(stream: LiveStream): void;
  /** Ask every stream now: new rules are in force. */
  recheckAll(): void;
  /** End every stream: the process is going. */
  endAll(reason: string): void;
  close(): void;
}

const tickMs = 250;
/** How long the store may take to say whether something changed. */
const versionMs = 500;
/** Selectors such as `time` and `login_age` change without any event: ask everybody this often. */
const fullRecheckMs = 10_000;

/**
 * Create the register of live streams.
 *
 * @param version a number that changes when any session ended or changed
 * @param now the clock, milliseconds since the epoch
 */
export function createLiveStreams(version: () => MaybePromise<number>, now: () => number): LiveStreams {
  // Not a Set: adding and deleting for every request, its outgrown tables (which link to their successors) carry dead requests into the
  // old generation. Measured: 20 µs of garbage collection a request with it, 2 µs without.
  const streams: LiveStream[] = [];
  let seenVersion: number | null = null;
  let lastFullMs = now();

  const recheck = async (stream: LiveStream, nowMs: number): Promise<void> => {
    let reason: string | null;
    try {
      reason = await stream.recheck(nowMs);
    } catch {
      reason = 'decision-error';
    }
    if (reason !== null && stream.liveIndex !== -1) stream.end(reason);
  };
  const recheckAll = (): void => {
    lastFullMs = now();
    for (const stream of [...streams]) void recheck(stream, lastFullMs);
  };
  let isTicking = false;
  const tick = async (): Promise<void> => {
    if (isTicking) return;
    isTicking = true;
    try {
      await look();
    } finally {
      isTicking = false;
    }
  };
  const look = async (): Promise<void> => {
    if (streams.length === 0) {
      seenVersion = null;
      return;
    }
    const nowMs = now();
    for (const stream of [...streams]) {
      if (stream.endsAtMs <= nowMs) stream.end('session-expired');
      else if (stream.asksAgainAtMs <= nowMs) void recheck(stream, nowMs);
    }
    const current = await readVersion(version);
    const isChanged = current === null || current !== seenVersion;
    seenVersion = current;
    // A clock that was put back counts as a change: sessions may now lie ahead of it.
    if (isChanged || nowMs < lastFullMs || nowMs - lastFullMs >= fullRecheckMs) recheckAll();
  };
  const timer = setInterval(() => void tick(), tickMs);
  timer.unref();

  return {
    add(stream) {
      stream.liveIndex = streams.push(stream) - 1;
    },
    delete(stream) {
      const index = stream.liveIndex;
      if (index === -1) return;
      stream.liveIndex = -1;
      const last = streams.pop();
      if (last === undefined || last === stream) return;
      streams[index] = last;
      last.liveIndex = index;
    },
    get size() {
      return streams.length;
    },
    isForwarding: (requestId, request) => streams.some((stream) => stream.isRequest(requestId, request)),
    recheck: (stream) => void recheck(stream, now()),
    recheckAll,
    endAll(reason) {
      for (const stream of [...streams]) stream.end(reason);
    },
    close() {
      clearInterval(timer);
      streams.length = 0;
    },
  };
}

/** `null` when the store does not answer: the streams are asked, and what they cannot prove ends them. */
async function readVersion(version: () => MaybePromise<number>): Promise<number | null> {
  try {
    const current = version();
    return isPromise(current) ? await settleWithin(current, versionMs, 'the version') : current;
  } catch {
    return null;
  }
}
