// One permitted request on its way to an upstream and its response on the way back, as undici's dispatch handler.
// Bytes are never collected here; nothing is sent that the permit does not say; every way out reports to the sink once.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { BouncerError } from '../bouncer-error.ts';
import type { BodyRefusal, ForwardSink } from '../gateway/forwarder.ts';
import type { Permit } from '../gateway/permit.ts';
import {
  cutResponse,
  isWholeSent,
  passInterim,
  passTrailers,
  sendEmpty,
  writeFirstChunk,
  writeResponseHead,
} from './client-response.ts';
import { dispatchError, isConnectFailure, isStaleConnection } from './dispatch-error.ts';
import { RequestBody, type RequestBodyOwner } from './request-body.ts';
import type { ResponseHeaders } from './response-headers-port.ts';
import { flatFields } from './upstream-fields.ts';
import type { UpstreamGroup, Waiter } from './upstream-group.ts';
import type { UpstreamTarget } from './upstream-target.ts';

type Controller = Dispatcher.DispatchController;

/** What every forwarded request needs and none changes. */
export interface ForwardParts {
  readonly responseHeaders: ResponseHeaders;
  /** The most bytes of a request body; 0 = no limit. */
  readonly bodyBytes: number;
}

/** In the log for a client that left before the response began; never sent. */
const clientLeftStatus = 499;
const slash = 0x2f;
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

// A listener shared by all requests finds its request here; a closure for each would cost on the hot path.
const owner = Symbol('forward request');
type Owned = ServerResponse & { [owner]?: ForwardRequest };

function onClientClose(this: ServerResponse): void {
  (this as Owned)[owner]?.onClientClose();
}

function onClientDrain(this: ServerResponse): void {
  (this as Owned)[owner]?.onClientDrain();
}

function flushHead(request: ForwardRequest): void {
  request.flushHead();
}

export class ForwardRequest implements Dispatcher.DispatchHandler, RequestBodyOwner, Waiter {
  readonly #parts: ForwardParts;
  readonly #group: UpstreamGroup;
  readonly #permit: Permit;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #sink: ForwardSink;
  #target: UpstreamTarget | null = null;
  #controller: Controller | null = null;
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
    this.attach();
    if (this.#res.destroyed) {
      this.onClientClose();
      return;
    }
    if (!this.#group.acquire(this, null)) this.onNoSlot();
  }

  /** Listen to the client's side only: the caller dispatches (a refused upgrade). */
  attach(): void {
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
    if (asked.path.charCodeAt(0) !== slash) {
      // undici would send an absolute URL as it is.
      this.#releaseSlot();
      this.#fail(new BouncerError('internal', 'the path of a request to an upstream must begin with `/`'));
      return;
    }
    this.#isAnswered = false;
    this.#controller = null;
    if (request.hasBody && this.#body === null) {
      this.#body = new RequestBody(this.#req, this.#parts.bodyBytes, this);
    }
    target.requests.dispatch(
      {
        path: asked.query === '' ? asked.path : asked.path + asked.query,
        method: request.method,
        headers: target.isHttp2 ? lowerCaseNames(headers) : headers,
        body: this.#body,
        // Without it undici closes the connection after HEAD, and after GET and DELETE with a body.
        reset: false,
        headersTimeout: options.responseTimeoutMs,
        bodyTimeout: options.idleTimeoutMs,
        // Not in undici's type. Without it the certificate is verified against the Host header.
        servername: target.serverName,
      } as Dispatcher.DispatchOptions,
      this,
    );
  }

  // -- RequestBodyOwner

