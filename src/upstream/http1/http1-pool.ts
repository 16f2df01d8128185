// The HTTP/1.1 connections to one upstream address. How many requests are under way at once is the caller's to limit (upstream groups
// do); here connections are kept for the next request, for as long as they may be idle and as old as they may get.
import type { CoarseClock, Sweepable } from '../coarse-clock.ts';
import type { Opener } from '../opener.ts';
import type {
  Pair,
  UpstreamClient,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamStream,
  UpstreamUpgradeHandler,
} from '../upstream-exchange.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { BoundConnections } from './bound-connections.ts';
import { type ConnectionOwner, Http1Connection } from './http1-connection.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { writeRequestHead } from './request-head.ts';

/** Idle for longer than this a connection is closed, unless the upstream said another time: shorter than what most servers use. */
const idleMs = 4_000;
/** So much earlier than the upstream says: its clock runs since its answer left it. */
const hintMarginMs = 1_000;
const longestIdleMs = 600_000;
/** A connection serves no new request when it is so old: names are looked up again, and move. */
const longestLifeMs = 60_000;
/** A request that could not be sent a second time takes no connection that was idle for longer: the upstream may be closing it. */
const freshMs = 1_000;

export class Http1Pool implements UpstreamClient, ConnectionOwner, Sweepable {
  readonly #opener: Opener;
  readonly #clock: CoarseClock;
  readonly #all = new Set<Http1Connection>();
  /** The one that was used last is taken first, so that those that are too many grow old. */
  readonly #idle: Http1Connection[] = [];
  readonly #bound: BoundConnections;
  #isClosed = false;

  /** @param mostBound connections that are kept for one person each */
  constructor(opener: Opener, clock: CoarseClock, mostBound: number) {
    this.#opener = opener;
    this.#clock = clock;
    this.#bound = new BoundConnections(mostBound);
  }

  /** Connections, idle ones included. */
  get size(): number {
    return this.#all.size;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamStream {
    return this.#dispatch(request, handler, null, null);
  }

  /** The same over the connection that is the pair's alone, or over a new one that becomes it. */
  sendBound(request: UpstreamRequest, handler: UpstreamHandler, pair: Pair): UpstreamStream {
    return this.#dispatch(request, handler, null, pair);
  }

  /** Whether somebody who speaks over the client's connection logged in on one of these. */
  isBound(client: Pair['client']): boolean {
    return this.#bound.has(client);
  }

  /**
   * Send a request that asks for another protocol, over a connection of its own.
   *
   * @param token what `Upgrade` says
   */
  upgrade(request: UpstreamRequest, token: string, handler: UpstreamUpgradeHandler): UpstreamStream {
    return this.#dispatch(request, handler, { token, handler }, null);
  }

  #dispatch(
    request: UpstreamRequest,
    handler: UpstreamHandler,
    upgrade: { readonly token: string; readonly handler: UpstreamUpgradeHandler } | null,
    pair: Pair | null,
  ): UpstreamStream {
    const head = writeRequestHead(request, upgrade?.token ?? null);
    const fault = head instanceof UpstreamFault ? head : this.#retired();
    if (fault !== null || head instanceof UpstreamFault) return failedStream(handler, fault ?? retired());
    const exchange = new Http1Exchange({
      request,
      head,
      handler,
      upgradeHandler: upgrade?.handler ?? null,
      pair,
    });
    const kept = upgrade === null ? this.#take(exchange) : null;
    if (kept === null) this.#connect(exchange);
    else kept.start(exchange);
    return exchange;
  }

  #retired(): UpstreamFault | null {
    return this.#isClosed ? retired() : null;
  }

  #connect(exchange: Http1Exchange): void {
    if (this.#all.size === 0) this.#clock.watch(this);
    const connection = new Http1Connection(this.#opener, this, exchange);
    this.#all.add(connection);
    const { pair } = exchange.prepared;
    if (pair !== null) this.#bound.bind(connection, pair);
  }

  /** A kept connection that may serve the request. */
  #take(exchange: Http1Exchange): Http1Connection | null {
    const { pair } = exchange.prepared;
    if (pair !== null) return this.#bound.take(pair);
    const idle = this.#idle;
    const nowMs = idle.length === 0 ? 0 : performance.now();
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      const idleForMs = nowMs - connection.idleSinceMs;
      if (!exchange.isRepeatable && idleForMs > freshMs) {
        // What lies below was idle for longer still.
        idle.push(connection);
        return null;
      }
      if (connection.isFree && idleForMs < idleTimeOf(connection) && !isOld(connection, nowMs))
        return connection;
      connection.abort();
    }
    return null;
  }

  // -- ConnectionOwner

  onFree(connection: Http1Connection): void {
    const nowMs = performance.now();
    if (this.#bound.isBound(connection)) {
      connection.idleSinceMs = nowMs;
      if (this.#isClosed || !this.#bound.isHeld(connection)) connection.abort();
      return;
    }
    if (this.#isClosed || isOld(connection, nowMs) || idleTimeOf(connection) <= 0) {
      connection.abort();
      return;
    }
    connection.idleSinceMs = nowMs;
    this.#idle.push(connection);
  }

  onBound(connection: Http1Connection, pair: Pair): void {
    this.#bound.bind(connection, pair);
  }

  onGone(connection: Http1Connection): void {
    this.#all.delete(connection);
    this.#bound.forget(connection);
    const at = this.#idle.lastIndexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    if (this.#all.size === 0) this.#clock.unwatch(this);
  }

  onStale(exchange: Http1Exchange, error: Error): void {
    if (this.#isClosed) exchange.prepared.handler.onError(error);
    else this.#connect(exchange);
  }

  sweep(nowMs: number): void {
    for (const connection of [...this.#all]) {
      if (!connection.isFree) connection.sweep(nowMs);
      else if (this.#bound.isBound(connection)) this.#sweepBound(connection, nowMs);
      else if (nowMs - connection.idleSinceMs >= idleTimeOf(connection) || isOld(connection, nowMs))
        connection.abort();
    }
  }

  /** The login lives as long as the connection: only the upstream's own word ends it, and its client. */
  #sweepBound(connection: Http1Connection, nowMs: number): void {
    if (connection.keepAliveMs !== null && nowMs - connection.idleSinceMs >= idleTimeOf(connection))
      connection.abort();
  }

  /** Take nothing new and close what is idle; what is under way goes on. */
  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#all]) if (connection.isFree) connection.abort();
  }

  /** Cut everything. */
  destroy(): void {
    this.#isClosed = true;
    for (const connection of [...this.#all]) connection.fail(retired());
  }
}

function retired(): UpstreamFault {
  return new UpstreamFault('UPSTREAM_RETIRED');
}

function idleTimeOf({ keepAliveMs }: Http1Connection): number {
  return keepAliveMs === null ? idleMs : Math.min(keepAliveMs - hintMarginMs, longestIdleMs);
}

function isOld(connection: Http1Connection, nowMs: number): boolean {
  return nowMs - connection.createdMs >= longestLifeMs;
}

/** A stream that fails in the next turn: nobody is called back before the stream is theirs. */
function failedStream(handler: UpstreamHandler, fault: UpstreamFault): UpstreamStream {
  let isAborted = false;
  queueMicrotask(() => {
    if (!isAborted) handler.onError(fault);
  });
  return {
    write: () => true,
    end: () => {},
    pause: () => {},
    resume: () => {},
    own: (chunk) => Buffer.from(chunk),
    bindTo: () => false,
    abort: () => {
      isAborted = true;
    },
  };
}
