// One HTTP/2 connection to an upstream and the exchanges on it. It takes new ones until it is old, full or told to go away, and closes
// when the last one is over.
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { mayRepeat } from '../may-repeat.ts';
import type { Opener, UpstreamSocket } from '../opener.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { afterFrames } from './after-frames.ts';
import type { ExchangeOwner, Http2Exchange } from './http2-exchange.ts';
import { requestFields } from './http2-fields.ts';

/** What a session tells the pool that made it. */
export interface SessionOwner {
  onUnprocessed(exchange: Http2Exchange): void;
  /** It is gone. Called once. */
  onGone(session: Http2Session): void;
}

/** Streams on one connection, where the upstream allows more. */
const mostStreams = 100;
/** What one stream may hold that its reader does not take: with all streams stalled this is the memory of a session. */
const streamWindowBytes = 262_144;
const sessionWindowBytes = 4_194_304;
const sessionMemoryMegabytes = 64;
const mostFields = 1_000;
/** After it refused a stream it is asked for no other for so long, if another connection can be. */
const refusedMs = 250;
/** Takes no new stream when it is so old: names are looked up again, and move. */
const longestLifeMs = 60_000;

export class Http2Session implements ExchangeOwner {
  readonly #owner: SessionOwner;
  readonly #scheme: 'http' | 'https';
  readonly #socket: UpstreamSocket;
  readonly isCarried: boolean;
  readonly #exchanges = new Set<Http2Exchange>();
  readonly #createdMs: number = performance.now();
  /** For it to be ready. */
  readonly #waiting = new Set<Http2Exchange>();
  #session: ClientHttp2Session | null = null;
  #connectTimer: NodeJS.Timeout | null = null;
  /** The upstream said how many streams it takes. */
  #isSettled = false;
  #isRetiring = false;
  #isGone = false;
  /** It refused a stream: others are better asked. */
  #fullUntilMs = 0;
  /** A request before was answered on it. */
  #hasServed = false;
  /** Of a GOAWAY: streams above it were not looked at. */
  #lastStreamId = Number.POSITIVE_INFINITY;

  constructor(opener: Opener, owner: SessionOwner) {
    this.#owner = owner;
    this.#scheme = opener.isTls ? 'https' : 'http';
    this.#socket = opener.open({ protocol: 'h2' });
    this.isCarried = !(this.#socket instanceof Socket);
    this.#socket.once(opener.readyEvent, this.#onReady).on('error', this.#onError).on('close', this.#onClose);
    const { connectTimeoutMs } = opener;
    if (connectTimeoutMs > 0)
      this.#connectTimer = setTimeout(
        () => this.#fail(new UpstreamFault('UPSTREAM_CONNECT_TIMEOUT')),
        connectTimeoutMs,
      );
  }

  /** Exchanges on it, those included that wait for it to be ready. */
  get size(): number {
    return this.#exchanges.size + this.#waiting.size;
  }

  /** It may take one more. */
  hasRoom(nowMs: number): boolean {
    if (!this.isUsable || nowMs - this.#createdMs >= longestLifeMs || nowMs < this.#fullUntilMs) return false;
    return this.size < this.#mostStreams;
  }

  get #mostStreams(): number {
    const allowed = this.#session?.remoteSettings?.maxConcurrentStreams ?? mostStreams;
    return Math.min(mostStreams, Math.max(1, allowed));
  }

  /** Takes new ones, if there must be more than it has room for. */
  get isUsable(): boolean {
    return !this.#isRetiring && !this.#isGone && this.#session?.closed !== true;
  }

  send(exchange: Http2Exchange): void {
    if (this.#session !== null && this.#isSettled) {
      this.#open(this.#session, exchange);
      return;
    }
    this.#waiting.add(exchange);
    exchange.wait(this);
  }

