// One request over HTTP/2 and its response, on a stream of Node's client. A response counts as complete only when the upstream ended
// the stream: trailers, GOAWAY and resets never overtake data (RFC 9113 section 8.1).
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { ExchangeDeadlines } from '../exchange-deadlines.ts';
import { InterimCount } from '../interim-count.ts';
import { sendTrailersSafely } from '../send-trailers.ts';
import type { UpstreamHandler, UpstreamRequest, UpstreamStream } from '../upstream-exchange.ts';
import { UpstreamFault } from '../upstream-fault.ts';
import { BodyReplay, noBody } from './body-replay.ts';
import { fieldObject, fieldsWithoutPseudo } from './http2-fields.ts';
import { watchEnd } from './stream-end.ts';

/** What an exchange tells the session that carries it. */
export interface ExchangeOwner {
  /** It is over, or another connection's from now on. */
  onOver(exchange: Http2Exchange): void;
  /** The upstream did not process it (RFC 9113 section 8.7): it may be sent again. */
  onUnprocessed(exchange: Http2Exchange): void;
  /** No answer in time: the connection may be dead. */
  onSilence(): void;
  /** Its connection is a stream of this process. */
  readonly isCarried: boolean;
  /** Whether its stream came too late for a connection that was told to go away (RFC 9113 section 6.8). */
  isTooLate(exchange: Http2Exchange): boolean;
}

/** Upstreams close connections while they are asked, and may do so with the next one too. */
const mostRepeats = 5;
const never = Number.POSITIVE_INFINITY;

export class Http2Exchange implements UpstreamStream {
  readonly request: UpstreamRequest;
  readonly handler: UpstreamHandler;
  #owner: ExchangeOwner | null = null;
  #stream: ClientHttp2Stream | null = null;
  readonly #deadlines = new ExchangeDeadlines();
  #repeats = 0;
  #hasHead = false;
  /** The upstream ended the stream: everything that follows is in our own buffers. */
  #isEnded = false;
  #isOver = false;
  #isPaused = false;
  #isBodyWanted = false;
  readonly #interims = new InterimCount();
  #trailers: string[] = [];
  /** What was sent of the body; `null` when it is too much to be sent again, or need not be. */
  #replay: BodyReplay | null;
  #isBodyEnded: boolean;
  #bodyTrailers: readonly string[] = [];

