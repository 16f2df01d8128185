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
  /** When its session idles out unless somebody uses it before, or its key or login grows too old: then it is asked. `Infinity`: never. */
  readonly asksAgainAtMs: number;
  /** Whether it answers a request of this id, method, host and path. */
  isRequest(requestId: string, request: GatedRequest): boolean;
  /** `null` to go on, or why it ends. Must not throw. */
  recheck(nowMs: number): MaybePromise<string | null>;
  /** Cut it at once. */
  end(reason: string): void;
  /** Asks its client to come back elsewhere; `null`: it has no words for that. */
  readonly sayGoodbye: (() => void) | null;
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
  /** Ask all clients to come back elsewhere, one after the other within so many milliseconds, so that they do not come back all at once. */
  sayGoodbye(withinMs: number): void;
  /** End every stream: the process is going. */
  endAll(reason: string): void;
  close(): void;
}

const tickMs = 250;
/** Not more often, where there is time: a hundred clients are told in two seconds. */
const goodbyeEveryMs = 20;
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
  return new LiveRegister(version, now);
}

class LiveRegister implements LiveStreams {
  readonly #version: () => MaybePromise<number>;
  readonly #now: () => number;
  // Not a Set: adding and deleting for every request, its outgrown tables (which link to their successors) carry dead requests into the
  // old generation. Measured: 20 µs of garbage collection a request with it, 2 µs without.
  readonly #streams: LiveStream[] = [];
  readonly #timer: NodeJS.Timeout;
  #goodbyes: NodeJS.Timeout | undefined;
  #seenVersion: number | null = null;
  #lastFullMs: number;
  #isTicking = false;

  constructor(version: () => MaybePromise<number>, now: () => number) {
    this.#version = version;
    this.#now = now;
    this.#lastFullMs = now();
    this.#timer = setInterval(() => void this.#tick(), tickMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#streams.length;
  }

  add(stream: LiveStream): void {
    stream.liveIndex = this.#streams.push(stream) - 1;
  }

  delete(stream: LiveStream): void {
    const index = stream.liveIndex;
    if (index === -1) return;
    stream.liveIndex = -1;
    const last = this.#streams.pop();
    if (last === undefined || last === stream) return;
    this.#streams[index] = last;
    last.liveIndex = index;
  }

  isForwarding(requestId: string, request: GatedRequest): boolean {
    return this.#streams.some((stream) => stream.isRequest(requestId, request));
  }

  recheck(stream: LiveStream): void {
    void ask(stream, this.#now());
  }

  recheckAll(): void {
    this.#lastFullMs = this.#now();
    for (const stream of [...this.#streams]) void ask(stream, this.#lastFullMs);
  }

  sayGoodbye(withinMs: number): void {
    const told = this.#streams.filter((stream) => stream.sayGoodbye !== null);
    const everyMs = Math.min(goodbyeEveryMs, withinMs / Math.max(1, told.length));
    const startedMs = performance.now();
    let next = 0;
    clearInterval(this.#goodbyes);
    this.#goodbyes = setInterval(() => {
      const due = Math.floor((performance.now() - startedMs) / Math.max(everyMs, 0.001)) + 1;
      while (next < Math.min(due, told.length)) told[next++]?.sayGoodbye?.();
      if (next >= told.length) clearInterval(this.#goodbyes);
    }, goodbyeEveryMs / 2);
  }

  endAll(reason: string): void {
    for (const stream of [...this.#streams]) stream.end(reason);
  }

  close(): void {
    clearInterval(this.#timer);
    clearInterval(this.#goodbyes);
    this.#streams.length = 0;
  }

  async #tick(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      await this.#look();
    } finally {
      this.#isTicking = false;
    }
  }

  async #look(): Promise<void> {
    if (this.#streams.length === 0) {
      this.#seenVersion = null;
      return;
    }
    const nowMs = this.#now();
    for (const stream of [...this.#streams]) {
      if (stream.endsAtMs <= nowMs) stream.end('session-expired');
      else if (stream.asksAgainAtMs <= nowMs) void ask(stream, nowMs);
    }
    const current = await versionOf(this.#version);
    const isChanged = current === null || current !== this.#seenVersion;
    this.#seenVersion = current;
    // A clock that was put back counts as a change: sessions may now lie ahead of it.
    if (isChanged || nowMs < this.#lastFullMs || nowMs - this.#lastFullMs >= fullRecheckMs) this.recheckAll();
  }
}

/** Ask one stream, and cut it where it may not go on. */
async function ask(stream: LiveStream, nowMs: number): Promise<void> {
  let reason: string | null;
  try {
    reason = await stream.recheck(nowMs);
  } catch {
    reason = 'decision-error';
  }
  if (reason !== null && stream.liveIndex !== -1) stream.end(reason);
}

/** `null` when the store does not answer: the streams are asked, and what they cannot prove ends them. */
async function versionOf(version: () => MaybePromise<number>): Promise<number | null> {
  try {
    const current = version();
    return isPromise(current) ? await settleWithin(current, versionMs, 'the version') : current;
  } catch {
    return null;
  }
}
