// One permitted request on its way to an upstream and its response on the way back.
// Bytes are never collected here; nothing is sent that the permit does not say; every way out reports to the sink once.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BouncerError } from '../bouncer-error.ts';
import type { BodyRefusal, ForwardSink } from '../gateway/forwarder.ts';
import type { Permit } from '../gateway/permit.ts';
import {
  asksForConnectionLogin,
  hasConnectionLogin,
  withoutConnectionLogins,
} from '../http/connection-login.ts';
import {
  cutResponse,
  flushHead,
  isWholeSent,
  passInterim,
  passTrailers,
  sendEmpty,
  writeFirstChunk,
  writeResponseHead,
  writeWholeHead,
} from './client-response.ts';
import { dispatchError, isConnectFailure, isMissingAnswer } from './dispatch-error.ts';
import type { RequestTrailers, ResponseHeaders } from './header-ports.ts';
import { RequestBody, type RequestBodyOwner } from './request-body.ts';

import type { Pair, UpstreamHandler, UpstreamResponseHead, UpstreamStream } from './upstream-exchange.ts';
import type { UpstreamGroup, Waiter } from './upstream-group.ts';
import type { UpstreamTarget } from './upstream-target.ts';

/** What every forwarded request needs and none changes. */
export interface ForwardParts {
  readonly responseHeaders: ResponseHeaders;
  readonly requestTrailers: RequestTrailers;
  /** Whether the client's connection carries other people too: a trusted proxy's. */
  readonly isSharedConnection: (req: IncomingMessage) => boolean;
  /** The most bytes of a request body; 0 = no limit. */
  readonly bodyBytes: number;
}

/** In the log for a client that left before the response began; never sent. */
const clientLeftStatus = 499;

// A listener shared by all requests finds its request here; a closure for each would cost on the hot path.
const owner = Symbol('forward request');
type Owned = ServerResponse & { [owner]?: ForwardRequest };

function onClientClose(this: ServerResponse): void {
  (this as Owned)[owner]?.onClientClose();
}

function onClientDrain(this: ServerResponse): void {
  (this as Owned)[owner]?.onClientDrain();
}

function flushHeadOf(request: ForwardRequest): void {
  request.flushHead();
}

export class ForwardRequest implements UpstreamHandler, RequestBodyOwner, Waiter {
  readonly #parts: ForwardParts;
  readonly #group: UpstreamGroup;
  readonly #permit: Permit;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #sink: ForwardSink;
  #target: UpstreamTarget | null = null;
  #stream: UpstreamStream | null = null;
  #body: RequestBody | null = null;
  #startedMs = 0;
  #upstreamMs: number | null = null;
  #status = 0;
  #bytesOut = 0;
  #isRetried = false;
  /** Something of a response came for the current attempt. */
  #isAnswered = false;
  #isHeadSent = false;
  #isFlushed = false;
  /** The upstream's part is over and complete. */
  #isComplete = false;
  #isSettled = false;
  #listensToDrain = false;
  /** By interim responses that the client does not read. */
  #isHeldBack = false;

  constructor(
    parts: ForwardParts,
    group: UpstreamGroup,
    permit: Permit,
    client: { readonly req: IncomingMessage; readonly res: ServerResponse },
    sink: ForwardSink,
  ) {
    this.#parts = parts;
    this.#group = group;
    this.#permit = permit;
    this.#req = client.req;
    this.#res = client.res;
    this.#sink = sink;
  }

