// What the live targets send: requests that are in order, one behind the other on a connection, and what damages them.
import fc from 'fast-check';

let nextId = 100_000;
const bodies = [
  '',
  'hello',
  'GET /admin/smuggled HTTP/1.1\r\nHost: app.localhost\r\n\r\n',
  '0\r\n\r\nGET /admin/x HTTP/1.1\r\nHost: app.localhost\r\n\r\n',
];
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH');
const path = fc.constantFrom(
  '/a',
  '/a/b?x=1',
  '/admin',
  '/public/..%2fadmin',
  '/a%2fb',
  '/admin;x',
  '/%61dmin',
  '//admin',
  '/a/../admin',
);
const more = fc.constantFrom(
  '',
  'X-A: b\r\n',
  'Connection: keep-alive\r\n',
  'Connection: close\r\n',
  'Connection: Content-Length\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'TE: trailers\r\n',
);
export const request = fc
  .tuple(method, path, more, fc.constantFrom(...bodies), fc.constantFrom('none', 'length', 'chunked'))
  .map(([verb, target, extra, body, framing]) => {
    const head = `${verb} ${target} HTTP/1.1\r\nHost: app.localhost\r\n${extra}`;
    if (framing === 'length') return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
    if (framing === 'chunked') {
      const chunk = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
      return `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
    }
    return `${head}\r\n`;
  });
const spoil = fc.constantFrom(
  ...[
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\u0000',
    '\u000b',
    ':',
    ';',
    ',',
    '0',
    'f',
    '\u0085',
    '\u00a0',
    '\r\n ',
    '\r\n\r\n',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding:\tchunked\r\n',
    'Transfer-Encoding: x\r\n',
    'Transfer_Encoding: chunked\r\n',
  ],
  ...[
    'Content-Length : 3\r\n',
    'content-length: +3\r\n',
    'Host: evil.test\r\n',
    ' HTTP/1.0',
    ';a=b',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    'GET /admin HTTP/1.1\r\nHost: app.localhost\r\n\r\n',
  ],
);
export const damage = fc.array(fc.tuple(fc.nat(600), fc.nat(6), spoil), { maxLength: 3 });

/** @param changes where, how much is taken out (from 3 on: nothing), and what is put there */
export function damagedStream(
  requests: readonly string[],
  changes: readonly (readonly [where: number, length: number, added: string])[],
): string {
  // Every stream has paths of its own, so that nothing is paired with what another one left.
  let stream = requests.join('').replaceAll(/ \/a(?=[ /%])/g, () => ` /a${nextId++}`);
  for (const [where, length, added] of changes) {
    const at = where % (stream.length + 1);
    stream = stream.slice(0, at) + added + stream.slice(at + (length < 3 ? length : 0));
  }
  return stream;
}
