// One connection that the edge asked for, joined to one of a service: bytes both ways with back-pressure, and each side told how the other
// ended. What broke is never passed on as an end.
import type { ServerHttp2Stream } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { errorCode } from '../../upstream/dispatch-error.ts';
import { holdWriteFailures } from '../../upstream/http1/write-failures.ts';
import type { Opener, SocketWishes, UpstreamSocket } from '../../upstream/opener.ts';
import { WriteTogether } from '../../upstream/write-together.ts';
import { endedWell, endField, errorField } from '../wire/control-messages.ts';
import { holdEnd } from '../wire/sender-end.ts';
import { windowField } from '../wire/stream-flow.ts';
import { ServiceReads } from './service-reads.ts';

/** What waits for the edge before the service is held back, bytes. One read more may follow: it is memory for each stream that stalls. */
const mostWaiting = 65_536;

/** How it went: for the log of the connector. */
export interface RelayOutcome {
  /** `null`: it was reached, and ended well. */
  readonly cause: string | null;
  readonly isReached: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What the edge asked for, and is told. */
export interface RelayTerms {
  readonly protocol: SocketWishes['protocol'];
  /** How many bytes it may send before it is told more; `null`: it does not count. */
  readonly window: number | null;
  /** Called before anything of the edge is passed on; it ends what may not be. */
  readonly beforePassing: () => void;
}

export class Relay {
  readonly #stream: ServerHttp2Stream;
  readonly #local: UpstreamSocket;
  readonly #toLocal: WriteTogether;
  readonly #reads = new ServiceReads();
  readonly #protocol: SocketWishes['protocol'];
  readonly #window: number | null;
  readonly #beforePassing: () => void;
  readonly #onDone: (outcome: RelayOutcome) => void;
  #timer: NodeJS.Timeout | null = null;
  #isReached = false;
  #isDone = false;
  /** The service reads no more: what is still sent to it is thrown away, and what it said is passed on. */
  #isDeaf = false;
  /** How the service's side ended, once it has. */
  #word: string | null = null;
  #bytesIn = 0;
  #bytesOut = 0;

  /** Begin to connect. @param onDone called once */
  constructor(
    stream: ServerHttp2Stream,
    opener: Opener,
    { protocol, window, beforePassing }: RelayTerms,
    onDone: (outcome: RelayOutcome) => void,
  ) {
    this.#stream = stream;
    this.#protocol = protocol;
    this.#window = window;
    this.#beforePassing = beforePassing;
    this.#onDone = onDone;
    const { letEnd } = holdEnd(
      stream,
      () => letEnd(),
      () => {
        this.#local.destroy();
        // It does not end by itself any more.
        process.nextTick(() => stream.destroy());
      },
    );
    stream
      .on('error', () => {})
      .on('end', this.#onStreamEnd)
      .on('close', this.#onStreamClose);
    this.#local = opener.open({
      ...{ protocol, allowHalfOpen: true },
      onread: { buffer: () => this.#reads.next(), callback: this.#onLocalRead },
    });
    this.#toLocal = new WriteTogether(this.#local);
    this.#local
      .once(opener.readyEvent, this.#onReady)
      .on('error', this.#onLocalError)
      .on('close', this.#onLocalClose);
    if (opener.connectTimeoutMs > 0)
      this.#timer = setTimeout(() => this.#fail('UPSTREAM_CONNECT_TIMEOUT'), opener.connectTimeoutMs);
  }

  readonly #onReady = (): void => {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const stream = this.#stream;
    const local = this.#local;
    if (stream.destroyed || stream.closed) {
      local.destroy();
      return;
    }
    if (this.#protocol === 'h2' && local instanceof TLSSocket && local.alpnProtocol !== 'h2') {
      this.#fail('UPSTREAM_NO_HTTP2');
      return;
    }
    this.#isReached = true;
    local.setNoDelay(true);
    holdWriteFailures(local, () => {
      this.#isDeaf = true;
      stream.resume();
    });
    const window = this.#window === null ? {} : { [windowField]: String(this.#window) };
    stream.respond({ ':status': 200, ...window }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ [endField]: this.#word ?? 'ECONNRESET' }));
    stream.on('data', this.#onStreamData).on('drain', () => void local.resume());
    local.on('end', () => this.#endStream(endedWell)).on('drain', () => void stream.resume());
  };

  readonly #onStreamData = (chunk: Buffer): void => {
    this.#beforePassing();
    if (this.#stream.destroyed) return;
    this.#bytesIn += chunk.length;
    if (!this.#isDeaf && !this.#toLocal.write(chunk)) this.#stream.pause();
  };

  /** After all that the edge sent. */
  readonly #onStreamEnd = (): void => {
    this.#toLocal.release();
    if (!this.#isDeaf) this.#local.end();
  };

  /** @returns whether the next read may come */
  readonly #onLocalRead = (length: number, buffer: Uint8Array): boolean => {
    this.#bytesOut += length;
    const stream = this.#stream;
    this.#reads.pass(buffer as Buffer, length, stream);
    return stream.writableLength <= mostWaiting;
  };

  readonly #onLocalError = (error: Error): void => {
    const code = errorCode(error) || 'ECONNRESET';
    if (this.#isReached) this.#endStream(code);
    else this.#fail(code);
  };

  readonly #onLocalClose = (): void => {
    this.#reads.close();
    if (this.#isReached) this.#endStream('ECONNRESET');
    else this.#fail('ECONNRESET');
  };

  /** It was never reached. */
  #fail(code: string): void {
    const stream = this.#stream;
    this.#word ??= code;
    if (!stream.destroyed && !stream.closed && !stream.headersSent) {
      stream.respond({ ':status': 502, [errorField]: code }, { endStream: true });
      stream.resume();
    }
    this.#local.destroy();
    this.#finish();
  }

  /** Every byte that the service sent is out; how it ended follows them. */
  #endStream(word: string): void {
    if (this.#word !== null) return;
    this.#word = word;
    if (this.#stream.writable) this.#stream.end();
  }

  readonly #onStreamClose = (): void => {
    this.#local.destroy();
    this.#finish();
  };

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const cause = this.#word === null || this.#word === endedWell ? null : this.#word;
    this.#onDone({ cause, isReached: this.#isReached, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut });
  }

  /** Cut both sides. */
  destroy(): void {
    this.#stream.destroy();
  }
}