  /** Ask for a slot and go. */
  start(): void {
    this.attach(null);
    if (this.#res.destroyed) {
      this.onClientClose();
      return;
    }
    if (!this.#group.acquire(this, null, this.#req.socket)) this.onNoSlot();
  }

  /** Listen to the client's side only: the request is under way already (a refused upgrade), and the caller passes on what it hears. */
  attach(stream: UpstreamStream | null): void {
    this.#stream = stream;
    this.#startedMs = performance.now();
    (this.#res as Owned)[owner] = this;
    this.#res.on('close', onClientClose);
    // From here on, so that a long poll or an upload ends as soon as it is no longer allowed.
    this.#sink.onLive((reason) => this.end(reason));
  }

  // -- Waiter

  onSlot(target: UpstreamTarget): void {
    this.#target = target;
    this.#dispatch(target);
  }

  onNoSlot(): void {
    this.#fail(
      new BouncerError('upstream_busy', `no connection to \`${this.#permit.application.name}\` became free`, {
        hint: 'see `max_connections` and `max_queue`',
      }),
    );
  }

  #dispatch(target: UpstreamTarget): void {
    const { request, headers } = this.#permit;
    const { options } = this.#group;
    const { target: asked } = request;
    this.#isAnswered = false;
    this.#stream = null;
    if (request.hasBody && this.#body === null) {
      this.#body = new RequestBody(this.#req, this.#parts.bodyBytes, this);
    }
    const isLogin = hasConnectionLogin(headers);
    if (isLogin && !this.#mayBind(target)) {
      this.#abandon();
      this.#fail(this.#refusedLogin());
      return;
    }
    const upstreamRequest = {
      path: asked.query === '' ? asked.path : asked.path + asked.query,
      method: request.method,
      headers,
      hasBody: request.hasBody,
      expectsContinue: request.expectsContinue,
      acceptsTrailers: target.isHttp2 && hasField(request.rawHeaders, 'te', 'trailers'),
      sendsTrailers: target.isHttp2 && request.hasBody && hasField(request.rawHeaders, 'trailer', null),
      responseTimeoutMs: options.responseTimeoutMs,
      idleTimeoutMs: options.idleTimeoutMs,
    };
    this.#stream =
      isLogin || target.http1.isBound(this.#req.socket)
        ? target.http1.sendBound(upstreamRequest, this, this.#pair())
        : target.requests.send(upstreamRequest, this);
  }

  // -- logins of a connection

  /** Whether a login that belongs to a connection can be kept to this client and person. */
  #mayBind(target: UpstreamTarget): boolean {
    return !target.isHttp2 && this.#req.httpVersionMajor === 1 && !this.#parts.isSharedConnection(this.#req);
  }

  #pair(): Pair {
    const { principal } = this.#permit;
    const person = principal.kind === 'nobody' ? '' : `${principal.kind}:${principal.id}`;
    return { client: this.#req.socket, person };
  }

  #refusedLogin(): BouncerError {
    const what = `a login of the connection (NTLM, Negotiate) to \`${this.#permit.application.name}\``;
    return new BouncerError('connection_login', `${what} over a connection that others share`, {
      hint: 'it works over HTTP/1.1 on both sides, without a trusted proxy; or turn on another login there',
    });
  }

