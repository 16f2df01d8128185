// Requests and answers that every kind of upstream must see and give alike: framings, sizes around frames, windows and reads, fields,
// hints, trailers, answers without a body.

export type Fields = readonly (readonly [string, string])[];

export interface Ask {
  readonly method: string;
  readonly path?: string;
  readonly fields?: Fields;
  readonly pieces?: readonly Buffer[];
  readonly framing?: 'fixed' | 'chunked';
  readonly trailers?: Fields;
}

export interface Answer {
  readonly status: number;
  readonly fields?: Fields;
  readonly hints?: readonly Fields[];
  readonly pieces?: readonly Buffer[];
  readonly trailers?: Fields;
}

export interface MessageCase {
  readonly name: string;
  readonly ask: Ask;
  readonly answer: Answer;
}

const ok: Answer = { status: 200, pieces: [Buffer.from('ok')] };
const get: Ask = { method: 'GET' };
const pieces = [Buffer.alloc(1, 'a'), Buffer.alloc(65_535, 'b'), Buffer.alloc(7, 'c')];
const everyByte = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

/** Around the frames and windows of HTTP/2, and the reads of HTTP/1.1. */
const sizes = [1, 16_383, 16_384, 16_385, 65_535, 65_536, 262_144, 262_145];

const requests: readonly MessageCase[] = [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT', 'QUERY'].flatMap((method) =>
    (['fixed', 'chunked'] as const).map((framing) => ({
      name: `${method} with a ${framing} body`,
      ask: { method, pieces, framing },
      answer: ok,
    })),
  ),
  ...['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'MKCOL', 'PURGE'].map((method) => ({
    name: `${method} without a body`,
    ask: { method },
    answer: method === 'HEAD' ? { status: 200, fields: [['content-length', '1234']] as Fields } : ok,
  })),
  ...sizes.map((size) => ({
    name: `a body of ${size} bytes of every value`,
    ask: { method: 'PUT', pieces: [everyByte.subarray(0, size)], framing: 'chunked' as const },
    answer: ok,
  })),
  {
    name: '10 MB up and down',
    ask: {
      method: 'POST',
      pieces: Array.from({ length: 10 }, (_, i) => Buffer.alloc(1_000_000, String(i))),
      framing: 'fixed',
    },
    answer: { status: 200, pieces: Array.from({ length: 10 }, (_, i) => Buffer.alloc(1_000_000, `${i}x`)) },
  },
  {
    name: 'trailers of a request',
    ask: {
      method: 'POST',
      pieces: [Buffer.from('x')],
      framing: 'chunked',
      fields: [['trailer', 'checksum']],
      trailers: [['checksum', '7']],
    },
    answer: ok,
  },
  {
    name: 'repeated, empty and long fields, bytes above ASCII, and a path of odd bytes',
    ask: {
      method: 'GET',
      path: '/%7e/%2F;a=b?c=%20d&c=+&%ff',
      fields: [
        ['x-a', '1'],
        ['x-b', ''],
        ['x-a', '2'],
        ['accept', '*/*'],
        ['x-c', 'caf\xe9 \xff'],
        ['cookie', `a=${'b'.repeat(6_000)}; c=d`],
      ],
    },
    answer: ok,
  },
];

const responses: readonly MessageCase[] = [
  ...sizes.map((size) => ({
    name: `${size} bytes of every value`,
    ask: get,
    answer: { status: 200, pieces: [everyByte.subarray(0, size)] },
  })),
  ...sizes.map((size) => ({
    name: `${size} bytes with a length and in two pieces`,
    ask: get,
    answer: {
      status: 200,
      fields: [['content-length', String(size)]] as Fields,
      pieces: [everyByte.subarray(0, size >> 1), everyByte.subarray(size >> 1, size)],
    },
  })),
  ...sizes.map((size) => ({
    name: `${size} bytes before trailers`,
    ask: get,
    answer: {
      status: 200,
      pieces: [everyByte.subarray(0, size)],
      fields: [['trailer', 'sum, x-two']] as Fields,
      trailers: [
        ['sum', '7'],
        ['x-two', 'b'],
      ] as Fields,
    },
  })),
  { name: '204', ask: get, answer: { status: 204, fields: [['x-y', 'z']] } },
  { name: '200 without a body', ask: get, answer: { status: 200, fields: [['content-length', '0']] } },
  { name: '304 with its tag', ask: get, answer: { status: 304, fields: [['etag', '"a"']] } },
  { name: '599', ask: get, answer: { status: 599, fields: [['content-length', '0']] } },
  {
    name: '206 in a coding',
    ask: get,
    answer: {
      status: 206,
      fields: [
        ['content-range', 'bytes 1-2/5'],
        ['content-encoding', 'gzip'],
        ['content-length', '2'],
        ['vary', 'accept-encoding'],
      ],
      pieces: [Buffer.from('el')],
    },
  },
  {
    name: '401 with several challenges and cookies',
    ask: get,
    answer: {
      status: 401,
      fields: [
        ['set-cookie', 'a=1; Path=/'],
        ['www-authenticate', 'Bearer'],
        ['set-cookie', 'b=2'],
        ['www-authenticate', 'Basic realm="x, y"'],
        ['set-cookie', 'c=3; HttpOnly'],
        ['content-length', '2'],
      ],
      pieces: [Buffer.from('no')],
    },
  },
  {
    name: 'repeated and empty fields and bytes above ASCII',
    ask: get,
    answer: {
      status: 200,
      fields: [
        ['x-a', '1'],
        ['x-b', ''],
        ['x-a', '2'],
        ['x-c', 'caf\xe9 \xff'],
        ['content-length', '0'],
      ],
    },
  },
  {
    name: 'a head of 40 KB',
    ask: get,
    answer: {
      status: 200,
      fields: [
        ['set-cookie', `a=${'b'.repeat(40_000)}`],
        ['content-length', '0'],
      ],
    },
  },
  {
    name: 'hints before it',
    ask: get,
    answer: {
      status: 200,
      hints: [[['link', '</a>; rel=preload']], [['link', '</b>; rel=preload']]],
      pieces: [Buffer.from('ok')],
    },
  },
  {
    name: 'a HEAD of what has a length',
    ask: { method: 'HEAD' },
    answer: {
      status: 200,
      fields: [
        ['content-length', '1234'],
        ['etag', '"a"'],
      ],
    },
  },
];

export const messageCases: readonly MessageCase[] = [...requests, ...responses];
