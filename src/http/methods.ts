// The methods of requests: which pass, which are known and never do. Rules can only speak of those that pass.

/** Methods that pass: those of RFC 9110, PATCH (RFC 5789), QUERY, WebDAV (RFC 4918 and its kin), CalDAV and versioning. */
export const methods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'],
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'ACL', 'SEARCH', 'REPORT'],
  ...['MKCALENDAR', 'MKACTIVITY', 'CHECKOUT', 'MERGE', 'BIND', 'REBIND', 'UNBIND', 'LINK', 'UNLINK'],
]);

/** Methods that are known and never pass: they make a tunnel, reflect secrets, or command caches. */
export const refusedMethods: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK', 'PURGE', 'DEBUG']);
