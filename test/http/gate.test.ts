// The gate: one meaning or no request.
import { describe, expect, it } from 'vitest';
import { checkRequestHead, type GateLimits } from '../../src/http/gate.ts';
import type { GatedRequest, RawRequestHead } from '../../src/http/gated-request.ts';
import { refusals } from '../../src/http/refusals.ts';
import { ambiguousFraming, invalidHosts } from './attack-cases.ts';

const limits: GateLimits = { headerBytes: 16_384, headerCount: 100, urlBytes: 8192 };
const host = ['Host', 'app.bouncer.test'];

function check(change: Partial<RawRequestHead>) {
  return checkRequestHead(
    { method: 'GET', url: '/', httpVersion: '1.1', rawHeaders: host, ...change },
    limits,
  );
}
function withFields(...fields: string[]) {
  return check({ rawHeaders: [...host, ...fields], method: 'POST' });
}
function refusal(change: Partial<RawRequestHead>): string {
  const result = check(change);
  return result.ok ? 'passed' : `${result.refusal.status} ${result.refusal.reason}`;
}
function passed(change: Partial<RawRequestHead>): GatedRequest {
  const result = check(change);
  if (!result.ok) throw new Error(result.refusal.reason);
  return result.request;
}

describe('the table of refusals', () => {
  it('gives each a public text without a stop', () => {
    for (const [reason, { status, text }] of Object.entries(refusals)) {
      expect(status, reason).toBeGreaterThanOrEqual(400);
      expect(text, reason).toMatch(/^[a-z][^A-Z]*[^.]$|HTTP|WebSocket/);
    }
  });

  it('has each refusal once: no two rows say the same', () => {
    const rows = Object.values(refusals).map(({ status, text }) => `${status} ${text}`);
    expect(new Set(rows).size).toBe(rows.length);
  });
});

describe('host', () => {
  it('must stand exactly once', () => {
    expect(refusal({ rawHeaders: [] })).toBe('400 host-missing');
    expect(refusal({ rawHeaders: [], httpVersion: '1.0' })).toBe('400 host-missing');
    expect(refusal({ rawHeaders: [...host, 'Host', 'other.bouncer.test'] })).toBe('400 host-repeated');
    expect(refusal({ rawHeaders: [...host, 'hOsT', 'app.bouncer.test'] })).toBe('400 host-repeated');
    expect(refusal({ rawHeaders: ['Host_', 'a'] })).toBe('400 host-missing');
  });

  it.each(invalidHosts)('%s: %j is refused', (_, value) => {
    expect(refusal({ rawHeaders: ['Host', value] })).toBe('400 host-invalid');
  });

  it('comes out canonical, with its port', () => {
    expect(passed({ rawHeaders: ['Host', 'APP.bouncer.test.:443'] })).toMatchObject({
      host: 'app.bouncer.test',
      port: 443,
    });
    expect(passed({}).port).toBeNull();
  });
});

describe('a body', () => {
  const most = { ...limits, bodyBytes: 1000 };
  const announce = (length: string, own: GateLimits = most): string => {
    const rawHeaders = [...host, 'Content-Length', length];
    const result = checkRequestHead({ method: 'POST', url: '/', httpVersion: '1.1', rawHeaders }, own);
    return result.ok ? 'passed' : `${result.refusal.status} ${result.refusal.reason}`;
  };

  it('that says that it is larger than allowed is refused before anybody reads it', () => {
    expect(announce('1001')).toBe('413 body-too-large');
    expect(announce('99999999999999')).toBe('413 body-too-large');
    expect(announce('1000')).toBe('passed');
  });

  it('of any length passes where no limit is set', () => {
    expect(announce('99999999999999', limits)).toBe('passed');
    expect(announce('99999999999999', { ...limits, bodyBytes: 0 })).toBe('passed');
  });
});

