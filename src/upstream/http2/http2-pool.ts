// The HTTP/2 connections to one upstream address. As few as the requests that are under way need; what an upstream did not look at is
// sent again.
import type { CoarseClock, Sweepable } from '../coarse-clock.ts';
import type { Opener } from '../opener.ts';
import type {
  UpstreamClient,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamStream,
} from '../upstream-exchange.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { Http2Session, type SessionOwner } from './http2-session.ts';

export class Http2Pool implements UpstreamClient, SessionOwner, Sweepable {
  readonly #opener: Opener;
  readonly #clock: CoarseClock;
  readonly #mostSessions: number;
  readonly #sessions = new Set<Http2Session>();
  #isClosed = false;

  /** @param mostSessions connections at a time; those that only finish what they carry do not count */
  constructor(opener: Opener, clock: CoarseClock, mostSessions: number) {
    this.#opener = opener;
    this.#clock = clock;
    this.#mostSessions = mostSessions;
  }

  /** Connections. */
  get size(): number {
    return this.#sessions.size;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamStream {
    const exchange = new Http2Exchange(request, handler);
    // Nobody is called back before the stream is theirs.
    queueMicrotask(() => this.#dispatch(exchange));
    return exchange;
  }

  #dispatch(exchange: Http2Exchange): void {
    if (exchange.isOver) return;
    if (this.#isClosed) exchange.fail(retired());
    else this.#choose().send(exchange);
  }

  #choose(): Http2Session {
    const nowMs = performance.now();
    let usable = 0;
    let least: Http2Session | null = null;
    for (const session of this.#sessions) {
      if (session.hasRoom(nowMs)) return session;
      if (!session.isUsable) continue;
      usable++;
      if (least === null || session.size < least.size) least = session;
    }
    if (least !== null && usable >= this.#mostSessions) return least;
    if (this.#sessions.size === 0) this.#clock.watch(this);
    const session = new Http2Session(this.#opener, this);
    this.#sessions.add(session);
    return session;
  }

  // -- SessionOwner

  onUnprocessed(exchange: Http2Exchange): void {
    this.#dispatch(exchange);
  }

  onGone(session: Http2Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#clock.unwatch(this);
  }

  sweep(nowMs: number): void {
    for (const session of [...this.#sessions]) session.sweep(nowMs);
  }

  close(): void {
    this.#isClosed = true;
    for (const session of [...this.#sessions]) session.retire();
  }

  destroy(): void {
    this.#isClosed = true;
    for (const session of [...this.#sessions]) session.destroy(retired());
  }
}

function retired(): UpstreamFault {
  return new UpstreamFault('UPSTREAM_RETIRED');
}
