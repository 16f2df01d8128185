// One upstream address with its connections and what is known of its health. It counts what is outstanding; which
// address a request goes to is upstream-choice.ts's to say.
import type { UpstreamAddress, UpstreamOptions } from '../rules/model/compiled-rules.ts';
import type { CoarseClock } from './coarse-clock.ts';
import { Http1Pool } from './http1/http1-pool.ts';
import { Http2Pool } from './http2/http2-pool.ts';
import type { Opener } from './opener.ts';
import type { UpstreamClient } from './upstream-exchange.ts';

/** Concurrent streams that are counted for one HTTP/2 connection. */
const streamsPerConnection = 100;

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** So many answers missing in a row (timeouts, resets before a head) take an address out for a while. */
const strikesAllowed = 3;

export class UpstreamTarget {
  readonly address: UpstreamAddress;
  /** For the operator. */
  readonly text: string;
  readonly isHttp2: boolean;
  /** Requests that hold a slot. */
  outstanding = 0;
  /** WebSockets that are open or being opened. */
  webSockets = 0;
  /** The most slots. */
  readonly slots: number;
  readonly requests: UpstreamClient;
  /** HTTP/1.1 only, whatever the address speaks otherwise: upgrades, and logins of a connection. */
  readonly http1: Http1Pool;
  readonly #onRequest: (() => void) | undefined;
  #strikes = 0;
  #pauseMs = 0;
  #pausedUntilMs = 0;
  #isProbedDown = false;

  /** @param way how it is reached, and what tells it from others of the same address */
  constructor(
    address: UpstreamAddress,
    way: { readonly opener: () => Opener; readonly name: string | null; readonly onRequest?: () => void },
    options: UpstreamOptions,
    clock: CoarseClock,
  ) {
    const { opener, name, onRequest } = way;
    this.#onRequest = onRequest;
    this.address = address;
    this.text = name === null ? address.text : `${address.text} (connector ${name})`;
    this.isHttp2 = options.isHttp2;
    this.slots = options.isHttp2 ? options.maxConnections * streamsPerConnection : options.maxConnections;
    this.http1 = new Http1Pool(opener(), clock, options.maxConnections);
    this.requests = options.isHttp2 ? new Http2Pool(opener(), clock, options.maxConnections) : this.http1;
  }

  /** False while it is worth trying another address first. `nowMs` is monotonic. */
  isUp(nowMs: number): boolean {
    return !this.#isProbedDown && (this.#pausedUntilMs === 0 || nowMs >= this.#pausedUntilMs);
  }

  /** It was found down, and nothing has shown since that it is up. */
  get isDown(): boolean {
    return this.#isProbedDown || this.#pausedUntilMs !== 0;
  }

  /** A request goes there. */
  noteRequest(): void {
    this.#onRequest?.();
  }

  /** It answered. True when that ends a time of being down. */
  onAnswer(): boolean {
    if (this.#strikes === 0 && this.#pausedUntilMs === 0) return false;
    this.#strikes = 0;
    this.#pauseMs = 0;
    const wasPaused = this.#pausedUntilMs !== 0;
    this.#pausedUntilMs = 0;
    return wasPaused && !this.#isProbedDown;
  }

  /** A connection could not be made (`isConnect`), or no head came. True when that begins a time of being down. */
  onMissing(nowMs: number, kind: 'connect' | 'answer'): boolean {
    this.#strikes += kind === 'connect' ? strikesAllowed : 1;
    if (this.#strikes < strikesAllowed) return false;
    const wasUp = this.#pausedUntilMs === 0 && !this.#isProbedDown;
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, firstPauseMs), longestPauseMs);
    this.#pausedUntilMs = nowMs + this.#pauseMs;
    return wasUp;
  }

  /** What an active check found. True when that changes whether it is up. */
  onProbe(found: 'up' | 'down'): boolean {
    const isHealthy = found === 'up';
    const wasUp = !this.#isProbedDown && this.#pausedUntilMs === 0;
    this.#isProbedDown = !isHealthy;
    if (isHealthy) {
      this.#strikes = 0;
      this.#pauseMs = 0;
      this.#pausedUntilMs = 0;
    }
    return wasUp !== isHealthy;
  }

  /** Let what is in flight finish, then close every connection. */
  close(): void {
    this.requests.close();
    this.http1.close();
  }

  /** Cut everything. */
  destroy(): void {
    this.requests.destroy();
    this.http1.destroy();
  }
}