describe('version and method', () => {
  it.each(['0.9', '1.2', '2', '3.0', '9.9', ''])('HTTP/%s is refused', (httpVersion) => {
    expect(refusal({ httpVersion })).toBe('505 version-unsupported');
  });

  it.each([
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'PROPFIND',
    'REPORT',
    'MKCALENDAR',
    'QUERY',
  ])('%s passes', (method) => {
    expect(passed({ method }).method).toBe(method);
  });

  it.each([
    ['CONNECT', '405 method-refused'],
    ['TRACE', '405 method-refused'],
    ['PURGE', '405 method-refused'],
    ['get', '501 method-unknown'],
    ['Get', '501 method-unknown'],
    ['POUET', '501 method-unknown'],
    ['', '501 method-unknown'],
    ['__proto__', '501 method-unknown'],
  ])('%s is refused: %s', (method, expected) => {
    expect(refusal({ method })).toBe(expected);
  });
});

describe('target', () => {
  it('is a path', () => {
    expect(refusal({ url: '*', method: 'OPTIONS' })).toBe('400 target-not-path');
    expect(refusal({ url: '' })).toBe('400 target-not-path');
    expect(refusal({ url: 'internal:22' })).toBe('400 target-not-path');
    expect(refusal({ url: 'file:///etc/passwd' })).toBe('400 target-not-path');
    expect(refusal({ url: '/public#/../admin' })).toBe('400 target-fragment');
  });

  it('may be absolute only with the authority that Host names', () => {
    expect(passed({ url: 'http://app.bouncer.test/admin?x' }).target).toMatchObject({
      path: '/admin',
      query: '?x',
    });
    expect(passed({ url: 'HTTPS://APP.bouncer.test' }).target.path).toBe('/');
    expect(passed({ url: 'http://app.bouncer.test?x' }).target).toMatchObject({ path: '/', query: '?x' });
    for (const url of [
      ...[
        'http://admin@app.bouncer.test/admin',
        'http://other.bouncer.test/',
        'http://app.bouncer.test:81/',
        'http:///admin',
      ],
      ...['http://app.bouncer.test\\@evil/', 'http://app.bouncer.test%2f/'],
    ]) {
      expect(refusal({ url }), url).toBe('400 target-foreign');
    }
    expect(refusal({ url: 'http://app.bouncer.test/', httpVersion: '2.0' })).toBe('400 target-foreign');
    expect(refusal({ url: 'http://app.bouncer.test#/admin' })).toBe('400 target-fragment');
  });
});

describe('framing', () => {
  it.each(ambiguousFraming)('%s is refused: %j (%s)', (_, fields) => {
    expect(withFields(...fields).ok).toBe(false);
  });

  it.each([
    ['5', true],
    ['0', false],
    ['999999999999999', true],
  ])('Content-Length %s passes; a body: %s', (length, hasBody) => {
    expect(passed({ method: 'POST', rawHeaders: [...host, 'Content-Length', length] }).hasBody).toBe(hasBody);
  });

  it.each(['', '-1', '00', '05', '1e3', '1_0', '5;', '0x5', '5.0', '\u0665', '9999999999999999'])(
    'Content-Length %j is refused',
    (length) => {
      expect(withFields('Content-Length', length).ok).toBe(false);
    },
  );

  it('takes chunked alone, and not from HTTP/1.0', () => {
    const rawHeaders = [...host, 'Transfer-Encoding', 'chunked'];
    expect(passed({ method: 'DELETE', rawHeaders }).hasBody).toBe(true);
    expect(refusal({ rawHeaders, httpVersion: '1.0' })).toBe('400 transfer-encoding-invalid');
    expect(refusal({ rawHeaders: [...rawHeaders, 'Content-Length', '0'] })).toBe('400 framing-ambiguous');
    for (const coding of [
      '',
      'gzip, chunked',
      'Chunked, Chunked',
      '\u017fhunked',
      'chun\u212aed',
      '\u00e7hunked',
      'chunked, chunked',
      'identity',
      ',chunked',
      'chunked;q=1',
      '"chunked"',
    ]) {
      expect(refusal({ rawHeaders: [...host, 'Transfer-Encoding', coding] })).toBe(
        /^[ -~]*$/.test(coding) ? '400 transfer-encoding-invalid' : '400 header-value-invalid',
      );
    }
  });

  it('takes the coding in any case, and never beside a length', () => {
    for (const coding of ['Chunked', 'CHUNKED', 'cHUNKED']) {
      const rawHeaders = [...host, 'Transfer-Encoding', coding];
      expect(passed({ method: 'PUT', rawHeaders }).hasBody).toBe(true);
      expect(refusal({ rawHeaders, httpVersion: '1.0' })).toBe('400 transfer-encoding-invalid');
      expect(refusal({ rawHeaders: [...rawHeaders, 'Content-Length', '0'] })).toBe('400 framing-ambiguous');
      expect(refusal({ rawHeaders: [...rawHeaders, 'Transfer-Encoding', 'chunked'] })).toBe(
        '400 transfer-encoding-invalid',
      );
    }
  });

  it.each([
    'Content_Length',
    'Transfer_Encoding',
    'transfer~encoding',
    'Content.Length',
    'up.grade',
    'Host!'.replace('!', ''),
  ])('a field that imitates framing is refused: %s', (name) => {
    expect(withFields(name, 'chunked').ok).toBe(name === 'up.grade');
  });
});

