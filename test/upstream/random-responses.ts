// Responses made by chance: valid ones of every framing, and what small accidents make of them. The same number gives the same bytes.

export type Random = () => number;

/** A repeatable source of numbers in [0, 1). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function times(random: Random, most: number): number {
  return Math.floor(random() * (most + 1));
}

const names = [
  'X-A',
  'x-a',
  'Server',
  'Set-Cookie',
  'ETag',
  'Vary',
  'X_b',
  'Content-Type',
  "a!#$%&'*+-.^_`|~1",
];
const values = ['', 'a', 'a b', 'a\tb', '"q"', 'text/html; charset=utf-8', 'caf\xe9', 'a=1; Path=/', ','];
const statuses = [
  '200 OK',
  '201 Created',
  '404 Not Found',
  '500 ',
  '503 N\xe3o',
  '299',
  '206 Partial Content',
];
const bodiless = ['204 No Content', '304 Not Modified'];

function fieldLines(random: Random, most: number): string[] {
  return Array.from({ length: times(random, most) }, () => {
    const blank = pick(random, ['', ' ', '\t', '  ']);
    return `${pick(random, names)}:${blank}${pick(random, values)}${pick(random, ['', '', ' '])}`;
  });
}

function randomBody(random: Random): string {
  const size = pick(random, [0, 1, 2, 17, 300, 5_000]);
  let body = '';
  while (body.length < size)
    body += pick(random, ['\r\n', '0\r\n\r\n', 'HTTP/1.1 200 OK\r\n', 'a', '\0\xff', 'lorem ipsum ']);
  return body.slice(0, size);
}

function chunks(random: Random, body: string): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + times(random, 400));
    const hex = size.toString(16);
    text += `${pick(random, [hex, hex.toUpperCase(), `0${hex}`])}${pick(random, ['', '', ';a=b', ';a="c"'])}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n${fieldLines(random, 2)
    .map((line) => `${line}\r\n`)
    .join('')}\r\n`;
}

/** A response that is valid by RFC 9112; its bytes as Latin-1. */
export function randomResponse(random: Random): string {
  const interims = Array.from(
    { length: pick(random, [0, 0, 0, 1, 2]) },
    () =>
      `HTTP/1.1 103 Early Hints\r\n${fieldLines(random, 2)
        .map((line) => `${line}\r\n`)
        .join('')}\r\n`,
  ).join('');
  const isBodiless = random() < 0.1;
  const fields = fieldLines(random, 4);
  const body = isBodiless ? '' : randomBody(random);
  const framing = isBodiless ? 'none' : pick(random, ['length', 'length', 'chunked', 'chunked', 'close']);
  if (framing === 'length') fields.push(`Content-Length: ${body.length}`);
  if (framing === 'chunked')
    fields.push(
      `${pick(random, ['Transfer-Encoding', 'transfer-encoding'])}: ${pick(random, ['chunked', 'Chunked'])}`,
    );
  if (random() < 0.2) fields.push(`Connection: ${pick(random, ['close', 'keep-alive'])}`);
  fields.sort(() => random() - 0.5);
  const head = `HTTP/1.1 ${pick(random, isBodiless ? bodiless : statuses)}\r\n${fields.map((line) => `${line}\r\n`).join('')}\r\n`;
  return interims + head + (framing === 'chunked' ? chunks(random, body) : body);
}

const accidents = [
  ...[
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    ':',
    '\0',
    '\x7f',
    ',',
    ';',
    '0',
    '5',
    'a',
    '-',
    '+',
    '\x80',
    '\r\n ',
    '\n\n',
  ],
  ...[
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: identity\r\n',
  ],
  ...[
    '\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    'Transfer-Encoding : chunked\r\n',
    ' chunked',
    'xchunked',
    'Content-Length\r\n',
  ],
];

/** One to three small accidents. */
export function withAccidents(random: Random, text: string): string {
  let result = text;
  for (let left = 1 + times(random, 2); left > 0; left--) {
    // Mostly in the head, where they mean most.
    const end = random() < 0.8 ? Math.max(1, result.indexOf('\r\n\r\n')) : result.length;
    const at = Math.floor(random() * end);
    const kind = random();
    if (kind < 0.3) result = result.slice(0, at) + result.slice(at + 1 + times(random, 3));
    else if (kind < 0.7) result = result.slice(0, at) + pick(random, accidents) + result.slice(at);
    else if (kind < 0.8) result = result.slice(0, at) + pick(random, accidents) + result.slice(at + 1);
    else if (kind < 0.9) result = result.slice(0, at);
    else result = result.slice(0, at) + result.slice(Math.floor(random() * result.length));
  }
  return result;
}
