// One permitted request on its way to an upstream, and what the upstream says, handed on to the client's side (forwarded-answer.ts).
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
import { askForBody } from '../http/queued-response.ts';
import { passInterim } from './client-response.ts';
import { pairOf, sharedConnectionError } from './connection-binding.ts';
import { dispatchError, isConnectFailure, isMissingAnswer } from './dispatch-error.ts';
import { ForwardedAnswer } from './forwarded-answer.ts';
import type { RequestTrailers, ResponseHeaders } from './header-ports.ts';
import { RequestBody, type RequestBodyOwner } from './request-body.ts';
import type { UpstreamHandler, UpstreamResponseHead, UpstreamStream } from './upstream-exchange.ts';
import type { UpstreamGroup, Waiter } from './upstream-group.ts';
import { upstreamRequestOf } from './upstream-request.ts';
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

const bodyTooLarge: BodyRefusal = Object.freeze({ status: 413, reason: 'body-too-large' });

export class ForwardRequest extends ForwardedAnswer implements UpstreamHandler, RequestBodyOwner, Waiter {
  readonly #parts: ForwardParts;
  readonly #group: UpstreamGroup;
  readonly #permit: Permit;
  readonly #req: IncomingMessage;
  #target: UpstreamTarget | null = null;
  #stream: UpstreamStream | null = null;
  #body: RequestBody | null = null;
  #isRetried = false;
  /** Something of a response came for the current attempt. */
  #isAnswered = false;
  /** By interim responses that the client does not read. */
  #isHeldBack = false;

  constructor(
    parts: ForwardParts,
    group: UpstreamGroup,
    permit: Permit,
    client: { readonly req: IncomingMessage; readonly res: ServerResponse; readonly sink: ForwardSink },
  ) {
    super(client.res, client.sink);
    this.#parts = parts;
    this.#group = group;
    this.#permit = permit;
    this.#req = client.req;
  }

