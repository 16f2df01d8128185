// The client's side of a forwarded request: the answer as it is written, as far as the client takes it, and the one report of how it ended.
// A truncated answer never looks whole. It knows no upstream.
import type { ServerResponse } from 'node:http';
import { BouncerError } from '../bouncer-error.ts';
import type { BodyRefusal, ForwardSink } from '../gateway/forwarder.ts';
import { brokenReason } from '../http/broken-request.ts';
import { refusals } from '../http/refusals.ts';
import {
  asFirstText,
  cutResponse,
  flushHead,
  isGone,
  isHttp2,
  isLengthSent,
  isWholeSent,
  passTrailers,
  sendEmpty,
  writeFirstText,
  writeResponseHead,
  writeWholeText,
} from './client-response.ts';
import { type Deferred, putOff } from './end-of-turn.ts';
import type { UpstreamResponseHead, UpstreamStream } from './upstream-exchange.ts';
import { WriteTogether } from './write-together.ts';

/** In the log for a client that left before the response began; never sent. */
export const clientLeftStatus = 499;

// A listener shared by all answers finds its own here; a closure for each would cost on the hot path.
const owner = Symbol('forwarded answer');
type Owned = ServerResponse & { [owner]?: ForwardedAnswer };

function onClientClose(this: ServerResponse): void {
  (this as Owned)[owner]?.onClientClose();
}

function onClientDrain(this: ServerResponse): void {
  (this as Owned)[owner]?.onClientDrain();
}

function endTurnOf(answer: ForwardedAnswer): void {
  answer.onEndOfTurn();
}

export abstract class ForwardedAnswer implements Deferred {
  protected readonly res: ServerResponse;
  protected readonly sink: ForwardSink;
  protected isHeadSent = false;
  /** It was reported: nothing more is done for this client. */
  protected isSettled = false;
  #startedMs = 0;
  #upstreamMs: number | null = null;
  #status = 0;
  /** Of the head that was written. */
  #fields: readonly string[] = [];
  #bytesOut = 0;
  /** The head waits for the end of the turn, and for what is there by then. */
  #isHeld = false;
  /** The first piece of the body, which waits with it; empty: there is none. */
  #firstText = '';
  /** The upstream's part is over and complete. */
  #isComplete = false;
  #listensToDrain = false;
  /** `null`: no more than one piece of the body was written. */
  #together: WriteTogether | null = null;

  constructor(res: ServerResponse, sink: ForwardSink) {
    this.res = res;
    this.sink = sink;
  }

  /** Leave the upstream, or the queue for it, and what is left of the upload. */
  protected abstract abandon(): void;

  /** The client takes more. */
  protected abstract resumeUpstream(): void;

  /** Listen to the client from now on. */
  protected listen(): void {
    this.#startedMs = performance.now();
    (this.res as Owned)[owner] = this;
    this.res.on('close', onClientClose);
    // From here on, so that a long poll or an upload ends as soon as it is no longer allowed.
    this.sink.onLive((reason) => this.end(reason));
  }

  /** The upstream answered: its time is over. */
  protected noteAnswer(): void {
    this.#upstreamMs = performance.now() - this.#startedMs;
  }

  /** @throws what Node throws for a head that cannot be written */
  protected writeHead(head: UpstreamResponseHead, fields: readonly string[]): void {
    writeResponseHead(this.res, head, fields);
    this.#status = head.status;
    this.#fields = fields;
    this.isHeadSent = true;
    this.#isHeld = true;
    // Node's HTTP/2 puts writes together by itself, and a stream that the head ended may be closed at the end of the turn.
    if (isHttp2(this.res)) process.nextTick(endTurnOf, this);
    else putOff(this);
  }

