// One request on its way over HTTP/1.1 and its response: what the sender holds in hand, cut off from the connection when it is over.
// So nothing that comes late, from either side, can touch the next request of the connection.
import { mayRepeat } from '../may-repeat.ts';
import type {
  OnSpent,
  Pair,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamStream,
  UpstreamUpgradeHandler,
} from '../upstream-exchange.ts';
import type { RequestHead } from './request-head.ts';

/** What the pool sends: a request with its head written. */
export interface PreparedRequest {
  readonly request: UpstreamRequest;
  readonly head: RequestHead;
  readonly handler: UpstreamHandler;
  /** Set where it asks for another protocol. */
  readonly upgradeHandler: UpstreamUpgradeHandler | null;
  /** Whose connection it takes; `null`: any free one. */
  readonly pair: Pair | null;
}

/** What an exchange asks of the connection that carries it. */
export interface ExchangeCarrier {
  writeBody(chunk: Buffer, onSpent?: OnSpent): boolean;
  endBody(trailers: readonly string[]): void;
  pauseReading(): void;
  resumeReading(): void;
  own(chunk: Buffer): Buffer;
  bindTo(pair: Pair): boolean;
  abort(): void;
}

export class Http1Exchange implements UpstreamStream {
  readonly prepared: PreparedRequest;
  /** May be sent a second time where a kept connection turns out to be closed. */
  readonly isRepeatable: boolean;
  isRepeated = false;
  /** `null` before it has one, and after its end. */
  #connection: ExchangeCarrier | null = null;

  constructor(prepared: PreparedRequest) {
    this.prepared = prepared;
    const { request, upgradeHandler } = prepared;
    this.isRepeatable = upgradeHandler === null && mayRepeat(request);
  }

  /** The connection that carries it from now on; `null`: it is over, or between two connections. */
  set connection(connection: ExchangeCarrier | null) {
    this.#connection = connection;
  }

  write(chunk: Buffer, onSpent?: OnSpent): boolean {
    return this.#connection?.writeBody(chunk, onSpent) ?? true;
  }

  end(trailers: readonly string[]): void {
    this.#connection?.endBody(trailers);
  }

  pause(): void {
    this.#connection?.pauseReading();
  }

  resume(): void {
    this.#connection?.resumeReading();
  }

  own(chunk: Buffer): Buffer {
    return this.#connection?.own(chunk) ?? Buffer.from(chunk);
  }

  bindTo(pair: Pair): boolean {
    return this.#connection?.bindTo(pair) ?? false;
  }

  abort(): void {
    this.#connection?.abort();
  }
}