  #open(session: ClientHttp2Session, exchange: Http2Exchange): void {
    if (exchange.isOver) return;
    const { request } = exchange;
    const fields = requestFields(request, this.#scheme);
    if (fields instanceof UpstreamFault) {
      exchange.fail(fields);
      return;
    }
    try {
      const waitForTrailers = request.hasBody && request.sendsTrailers;
      const stream = session.request(fields as never, { endStream: !request.hasBody, waitForTrailers });
      this.#exchanges.add(exchange);
      exchange.start(stream, this);
    } catch (error) {
      this.#exchanges.delete(exchange);
      // Nothing was sent: it goes to another connection.
      if (session.closed || session.destroyed) {
        this.#owner.onUnprocessed(exchange);
      } else {
        const what = error instanceof Error ? error.message : String(error);
        exchange.fail(new UpstreamFault('UPSTREAM_REQUEST_INVALID', what));
      }
    }
  }

  // -- ExchangeOwner

  onOver(exchange: Http2Exchange): void {
    if (exchange.isAnswered) this.#hasServed = true;
    this.#waiting.delete(exchange);
    this.#exchanges.delete(exchange);
    if (this.#isRetiring && this.size === 0) afterFrames(() => this.#session?.close());
  }

  onUnprocessed(exchange: Http2Exchange): void {
    this.#fullUntilMs = performance.now() + refusedMs;
    this.#owner.onUnprocessed(exchange);
  }

  onSilence(): void {
    this.retire();
  }

  isTooLate(exchange: Http2Exchange): boolean {
    return exchange.streamId > this.#lastStreamId;
  }

  // -- the connection's side

  readonly #onReady = (): void => {
    if (this.#isGone) return;
    const socket = this.#socket;
    if (this.#scheme === 'https' && (socket as TLSSocket).alpnProtocol !== 'h2') {
      this.#fail(new UpstreamFault('UPSTREAM_NO_HTTP2'));
      return;
    }
    const session = connect(`${this.#scheme}://upstream`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
      maxSessionMemory: sessionMemoryMegabytes,
      maxHeaderListPairs: mostFields,
      peerMaxConcurrentStreams: mostStreams,
    });
    this.#session = session;
    session.on('error', this.#onError).on('close', this.#onClose).on('goaway', this.#onGoaway);
    session.once('connect', () => session.setLocalWindowSize(sessionWindowBytes));
    session.once('remoteSettings', () => this.#onSettled(session));
  };

  /** What waited goes out, as many as the upstream takes; the rest to other connections. */
  #onSettled(session: ClientHttp2Session): void {
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    if (this.#isGone) return;
    this.#isSettled = true;
    for (const exchange of this.#takeWaiting()) {
      if (this.#exchanges.size < this.#mostStreams) this.#open(session, exchange);
      else this.#owner.onUnprocessed(exchange);
    }
    if (this.#isRetiring) this.retire();
  }

  #takeWaiting(): Http2Exchange[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  readonly #onGoaway = (code: number, lastStreamId: number): void => {
    this.#isRetiring = true;
    this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId);
    if (code === constants.NGHTTP2_HTTP_1_1_REQUIRED)
      this.#fail(new UpstreamFault('UPSTREAM_HTTP1_REQUIRED'));
  };

  readonly #onError = (error: Error): void => this.#fail(error);

  readonly #onClose = (): void => this.#fail(new UpstreamFault('UPSTREAM_CLOSED'));

  #fail(error: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    afterFrames(() => {
      this.#session?.destroy();
      this.#socket.destroy();
    });
    this.#owner.onGone(this);
    for (const exchange of this.#takeWaiting()) exchange.fail(error);
    for (const exchange of [...this.#exchanges]) {
      if (this.#mayRepeat(exchange)) exchange.repeat();
      else exchange.fail(error);
    }
  }

  /** The upstream did not look at it, or the connection was kept and is gone, and asking twice does no harm. */
  #mayRepeat(exchange: Http2Exchange): boolean {
    if (!exchange.isRepeatable) return false;
    if (this.isTooLate(exchange)) return true;
    return this.#hasServed && !exchange.isRepeated && mayRepeat(exchange.request);
  }

  // -- ends

  sweep(nowMs: number): void {
    for (const exchange of [...this.#exchanges]) exchange.sweep(nowMs);
    if (nowMs - this.#createdMs >= longestLifeMs && this.#session !== null) this.retire();
  }

  /** Take nothing new; close when nothing is left. */
  retire(): void {
    this.#isRetiring = true;
    if (this.size === 0) afterFrames(() => this.#session?.close());
  }

  destroy(error: Error): void {
    this.#fail(error);
  }
}
