// Notices a request that comes back: an upstream that is bouncer's own address would make one request endless ones.
// It knows only what this process is forwarding right now; it keeps nothing of a request that has ended.
import type { GatedRequest } from '../http/gated-request.ts';

export interface LoopGuard {
  /** A request goes on under this id. */
  enter(requestId: string, request: GatedRequest): void;
  /** It has ended. */
  leave(requestId: string): void;
  /**
   * Whether the request is one of those that are being forwarded: it has its `X-Request-Id`, method, host and path. An application that passes
   * the id on to others, as tracing does, asks for something else.
   */
  isReturning(request: GatedRequest): boolean;
}

export function createLoopGuard(): LoopGuard {
  const forwarded = new Map<string, GatedRequest>();
  return {
    enter: (requestId, request) => void forwarded.set(requestId, request),
    leave: (requestId) => void forwarded.delete(requestId),
    isReturning({ rawHeaders, method, host, target }) {
      const name = 'x-request-id';
      for (let i = 0; i < rawHeaders.length; i += 2) {
        if (rawHeaders[i]?.length !== name.length || rawHeaders[i]?.toLowerCase() !== name) continue;
        const one = forwarded.get(rawHeaders[i + 1] ?? '');
        if (
          one !== undefined &&
          one.method === method &&
          one.host === host &&
          one.target.path === target.path
        )
          return true;
      }
      return false;
    },
  };
}
