// How a request is written for an application: the same bytes whether its fields were written before or not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionSpecific } from '../../src/http/header-table.ts';
import { createKnownHead } from '../../src/http/known-head.ts';
import { writeRequestHead } from '../../src/upstream/http1/request-head.ts';
import { type UpstreamRequest, withoutBody } from '../../src/upstream/upstream-exchange.ts';

const base: UpstreamRequest = {
  ...{ method: 'GET', path: '/', headers: ['Host', 'a.test'], ...withoutBody },
  ...{ responseTimeoutMs: 0, idleTimeoutMs: 0 },
};

/** Few texts, so that lists repeat and nearly repeat; the number's own name also stands where a value does. */
const texts = [
  'X-Request-Id',
  'X-A',
  'Host',
  'Content-Length',
  '5',
  '0',
  '',
  'b',
  'X-Request-Id: b',
  'a\r\nb',
  'Upgrade',
];
const headers = fc
  .array(fc.tuple(fc.constantFrom(...texts), fc.constantFrom(...texts)), { maxLength: 5 })
  .chain((pairs) =>
    fc
      .tuple(fc.nat(pairs.length), fc.constantFrom('n1', 'n2', 'n3', 'n\r\n4'))
      .map(([at, number]) => [
        ...['Host', 'a.test', ...pairs.slice(0, at).flat(), 'X-Request-Id', number],
        ...pairs.slice(at).flat(),
      ]),
  );
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'QUERY'),
  path: fc.constantFrom('/', '/a?b', '/ b', 'a'),
  hasBody: fc.boolean(),
  upgrade: fc.constantFrom(null, 'websocket'),
});

describe('the head of a request whose fields were written before', () => {
  it('is the one of a request whose fields never were', () => {
    let written = 0;
    fc.assert(
      fc.property(
        fc.array(headers, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(2), request), { minLength: 2, maxLength: 12 }),
        (lists, requests) => {
          const known = createKnownHead([]);
          known.isRepeated = true;
          for (const [at, { upgrade, ...one }] of requests) {
            const asked = { ...base, ...one, headers: lists[at % lists.length] ?? [] };
            const before = known.text;
            const found = writeRequestHead({ ...asked, known }, upgrade);
            expect(found).toEqual(writeRequestHead(asked, upgrade));
            if (before !== null && known.text === before && 'text' in found) written++;
          }
        },
      ),
      { numRuns: 5_000 },
    );
    // Otherwise nothing was written again.
    expect(written).toBeGreaterThan(500);
  });

  it.each([
    ['the name after the number', ['Host', 'a.test', 'X-Groups', 'X-Request-Id', 'X-Admin', 'no']],
    [
      'the value of another field',
      ['Host', 'a.test', 'X-Request-Id', '1', 'X-Groups', 'X-Request-Id', 'X-Admin', 'no'],
    ],
  ])('takes no other text for the number: %s', (_, fields) => {
    const known = createKnownHead([]);
    known.isRepeated = true;
    writeRequestHead({ ...base, headers: fields, known }, null);
    for (let at = 0; at < fields.length; at++) {
      const other = fields.map((text, i) => (i === at ? 'Other' : text));
      const asked = { ...base, headers: other };
      expect(writeRequestHead({ ...asked, known }, null)).toEqual(writeRequestHead(asked, null));
    }
  });

  it.each([
    [8_000, true],
    [8_200, false],
  ])('with an assertion of %d bytes is kept: %s', (bytes, isKept) => {
    const known = createKnownHead([]);
    known.isRepeated = true;
    const fields = ['Host', 'a.test', 'X-Request-Id', '1', 'X-Assertion', 'a'.repeat(bytes)];
    for (let i = 0; i < 2; i++)
      expect(writeRequestHead({ ...base, headers: fields, known }, null)).toEqual(
        writeRequestHead({ ...base, headers: fields }, null),
      );
    expect(known.text !== null).toBe(isKept);
  });

  it('is not kept where its fields come once', () => {
    const known = createKnownHead([]);
    writeRequestHead({ ...base, headers: ['Host', 'a.test', 'X-Request-Id', '1'], known }, null);
    expect(known.text).toBeNull();
  });
});

it.each([...connectionSpecific, 'expect', 'trailer'])(
  'has no field of the connection that a permit brought: %s',
  (name) => {
    for (const spelled of [name, name.toUpperCase()])
      expect(
        writeRequestHead({ ...base, headers: ['Host', 'a.test', spelled, 'x'] }, null),
      ).not.toHaveProperty('text');
  },
);
