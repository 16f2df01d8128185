// What is kept of a head's fields and used again: only what would be worked out anew just so, whatever else changes between two requests.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRequestHead } from '../../src/http/gate.ts';
import { compileHeaderPlan, type HeaderPlan } from '../../src/http/header-plan.ts';
import { createKnownHead, isSameFields } from '../../src/http/known-head.ts';
import {
  knownRequestHeaders,
  type OurHeaders,
  upstreamRequestHeaders,
} from '../../src/http/request-headers.ts';

const planOf = (remove: string, pass: string, value: string): HeaderPlan =>
  compileHeaderPlan({
    assertionHeader: 'X-Bouncer-Jwt-Assertion',
    identityHeaders: ['X-Forwarded-Email'],
    requestHeaders: { set: [['X-Set', value]], remove: [remove], pass: [pass] },
  });
const plans = [
  planOf('Accept', 'X-Auth-User', 'a'),
  planOf('Referer', 'X-User', 'b'),
  // Another one that does the same.
  planOf('Accept', 'X-Auth-User', 'a'),
] as const;

const token = `bnc_s_${'A1b2C3d4'.repeat(6)}Z`;
const names = [
  ...['Host', 'Accept', 'Referer', 'Cookie', 'Authorization', 'X-Auth-User', 'X-User', 'x-user', 'X-A'],
  ...['X-Request-Id', 'Connection', 'Content-Length', 'Destination', 'X_Auth_User', 'Upgrade', 'User-Agent'],
];
const values = [
  ...['a.test', 'a=b; bouncer_session=x', 'bouncer_session=x', `Bearer ${token}`, 'Basic Zm9vOmJhcg==', '5'],
  ...['keep-alive, X-A', 'close', 'x', 'X-Request-Id', 'http://a.test/b', `/?t=${token}`, '\xe9', 'Upgrade'],
];
const fields = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)), { maxLength: 8 })
  .map((pairs) => pairs.flat());

const ourHeaders: fc.Arbitrary<OurHeaders> = fc.record({
  host: fc.constantFrom('a.test', 'b.test'),
  forwardedFor: fc.constantFrom(null, '192.0.2.1', '192.0.2.2'),
  forwardedProto: fc.constantFrom('http' as const, 'https' as const),
  forwardedHost: fc.constantFrom('a.test', 'b.test'),
  requestId: fc.uuid(),
  destination: fc.constantFrom(null, 'http://a.test/c', 'http://a.test/d'),
  hasOwnAuthorization: fc.boolean(),
  assertion: fc.constantFrom(null, 'a.b.c', 'd.e.f'),
  identity: fc.constantFrom([], ['alice@example.com'], ['bob@example.com'], [null]),
});

describe('the fields for an application', () => {
  it('are those of a head that was never seen, whatever was asked with the same one before', () => {
    fc.assert(
      fc.property(
        fields,
        fc.array(fc.tuple(ourHeaders, fc.constantFrom(...plans)), { minLength: 1, maxLength: 12 }),
        (rawHeaders, requests) => {
          const known = createKnownHead(rawHeaders);
          for (const [our, plan] of requests)
            expect(knownRequestHeaders(known, our, plan)).toEqual(
              upstreamRequestHeaders(rawHeaders, our, plan),
            );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('are a list of its own each time: who changes one changes no other', () => {
    const known = createKnownHead(['Host', 'a.test', 'X-A', 'x']);
    const our: OurHeaders = {
      ...{
        host: 'a.test',
        forwardedFor: null,
        forwardedProto: 'http',
        forwardedHost: 'a.test',
        requestId: 'r',
      },
      ...{ assertion: null, identity: [] },
    };
    const first = knownRequestHeaders(known, our, plans[0]);
    const before = [...first];
    first.fill('spoiled');
    expect(knownRequestHeaders(known, our, plans[0])).toEqual(before);
  });
});

describe('the gate', () => {
  const limits = { headerBytes: 400, headerCount: 8, urlBytes: 100 };
  const others = [limits, { ...limits }, { ...limits, headerBytes: 60 }, { ...limits, headerCount: 2 }];
  const line = fc.record({
    method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'COPY', 'MOVE', 'TRACE'),
    url: fc.constantFrom('/', '/a?b', 'http://a.test/a', 'http://b.test/a', '/%2e%2e', `/${'a'.repeat(120)}`),
    httpVersion: fc.constantFrom('1.1', '1.0', '2.0', '0.9'),
    limits: fc.constantFrom(...others),
  });

  it('judges a head that it knows as one that it does not', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        fields.map((list) => ['Host', 'a.test', ...list]),
        fc.array(line, { minLength: 1, maxLength: 10 }),
        (rawHeaders, requests) => {
          const known = createKnownHead(rawHeaders);
          for (const { limits: by, ...one } of requests) {
            const expected = checkRequestHead({ ...one, rawHeaders }, by);
            const found = checkRequestHead({ ...one, rawHeaders: known.rawHeaders, known }, by);
            if (expected.ok) passed++;
            expect(found.ok ? { ...found, request: { ...found.request, known: undefined } } : found).toEqual(
              expected,
            );
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(passed).toBeGreaterThan(500);
  });
});

describe('two heads have the same fields', () => {
  it('only where every name and value is the same, in case and order', () => {
    const list = ['Host', 'a.test', 'Cookie', 'a=b', 'X-A', ''];
    expect(isSameFields(list, [...list])).toBe(true);
    for (const other of [
      ['host', 'a.test', 'Cookie', 'a=b', 'X-A', ''],
      ['Cookie', 'a=b', 'Host', 'a.test', 'X-A', ''],
      ['Host', 'a.test', 'Cookie', 'a=b '],
      ['Host', 'a.test', 'Cookie', 'a=c', 'X-A', ''],
      [...list, 'X-B', ''],
      ['Host', 'a.test', 'Cookie', 'a=bX-A', '', ''],
      [],
    ]) {
      expect(isSameFields(list, other)).toBe(false);
      expect(isSameFields(other, list)).toBe(false);
    }
  });

  it('whoever changes the list that was given changes nothing that is kept', () => {
    const given = ['Host', 'a.test'];
    const known = createKnownHead(given);
    given[1] = 'b.test';
    expect(known.rawHeaders).toEqual(['Host', 'a.test']);
  });
});
