// Attacks that are mixed into the soak: each a whole connection's bytes, for a host and with somebody's cookie. None may reach a page
// that is not for them; what is refused, and how, is the attack table's matter.
type Attack = (host: string, cookie: string) => string;

const get =
  (path: string, ...fields: readonly string[]): Attack =>
  (host, cookie) =>
    `${[`GET ${path} HTTP/1.1`, `Host: ${host}`, `Cookie: ${cookie}`, ...fields].join('\r\n')}\r\n\r\n`;

const spellings = [
  ...[
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/..%2fadmin',
    '//admin',
    '/./admin',
    '/ADMIN',
    '/admin/.',
  ],
  ...[
    '/public/..;/admin',
    '/%61dmin',
    '/public\\..\\admin',
    '/public/%252e%252e/admin',
    '/admin%00',
    '/admin;x=y',
  ],
  ...[
    '/.bouncer/../admin',
    '/public/x/../../admin',
    '/%2fadmin',
    '/public%2f..%2fadmin',
    '/admin%20',
    '/admin?x=/public',
  ],
];

export const attacks: readonly Attack[] = [
  ...spellings.map((path) => get(path)),
  get('/admin', 'X-Forwarded-Email: admin@example.com'),
  get('/page', 'X-Forwarded-Email: admin@example.com', 'X-Bouncer-Jwt-Assertion: eyJ.a.b'),
  get('/page', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  get('/page', 'Host: other.localhost'),
  get('/page', 'Connection: cookie, x-forwarded-email'),
  get('/page', `X-A: ${'a'.repeat(30_000)}`),
  get(`/${'a'.repeat(20_000)}`),
  get('/admin', 'X-Original-URL: /public', 'X-Rewrite-URL: /public'),
  get('/admin', 'X-HTTP-Method-Override: OPTIONS'),
  (host) => `GET http://evil.example/admin HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  (host) => `GET /page HTTP/1.1\r\nHost: ${host}\r\nCookie: ${'tossed=x; '.repeat(4_000)}a=b\r\n\r\n`,
  (host) => `GET /page HTTP/1.1\r\nHost: ${host}\r\nCookie: bouncer_session=a; bouncer_session=b\r\n\r\n`,
  (host) =>
    `GET /page HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.\r\n\r\n`,
  (host) => `GET /page HTTP/1.0\r\nHost: ${host}\r\n\r\n`,
  (host) =>
    `POST /public HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  () => 'TRACE / HTTP/1.1\r\nHost: wiki.localhost\r\n\r\n',
  () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
];
