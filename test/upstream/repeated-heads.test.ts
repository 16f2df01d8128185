// What a connection to an application keeps of the head before: a response means the same as on a connection of its own.
import { expect, test } from 'vitest';
import { bytesOf, ResponseReader, readResponse } from './parsed-response.ts';
import { pick, type Random, randomFrom, randomResponse, withAccidents } from './random-responses.ts';

const expectations = [
  { method: 'GET', isUpgrade: false },
  { method: 'HEAD', isUpgrade: false },
  { method: 'GET', isUpgrade: true },
] as const;

/** In one piece, or in two. */
function pieces(random: Random, text: string): Buffer[] {
  const bytes = bytesOf(text);
  if (random() < 0.5) return [bytes];
  const at = Math.floor(random() * bytes.length);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Responses of which several differ in little: in a value, in their status, in their body alone. */
function fewResponses(random: Random): string[] {
  const one = randomResponse(random);
  const head = 'HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 02:15:10 GMT\r\nContent-Length: 5\r\n\r\n';
  return [
    one,
    randomResponse(random),
    withAccidents(random, one),
    `${head}hello`,
    `${head}world`,
    `${head.replace(':10', ':11')}hello`,
    `${head.replace('200', '204')}`,
    `${head.replace('Content-Length', 'content-length')}hello`,
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n',
    `HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n`,
  ];
}

test('responses that repeat, nearly repeat and do not mean what each of them means alone', () => {
  let repeated = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed);
    const responses = fewResponses(random);
    let reader = new ResponseReader();
    let last: object | null = null;
    for (let i = 0; i < 30; i++) {
      const text = pick(random, responses);
      const expectation = pick(random, [...expectations, expectations[0], expectations[0]]);
      const parts = pieces(random, text);
      const found = reader.read(parts, expectation);
      expect(found, `${seed} ${JSON.stringify(text)}`).toEqual(readResponse(parts, expectation));
      if (found.head !== null && found.head === last) repeated++;
      last = found.head;
      if (found.fault !== null || found.head?.framing === 'close') reader = new ResponseReader();
    }
  }
  expect(repeated).toBeGreaterThan(100);
});

test('a head that says the same again is read once, and for another method anew', () => {
  const reader = new ResponseReader();
  const get = expectations[0];
  const text = (second: number): Buffer[] => [
    bytesOf(`HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 02:15:${second} GMT\r\nContent-Length: 2\r\n\r\nhi`),
  ];
  const first = reader.read(text(10), get);
  expect(reader.read(text(10), get).head).toBe(first.head);
  expect(reader.read(text(11), get).head).not.toBe(first.head);
  const asHead = reader.read([bytesOf(text(11).join('').slice(0, -2))], expectations[1]);
  expect(asHead.head?.framing).toBe('none');
  expect(asHead.fault).toBeNull();
  expect(reader.read(text(11), get)).toMatchObject({ body: 'hi', fault: null, rest: '' });
});

test('a long head is not kept', () => {
  const reader = new ResponseReader();
  const text = `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Long: ${'x'.repeat(5_000)}\r\n\r\n`;
  const first = reader.read([bytesOf(text)]);
  const second = reader.read([bytesOf(text)]);
  expect(second).toEqual(first);
  expect(second.head).not.toBe(first.head);
});
