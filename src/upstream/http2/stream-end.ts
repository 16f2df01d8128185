// How a stream of HTTP/2 ended. Node reports one that its sender ended and one that was reset without an error alike; only here they
// differ.
import type { ClientHttp2Stream } from 'node:http2';

/** @param onEnded the sender ended it: everything that follows is in our own buffers */
export function watchEnd(stream: ClientHttp2Stream, onEnded: () => void): void {
  const { push } = stream;
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk === null && !stream.closed) onEnded();
    return push.call(stream, chunk, encoding);
  };
}
