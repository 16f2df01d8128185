// Which form of an answer a visitor of bouncer's own endpoints can use.
import type { GatedRequest } from '../http/gated-request.ts';

/** True when the client names JSON and does not name HTML (RFC 9110 section 12.5.1). Everybody else gets a page. */
export function wantsJson(request: Pick<GatedRequest, 'accept'>): boolean {
  const accept = request.accept?.toLowerCase() ?? '';
  return /application\/(?:[a-z.+-]*\+)?json/.test(accept) && !accept.includes('text/html');
}

/** True unless the browser says that it does something else than opening a page in a tab (W3C Fetch Metadata). */
export function isPageNavigation(request: Pick<GatedRequest, 'secFetchMode' | 'secFetchDest'>): boolean {
  if (request.secFetchMode !== undefined && request.secFetchMode !== 'navigate') return false;
  return request.secFetchDest === undefined || request.secFetchDest === 'document';
}
