// What one side of a stream may send: writes wait for the word of the other side, which ends the session of whoever does not. However a
// writer writes, in one large piece or many that it did not wait with, no more than one small piece passes the limit.
import type { Http2Stream } from 'node:http2';

/** What goes out at once, and so by what a limit is passed at most, bytes. */
const mostAtOnce = 65_536;

type Done = (error?: Error | null) => void;
type Parts = readonly { readonly chunk: Buffer }[];

/** Holds back writes beyond the limit. The one that passes it goes out whole. */
export class SendGate {
  #limit: number;
  #sent = 0;
  #held: (() => void) | null = null;

  constructor(stream: Http2Stream, limit: number) {
    this.#limit = limit;
    cutWrites(stream);
    const { _write, _writev } = stream;
    stream._write = (chunk: Buffer, encoding, done): void =>
      this.#pass(chunk.length, () => _write.call(stream, chunk, encoding, done));
    let together: Http2Stream['_writev'] = (chunks, done): void => {
      const bytes = (chunks as Parts).reduce((sum, { chunk }) => sum + chunk.length, 0);
      this.#pass(bytes, () => _writev?.call(stream, chunks, done));
    };
    // Streams of Node look for it each time they write what has waited; where there is none, each piece is written by itself. To cut it
    // up here in place of that is no way: of the write that it takes for the last one, a stream of HTTP/2 sends the end along.
    Object.defineProperty(stream, '_writev', {
      configurable: true,
      get: () => (stream.writableLength > mostAtOnce ? undefined : together),
      set: (other: typeof together) => {
        together = other;
      },
    });
  }

  /** One write at a time comes here. */
  #pass(bytes: number, go: () => void): void {
    const send = (): void => {
      this.#sent += bytes;
      go();
    };
    if (this.#sent < this.#limit) send();
    else this.#held = send;
  }

  /** It may go so far, and no less far than before. @param limit bytes from the stream's beginning; `Infinity`: as far as HTTP/2 lets it */
  allow(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
    if (this.#sent >= this.#limit) return;
    const held = this.#held;
    this.#held = null;
    held?.();
  }
}

/** What is written at once becomes several writes where it is large, and bytes where its length does not say how many it is. */
function cutWrites(stream: Http2Stream): void {
  const { write, end } = stream;
  stream.write = (chunk: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean => {
    const bytes = bytesOf(chunk, encoding);
    if (bytes === null) return write.call(stream, chunk, encoding as BufferEncoding, done);
    const callback = typeof encoding === 'function' ? encoding : done;
    const last = Math.max(0, Math.ceil(bytes.length / mostAtOnce) - 1) * mostAtOnce;
    for (let at = 0; at < last; at += mostAtOnce)
      write.call(stream, bytes.subarray(at, at + mostAtOnce), 'latin1');
    return write.call(stream, bytes.subarray(last), 'latin1', callback);
  };
  stream.end = (chunk?: unknown, encoding?: BufferEncoding | Done, done?: Done): typeof stream => {
    if (bytesOf(chunk, encoding) === null) return end.call(stream, chunk, encoding as BufferEncoding, done);
    // Who writes is not told of the end's write and of the end as well.
    const [how, callback] = typeof encoding === 'function' ? ['utf8' as const, encoding] : [encoding, done];
    stream.write(chunk, how as BufferEncoding);
    return end.call(stream, null, 'latin1', callback);
  };
}

/** @returns `null`: it may go out as it is */
function bytesOf(chunk: unknown, encoding: unknown): Buffer | null {
  if (typeof chunk === 'string') {
    const isSingle = encoding === 'latin1' && chunk.length <= mostAtOnce;
    return isSingle
      ? null
      : Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  if (!(chunk instanceof Uint8Array) || chunk.length <= mostAtOnce) return null;
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}