  /** Nothing more comes of it: what is not written yet will be in this turn. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** What the turn brought of the answer goes out, in one write where that can be. A head must not wait for a body (event streams). */
  onEndOfTurn(): void {
    if (!this.#isHeld) return;
    if (this.#firstText === '' && !this.#isComplete && !isGone(this.res)) flushHead(this.res);
    this.#release();
  }

  /** Nothing of it went out. */
  get #isUnwritten(): boolean {
    return this.#isHeld && !isHttp2(this.res);
  }

  /** The head waits no longer. */
  #release(): void {
    // What a client that left did not get stays held.
    if (!this.#isHeld || isGone(this.res)) return;
    this.#isHeld = false;
    const text = this.#firstText;
    this.#firstText = '';
    if (!this.#isComplete) {
      if (text !== '') writeFirstText(this.res, text);
    } else if (text !== '') writeWholeText(this.res, text);
    else this.res.end();
  }

  /** Write a piece of the body. @returns false when the client should be waited for: {@link resumeUpstream} comes */
  protected writeBody(chunk: Buffer, stream: UpstreamStream): boolean {
    this.#bytesOut += chunk.length;
    const isRoom = this.#hold(chunk) || this.#writeNow(stream.own(chunk));
    if (!isRoom && !this.#listensToDrain) {
      this.#listensToDrain = true;
      this.res.on('drain', onClientDrain);
    }
    return isRoom;
  }

  /** Whether the piece goes out with the head. */
  #hold(chunk: Buffer): boolean {
    if (!this.#isHeld || this.#firstText !== '') return false;
    this.#firstText = asFirstText(this.res, chunk) ?? '';
    return this.#firstText !== '';
  }

  #writeNow(chunk: Buffer): boolean {
    if (isGone(this.res)) return true;
    if (this.#isHeld && this.#firstText === '') {
      this.#isHeld = false;
      return this.res.write(chunk);
    }
    this.#release();
    this.#together ??= new WriteTogether(this.res);
    return this.#together.write(chunk);
  }

  /** Every byte of it was written. */
  protected complete(trailers: readonly string[]): void {
    this.#together?.release();
    this.#isComplete = true;
    if (trailers.length > 0) passTrailers(this.res, trailers);
    if (this.#isHeld && !isHttp2(this.res)) return;
    this.#isHeld = false;
    if (!isGone(this.res)) this.res.end();
  }

  /** The response is through, or the client left. */
  onClientClose(): void {
    if (this.isSettled) return;
    const isBegun = this.isHeadSent && !this.#isUnwritten;
    if (this.#isComplete && isBegun) {
      this.#settle(isWholeSent(this.res) ? null : 'client-gone');
      return;
    }
    const broken = brokenReason(this.res.req);
    if (!isBegun) {
      this.#status = broken === null ? clientLeftStatus : refusals[broken].status;
      this.#bytesOut = 0;
    }
    const hasAll = isBegun && isLengthSent(this.res, this.#fields, this.#bytesOut);
    this.#settle(broken ?? (hasAll ? null : 'client-gone'));
    this.abandon();
  }

  onClientDrain(): void {
    if (!this.isSettled && !this.#isComplete) this.resumeUpstream();
  }

  /** Cut it at once: the session ended, or the rules changed. */
  end(reason: string): void {
    if (this.isSettled) return;
    if (this.isHeadSent) this.cut(reason);
    else this.fail(new BouncerError('access_ended', `ended while the application was at work: ${reason}`));
    this.abandon();
  }

  protected cut(reason: string): void {
    this.#release();
    this.#together?.release();
    cutResponse(this.res);
    this.#settle(reason);
  }

  /** The request is refused for its body; nothing was sent to the client. */
  protected refuseBody(refusal: BodyRefusal): void {
    this.isSettled = true;
    this.abandon();
    if (this.sink.onRefused !== undefined) {
      this.sink.onRefused(refusal);
      return;
    }
    sendEmpty(this.res, refusal.status);
    this.sink.onEnd({ status: refusal.status, upstreamMs: 0, bytesOut: 0, cut: null });
  }

  /** Nothing was sent to the client. */
  protected fail(error: BouncerError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.sink.onFailure(error, this.#upstreamMs);
  }

  #settle(cut: string | null): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.sink.onEnd({
      status: this.#status,
      upstreamMs: this.#upstreamMs ?? performance.now() - this.#startedMs,
      bytesOut: this.#bytesOut,
      cut,
    });
  }
}
