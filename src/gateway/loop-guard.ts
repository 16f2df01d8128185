// Notices a request that comes back: an upstream that is bouncer's own address would make one request endless ones.
// It knows only what this process is forwarding right now; it keeps nothing of its own.
import type { GatedRequest } from '../http/gated-request.ts';
import type { LiveStreams } from './live-streams.ts';

/** Length of the ids that this process gives (RFC 9562 text form). */
const idLength = 36;
const header = 'x-request-id';

/**
 * Whether a request is one of those that are being forwarded: it has its `X-Request-Id`, method, host and path. An application that
 * passes the id on to others, as tracing does, asks for something else.
 *
 * @param live asked only when the client sent an id of our form
 */
export function isReturning(request: GatedRequest, live: Pick<LiveStreams, 'isForwarding'>): boolean {
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length !== header.length || name.toLowerCase() !== header) continue;
    const id = rawHeaders[i + 1] ?? '';
    if (id.length === idLength && live.isForwarding(id, request)) return true;
  }
  return false;
}
