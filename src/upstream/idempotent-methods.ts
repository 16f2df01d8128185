// Which requests may be sent twice (RFC 9110 section 9.2.2): PUT, DELETE and the safe methods, of those that pass the gate.

/** Without a body a request with one of them is repeated, once, where a kept connection turns out to be closed. */
export const idempotentMethods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY'],
]);
