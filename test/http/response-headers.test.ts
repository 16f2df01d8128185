// What a client hears of an application's response.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientResponseHeaders,
  compileResponsePlan,
  type KnownAnswer,
  knownResponseHeaders,
  personalResponsePlan,
} from '../../src/http/response-headers.ts';

const plain = compileResponsePlan({
  assertionHeader: 'X-Company-Token',
  responseHeaders: { set: [], remove: [] },
});
const pass = (...fields: string[]) => clientResponseHeaders(fields, plain);

describe('clientResponseHeaders', () => {
  it('keeps order, case, repetition and bytes, from buffers and from texts', () => {
    const fields = [
      'SERVER',
      'x',
      'Set-Cookie',
      'a=1',
      'set-cookie',
      'b=2',
      'WWW-Authenticate',
      'Basic',
      'X-N',
      'caf\u00e9',
    ];
    expect(pass(...fields)).toEqual(fields);
    expect(
      clientResponseHeaders(
        fields.map((text) => Buffer.from(text, 'latin1')),
        plain,
      ),
    ).toEqual(fields);
  });

  it('ends the upstream’s connection at bouncer', () => {
    expect(
      pass(
        ...[
          'Connection',
          'close, X-Hop',
          'X-Hop',
          '1',
          'Keep-Alive',
          'timeout=5',
          'Transfer-Encoding',
          'chunked',
          'Trailer',
          'X-T',
        ],
        ...[
          'Upgrade',
          'h2c',
          'Proxy-Authenticate',
          'Basic',
          'Proxy-Connection',
          'close',
          'TE',
          'x',
          'Content-Length',
          '5',
        ],
      ),
    ).toEqual(['Content-Length', '5']);
    expect(pass('Connection', 'content-length', 'Content-Length', '5')).toEqual(['Content-Length', '5']);
  });

  it.each([
    '__Host-bouncer_session=evil; Path=/',
    '__host-BOUNCER_session=evil',
    ' \t__Host-bouncer_session =evil',
    '=__Host-bouncer_session=evil',
    '= bouncer_session=evil',
    '==bouncer_session=evil',
    'bouncer_session; Path=/',
    'bouncer_session=; Max-Age=0',
    'bouncer_login_abc=x; Domain=bouncer.test',
    '__Secure-bouncer_session=x',
    '__Host-bouncer.session=x',
  ])('drops a cookie that reaches for ours: %j', (value) => {
    expect(pass('Set-Cookie', value, 'Set-Cookie', 'a=1', 'Set-Cookie2', value)).toEqual([
      'Set-Cookie',
      'a=1',
    ]);
  });

  it.each([
    'a=__Host-bouncer_session',
    'mybouncer_session=1',
    'bouncer=1',
    'trebouncerie=1; Comment=bouncer_',
  ])('keeps a cookie of the application: %j', (value) => {
    expect(pass('Set-Cookie', value)).toEqual(['Set-Cookie', value]);
  });

  it.each([
    ['"cookies"', null],
    ['"cache", "cookies", "storage"', '"cache", "storage"'],
    ['"COOKIES"', null],
    ['cookies', null],
    ['"cache"', '"cache"'],
    ['"*"', '"cache", "clientHints", "executionContexts", "prefetchCache", "prerenderCache", "storage"'],
    ['" cookies "', null],
  ])('Clear-Site-Data %j becomes %j', (value, expected) => {
    expect(pass('Clear-Site-Data', value)).toEqual(expected === null ? [] : ['Clear-Site-Data', expected]);
  });

  it.each(['X-Bouncer-User', 'x_bouncer_reason', 'Alt-Svc', 'alt-svc', 'X-Company-Token', 'x_company_token'])(
    'drops %s',
    (name) => {
      expect(pass(name, 'x')).toEqual([]);
    },
  );

  it.each([
    ['a b', 'x', 'response-header-name-invalid'],
    ['', 'x', 'response-header-name-invalid'],
    ['X\u00e9', 'x', 'response-header-name-invalid'],
    ['X', 'a\r\nb', 'response-header-value-invalid'],
    ['X', 'a\u0000', 'response-header-value-invalid'],
    ['X', 'a\u001b[31m', 'response-header-value-invalid'],
    ['X', '\u20ac', 'response-header-value-invalid'],
  ])('a response with %j: %j is not passed on', (name, value, reason) => {
    expect(pass('A', 'b', name, value)).toEqual({ reason });
  });

  it('applies the edits of the application last', () => {
    const plan = compileResponsePlan({
      assertionHeader: 'X-Bouncer-Jwt-Assertion',
      responseHeaders: { set: [['X-Frame-Options', 'DENY']], remove: ['Server'] },
    });
    const fields = [
      'server',
      'x',
      'x-frame-options',
      'ALLOWALL',
      'ETag',
      '"1"',
      'Connection',
      'x-frame-options',
    ];
    expect(clientResponseHeaders(fields, plan)).toEqual(['ETag', '"1"', 'X-Frame-Options', 'DENY']);
    for (const [name, value] of [
      ['Connection', 'x'],
      ['Content-Length', '1'],
      ['X-Bouncer-A', 'x'],
      ['X', 'a\n'],
      ['a b', 'x'],
    ] as const) {
      const input = { assertionHeader: 'A', responseHeaders: { set: [[name, value]] as const, remove: [] } };
      expect(() => compileResponsePlan(input)).toThrow(RangeError);
    }
  });

  describe('for somebody who is logged in', () => {
    const personal = (set: [string, string][] = [], remove: string[] = []) =>
      personalResponsePlan(
        compileResponsePlan({ assertionHeader: 'X-Company-Token', responseHeaders: { set, remove } }),
      );

    it('is not for shared caches, where the application says nothing', () => {
      expect(clientResponseHeaders(['Server', 'x'], personal())).toEqual([
        'Server',
        'x',
        'Cache-Control',
        'private',
      ]);
    });

    it.each([
      ['Cache-Control', 'no-store'],
      ['Expires', '0'],
    ])('keeps a %s that Connection names: it is for every cache on the way', (name, value) => {
      const raw = [name, value, 'Connection', `${name}, X`, 'X', '1'];
      expect(clientResponseHeaders(raw, personal())).toEqual([name, value]);
    });

    it('says private when Connection names what the application did not send', () => {
      const own = ['Cache-Control', 'private'];
      expect(clientResponseHeaders(['Connection', 'cache-control'], personal())).toEqual(own);
    });

    it.each([
      ['cache-control', 'public, max-age=60'],
      ['Expires', 'Thu, 01 Jan 2026 00:00:00 GMT'],
    ])('leaves the word to an application that sends %s', (name, value) => {
      expect(clientResponseHeaders([name, value], personal())).toEqual([name, value]);
    });

    it('leaves the word to the rules', () => {
      const own = ['Cache-Control', 'public'];
      expect(clientResponseHeaders(own, personal([['cache-control', 'max-age=5']]))).toEqual([
        'cache-control',
        'max-age=5',
      ]);
      expect(clientResponseHeaders(own, personal([], ['Cache-Control']))).toEqual([]);
    });
  });

  describe('on a site that is reached by https', () => {
    const https = (set: [string, string][] = [], remove: string[] = []) =>
      compileResponsePlan({
        assertionHeader: 'X-Company-Token',
        responseHeaders: { set, remove },
        isHttps: true,
      });
    const name = 'Strict-Transport-Security';

    it('asks browsers to stay with https, for this host alone', () => {
      expect(clientResponseHeaders(['Server', 'x'], https())).toEqual([
        'Server',
        'x',
        name,
        'max-age=31536000',
      ]);
    });

    it('leaves the word to an application that says something itself, and to its rules', () => {
      const own = ['strict-transport-security', 'max-age=60; includeSubDomains'];
      expect(clientResponseHeaders(own, https())).toEqual(own);
      expect(clientResponseHeaders(own, https([[name, 'max-age=5']]))).toEqual([name, 'max-age=5']);
      expect(clientResponseHeaders(own, https([], [name]))).toEqual([]);
      expect(clientResponseHeaders([], https([], [name]))).toEqual([]);
    });

    it('and by http says nothing', () => {
      expect(pass('Server', 'x')).toEqual(['Server', 'x']);
    });
  });
});

