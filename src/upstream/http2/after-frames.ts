/**
 * Ends a session of HTTP/2, once the frames that Node is reading were read. What is told of them is told in the middle of it: where a reset
 * closes a stream and the session is ended in that very moment, Node frees the stream and then frees it once more, and the process ends
 * ("Assertion failed: current_nghttp2_memory_ >= previous_size", Node 26.10).
 */
export function afterFrames(end: () => void): void {
  setImmediate(end);
}
