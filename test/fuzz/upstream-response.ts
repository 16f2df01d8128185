// Fuzz target: whatever an upstream sends, the parser ends with a response or a fault, and pieces make no difference.
import fc from 'fast-check';
import { anyCharacter } from '../fixtures/any-character.ts';
import { bytesOf, readResponse } from '../upstream/parsed-response.ts';
import { fuzzTarget } from './fuzz-target.ts';

const line = fc.oneof(
  fc.constantFrom(
    'HTTP/1.1 200 OK',
    'HTTP/1.0 200',
    'HTTP/1.1 103 X',
    'HTTP/1.1 101 X',
    'HTTP/1.1 204 X',
    'Content-Length: 3',
    'Content-Length: 0',
    'content-length : 3, 3',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: identity',
    'Connection: close',
    'Keep-Alive: timeout=5',
    ' folded',
    '3;a=b',
    'abc',
    '0',
    '',
  ),
  fc.string({ unit: anyCharacter, maxLength: 12 }),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '')), { maxLength: 16 })
  .map((lines) => `HTTP/1.1 ${lines.map(([text, end]) => text + end).join('')}`);
const expectation = fc.record({ method: fc.constantFrom('GET', 'HEAD'), isUpgrade: fc.boolean() });

export const upstreamResponse = fuzzTarget('upstream-response', {
  'pieces make no difference': fc.property(
    stream,
    expectation,
    fc.array(fc.nat(200), { maxLength: 6 }),
    (text, expected, cuts) => {
      const bytes = bytesOf(text);
      const whole = readResponse([bytes], expected);
      const at = cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b);
      const pieces = [0, ...at].map((from, nth) => bytes.subarray(from, at[nth] ?? bytes.length));
      const read = readResponse(pieces, expected);
      if (whole.fault !== null) return read.fault !== null;
      return JSON.stringify(read) === JSON.stringify(whole);
    },
  ),
  'what is passed on can be written': fc.property(stream, expectation, (text, expected) => {
    const { fields, trailers, fault, body, head } = readResponse([bytesOf(text)], expected);
    if (fault !== null) return true;
    const texts = [...fields, ...trailers];
    if (
      texts.some((one, i) =>
        i % 2 === 0 ? !/^[!#-'*+.^_`|~0-9A-Za-z-]+$/.test(one) : /[^\t\x20-\x7e\x80-\xff]/.test(one),
      )
    )
      return false;
    // A length that is passed on is the body's, where there is one.
    const length = fields.findIndex((one, i) => i % 2 === 0 && one.toLowerCase() === 'content-length');
    return (
      head?.framing !== 'length' ||
      length === -1 ||
      fields[length + 1] === String(body.length) ||
      Number(fields[length + 1]) === body.length
    );
  }),
});