describe('knownResponseHeaders', () => {
  const plans = [
    plain,
    personalResponsePlan(plain),
    compileResponsePlan({
      assertionHeader: 'X-Other',
      responseHeaders: { set: [['X-Set', '1']], remove: ['X-N'] },
      isHttps: true,
    }),
  ];
  const rewrites = [
    null,
    null,
    { names: [{ scheme: 'http', host: 'wiki.internal', port: 80 }], origin: 'https://wiki.example.com' },
    { names: [{ scheme: 'http', host: 'wiki.internal', port: 80 }], origin: 'https://other.example.com' },
  ] as const;
  const answers = [
    ['Server', 'x', 'X-N', 'caf\u00e9', 'Cache-Control', 'no-store'],
    ['Location', 'http://wiki.internal/a', 'Connection', 'X-Hop', 'X-Hop', '1'],
    ['Set-Cookie', 'a=1', 'X-Company-Token', 't', 'X-Other', 'u', 'Clear-Site-Data', '"cookies", "cache"'],
    ['X-A', 'a\u0001'],
    ['not a name', 'a'],
  ];

  it('gives what the fields give anew, whatever plans and names they were edited by before', () => {
    const uses = fc.array(fc.tuple(fc.constantFrom(...plans), fc.constantFrom(...rewrites)), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.constantFrom(...answers), uses, (raw, ofOne) => {
        const known: KnownAnswer = { plan: null, fields: [] };
        for (const [plan, locations] of ofOne)
          expect(knownResponseHeaders(raw, plan, locations, known)).toEqual(
            clientResponseHeaders(raw, plan, locations),
          );
      }),
    );
  });

  it('edits fields once for each plan in a row, and nobody can change what is kept', () => {
    const known: KnownAnswer = { plan: null, fields: [] };
    const raw = ['Server', 'x'];
    const first = knownResponseHeaders(raw, plain, null, known);
    expect(knownResponseHeaders(raw, plain, null, known)).toBe(first);
    expect(() => (first as string[]).push('X-Evil', '1')).toThrow(TypeError);
    expect(knownResponseHeaders(raw, plain, null, undefined)).not.toBe(first);
  });
});
