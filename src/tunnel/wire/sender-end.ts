// How the other side of a stream stopped sending. Node reports a stream that its sender ended and one that was reset alike, as an `end`;
// here they are told apart, and what was cut off never comes to an `end`.
import type { Http2Stream } from 'node:http2';

/**
 * From now on the stream does not end by itself.
 *
 * @param onEnd the sender ended it, and every byte was given out or is about to be; @param onCut it was reset, or its session is gone
 */
export function holdEnd(stream: Http2Stream, onEnd: () => void, onCut: () => void): { letEnd(): void } {
  const { push } = stream;
  let state: 'open' | 'over' = 'open';
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk !== null) return push.call(stream, chunk, encoding);
    if (state === 'open') {
      state = 'over';
      if (stream.closed) onCut();
      else onEnd();
    }
    return false;
  };
  return { letEnd: () => void push.call(stream, null) };
}
