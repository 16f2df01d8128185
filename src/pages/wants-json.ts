// Which form of an answer a visitor of bouncer's own endpoints can use.
import type { GatedRequest } from '../http/gated-request.ts';

/** True when the client names JSON and does not name HTML (RFC 9110 section 12.5.1). Everybody else gets a page. */
export function wantsJson(request: Pick<GatedRequest, 'accept'>): boolean {
  const accept = request.accept?.toLowerCase() ?? '';
  return /application\/(?:[a-z.+-]*\+)?json/.test(accept) && !accept.includes('text/html');
}
