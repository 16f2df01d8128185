// Refusing the rest of a request whose answer is whole (RFC 9113 section 8.1: RST_STREAM with NO_ERROR), without hurting the answer:
// a reset that overtakes its end leaves one that clients take for broken.
import { constants, type ServerHttp2Stream } from 'node:http2';

const firstLookMs = 10;
const longestLookMs = 1_000;

/** Call it when everything was written and ended. The reset goes out once the end has, and not where the request is over by then. */
export function closeUnread(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return;
  // A request that nobody ever read Node resets by itself, and does not wait for the end of the answer.
  if (stream.readableFlowing === null) stream.resume();
  setImmediate(look, stream, firstLookMs);
}

/** What is finished may still wait for its trailers, or for room on the connection. Node tells nobody when the end went out. */
function look(stream: ServerHttp2Stream, lookMs: number): void {
  if (stream.readableEnded || stream.closed || stream.destroyed) return;
  if (stream.state.localClose === 1) stream.close(constants.NGHTTP2_NO_ERROR);
  else setTimeout(look, lookMs, stream, Math.min(2 * lookMs, longestLookMs)).unref();
}
