// Bodies of requests that do not come to an end: one that is small must be there within `limits.request_timeout`, one that is large must go
// on for as long as it likes. Nothing is read or held here.
import type { IncomingMessage } from 'node:http';

/** Whoever brings this much within the time goes on: 0.2 kbit/s with the default. Bytes. */
const enoughBytes = 16 * 1024;

/**
 * Watch the body of a request that just came.
 *
 * @param timeoutMs how long the rest of it may take, or the next 16 KB
 * @param onSlow called once, when neither came. Who is not being read because the application is busy is not slow.
 */
export function watchBody(req: IncomingMessage, timeoutMs: number, onSlow: () => void): void {
  let bytes = 0;
  let wasHeld = false;
  const push = req.push;
  let timer: NodeJS.Timeout;
  const stop = (): void => clearTimeout(timer);
  const look = (): void => {
    if (req.complete || req.destroyed) return;
    const isHeld = req.isPaused() || req.readableLength > 0;
    // Who was let go on a moment ago has had no time yet.
    if (bytes < enoughBytes && !isHeld && !wasHeld) {
      onSlow();
      return;
    }
    bytes = 0;
    wasHeld = isHeld;
    timer = setTimeout(look, timeoutMs).unref();
  };
  timer = setTimeout(look, timeoutMs).unref();
  // Where node:http and node:http2 hand in what arrived: to listen for `data` would begin to read.
  req.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null) stop();
    else bytes += chunk.length;
    return push.call(req, chunk, encoding);
  };
  req.once('close', stop);
}

/** Whether something follows the head. Reads the raw fields: the merged ones are only made where somebody asks for them. */
export function announcesBody(req: IncomingMessage): boolean {
  if (req.httpVersionMajor >= 2) {
    const { stream } = req as unknown as { readonly stream: { readonly endAfterHeaders?: boolean } };
    return stream.endAfterHeaders !== true;
  }
  const { rawHeaders } = req;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 14 && name.toLowerCase() === 'content-length' && rawHeaders[i + 1] !== '0')
      return true;
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true;
  }
  return false;
}