  onBodyWanted(): void {
    if (this.#permit.request.expectsContinue && !this.#res.headersSent) this.#res.writeContinue();
  }

  onBodyTooLarge(): void {
    if (this.#isSettled) return;
    if (this.#isHeadSent) {
      this.end(bodyTooLarge.reason);
      return;
    }
    this.#isSettled = true;
    this.#refuseBody();
    this.#controller?.abort(clientGone);
  }

  // -- undici's handler

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    // The client left while the connection was being made. Nothing may be sent; undici can only drop the connection.
    if (this.#isSettled) controller.abort(clientGone);
  }

  onResponseStarted(): void {
    this.#isAnswered = true;
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, statusText?: string): void {
    this.#isAnswered = true;
    if (this.#isSettled) return;
    if (status < 200) {
      passInterim(this.#res, status, controller.rawHeaders);
      return;
    }
    this.#upstreamMs = performance.now() - this.#startedMs;
    if (this.#target !== null) this.#group.onAnswer(this.#target);
    const fields = this.#parts.responseHeaders(this.#permit, flatFields(controller.rawHeaders));
    if (!Array.isArray(fields)) {
      controller.abort(this.#broken(`sent a response head that cannot be passed on: ${fields.reason}`));
      return;
    }
    try {
      // HTTP/2 has no reason phrase.
      writeResponseHead(this.#res, status, this.#target?.isHttp2 === true ? undefined : statusText, fields);
    } catch (error) {
      controller.abort(this.#broken(`sent a response head that cannot be passed on: ${String(error)}`));
      return;
    }
    this.#status = status;
    this.#isHeadSent = true;
    process.nextTick(flushHead, this);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#bytesOut += chunk.length;
    const isRoom = this.#isFlushed ? this.#res.write(chunk) : writeFirstChunk(this.#res, chunk);
    this.#isFlushed = true;
    if (isRoom) return;
    controller.pause();
    if (!this.#listensToDrain) {
      this.#listensToDrain = true;
      this.#res.on('drain', onClientDrain);
    }
  }

  onResponseEnd(controller: Controller): void {
    this.#releaseSlot();
    if (this.#isSettled) return;
    if (!this.#isHeadSent) {
      this.#fail(this.#broken('ended without a response'));
      return;
    }
    this.#isComplete = true;
    this.#isFlushed = true;
    passTrailers(this.#res, controller.rawTrailers);
    this.#res.end();
    // An answer before the whole upload: undici drops its connection, the client's goes on.
    if (this.#body !== null && !this.#body.destroyed && !this.#body.readableEnded) this.#body.destroy();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    const target = this.#target;
    if (this.#isSettled) {
      this.#releaseSlot();
      return;
    }
    if (this.#isHeadSent) {
      this.#releaseSlot();
      const failure = dispatchError(error, target?.text ?? '');
      this.#cutClient(failure.code === 'upstream_timeout' ? 'upstream-timeout' : 'upstream-broken');
      return;
    }
    if (target !== null && this.#retries(target, error)) return;
    this.#releaseSlot();
    this.#fail(error instanceof BouncerError ? error : dispatchError(error, target?.text ?? ''));
  }

  /** Once, and only where nothing can have been done twice. True when another attempt is under way. */
  #retries(target: UpstreamTarget, error: Error): boolean {
    if (error instanceof BouncerError) return false;
    const isConnect = isConnectFailure(error);
    const isStale = !isConnect && !this.#isAnswered && isStaleConnection(error);
    if (!isStale && !this.#isAnswered) this.#group.onMissing(target, isConnect ? 'connect' : 'answer', error);
    if (this.#isRetried || this.#isAnswered || this.#body?.isStarted === true) return false;
    if (isConnect && this.#group.targets.length > 1) {
      this.#isRetried = true;
      this.#releaseSlot();
      if (!this.#group.acquire(this, target)) this.onNoSlot();
      return true;
    }
    if (!isStale || this.#body !== null || !safeMethods.has(this.#permit.request.method)) return false;
    this.#isRetried = true;
    // undici is still in the middle of taking the connection down; the slot stays ours.
    queueMicrotask(() => {
      if (this.#isSettled) this.#releaseSlot();
      else this.#dispatch(target);
    });
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
    if (this.#target === null) this.#group.cancel(this);
    this.#controller?.abort(clientGone);
    this.#body?.destroy();
  }

  onClientDrain(): void {
    if (!this.#isSettled && !this.#isComplete) this.#controller?.resume();
  }

  /** The head of a response whose body is not there yet must not wait for it (event streams). */
  flushHead(): void {
    if (this.#isFlushed || this.#isSettled) return;
    this.#isFlushed = true;
    this.#res.flushHeaders();
  }

  /** Cut it at once: the session ended, or the rules changed. */
  end(reason: string): void {
    if (this.#isSettled) return;
    if (this.#isHeadSent) this.#cutClient(reason);
    else this.#fail(new BouncerError('access_ended', `ended while the application was at work: ${reason}`));
    if (this.#target === null) this.#group.cancel(this);
    this.#controller?.abort(clientGone);
    this.#body?.destroy();
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
    this.#body?.destroy();
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
const clientGone = new Error('the client is gone');

function lowerCaseNames(headers: readonly string[]): string[] {
  return headers.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
}