  /** Ask for a slot and go. */
  start(): void {
    this.attach(null);
    if (this.res.destroyed) {
      this.onClientClose();
      return;
    }
    if (!this.#group.acquire(this, null, this.#req.socket)) this.onNoSlot();
  }

  /** Listen to the client's side only: the request is under way already (a refused upgrade), and the caller passes on what it hears. */
  attach(stream: UpstreamStream | null): void {
    this.#stream = stream;
    this.listen();
  }

  // -- Waiter

  get requester(): string | null {
    return this.#permit.requester;
  }

  onSlot(target: UpstreamTarget): void {
    this.#target = target;
    this.#dispatch(target);
  }

  onNoSlot(): void {
    this.fail(this.#group.notThere());
  }

  #dispatch(target: UpstreamTarget): void {
    const permit = this.#permit;
    this.#isAnswered = false;
    this.#stream = null;
    if (permit.request.hasBody && this.#body === null)
      this.#body = new RequestBody(this.#req, this.#parts.bodyBytes, this);
    const isLogin = hasConnectionLogin(permit.headers);
    if (isLogin && !this.#mayBind(target)) {
      this.abandon();
      this.fail(sharedConnectionError(permit));
      return;
    }
    const request = upstreamRequestOf(permit, this.#group.options);
    this.#stream =
      isLogin || target.http1.isBound(this.#req.socket)
        ? target.http1.sendBound(request, this, pairOf(permit, this.#req))
        : target.requests.send(request, this);
  }

  /** Whether a login that belongs to a connection can be kept to this client and person. */
  #mayBind(target: UpstreamTarget): boolean {
    return !target.isHttp2 && this.#req.httpVersionMajor === 1 && !this.#parts.isSharedConnection(this.#req);
  }

  // -- RequestBodyOwner

  onBodyTooLarge(): void {
    if (this.isSettled) return;
    if (this.isHeadSent) this.end(bodyTooLarge.reason);
    else this.refuseBody(bodyTooLarge);
  }

  trailersOf(raw: readonly string[]): readonly string[] {
    return this.#parts.requestTrailers(this.#permit, raw);
  }

  // -- UpstreamHandler

  onBodyWanted(stream: UpstreamStream): void {
    if (this.isSettled) return;
    if (this.#permit.request.expectsContinue && !this.res.headersSent) askForBody(this.res);
    this.#body?.start(stream);
  }

  onDrain(): void {
    this.#body?.onDrain();
  }

  onInterim(status: number, fields: readonly string[]): void {
    this.#isAnswered = true;
    if (this.isSettled) return;
    const full = passInterim(this.res, status, fields);
    if (full === null || this.#isHeldBack) return;
    // Who does not read them holds the upstream back.
    this.#isHeldBack = true;
    this.#stream?.pause();
    full.once('drain', () => {
      this.#isHeldBack = false;
      if (!this.isSettled) this.#stream?.resume();
    });
  }

  onHead(head: UpstreamResponseHead): void {
    this.#isAnswered = true;
    if (this.isSettled) return;
    this.noteAnswer();
    if (this.#target !== null) this.#group.onAnswer(this.#target);
    const raw = asksForConnectionLogin(head.fields) ? this.#loginFields(head.fields) : head.fields;
    if (raw === null) {
      this.abandon();
      this.fail(sharedConnectionError(this.#permit));
      return;
    }
    const known = raw === head.fields ? head.known : undefined;
    const fields = this.#parts.responseHeaders(this.#permit, raw, known);
    if ('reason' in fields) {
      this.#refuseHead(fields.reason);
      return;
    }
    try {
      this.writeHead(head, fields);
    } catch (error) {
      this.#refuseHead(String(error));
    }
  }

  /**
   * The fields of a response that asks for a login of the connection: as they are where that is kept to this client and person, without
   * those challenges where others would share it.
   *
   * @returns `null` when nothing else is offered
   */
  #loginFields(fields: readonly string[]): readonly string[] | null {
    const target = this.#target;
    if (target === null) return fields;
    const isBound = this.#mayBind(target) && this.#stream?.bindTo(pairOf(this.#permit, this.#req)) === true;
    return isBound ? fields : withoutConnectionLogins(fields);
  }

  #refuseHead(reason: string): void {
    const upstream = `upstream \`${this.#target?.text ?? ''}\``;
    this.abandon();
    this.fail(
      new BouncerError(
        'upstream_broken',
        `${upstream} sent a response head that cannot be passed on: ${reason}`,
      ),
    );
  }

  onData(chunk: Buffer): void {
    const stream = this.#stream;
    if (this.isSettled || stream === null) return;
    if (!this.writeBody(chunk, stream)) stream.pause();
  }

  onEnd(trailers: readonly string[]): void {
    this.#stream = null;
    this.#releaseSlot();
    if (this.isSettled) return;
    this.complete(trailers);
    // An answer before the whole upload: the upstream's connection is dropped, the client's goes on.
    this.#body?.stop();
  }

  onError(error: Error): void {
    this.#stream = null;
    const target = this.#target;
    if (this.isSettled) {
      this.#releaseSlot();
      return;
    }
    if (this.isHeadSent) {
      this.#releaseSlot();
      const failure = dispatchError(error, target?.text ?? '');
      this.cut(failure.code === 'upstream_timeout' ? 'upstream-timeout' : 'upstream-broken');
      this.#body?.stop();
      return;
    }
    if (target !== null && this.#isTriedElsewhere(target, error)) return;
    this.#releaseSlot();
    this.fail(dispatchError(error, target?.text ?? ''));
  }

  /** Once, at another address, where no connection could be made: nothing was sent. True when that is under way. */
  #isTriedElsewhere(target: UpstreamTarget, error: Error): boolean {
    const isConnect = isConnectFailure(error);
    if (!this.#isAnswered && isMissingAnswer(error))
      this.#group.onMissing(target, isConnect ? 'connect' : 'answer', error);
    if (!isConnect || this.#isRetried || this.#body?.isStarted === true) return false;
    // The one that failed may have left meanwhile: the only one that is there may be another.
    if (this.#group.isOnly(target)) return false;
    this.#isRetried = true;
    this.#releaseSlot();
    if (!this.#group.acquire(this, target)) this.onNoSlot();
    return true;
  }

  // -- ForwardedAnswer

  protected override resumeUpstream(): void {
    this.#stream?.resume();
  }

  protected override abandon(): void {
    if (this.#target === null) this.#group.cancel(this);
    this.#stream?.abort();
    this.#stream = null;
    this.#releaseSlot();
    this.#body?.stop();
  }

  protected override fail(error: BouncerError): void {
    if (!this.isSettled) this.#body?.stop();
    super.fail(error);
  }

  #releaseSlot(): void {
    const target = this.#target;
    if (target === null) return;
    this.#target = null;
    this.#group.release(target, this);
  }
}