  constructor(request: UpstreamRequest, handler: UpstreamHandler) {
    this.request = request;
    this.handler = handler;
    this.#isBodyEnded = !request.hasBody;
    this.#replay = request.hasBody ? new BodyReplay() : noBody;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A final answer to it began. */
  get isAnswered(): boolean {
    return this.#hasHead;
  }

  /** Of its stream; one that was not sent has the largest of all. */
  get streamId(): number {
    return this.#stream?.id ?? never;
  }

  /** It can be sent again as it was. */
  get isRepeatable(): boolean {
    return this.#repeats < mostRepeats && !this.#hasHead && this.#interims.isEmpty && this.#replay !== null;
  }

  /** It was sent again before. */
  get isRepeated(): boolean {
    return this.#repeats > 0;
  }

  /** It is to be sent as soon as the connection is ready: until then its end is the owner's to know. */
  wait(owner: ExchangeOwner): void {
    this.#owner = owner;
  }

  /**
   * Carry on over the stream that was opened for it.
   *
   * Over a connection that is itself a stream of this process, Node gives out a body before the head that it told of first: there the body
   * is taken only after the head.
   */
  start(stream: ClientHttp2Stream, owner: ExchangeOwner): void {
    this.#owner = owner;
    this.#stream = stream;
    watchEnd(stream, () => {
      this.#isEnded = true;
    });
    stream
      .on('continue', this.#onContinue)
      .on('headers', this.#onInterim)
      .on('response', this.#onResponse)
      .on('trailers', this.#onTrailers)
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('drain', this.#onDrain)
      .on('wantTrailers', this.#onWantTrailers)
      .on('error', ignore)
      .on('close', this.#onClose);
    if (this.#isPaused || owner.isCarried) stream.pause();
    if (this.#isBodyEnded) this.#await();
    if (!this.request.hasBody) return;
    if (this.#isBodyWanted) this.#sendAgain(stream);
    else if (this.request.expectsContinue) this.#deadlines.awaitContinue();
    else this.#wantBody();
  }

  #sendAgain(stream: ClientHttp2Stream): void {
    this.#replay?.sendTo(stream);
    if (this.#isBodyEnded) stream.end();
    else this.handler.onDrain();
  }

  #wantBody(): void {
    this.#deadlines.stopContinue();
    if (this.#isBodyWanted || !this.request.hasBody) return;
    this.#isBodyWanted = true;
    this.handler.onBodyWanted(this);
  }

  // -- the sender's side

  write(chunk: Buffer): boolean {
    if (this.#isOver || this.#isBodyEnded) return true;
    if (this.#hasHead || this.#replay?.keep(chunk) === false) this.#replay = null;
    const stream = this.#stream;
    if (stream === null) {
      // Between two streams: what is kept is sent then, and what is too much to be kept cannot be.
      if (this.#replay === null)
        this.fail(new UpstreamFault('UPSTREAM_CLOSED', 'before it took the request'));
      return false;
    }
    // What is written to one that was reset would keep it from ever closing.
    if (stream.destroyed || stream.closed) return false;
    const isRoom = stream.write(chunk);
    if (!isRoom) this.#await();
    // It answered before the end of the upload: while it takes more it is not silent.
    else if (this.#hasHead) this.#awaitBody();
    return isRoom;
  }

  end(trailers: readonly string[]): void {
    if (this.#isOver || this.#isBodyEnded) return;
    this.#isBodyEnded = true;
    this.#bodyTrailers = trailers;
    if (this.#stream?.closed === false) this.#stream.end();
    this.#await();
  }

  pause(): void {
    this.#isPaused = true;
    this.#deadlines.hold();
    this.#stream?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#deadlines.release();
    if (this.#hasHead || this.#owner?.isCarried !== true) this.#stream?.resume();
  }

  own(chunk: Buffer): Buffer {
    return chunk;
  }

  bindTo(): boolean {
    return false;
  }

  abort(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#close(constants.NGHTTP2_CANCEL);
  }

  // -- time

  sweep(nowMs: number): void {
    if (this.#deadlines.isContinueLate(nowMs)) this.#wantBody();
    if (!this.#deadlines.isUpstreamLate(nowMs)) return;
    if (!this.#hasHead) this.#owner?.onSilence();
    this.fail(new UpstreamFault(this.#hasHead ? 'UPSTREAM_BODY_TIMEOUT' : 'UPSTREAM_RESPONSE_TIMEOUT'));
  }

  /** The upstream is the one to act. */
  #await(): void {
    if (!this.#hasHead) this.#deadlines.allowUpstream(this.request.responseTimeoutMs);
  }

  #awaitBody(): void {
    this.#deadlines.allowUpstream(this.request.idleTimeoutMs);
  }

  // -- the stream's side

  readonly #onContinue = (): void => {
    if (!this.#isOver && this.request.expectsContinue) this.#wantBody();
  };

  readonly #onInterim = (headers: IncomingHttpHeaders, _flags: number, raw: string[]): void => {
    if (this.#isOver || this.#hasHead) return;
    const status = Number(headers[':status']);
    if (!this.#interims.add(raw.reduce((sum, text) => sum + text.length, 0))) {
      this.fail(new UpstreamFault('UPSTREAM_INTERIM_FLOOD'));
      return;
    }
    if (status === 100) return;
    if (status === 102 && this.#deadlines.isUpstreamAwaited) this.#await();
    this.handler.onInterim(status, fieldsWithoutPseudo(raw));
  };

  readonly #onResponse = (headers: IncomingHttpHeaders, flags: number, raw: string[]): void => {
    if (this.#isOver || this.#hasHead) return;
    this.#hasHead = true;
    this.#replay = null;
    this.#deadlines.stopContinue();
    this.#awaitBody();
    const status = Number(headers[':status']);
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const isCarried = this.#owner?.isCarried === true;
    const head = { status, reason: null, fields: fieldsWithoutPseudo(raw), isWhole };
    this.handler.onHead({ ...head, canHaveTrailers: !isWhole });
    if (isCarried && !this.#isPaused) this.#stream?.resume();
    if (isWhole) this.#complete();
    else if (status < 300 && !this.#isOver) this.#wantBody();
  };

  readonly #onTrailers = (_headers: IncomingHttpHeaders, _flags: number, raw: string[]): void => {
    this.#trailers = fieldsWithoutPseudo(raw);
  };

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isOver) return;
    this.#awaitBody();
    this.handler.onData(chunk);
  };

  readonly #onEnd = (): void => {
    if (this.#isEnded && this.#hasHead) this.#complete();
  };

  readonly #onDrain = (): void => {
    if (this.#isOver) return;
    if (!this.#hasHead && !this.#isBodyEnded) this.#deadlines.stopUpstream();
    this.handler.onDrain();
  };

  readonly #onWantTrailers = (): void => sendTrailersSafely(this.#stream, fieldObject(this.#bodyTrailers));

  readonly #onClose = (): void => {
    const stream = this.#stream;
    if (this.#isOver || stream === null) return;
    const isUnprocessed =
      stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || this.#owner?.isTooLate(this) === true;
    if (isUnprocessed && this.isRepeatable) this.repeat();
    else this.fail(faultOfReset(stream.rstCode));
  };

  /** It was not processed: give it back, for another connection. */
  repeat(): void {
    const owner = this.#owner;
    this.#repeats++;
    this.#stream = null;
    this.#owner = null;
    this.#deadlines.stopUpstream();
    owner?.onOver(this);
    owner?.onUnprocessed(this);
  }

  // -- ends

  /** Every byte arrived. */
  #complete(): void {
    if (this.#isOver) return;
    this.#finish();
    // An answer before the whole upload: the rest is not wanted.
    if (!this.#isBodyEnded) this.#close(constants.NGHTTP2_CANCEL);
    this.handler.onEnd(this.#trailers);
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#finish();
    this.#close(constants.NGHTTP2_CANCEL);
    this.handler.onError(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.#deadlines.stop();
    this.#owner?.onOver(this);
    this.#owner = null;
  }

  #close(code: number): void {
    const stream = this.#stream;
    if (stream === null || stream.destroyed) return;
    stream.resume();
    stream.close(code);
  }
}

function faultOfReset(code: number): UpstreamFault {
  return code === constants.NGHTTP2_HTTP_1_1_REQUIRED
    ? new UpstreamFault('UPSTREAM_HTTP1_REQUIRED')
    : new UpstreamFault('UPSTREAM_CLOSED', `stream closed with code ${code}`);
}

function ignore(): void {
  // `close` follows, with the code.
}
