// One connection to an upstream that speaks HTTP/1.1, and the one exchange that it carries. It never carries two at once, reads on
// while nothing is asked (bytes that come then end it), and is given back only after a response and a request that are both complete.
import type { Socket } from 'node:net';
import type { SocketOpener } from '../open-socket.ts';
import type { Pair } from '../upstream-exchange.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { BodyWriter } from './body-writer.ts';
import type { ExchangeCarrier, Http1Exchange } from './http1-exchange.ts';
import { ReadBuffer, readBytes } from './read-buffer.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseParser, type ResponseSink } from './response-parser.ts';
import { holdWriteFailures } from './write-failures.ts';

/** What a connection tells the pool that made it. */
export interface ConnectionOwner {
  /** It is free for the next request. */
  onFree(connection: Http1Connection): void;
  /** It is gone. Called once. */
  onGone(connection: Http1Connection): void;
  /** Somebody logs in on it: it must become the pair's alone. */
  onBound(connection: Http1Connection, pair: Pair): void;
  /** It failed before it answered anything of a request that may be sent again; the exchange is nobody's now. */
  onStale(exchange: Http1Exchange): void;
}

/** How long the answer is waited for that an upstream may have sent before it stopped reading. */
const lastWordsMs = 1_000;
/** How long `Expect: 100-continue` waits for an answer; curl waits as long before it sends a body unasked. */
const continueMs = 1_000;

const nothing: Buffer = Buffer.alloc(0);
const never = Number.POSITIVE_INFINITY;

export class Http1Connection implements ResponseSink, ExchangeCarrier {
  readonly socket: Socket;
  readonly createdMs: number;
  /** When it became free. */
  idleSinceMs = 0;
  /** How long it may be idle, milliseconds, as the last response said; `null`: nothing was said. */
  keepAliveMs: number | null = null;
  readonly #owner: ConnectionOwner;
  readonly #parser: ResponseParser;
  readonly #buffer = new ReadBuffer();
  readonly #body: BodyWriter;
  #connectTimer: NodeJS.Timeout | null = null;
  #isGone = false;
  #isPaused = false;
  #exchange: Http1Exchange | null = null;
  #head: ResponseHead | null = null;
  /** It served a request before this one. */
  #isReused = false;
  /** Something of the response to the current request came. */
  #isAnswered = false;
  #isBodyWanted = false;
  #isBlocked = false;
  #writeFailure: Error | null = null;
  #guardsWrites = false;
  #deadlineMs: number = never;
  #continueAtMs: number = never;