  /**
   * The fields of a response that asks for a login of the connection: as they are where that is kept to this client and person, without
   * those challenges where others would share it.
   *
   * @returns `null` when nothing else is offered
   */
  #loginFields(fields: string[]): string[] | null {
    const target = this.#target;
    if (target === null || (this.#mayBind(target) && this.#stream?.bindTo(this.#pair()) === true))
      return fields;
    return withoutConnectionLogins(fields);
  }

  // -- RequestBodyOwner

  onBodyTooLarge(): void {
    if (this.#isSettled) return;
    if (this.#isHeadSent) {
      this.end(bodyTooLarge.reason);
      return;
    }
    this.#isSettled = true;
    this.#abandon();
    this.#refuseBody();
  }

  trailersOf(raw: readonly string[]): readonly string[] {
    return this.#parts.requestTrailers(this.#permit, raw);
  }

  // -- UpstreamHandler

  onBodyWanted(stream: UpstreamStream): void {
    if (this.#isSettled) return;
    if (this.#permit.request.expectsContinue && !this.#res.headersSent) this.#res.writeContinue();
    this.#body?.start(stream);
  }

  onDrain(): void {
    this.#body?.onDrain();
  }

  onInterim(status: number, fields: string[]): void {
    this.#isAnswered = true;
    if (this.#isSettled) return;
    const full = passInterim(this.#res, status, fields);
    if (full === null || this.#isHeldBack) return;
    // Who does not read them holds the upstream back.
    this.#isHeldBack = true;
    this.#stream?.pause();
    full.once('drain', () => {
      this.#isHeldBack = false;
      if (!this.#isSettled) this.#stream?.resume();
    });
  }

  onHead(head: UpstreamResponseHead): void {
    this.#isAnswered = true;
    if (this.#isSettled) return;
    this.#upstreamMs = performance.now() - this.#startedMs;
    if (this.#target !== null) this.#group.onAnswer(this.#target);
    const raw = asksForConnectionLogin(head.fields) ? this.#loginFields(head.fields) : head.fields;
    if (raw === null) {
      this.#abandon();
      this.#fail(this.#refusedLogin());
      return;
    }
    const fields = this.#parts.responseHeaders(this.#permit, raw);
    if (!Array.isArray(fields)) {
      this.#refuseHead(fields.reason);
      return;
    }
    try {
      if (head.isWhole) writeWholeHead(this.#res, head.status, head.reason, fields);
      else writeResponseHead(this.#res, head.status, head.reason, fields);
    } catch (error) {
      this.#refuseHead(String(error));
      return;
    }
    this.#status = head.status;
    this.#isHeadSent = true;
    if (!head.isWhole) process.nextTick(flushHeadOf, this);
  }

  #refuseHead(reason: string): void {
    const failure = this.#broken(`sent a response head that cannot be passed on: ${reason}`);
    this.#abandon();
    this.#fail(failure);
  }

  onData(chunk: Buffer): void {
    const stream = this.#stream;
    if (this.#isSettled || stream === null) return;
    this.#bytesOut += chunk.length;
    const isRoom = this.#isFlushed
      ? this.#res.write(stream.own(chunk))
      : writeFirstChunk(this.#res, chunk, stream);
    this.#isFlushed = true;
    if (isRoom) return;
    stream.pause();
    if (!this.#listensToDrain) {
      this.#listensToDrain = true;
      this.#res.on('drain', onClientDrain);
    }
  }

  onEnd(trailers: readonly string[]): void {
    this.#stream = null;
    this.#releaseSlot();
    if (this.#isSettled) return;
    this.#isComplete = true;
    this.#isFlushed = true;
    if (trailers.length > 0) passTrailers(this.#res, trailers);
    this.#res.end();
    // An answer before the whole upload: the upstream's connection is dropped, the client's goes on.
    this.#body?.stop();
  }

  onError(error: Error): void {
    this.#stream = null;
    const target = this.#target;
    if (this.#isSettled) {
      this.#releaseSlot();
      return;
    }
    if (this.#isHeadSent) {
      this.#releaseSlot();
      const failure = dispatchError(error, target?.text ?? '');
      this.#cutClient(failure.code === 'upstream_timeout' ? 'upstream-timeout' : 'upstream-broken');
      this.#body?.stop();
      return;
    }
    if (target !== null && this.#isTriedElsewhere(target, error)) return;
    this.#releaseSlot();
    this.#fail(dispatchError(error, target?.text ?? ''));
  }

  /** Once, at another address, where no connection could be made: nothing was sent. True when that is under way. */
  #isTriedElsewhere(target: UpstreamTarget, error: Error): boolean {
    const isConnect = isConnectFailure(error);
    if (!this.#isAnswered && isMissingAnswer(error))
      this.#group.onMissing(target, isConnect ? 'connect' : 'answer', error);
    if (!isConnect || this.#isRetried || this.#body?.isStarted === true) return false;
    if (this.#group.targets.length === 1) return false;
    this.#isRetried = true;
    this.#releaseSlot();
    if (!this.#group.acquire(this, target)) this.onNoSlot();
    return true;
  }

  // -- the client's side

  /** The response is through, or the client left. */
  onClientClose(): void {
    if (this.#isSettled) return;
    if (this.#isComplete) {
      this.#settle(isWholeSent(this.#res) ? null : 'client-gone');
      return;
    }
    if (!this.#isHeadSent) this.#status = clientLeftStatus;
    this.#settle('client-gone');
    this.#abandon();
  }

  onClientDrain(): void {
    if (!this.#isSettled && !this.#isComplete) this.#stream?.resume();
  }

  /** The head of a response whose body is not there yet must not wait for it (event streams). */
  flushHead(): void {
    if (this.#isFlushed || this.#isSettled) return;
    this.#isFlushed = true;
    flushHead(this.#res);
  }

  /** Cut it at once: the session ended, or the rules changed. */
  end(reason: string): void {
    if (this.#isSettled) return;
    if (this.#isHeadSent) this.#cutClient(reason);
    else this.#fail(new BouncerError('access_ended', `ended while the application was at work: ${reason}`));
    this.#abandon();
  }

  /** Leave the upstream, or the queue for it, and what is left of the upload. */
  #abandon(): void {
    if (this.#target === null) this.#group.cancel(this);
    this.#stream?.abort();
    this.#stream = null;
    this.#releaseSlot();
    this.#body?.stop();
  }

  /** A truncated response must never look complete. */
  #cutClient(reason: string): void {
    cutResponse(this.#res);
    this.#settle(reason);
  }

  #broken(what: string): BouncerError {
    return new BouncerError('upstream_broken', `upstream \`${this.#target?.text ?? ''}\` ${what}`);
  }

  #releaseSlot(): void {
    const target = this.#target;
    if (target === null) return;
    this.#target = null;
    this.#group.release(target);
  }

  #refuseBody(): void {
    if (this.#sink.onRefused !== undefined) {
      this.#sink.onRefused(bodyTooLarge);
      return;
    }
    sendEmpty(this.#res, bodyTooLarge.status);
    this.#sink.onEnd({ status: bodyTooLarge.status, upstreamMs: 0, bytesOut: 0, cut: null });
  }

  /** Nothing was sent to the client. */
  #fail(error: BouncerError): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#body?.stop();
    this.#sink.onFailure(error, this.#upstreamMs);
  }

  #settle(cut: string | null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#sink.onEnd({
      status: this.#status,
      upstreamMs: this.#upstreamMs ?? performance.now() - this.#startedMs,
      bytesOut: this.#bytesOut,
      cut,
    });
  }
}

const bodyTooLarge: BodyRefusal = Object.freeze({ status: 413, reason: 'body-too-large' });

/** Whether there is a field of this name that names the option; `null`: any. */
function hasField(rawHeaders: readonly string[], name: string, option: string | null): boolean {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== name) continue;
    if (
      option === null ||
      rawHeaders[i + 1]
        ?.toLowerCase()
        .split(/[,;]/)
        .some((one) => one.trim() === option)
    )
      return true;
  }
  return false;
}
