// The request of the exchange that a connection carries: its head at once, its body when it is wanted, and whose turn it is meanwhile.
// It reads nothing: the connection tells it how far the response is.
import type { ExchangeDeadlines } from '../exchange-deadlines.ts';
import type { UpstreamSocket } from '../opener.ts';
import type { OnSpent, UpstreamRequest } from '../upstream-exchange.ts';
import type { UpstreamFault } from '../upstream-fault.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import { RequestWriter } from './request-writer.ts';

/** How long the answer is waited for that an upstream may have sent before it stopped reading. */
const lastWordsMs = 1_000;

export class RequestSide {
  readonly #writer: RequestWriter;
  readonly #deadlines: ExchangeDeadlines;
  #exchange: Http1Exchange | null = null;
  /** The head of the final response is here. */
  #hasHead = false;
  #isBodyWanted = false;

  /** @param onIdleFailure the upstream reads no more, and nothing is asked of it */
  constructor(socket: UpstreamSocket, deadlines: ExchangeDeadlines, onIdleFailure: () => void) {
    this.#deadlines = deadlines;
    this.#writer = new RequestWriter(socket, () => {
      if (this.#exchange === null) onIdleFailure();
      // What it said before that may still be on its way: an early answer counts, the failure does not.
      else if (!this.#hasHead) deadlines.allowUpstream(lastWordsMs);
    });
  }

  /** A request goes out. */
  begin(exchange: Http1Exchange): void {
    const { request, head } = exchange.prepared;
    this.#exchange = exchange;
    this.#hasHead = false;
    this.#isBodyWanted = false;
    if (request.hasBody) this.#deadlines.stopUpstream();
    else this.#deadlines.allowUpstream(request.responseTimeoutMs);
    this.#writer.begin(head.text, request.hasBody ? head.bodyBytes : null);
    if (!request.hasBody) return;
    if (request.expectsContinue) this.#deadlines.awaitContinue();
    else this.wantBody();
  }

  /** The exchange is over, or another connection's. */
  stop(): void {
    this.#exchange = null;
    this.#deadlines.stop();
  }

  get #request(): UpstreamRequest | null {
    return this.#exchange?.prepared.request ?? null;
  }

  /** Nothing of it went out yet. */
  get isUnsent(): boolean {
    return this.#writer.isUnsent;
  }

  /** Nothing of it was heard, and its body was not asked for. */
  get isUntouched(): boolean {
    return this.#writer.isUnsent && !this.#isBodyWanted;
  }

  /** It went out whole. */
  get isComplete(): boolean {
    return this.#writer.isEnded && this.#writer.failure === null;
  }

  /** Why the upstream reads no more. */
  get failure(): Error | null {
    return this.#writer.failure;
  }

  /** Its body is sent now, if it has one. */
  wantBody(): void {
    this.#deadlines.stopContinue();
    const exchange = this.#exchange;
    if (exchange === null || this.#isBodyWanted || !exchange.prepared.request.hasBody) return;
    this.#isBodyWanted = true;
    exchange.prepared.handler.onBodyWanted(exchange);
  }

  /** Send a piece of the body: whether there is room for more, or a fault. */
  write(chunk: Buffer, onSpent?: OnSpent): boolean | UpstreamFault {
    const isRoom = this.#writer.write(chunk, onSpent);
    if (isRoom === false) this.#await();
    // It answered before the end of the upload: while it takes more it is not silent.
    else if (isRoom === true && this.#hasHead) this.awaitMore();
    return isRoom;
  }

  /** The body is complete; a fault where it is less than announced. */
  end(trailers: readonly string[]): UpstreamFault | null {
    if (this.#writer.isOver) return null;
    const fault = this.#writer.end(trailers);
    if (fault === null) this.#await();
    return fault;
  }

  /** The socket takes more. */
  onRoom(): void {
    if (!this.#writer.unblock()) return;
    if (!this.#hasHead && !this.#writer.isEnded) this.#deadlines.stopUpstream();
    this.#exchange?.prepared.handler.onDrain();
  }

  /** RFC 2518 section 10.1: a 102 says that the upstream is still at it. */
  onProcessing(): void {
    if (this.#deadlines.isUpstreamAwaited) this.#await();
  }

  /** The head of the final response came. */
  onHead(): void {
    this.#hasHead = true;
    this.#deadlines.stopContinue();
    this.awaitMore();
  }

  /** The next piece of the response is waited for. */
  awaitMore(): void {
    const request = this.#request;
    if (request !== null) this.#deadlines.allowUpstream(request.idleTimeoutMs);
  }

  /** The upstream is the one to act: its time runs. */
  #await(): void {
    const request = this.#request;
    if (request !== null && !this.#hasHead) this.#deadlines.allowUpstream(request.responseTimeoutMs);
  }
}