  /** Begin to connect for the exchange. */
  constructor(opener: SocketOpener, owner: ConnectionOwner, exchange: Http1Exchange) {
    this.createdMs = performance.now();
    this.#owner = owner;
    this.#parser = new ResponseParser(this);
    this.#exchange = exchange;
    exchange.connection = this;
    const isUpgrade = exchange.prepared.upgradeHandler !== null;
    this.socket = opener.open(
      isUpgrade
        ? { protocol: 'http/1.1', allowHalfOpen: true }
        : {
            protocol: 'http/1.1',
            onread: {
              buffer: () => this.#buffer.next(),
              callback: (length, buffer) => this.#onRead(buffer as Buffer, length),
            },
          },
    );
    this.#body = new BodyWriter(this.socket);
    if (isUpgrade) this.socket.on('data', this.#onChunk);
    this.socket
      .once(opener.readyEvent, this.#onReady)
      .on('error', this.#onError)
      .on('end', this.#onEnd)
      .on('close', this.#onClose)
      .on('drain', this.#onDrain);
    const { connectTimeoutMs } = opener;
    if (connectTimeoutMs > 0) this.#connectTimer = setTimeout(this.#onConnectTimeout, connectTimeoutMs);
  }

  /** It carries nothing and can carry the next request. */
  get isFree(): boolean {
    return this.#exchange === null && !this.#isGone;
  }

  /** Send the next request over it. */
  start(exchange: Http1Exchange): void {
    this.#isReused = true;
    this.#exchange = exchange;
    exchange.connection = this;
    this.#send(exchange);
  }

  #send(exchange: Http1Exchange): void {
    const { request, head, upgradeHandler } = exchange.prepared;
    this.#head = null;
    this.#isAnswered = false;
    this.#isBlocked = false;
    this.#body.begin(request.hasBody ? head.bodyBytes : null);
    this.#isBodyWanted = false;
    this.#parser.begin({ method: request.method, isUpgrade: upgradeHandler !== null });
    const nowMs = performance.now();
    this.#deadlineMs = request.hasBody ? never : after(nowMs, request.responseTimeoutMs);
    if (request.hasBody && !this.#guardsWrites) {
      this.#guardsWrites = true;
      holdWriteFailures(this.socket, this.#onWriteFailure);
    }
    this.socket.write(head.text, 'latin1');
    if (!request.hasBody) return;
    if (request.expectsContinue) this.#continueAtMs = nowMs + continueMs;
    else this.#wantBody(exchange);
  }

  #wantBody(exchange: Http1Exchange): void {
    this.#continueAtMs = never;
    if (this.#isBodyWanted || !exchange.prepared.request.hasBody) return;
    this.#isBodyWanted = true;
    exchange.prepared.handler.onBodyWanted(exchange);
  }

  // -- the sender's side

  writeBody(chunk: Buffer): boolean {
    if (this.#body.isEnded || this.#writeFailure !== null || chunk.length === 0) return true;
    const isRoom = this.#body.write(chunk);
    if (isRoom === true) return true;
    if (isRoom instanceof UpstreamFault) {
      this.#fail(isRoom);
      return true;
    }
    this.#isBlocked = true;
    this.#await();
    return false;
  }

  endBody(trailers: readonly string[]): void {
    if (this.#body.isEnded || this.#writeFailure !== null) return;
    const fault = this.#body.end(trailers);
    if (fault !== null) this.#fail(fault);
    else this.#await();
  }

  /** The upstream is the one to act: its time runs. */
  #await(): void {
    const exchange = this.#exchange;
    if (exchange === null || this.#head !== null) return;
    this.#deadlineMs = after(performance.now(), exchange.prepared.request.responseTimeoutMs);
  }

  pauseReading(): void {
    if (this.#isPaused || this.#isGone) return;
    this.#isPaused = true;
    // Whoever makes us wait is not the upstream.
    if (this.#head !== null) this.#deadlineMs = never;
    this.socket.pause();
  }

  resumeReading(): void {
    if (!this.#isPaused || this.#isGone) return;
    this.#isPaused = false;
    if (this.#head !== null) this.#awaitBody();
    this.socket.resume();
  }

  own(chunk: Buffer): Buffer {
    return this.#buffer.keep(chunk);
  }

  bindTo(pair: Pair): boolean {
    this.#owner.onBound(this, pair);
    return true;
  }

  abort(): void {
    this.#detach();
    this.#destroy();
  }

  /** End it because of the error; whoever waits for an answer is told. */
  fail(error: Error): void {
    this.#fail(error);
  }

  // -- time

  /** Look at the deadlines of what it carries. */
  sweep(nowMs: number): void {
    if (nowMs >= this.#continueAtMs && this.#exchange !== null) this.#wantBody(this.#exchange);
    if (nowMs < this.#deadlineMs) return;
    if (this.#writeFailure !== null) this.#fail(this.#writeFailure);
    else
      this.#fail(
        new UpstreamFault(this.#head === null ? 'UPSTREAM_RESPONSE_TIMEOUT' : 'UPSTREAM_BODY_TIMEOUT'),
      );
  }

  #awaitBody(): void {
    const exchange = this.#exchange;
    if (exchange !== null)
      this.#deadlineMs = after(performance.now(), exchange.prepared.request.idleTimeoutMs);
  }

  readonly #onConnectTimeout = (): void => this.#fail(new UpstreamFault('UPSTREAM_CONNECT_TIMEOUT'));

  // -- the socket's side

  readonly #onReady = (): void => {
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    const exchange = this.#exchange;
    if (exchange !== null) this.#send(exchange);
    else this.#destroy();
  };

  #onRead(buffer: Buffer, length: number): boolean {
    this.#onBytes(buffer, length);
    return true;
  }

  readonly #onChunk = (chunk: Buffer): void => this.#onBytes(chunk, chunk.length);

  #onBytes(bytes: Buffer, length: number): void {
    if (this.#exchange === null) {
      // Nothing was asked: whatever it is, it must not become the answer to the next request.
      this.#destroy();
      return;
    }
    this.#isAnswered = true;
    const read = this.#parser.push(bytes, 0, length);
    const { fault } = this.#parser;
    if (fault !== null) this.#fail(fault);
    else if (this.#parser.isDone) this.#complete(bytes, read, length);
    else if (this.#head !== null && !this.#isPaused) this.#awaitBody();
  }

  /** The response is complete. Free first, told after: who is told may want to send the next request. */
  #complete(bytes: Buffer, read: number, length: number): void {
    const exchange = this.#exchange;
    const head = this.#head;
    if (exchange === null || head === null) return;
    const { handler, upgradeHandler } = exchange.prepared;
    if (head.status === 101 && upgradeHandler !== null) {
      const rest = Buffer.from(bytes.subarray(read, length));
      this.#letGo();
      upgradeHandler.onUpgrade(asUpstreamHead(head), this.socket, rest);
      return;
    }
    const { trailers } = this.#parser;
    const isFree =
      read === length &&
      // A full buffer: there may be more in the socket, which would be read as the answer to the next request.
      length < readBytes &&
      head.keepsAlive &&
      this.#body.isEnded &&
      this.#writeFailure === null &&
      upgradeHandler === null;
    this.#detach();
    if (isFree) {
      this.keepAliveMs = head.keepAliveMs;
      this.#buffer.isLarge = false;
      if (this.#isPaused) this.resumeReading();
      this.#owner.onFree(this);
    } else {
      this.#destroy();
    }
    handler.onEnd(trailers);
  }

  readonly #onDrain = (): void => {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    if (this.#head === null && !this.#body.isEnded) this.#deadlineMs = never;
    this.#exchange?.prepared.handler.onDrain();
  };

  readonly #onEnd = (): void => {
    const fault = this.#exchange === null ? null : this.#parser.finish();
    if (fault !== null) this.#fail(this.#writeFailure ?? fault);
    else if (this.#exchange !== null && this.#head !== null) this.#complete(nothing, 0, 0);
    this.#destroy();
  };

  readonly #onError = (error: Error): void => this.#fail(this.#writeFailure ?? error);

  readonly #onClose = (): void => this.#fail(this.#writeFailure ?? new UpstreamFault('UPSTREAM_CLOSED'));

  /** The upstream reads no more. What it said before that may still be on its way: an early answer counts, the failure does not. */
  readonly #onWriteFailure = (error: Error): void => {
    if (this.#exchange === null) {
      this.#destroy();
      return;
    }
    this.#writeFailure = error;
    if (this.#head === null) this.#deadlineMs = performance.now() + lastWordsMs;
  };

  // -- the parser's side

  onInterim(status: number, fields: string[]): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const { request, handler } = exchange.prepared;
    // RFC 9110 section 15.2.1: a 100 that nobody asked for says nothing.
    if (status !== 100) {
      // RFC 2518 section 10.1: the upstream is still at it.
      if (status === 102 && this.#deadlineMs !== never) this.#await();
      handler.onInterim(status, fields);
    } else if (request.expectsContinue) {
      this.#wantBody(exchange);
    }
  }

  onHead(head: ResponseHead): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#head = head;
    this.#continueAtMs = never;
    this.#buffer.isLarge =
      head.framing !== 'none' && (head.framing !== 'length' || head.bodyBytes > readBytes);
    this.#awaitBody();
    if (head.status === 101) return;
    const upstreamHead = asUpstreamHead(head);
    exchange.prepared.handler.onHead(upstreamHead);
    // It said yes without a word about going on, and has more to say: it may be waiting for the body.
    if (head.status < 300 && !upstreamHead.isWhole && this.#exchange === exchange) this.#wantBody(exchange);
  }

  onData(chunk: Buffer): void {
    this.#exchange?.prepared.handler.onData(chunk);
  }

  // -- ends

  #fail(error: Error): void {
    const exchange = this.#exchange;
    const isStale = this.#isReused && !this.#isAnswered;
    this.#detach();
    this.#destroy();
    if (exchange === null) return;
    if (isStale && exchange.isRepeatable && !exchange.isRepeated && isGoneError(error)) {
      exchange.isRepeated = true;
      this.#owner.onStale(exchange);
    } else {
      exchange.prepared.handler.onError(error);
    }
  }

  #detach(): void {
    if (this.#exchange !== null) this.#exchange.connection = null;
    this.#exchange = null;
    this.#deadlineMs = never;
    this.#continueAtMs = never;
  }

  #destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    this.socket.destroy();
    this.#owner.onGone(this);
  }

  /** The socket becomes somebody else's. */
  #letGo(): void {
    this.#detach();
    this.#isGone = true;
    this.socket.pause();
    this.socket
      .off('data', this.#onChunk)
      .off('error', this.#onError)
      .off('end', this.#onEnd)
      .off('close', this.#onClose)
      .off('drain', this.#onDrain);
    this.#owner.onGone(this);
  }
}

function after(nowMs: number, timeoutMs: number): number {
  return timeoutMs === 0 ? never : nowMs + timeoutMs;
}

function asUpstreamHead(head: ResponseHead): {
  status: number;
  reason: string;
  fields: string[];
  isWhole: boolean;
} {
  const { status, reason, fields, framing, bodyBytes } = head;
  return {
    status,
    reason,
    fields,
    isWhole: framing === 'none' || (framing === 'length' && bodyBytes === 0),
  };
}

/** Closed or reset: what a connection looks like that was closed while the request was on its way. A timeout is none of that. */
function isGoneError(error: Error): boolean {
  const code = 'code' in error ? error.code : '';
  return code === 'UPSTREAM_CLOSED' || code === 'ECONNRESET' || code === 'EPIPE';
}