describe('fields', () => {
  it.each(['', ' ', 'a b', 'a:b', 'a\t', 'Content-Length ', 'X\u00e9', 'a\r', '(a)', 'a"'])(
    'the name %j is refused',
    (name) => {
      expect(refusal({ rawHeaders: [...host, name, 'x'] })).toBe('400 header-name-invalid');
    },
  );

  it.each(['a\r\nb: c', 'a\rb', 'a\nb', 'a\u0000b', 'a\u000bb', '\u202eabc', 'a\u0100', 'a\u007f'])(
    'the value %j is refused',
    (value) => {
      expect(refusal({ rawHeaders: [...host, 'X-Tenant', value] })).toBe('400 header-value-invalid');
      expect(refusal({ rawHeaders: [...host, 'User-Agent', value] })).toBe('400 header-value-invalid');
    },
  );

  it.each([
    ['Content-Disposition', Buffer.from('attachment; filename="r\u00e9sum\u00e9.pdf"').toString('latin1')],
    ['X-Tenant', 'blocked\u00ff'],
    ['X-File-Name', '\u0085a\u00a0'],
    ['Content-Type', 'text/plain; name=\u00fc'],
    ['Referer', 'http://app.bouncer.test/\u00fc'],
  ])('%s is nothing that is read here: its bytes from 0x80 are opaque', (name, value) => {
    const rawHeaders = [...host, name, value];
    expect(passed({ method: 'POST', rawHeaders }).rawHeaders).toBe(rawHeaders);
  });

  it('lets a program have any name, of which the log shows what is ASCII', () => {
    const rawHeaders = [...host, 'User-Agent', 'Caf\u00e9\u009b31m/1.0'];
    expect(passed({ rawHeaders })).toMatchObject({ rawHeaders, userAgent: 'Caf??31m/1.0' });
  });

  it.each([
    'Content-Length',
    'Transfer-Encoding',
    'Expect',
    'Upgrade',
    'Connection',
    'Origin',
    'Destination',
    'Accept',
    'Authorization',
    'Sec-Fetch-Mode',
    'Sec-Purpose',
    'X-Requested-With',
    'Sec-WebSocket-Key',
    'Access-Control-Request-Method',
  ])('%s is read, and is ASCII', (name) => {
    for (const value of ['\u00a0', 'a\u0085', '\u00e9'])
      expect(refusal({ rawHeaders: [...host, name, value] })).toBe('400 header-value-invalid');
    expect(refusal({ rawHeaders: ['Host', 'app.bouncer.test\u00a0'] })).toBe('400 host-invalid');
  });

  it('survives names of object properties', () => {
    const rawHeaders = [
      ...host,
      '__proto__',
      'a',
      'constructor',
      'b',
      'hasOwnProperty',
      'c',
      'toString',
      'd',
    ];
    expect(passed({ rawHeaders }).rawHeaders).toBe(rawHeaders);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it.each([
    'Authorization',
    'Content-Type',
    'Origin',
    'Sec-Fetch-Site',
    'Sec-Fetch-Mode',
    'Expect',
    'Upgrade',
    'User-Agent',
    'Destination',
  ])('a second %s is refused', (name) => {
    expect(refusal({ rawHeaders: [...host, name, '100-continue', name.toLowerCase(), '100-continue'] })).toBe(
      '400 header-repeated',
    );
  });

  it('lets cookies be in UTF-8, which browsers send as scripts set them, but holds no control', () => {
    const cookie = Buffer.from('name=Jos\u00e9 \u2000x').toString('latin1');
    expect(passed({ rawHeaders: [...host, 'Cookie', cookie] }).cookie).toBe(cookie);
    expect(refusal({ rawHeaders: [...host, 'Cookie', 'a=\u0001'] })).toBe('400 header-value-invalid');
    expect(refusal({ rawHeaders: [...host, 'Cookie', 'a=\u2000'] })).toBe('400 header-value-invalid');
  });

  it('joins several Cookie and Accept fields', () => {
    const rawHeaders = [...host, 'Cookie', 'a=1', 'cookie', 'b=2', 'Accept', 'text/html', 'Accept', '*/*'];
    expect(passed({ rawHeaders })).toMatchObject({ cookie: 'a=1; b=2', accept: 'text/html, */*' });
  });
});

describe('the destination of COPY and MOVE', () => {
  const moving = (destination: string, method = 'MOVE') =>
    check({ method, url: '/public/a', rawHeaders: [...host, 'Destination', destination] });

  it('is read like the target, from a path or a URL of the same host', () => {
    for (const text of ['/admin/b', 'https://app.bouncer.test/admin/b', 'http://APP.bouncer.test/admin/b']) {
      const result = moving(text);
      expect(result.ok && result.request.destination?.path).toBe('/admin/b');
    }
    const disguised = moving('/public/..%2fadmin', 'COPY');
    expect(disguised.ok && disguised.request.destination?.readings).toContain('/admin');
  });

  it.each([
    'https://other.bouncer.test/a',
    '../a',
    '',
    '/a#b',
    '//',
    'https://x@app.bouncer.test/a',
    'app.bouncer.test/a',
  ])('%j is refused unless it is one here', (text) => {
    expect(moving(text).ok).toBe(text === '//');
  });

  it('is marked where only its encoding is unclear', () => {
    const result = moving('https://app.bouncer.test/%zz');
    expect(result.ok && result.request.destination).toMatchObject({ path: '/%zz', unclear: 'path-encoding' });
  });

  it('means nothing elsewhere', () => {
    const result = moving('https://elsewhere.test/', 'POST');
    expect(result.ok && result.request.destination).toBeNull();
    expect(passed({ method: 'MOVE' }).destination).toBeNull();
  });
});

describe('limits', () => {
  it('refuses, and cuts nothing off', () => {
    expect(refusal({ url: `/${'a'.repeat(8191)}` })).toBe('passed');
    expect(refusal({ url: `/${'a'.repeat(8192)}` })).toBe('414 url-too-long');
    const many = Array.from({ length: 99 }, (_, i) => [`X${i}`, 'a']).flat();
    expect(refusal({ rawHeaders: [...host, ...many] })).toBe('passed');
    expect(refusal({ rawHeaders: [...host, ...many, 'X', 'a'] })).toBe('431 headers-too-many');
    expect(refusal({ rawHeaders: [...host, 'X', 'a'.repeat(16_350)] })).toBe('passed');
    expect(refusal({ rawHeaders: [...host, 'X', 'a'.repeat(16_384)] })).toBe('431 headers-too-large');
  });
});

describe('Expect', () => {
  const expecting = (value: string) => ({
    method: 'POST',
    rawHeaders: [...host, 'Content-Length', '5', 'Expect', value],
  });
  it('is 100-continue or refused', () => {
    expect(passed(expecting('100-continue')).expectsContinue).toBe(true);
    expect(passed(expecting('100-Continue')).expectsContinue).toBe(true);
    for (const value of ['y 100-continue', '100-continue, x', '200-ok', '']) {
      expect(refusal(expecting(value))).toBe('417 expectation-unknown');
    }
  });

  it('means nothing without a body or in HTTP/1.0', () => {
    expect(passed({ rawHeaders: [...host, 'Expect', '100-continue'] }).expectsContinue).toBe(false);
    expect(passed({ ...expecting('100-continue'), httpVersion: '1.0' }).expectsContinue).toBe(false);
  });
});

describe('WebSocket handshakes', () => {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const handshake = (change: Readonly<Record<string, string | null>> = {}) => {
    const fields = {
      Connection: 'keep-alive, Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
      ...change,
    };
    return [
      ...host,
      ...Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [name, value])),
    ];
  };

  it('pass when they are whole', () => {
    expect(passed({ rawHeaders: handshake() }).isWebSocket).toBe(true);
    expect(passed({ rawHeaders: handshake({ Upgrade: 'WebSocket' }) }).isWebSocket).toBe(true);
  });

  it('pass when they say that they have no body', () => {
    expect(passed({ rawHeaders: handshake({ 'Content-Length': '0' }) })).toMatchObject({
      isWebSocket: true,
      hasBody: false,
    });
  });

  it.each([
    [{ 'Content-Length': '10' }, 'upgrade-with-body'],
    [{ 'Content-Length': '00' }, 'content-length-invalid'],
    [{ 'Transfer-Encoding': 'chunked' }, 'upgrade-with-body'],
    [{ 'Sec-WebSocket-Version': '8' }, 'websocket-invalid'],
    [{ 'Sec-WebSocket-Version': null }, 'websocket-invalid'],
    [{ 'Sec-WebSocket-Key': null }, 'websocket-invalid'],
    [{ 'Sec-WebSocket-Key': 'short' }, 'websocket-invalid'],
    [{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZR==' }, 'websocket-invalid'],
  ])('are refused with %j: %s', (change, reason) => {
    expect(refusal({ rawHeaders: handshake(change) })).toBe(`400 ${reason}`);
  });

  it('are GET and HTTP/1.1', () => {
    expect(refusal({ method: 'POST', rawHeaders: handshake() })).toBe('400 websocket-invalid');
    expect(refusal({ httpVersion: '1.0', rawHeaders: handshake() })).toBe('400 websocket-invalid');
  });

  it.each([
    { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings' },
    { Upgrade: 'H2C, h2' },
    { Upgrade: 'TLS/1.0, HTTP/2.0' },
    { Connection: 'keep-alive' },
    { Connection: null },
    { Connection: 'not-upgrade, upgrades' },
  ])('are ordinary requests with %j', (change) => {
    expect(passed({ rawHeaders: handshake(change) })).toMatchObject({ isWebSocket: false, upgrade: null });
  });

  it.each(['SPDY/3.1', 'websocket, h2c', 'tcp', 'h2c, foo'])('ask for something else with %s', (Upgrade) => {
    for (const method of ['GET', 'POST'])
      expect(passed({ method, rawHeaders: handshake({ Upgrade }) })).toMatchObject({
        isWebSocket: false,
        upgrade: Upgrade,
      });
    expect(passed({ httpVersion: '1.0', rawHeaders: handshake({ Upgrade }) }).upgrade).toBeNull();
    expect(refusal({ method: 'POST', rawHeaders: handshake({ Upgrade, 'Content-Length': '2' }) })).toBe(
      '400 upgrade-with-body',
    );
  });
});
