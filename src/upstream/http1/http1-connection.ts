// One connection to an upstream that speaks HTTP/1.1, and the one exchange that it carries. It never carries two at once, reads on
// while nothing is asked (bytes that come then end it), and is given back only after a response and a request that are both complete.
import { ExchangeDeadlines } from '../exchange-deadlines.ts';
import type { Opener } from '../opener.ts';
import type { OnSpent, Pair, UpstreamHandler } from '../upstream-exchange.ts';
import { isConnectionGone, UpstreamFault } from '../upstream-fault.ts';
import { ConnectionSocket, type SocketOwner } from './connection-socket.ts';
import type { ExchangeCarrier, Http1Exchange } from './http1-exchange.ts';
import { RequestSide } from './request-side.ts';
import { type ResponseHead, upstreamHeadOf } from './response-head.ts';
import { ResponseParser, type ResponseSink } from './response-parser.ts';

/** What a connection tells the pool that made it. */
export interface ConnectionOwner {
  /** It is free for the next request. */
  onFree(connection: Http1Connection): void;
  /** It is gone. Called once. */
  onGone(connection: Http1Connection): void;
  /** Somebody logs in on it: it must become the pair's alone. */
  onBound(connection: Http1Connection, pair: Pair): void;
  /** It failed before it answered anything of a request that may be sent again; the exchange is nobody's now. */
  onStale(exchange: Http1Exchange, error: Error): void;
}

const nothing: Buffer = Buffer.alloc(0);

export class Http1Connection implements ResponseSink, ExchangeCarrier, SocketOwner {
  readonly createdMs: number = performance.now();
  /** When it became free. */
  idleSinceMs = 0;
  /** How long it may be idle, milliseconds, as the last response said; `null`: nothing was said. */
  keepAliveMs: number | null = null;
  /** The response is whole, and what came with it may not be. */
  #isSettling = false;
  /** Of the response that came last. */
  #hasBody = false;
  readonly #owner: ConnectionOwner;
  readonly #parser: ResponseParser;
  readonly #socket: ConnectionSocket;
  readonly #deadlines = new ExchangeDeadlines();
  readonly #request: RequestSide;
  #exchange: Http1Exchange | null = null;
  #head: ResponseHead | null = null;
  /** It served a request before this one. */
  #isReused = false;
  /** Something of the response to the current request came. */
  #isAnswered = false;

  /** Begin to connect for the exchange. */
  constructor(opener: Opener, owner: ConnectionOwner, exchange: Http1Exchange) {
    this.#owner = owner;
    this.#parser = new ResponseParser(this);
    this.#exchange = exchange;
    exchange.connection = this;
    const use = exchange.prepared.upgradeHandler === null ? 'exchanges' : 'tunnel';
    const requestId = requestIdIn(exchange.prepared.request.headers);
    this.#socket = new ConnectionSocket(opener, this, { use, requestId });
    this.#request = new RequestSide(this.#socket.socket, this.#deadlines, () => this.#destroy());
  }

  /** It carries nothing and can carry the next request. */
  get isFree(): boolean {
    return this.#exchange === null && !this.#isSettling && !this.#socket.isGone;
  }

  /** Send the next request over it. */
  start(exchange: Http1Exchange): void {
    this.#hasBody = false;
    this.#isReused = true;
    this.#exchange = exchange;
    exchange.connection = this;
    this.#send(exchange);
  }

