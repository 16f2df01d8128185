// What a response's bytes mean (RFC 9112), in any pieces: framing, what is repaired, what is refused, and that nothing grows.
import { describe, expect, test } from 'vitest';
import { ResponseParser } from '../../src/upstream/http1/response-parser.ts';
import { bytesOf, readResponse } from './parsed-response.ts';

const ok = 'HTTP/1.1 200 OK\r\n';

/** Name, bytes, what is expected of them. */
const whole: readonly [string, string, object][] = [
  ['a length', `${ok}Content-Length: 5\r\n\r\nhello`, { body: 'hello', keepsAlive: true }],
  ['a length of nothing', `${ok}Content-Length: 0\r\n\r\n`, { body: '', keepsAlive: true }],
  ['a length with zeros before it', `${ok}Content-Length: 0005\r\n\r\nhello`, { body: 'hello' }],
  ['an end by closing', `${ok}X: y\r\n\r\nhello`, { body: 'hello', keepsAlive: false }],
  ['no field at all', `${ok}\r\nhello`, { fields: [], body: 'hello' }],
  [
    'chunks',
    `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n03\r\nllo\r\n0\r\n\r\n`,
    { body: 'hello', keepsAlive: true, trailers: [] },
  ],
  [
    'chunks in any case, with sizes in any case',
    `${ok}transfer-ENCODING:\tChunked \r\n\r\nA\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n`,
    { body: '01234567890123456789' },
  ],
  [
    'chunk extensions',
    `${ok}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n5 ; c="d;e" ;f\r\nhello\r\n0;g\r\n\r\n`,
    { body: 'hellohello' },
  ],
  [
    'trailers',
    `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nChecksum: 7\r\nx-Two: \r\n\r\n`,
    { body: 'a', trailers: ['Checksum', '7', 'x-Two', ''] },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na', { body: 'a', keepsAlive: false }],
  [
    'HTTP/1.0 that stays',
    'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na',
    { body: 'a', keepsAlive: true },
  ],
  [
    'HTTP/1.1 that closes',
    `${ok}Connection: x, Close\r\nContent-Length: 1\r\n\r\na`,
    { body: 'a', keepsAlive: false },
  ],
  [
    'options over several fields',
    `${ok}Connection: x\r\nconnection: close\r\nContent-Length: 1\r\n\r\na`,
    { keepsAlive: false },
  ],
  ['a later minor version', 'HTTP/1.7 200 OK\r\nContent-Length: 1\r\n\r\na', { body: 'a', keepsAlive: true }],
  ['a reason of its own', 'HTTP/1.1 404 N\xe3o \t!\r\nContent-Length: 0\r\n\r\n', { reason: 'N\xe3o \t!' }],
  ['an empty reason', 'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n', { status: 404, reason: '' }],
  ['no blank after the status', 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n', { status: 404, reason: '' }],
  ['a status beyond 599', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n', { status: 999 }],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { body: '', keepsAlive: true }],
  [
    '204 with a length: the length goes, the connection too',
    'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX: y\r\n\r\n',
    { fields: ['X', 'y'], body: '', keepsAlive: false },
  ],
  [
    '304 with a length',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    { fields: ['Content-Length', '5'], body: '', keepsAlive: true },
  ],
  [
    'order, case, repetition and bytes of fields',
    `${ok}X-A: 1\r\nx-a:caf\xe9\r\nX-A:  2\t \r\nEmpty:\r\nContent-Length: 0\r\n\r\n`,
    { fields: ['X-A', '1', 'x-a', 'caf\xe9', 'X-A', '2', 'Empty', '', 'Content-Length', '0'] },
  ],
  [
    'interim responses before it',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    {
      interims: [
        [100, []],
        [103, ['Link', '</a>']],
      ],
      status: 200,
    },
  ],
  // What RFC 9112 tells a proxy to repair.
  [
    'an equal, repeated length',
    `${ok}Content-Length: 5\r\nX: y\r\ncontent-length: 5\r\n\r\nhello`,
    { fields: ['Content-Length', '5', 'X', 'y'], body: 'hello' },
  ],
  [
    'a list of equal lengths',
    `${ok}Content-Length: 5, 5 ,5\r\n\r\nhello`,
    { fields: ['Content-Length', '5'] },
  ],
  ['identity', `${ok}Transfer-Encoding: identity\r\n\r\nhello`, { body: 'hello' }],
  [
    'identity and a length',
    `${ok}Transfer-Encoding: Identity\r\nContent-Length: 5\r\n\r\nhello`,
    { body: 'hello' },
  ],
  [
    'white space before the colon',
    `${ok}X-A : 1\r\nContent-Length\t: 1\r\n\r\na`,
    { fields: ['X-A', '1', 'Content-Length', '1'] },
  ],
  [
    'folded lines',
    `${ok}X-A: 1\r\n  2\r\n\t3\r\nContent-Length:\r\n 1\r\n\r\na`,
    { fields: ['X-A', '1 2 3', 'Content-Length', '1'], body: 'a' },
  ],
];

const broken: readonly [string, string, string][] = [
  ['nothing', '', 'UPSTREAM_CLOSED'],
  ['a line that is not a status line', 'hello?\r\n\r\n', 'UPSTREAM_NOT_HTTP'],
  ['a banner of another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'UPSTREAM_NOT_HTTP'],
  ['TLS', '\x15\x03\x03\x00\x02\x02\x16', 'UPSTREAM_NOT_HTTP'],
  ['an empty line first', `\r\n${ok}\r\n`, 'UPSTREAM_NOT_HTTP'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n', 'UPSTREAM_NOT_HTTP'],
  ['HTTP/1', 'HTTP/1 200 OK\r\n\r\n', 'UPSTREAM_NOT_HTTP'],
  ['HTTP in lower case', 'http/1.1 200 OK\r\n\r\n', 'UPSTREAM_NOT_HTTP'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'UPSTREAM_NOT_HTTP'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'UPSTREAM_HEAD_INVALID'],
  ['a status below 100', 'HTTP/1.1 042 OK\r\n\r\n', 'UPSTREAM_NOT_HTTP'],
  ['two blanks before the status', 'HTTP/1.1  200 OK\r\n\r\n', 'UPSTREAM_NOT_HTTP'],
  ['a control in the reason', 'HTTP/1.1 200 O\x00K\r\n\r\n', 'UPSTREAM_HEAD_INVALID'],
  ['a line feed alone', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello', 'UPSTREAM_HEAD_INVALID'],
  ['a line feed alone in a field', `${ok}X: a\nContent-Length: 0\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a carriage return alone', `${ok}X: a\rContent-Length: 0\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['NUL in a field', `${ok}X: a\0b\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['DEL in a field', `${ok}X: a\x7fb\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a field without a colon', `${ok}Content-Length\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a last field without a colon', `${ok}X: y\r\nContent-Length\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a field without a name', `${ok}: x\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a blank in a name', `${ok}Content Length: 5\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a byte above ASCII in a name', `${ok}Content-L\xe9ngth: 5\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a first field that is folded', `${ok} X: y\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['two lengths', `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 'UPSTREAM_LENGTH_INVALID'],
  ['two spellings of a length', `${ok}Content-Length: 1, 01\r\n\r\nab`, 'UPSTREAM_LENGTH_INVALID'],
  ['a length with a sign', `${ok}Content-Length: +5\r\n\r\nhello`, 'UPSTREAM_LENGTH_INVALID'],
  ['a length below zero', `${ok}Content-Length: -5\r\n\r\nhello`, 'UPSTREAM_LENGTH_INVALID'],
  ['a length in hex', `${ok}Content-Length: 0x5\r\n\r\nhello`, 'UPSTREAM_LENGTH_INVALID'],
  ['an empty length', `${ok}Content-Length:\r\n\r\nhello`, 'UPSTREAM_LENGTH_INVALID'],
  [
    'a length beyond all bounds',
    `${ok}Content-Length: 99999999999999999999\r\n\r\nx`,
    'UPSTREAM_LENGTH_INVALID',
  ],
  [
    'a length and chunks',
    `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'UPSTREAM_FRAMING_AMBIGUOUS',
  ],
  [
    'chunks in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'UPSTREAM_FRAMING_AMBIGUOUS',
  ],
  ['an unknown coding', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'UPSTREAM_CODING_UNKNOWN'],
  [
    'chunked twice',
    `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'UPSTREAM_CODING_UNKNOWN',
  ],
  ['a disguised coding', `${ok}Transfer-Encoding: \x0bchunked\r\n\r\n`, 'UPSTREAM_HEAD_INVALID'],
  ['a body that is too short', `${ok}Content-Length: 5\r\n\r\nhell`, 'UPSTREAM_CLOSED'],
  ['chunks without an end', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'UPSTREAM_CLOSED'],
  ['trailers without an end', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n`, 'UPSTREAM_CLOSED'],
  ['an end in the head', `${ok}Content-Length: 5\r\n`, 'UPSTREAM_CLOSED'],
  ['an end after hints', 'HTTP/1.1 103 Early Hints\r\n\r\n', 'UPSTREAM_CLOSED'],
  [
    'a chunk that is longer than announced',
    `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  ['a chunk size with a sign', `${ok}Transfer-Encoding: chunked\r\n\r\n-1\r\n`, 'UPSTREAM_CHUNK_INVALID'],
  ['a chunk size in 0x', `${ok}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n`, 'UPSTREAM_CHUNK_INVALID'],
  [
    'a chunk without a size',
    `${ok}Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  [
    'a blank before the size',
    `${ok}Transfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  [
    'a blank after the size',
    `${ok}Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  [
    'a size beyond all bounds',
    `${ok}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  [
    'a line feed alone after a size',
    `${ok}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  [
    'a line feed alone after a chunk',
    `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  [
    'a line feed alone in an extension',
    `${ok}Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n`,
    'UPSTREAM_CHUNK_INVALID',
  ],
  [
    'malformed trailers',
    `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX y\r\n\r\n`,
    'UPSTREAM_TRAILERS_INVALID',
  ],
  [
    'a line feed alone in trailers',
    `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n\r\n`,
    'UPSTREAM_TRAILERS_INVALID',
  ],
  [
    'a switch that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    'UPSTREAM_SWITCH_UNASKED',
  ],
];

const texts = [...whole, ...broken].map(([name, text]) => [name, text] as const);

describe('a response with', () => {
  test.each(whole)('%s is read', (_name, text, expected) => {
    expect(readResponse([bytesOf(text)])).toMatchObject({ fault: null, rest: '', ...expected });
  });

  test.each(broken)('%s is a fault', (_name, text, code) => {
    expect(readResponse([bytesOf(text)]).fault).toBe(code);
  });

  test.each(texts)('%s means the same in any two pieces, and byte by byte', (_name, text) => {
    const bytes = bytesOf(text);
    const expected = readResponse([bytes]);
    for (let at = 1; at < bytes.length; at++)
      expect(readResponse([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(expected);
    const singles = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(readResponse(singles)).toEqual(expected);
  });

  test.each(whole.filter(([, text]) => !text.endsWith('\r\n\r\nhello')))(
    '%s leaves alone what comes after it',
    (_name, text) => {
      const next = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned';
      const answer = readResponse([bytesOf(text + next)]);
      expect(answer.body).not.toContain('poison');
      expect(answer.rest).toBe(next);
    },
  );
});

test('a response to HEAD has no body, whatever it says of one', () => {
  const head = { method: 'HEAD', isUpgrade: false };
  for (const framing of ['Content-Length: 5', 'Transfer-Encoding: chunked', 'X: y']) {
    const answer = readResponse([bytesOf(`${ok}${framing}\r\n\r\nHTTP/1.1`)], head);
    expect(answer).toMatchObject({ fault: null, body: '', rest: 'HTTP/1.1', keepsAlive: true });
  }
});

test.each([
  ['HEAD', '200 OK'],
  ['GET', '304 Not Modified'],
  ['GET', '204 No Content'],
])(
  'a response without a body (%s, %s) is one, whatever it says of its framing, and the last of its connection',
  (method, status) => {
    for (const framing of [
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nContent-Length: 0',
      'Transfer-Encoding: gzip, chunked',
      'Transfer-Encoding: chunked, identity\r\nContent-Length: 7',
    ]) {
      const text = `HTTP/1.1 ${status}\r\n${framing}\r\nX: y\r\n\r\nHTTP/1.1`;
      const answer = readResponse([bytesOf(text)], { method, isUpgrade: false });
      expect(answer).toMatchObject({ fault: null, body: '', rest: 'HTTP/1.1', keepsAlive: false });
      // Chunks override a length: whoever passes the response on takes it out.
      expect(answer.head?.fields.some((name) => name === 'Content-Length')).toBe(false);
    }
    const old = `HTTP/1.0 ${status}\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n`;
    const answer = readResponse([bytesOf(old)], { method, isUpgrade: false });
    expect(answer).toMatchObject({ fault: null, body: '', keepsAlive: false });
  },
);

test('after the 101 that was asked for every byte is the next protocol’s', () => {
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
  const asked = { method: 'GET', isUpgrade: true };
  expect(readResponse([bytesOf(`${switching}\x00\x81`)], asked)).toMatchObject({
    status: 101,
    rest: '\x00\x81',
  });
  expect(readResponse([bytesOf(`${ok}Content-Length: 1\r\n\r\na`)], asked)).toMatchObject({
    status: 200,
    body: 'a',
  });
});

test('the lifetime that the upstream announces for idle connections is read', () => {
  const hintOf = (value: string): unknown =>
    readResponse([bytesOf(`${ok}Keep-Alive: ${value}\r\nContent-Length: 0\r\n\r\n`)]).head?.keepAliveMs;
  expect(hintOf('timeout=5')).toBe(5_000);
  expect(hintOf('max=100, timeout=20')).toBe(20_000);
  expect(hintOf('xtimeout=5')).toBeNull();
  expect(hintOf('timeout=99999999999')).toBeNull();
});

/** How much is read, in pieces of `size`, before the fault comes. */
function readUntilFault(
  start: string,
  endless: string,
  mostBytes: number,
  size: number,
): [string | null, number] {
  const parser = new ResponseParser({ onInterim: () => {}, onHead: () => {}, onData: () => {} });
  parser.begin({ method: 'GET', isUpgrade: false });
  const piece = bytesOf(endless.repeat(Math.ceil(size / endless.length)));
  parser.push(bytesOf(start), 0, start.length);
  let bytes = 0;
  while (parser.fault === null && bytes < mostBytes) {
    parser.push(piece, 0, piece.length);
    bytes += piece.length;
  }
  return [parser.fault?.code ?? null, bytes];
}

const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
test.each([
  ['a head', ok, 'X: y\r\n', 'UPSTREAM_HEAD_TOO_LARGE'],
  ['a field', `${ok}X: `, 'yyyyyyyy', 'UPSTREAM_HEAD_TOO_LARGE'],
  ['a status line', 'HTTP/1.1 200 ', 'yyyyyyyy', 'UPSTREAM_HEAD_TOO_LARGE'],
  ['interim responses', '', 'HTTP/1.1 100 C\r\n\r\n', 'UPSTREAM_INTERIM_FLOOD'],
  [
    'large interim responses',
    '',
    `HTTP/1.1 103 C\r\nX: ${'y'.repeat(9_000)}\r\n\r\n`,
    'UPSTREAM_INTERIM_FLOOD',
  ],
  ['trailers', `${chunked}0\r\n`, 'X: y\r\n', 'UPSTREAM_TRAILERS_TOO_LARGE'],
  ['a chunk extension', `${chunked}5;`, 'yyyyyyyy', 'UPSTREAM_CHUNK_INVALID'],
  ['chunks that are mostly extension', chunked, `1;${'y'.repeat(100)}\r\na\r\n`, 'UPSTREAM_CHUNK_INVALID'],
  ['a chunk size of zeros', chunked, '00000000', 'UPSTREAM_CHUNK_INVALID'],
])('%s without an end is a fault, in small pieces and in large ones', (_name, start, endless, code) => {
  for (const size of [1, 1_000, 65_536]) {
    const [fault, bytes] = readUntilFault(start, endless, 1_000_000, size);
    expect(fault).toBe(code);
    expect(bytes).toBeLessThan(400_000);
  }
});

test('chunks with small extensions may go on for ever', () => {
  expect(readUntilFault(chunked, `400;a=b\r\n${'x'.repeat(1024)}\r\n`, 5_000_000, 1_000)[0]).toBeNull();
  expect(readUntilFault(chunked, '1\r\nx\r\n', 1_000_000, 1_000)[0]).toBeNull();
});

test('the work is linear in the bytes, however small the pieces are', () => {
  const timeOf = (size: number): number => {
    const bytes = bytesOf(`${ok}X: ${'y'.repeat(size)}\r\nContent-Length: 0\r\n\r\n`);
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    const { user } = process.cpuUsage();
    for (let i = 0; i < 4; i++) expect(readResponse(pieces).fault).toBeNull();
    return process.cpuUsage().user - user;
  };
  timeOf(8_000);
  const short = timeOf(8_000);
  // Quadratic work would take 49 times as long.
  expect(timeOf(56_000)).toBeLessThan(25 * short + 20_000);
});
