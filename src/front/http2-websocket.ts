// A WebSocket over HTTP/2 (RFC 8441) in the shape of an upgraded socket: the HTTP/1.1 answer that is written to it becomes the
// response of the stream, and after a 101 bytes pass as they are.
import { constants, type ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { connectionSpecific } from '../http/header-table.ts';
import { closeUnread } from './close-unread.ts';

const maxHeadBytes = 64 * 1024;
const dropped: ReadonlySet<string> = new Set([...connectionSpecific, 'sec-websocket-accept']);

type Write = (error?: Error | null) => void;

/** The far side of a {@link Duplex} on which somebody speaks HTTP/1.1 as a server; the near side is an HTTP/2 stream. */
export class Http2WebSocketSocket extends Duplex {
  readonly #stream: ServerHttp2Stream;
  #head: Buffer | null = Buffer.alloc(0);
  #isTunnel = false;
  #chunks: ChunkedBody | null = null;

  constructor(stream: ServerHttp2Stream) {
    super({ allowHalfOpen: true, autoDestroy: true });
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.pause();
    stream.on('end', () => this.push(null));
    stream.on('aborted', () => this.destroy());
    stream.on('error', (error) => this.destroy(error));
    stream.on('close', () => this.destroy());
    // Errors reach whoever listens; one that nobody waits for must not end the process.
    this.on('error', () => {});
  }

  get remoteAddress(): string | undefined {
    return this.#stream.session?.socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#stream.session?.socket.remotePort;
  }

  get encrypted(): boolean {
    return true;
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.#stream.setTimeout(timeoutMs, listener ?? (() => this.emit('timeout')));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.end(() => this.destroy());
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Write): void {
    let bytes: Buffer | null = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    if (this.#stream.destroyed || this.#stream.closed) {
      done(new Error('the HTTP/2 stream is closed'));
      return;
    }
    try {
      if (this.#head !== null) bytes = this.#readHead(bytes);
      if (bytes !== null && this.#chunks !== null) bytes = this.#chunks.decode(bytes);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (bytes === null || bytes.length === 0) done();
    else this.#stream.write(bytes, done);
  }

  override _final(done: Write): void {
    if (this.#head !== null) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else this.#stream.end();
    done();
  }

  override _destroy(error: Error | null, done: Write): void {
    const stream = this.#stream;
    if (!stream.destroyed && !stream.closed) {
      // RFC 8441 section 5: a reset TCP connection is a CANCEL; an answer that is cut short must not look whole.
      if (!stream.writableEnded)
        stream.close(this.#isTunnel ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_INTERNAL_ERROR);
      else if (!stream.readableEnded) closeUnread(stream);
    }
    done(error);
  }

  /** Collect and pass on heads until the final one; what follows it comes back, `null` while there is none. */
  #readHead(bytes: Buffer): Buffer | null {
    let head = Buffer.concat([this.#head ?? Buffer.alloc(0), bytes]);
    for (;;) {
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) {
        if (head.length > maxHeadBytes) throw new Error('the response head is too large');
        this.#head = head;
        return null;
      }
      const lines = head.toString('latin1', 0, end).split('\r\n');
      head = head.subarray(end + 4);
      const status = Number(/^HTTP\/1\.[01] ([1-5][0-9]{2})(?: |$)/.exec(lines[0] ?? '')?.[1] ?? Number.NaN);
      if (Number.isNaN(status)) throw new Error('the response head is malformed');
      if (this.#respond(status, lines.slice(1))) {
        this.#head = null;
        return head;
      }
    }
  }

  /** `false` after an interim response. */
  #respond(status: number, lines: readonly string[]): boolean {
    const fields: string[] = [];
    let isChunked = false;
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error('the response head is malformed');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (name === 'transfer-encoding') isChunked = value.toLowerCase() === 'chunked';
      if (!dropped.has(name)) fields.push(name, value);
    }
    if (status < 200 && status !== 101) return false;
    this.#isTunnel = status === 101;
    if (isChunked && !this.#isTunnel) this.#chunks = new ChunkedBody();
    this.#stream.respond(
      [':status', String(this.#isTunnel ? 200 : status), ...fields] as never,
      { sendDate: false } as never,
    );
    return true;
  }
}

/** Takes the chunked coding (RFC 9112 section 7.1) off a body that this process itself framed. Trailers are dropped. */
class ChunkedBody {
  #pending = Buffer.alloc(0);
  #left = 0;
  #isOver = false;

  decode(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    let rest = Buffer.concat([this.#pending, bytes]);
    while (!this.#isOver && rest.length > 0) {
      if (this.#left > 2) {
        const data = rest.subarray(0, Math.min(this.#left - 2, rest.length));
        parts.push(data);
        this.#left -= data.length;
        rest = rest.subarray(data.length);
      } else if (this.#left > 0) {
        const skipped = Math.min(this.#left, rest.length);
        this.#left -= skipped;
        rest = rest.subarray(skipped);
      } else {
        const end = rest.indexOf('\r\n');
        if (end === -1) break;
        const size = Number.parseInt(rest.toString('latin1', 0, end), 16);
        if (!Number.isSafeInteger(size) || size < 0) throw new Error('the chunked body is malformed');
        this.#isOver = size === 0;
        this.#left = size === 0 ? 0 : size + 2;
        rest = rest.subarray(end + 2);
      }
    }
    this.#pending = this.#isOver ? Buffer.alloc(0) : Buffer.from(rest);
    return Buffer.concat(parts);
  }
}