  #send(exchange: Http1Exchange): void {
    const { request, upgradeHandler } = exchange.prepared;
    this.#head = null;
    this.#isAnswered = false;
    this.#parser.begin({ method: request.method, isUpgrade: upgradeHandler !== null });
    this.#request.begin(exchange);
  }

  // -- the sender's side

  writeBody(chunk: Buffer, onSpent?: OnSpent): boolean {
    const isRoom = this.#request.write(chunk, onSpent);
    if (!(isRoom instanceof UpstreamFault)) return isRoom;
    this.fail(isRoom);
    return true;
  }

  endBody(trailers: readonly string[]): void {
    const fault = this.#request.end(trailers);
    if (fault !== null) this.fail(fault);
  }

  pauseReading(): void {
    if (this.#socket.pause()) this.#deadlines.hold();
  }

  resumeReading(): void {
    if (this.#socket.resume()) this.#deadlines.release();
  }

  own(chunk: Buffer): Buffer {
    return this.#socket.keep(chunk);
  }

  bindTo(pair: Pair): boolean {
    this.#owner.onBound(this, pair);
    return true;
  }

  abort(): void {
    this.#detach();
    this.#destroy();
  }

  // -- time

  /** Look at the deadlines of what it carries. */
  sweep(nowMs: number): void {
    if (this.#deadlines.isContinueLate(nowMs)) this.#request.wantBody();
    if (!this.#deadlines.isUpstreamLate(nowMs)) return;
    const late = this.#head === null ? 'UPSTREAM_RESPONSE_TIMEOUT' : 'UPSTREAM_BODY_TIMEOUT';
    this.fail(this.#request.failure ?? new UpstreamFault(late));
  }

  // -- the socket's side

  onReady(): void {
    if (this.#exchange !== null) this.#send(this.#exchange);
    else this.#destroy();
  }

  onBytes(bytes: Buffer, length: number): void {
    if (this.#exchange === null) {
      // Nothing was asked: whatever it is, it must not become the answer to the next request.
      this.#destroy();
      return;
    }
    if (this.#request.isUnsent) {
      const fault = this.#isReused
        ? new UpstreamFault('UPSTREAM_SPOKE_UNASKED')
        : new UpstreamFault('UPSTREAM_NOT_HTTP', 'it spoke before it was asked');
      this.fail(fault);
      return;
    }
    this.#isAnswered = true;
    const read = this.#parser.push(bytes, 0, length);
    const { fault } = this.#parser;
    if (fault !== null) this.fail(fault);
    else if (this.#parser.isDone) this.#complete(bytes, read, length);
    else if (this.#head !== null) this.#request.awaitMore();
  }

  /** The response is complete. Free first, told after: who is told may want to send the next request. */
  #complete(bytes: Buffer, read: number, length: number): void {
    const exchange = this.#exchange;
    const head = this.#head;
    if (exchange === null || head === null) return;
    const { handler, upgradeHandler } = exchange.prepared;
    if (head.status === 101 && upgradeHandler !== null) {
      const rest = Buffer.from(bytes.subarray(read, length));
      this.#detach();
      const socket = this.#socket.giveAway();
      this.#owner.onGone(this);
      upgradeHandler.onUpgrade(upstreamHeadOf(head), socket, rest);
      return;
    }
    const { trailers } = this.#parser;
    const isFree =
      read === length &&
      !this.#socket.mayHoldMore(bytes, length) &&
      head.keepsAlive &&
      this.#request.isComplete &&
      upgradeHandler === null;
    this.#detach();
    if (isFree) {
      this.keepAliveMs = head.keepAliveMs;
      // The next one will be much the same.
      this.#socket.expectBody(head.bodyBytes);
      this.#socket.resume();
      if (this.#socket.arrivesInParts) {
        this.#settle(handler, trailers);
        return;
      }
      this.#owner.onFree(this);
    } else {
      this.#destroy();
    }
    handler.onEnd(trailers);
  }

  /**
   * TLS gives its records one after the other, and a tunnel its frames, so that what it has read already may still be on its way when a
   * response is whole. The connection is free after that, unless something came: what nobody asked for is nobody's answer. A client over
   * HTTP/2 takes an answer without a body for whole at its head, so that its end is told at once; who waits then opens another connection.
   */
  #settle(handler: UpstreamHandler, trailers: readonly string[]): void {
    const endsLater = this.#hasBody;
    this.#isSettling = true;
    this.idleSinceMs = performance.now();
    setImmediate(() => {
      this.#isSettling = false;
      if (!this.#socket.isGone) this.#owner.onFree(this);
      if (endsLater) handler.onEnd(trailers);
    });
    if (!endsLater) handler.onEnd(trailers);
  }

  onRoom(): void {
    this.#request.onRoom();
  }

  onSocketEnd(): void {
    const fault = this.#exchange === null ? null : this.#parser.finish();
    if (fault !== null) this.fail(this.#request.failure ?? fault);
    else if (this.#exchange !== null && this.#head !== null) this.#complete(nothing, 0, 0);
    this.#destroy();
  }

  onSocketError(error: Error): void {
    this.fail(this.#request.failure ?? error);
  }

  // -- the parser's side

  onInterim(status: number, fields: readonly string[]): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const { request, handler } = exchange.prepared;
    if (status === 100) {
      // RFC 9110 section 15.2.1: one that nobody asked for says nothing.
      if (request.expectsContinue) this.#request.wantBody();
      return;
    }
    if (status === 102) this.#request.onProcessing();
    handler.onInterim(status, fields);
  }

  onHead(head: ResponseHead): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#head = head;
    const { framing, bodyBytes } = head;
    this.#socket.expectBody(
      framing === 'none' || framing === 'length' ? bodyBytes : Number.POSITIVE_INFINITY,
    );
    this.#request.onHead();
    if (head.status === 101) return;
    const upstreamHead = upstreamHeadOf(head);
    exchange.prepared.handler.onHead(upstreamHead);
    // It said yes without a word about going on, and has more to say: it may be waiting for the body.
    if (head.status < 300 && !upstreamHead.isWhole && this.#exchange === exchange) this.#request.wantBody();
  }

  onData(chunk: Buffer): void {
    this.#hasBody = true;
    this.#exchange?.prepared.handler.onData(chunk);
  }

  // -- ends

  /** End it because of the error; whoever waits for an answer is told, or the request is sent again. */
  fail(error: Error): void {
    const exchange = this.#exchange;
    const isStale = this.#isReused && !this.#isAnswered && isConnectionGone(error);
    const { isUntouched } = this.#request;
    this.#detach();
    this.#destroy();
    if (exchange === null) return;
    if (isStale && (isUntouched || exchange.isRepeatable) && !exchange.isRepeated) {
      exchange.isRepeated = true;
      this.#owner.onStale(exchange, error);
    } else {
      exchange.prepared.handler.onError(error);
    }
  }

  #detach(): void {
    if (this.#exchange !== null) this.#exchange.connection = null;
    this.#exchange = null;
    this.#request.stop();
  }

  #destroy(): void {
    if (this.#socket.destroy()) this.#owner.onGone(this);
  }
}

/** The number of the request in the log, as its upstream is told. */
function requestIdIn(fields: readonly string[]): string | null {
  const at = fields.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'x-request-id');
  return at === -1 ? null : (fields[at + 1] ?? null);
}
