// Which requests may be sent twice (RFC 9110 section 9.2.2): PUT, DELETE and the safe methods, of those that pass the gate. One of which
// nothing was written yet is not sent twice, whatever it is.
import type { UpstreamRequest } from './upstream-exchange.ts';

const idempotentMethods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY'],
]);

/** Whether it is repeated, once, where a kept connection turns out to be closed: it has no body, and such a method. */
export function mayRepeat({ hasBody, method }: UpstreamRequest): boolean {
  return !hasBody && idempotentMethods.has(method);
}
