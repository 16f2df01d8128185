import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmailAddress } from '../../src/http/email-address.ts';
import { digitsOf } from '../../src/identity/email-pin/typed-digits.ts';
import { loginUrl, meetsNeeds, parseNeeds } from '../../src/identity/login/login-needs.ts';
import { parseVisitQuery } from '../../src/identity/login/parse-visit-query.ts';
import { claimAt } from '../../src/identity/oidc/claim-at.ts';
import { identityFromClaims } from '../../src/identity/oidc/identity-from-claims.ts';
import { isSoundRsaKey } from '../../src/identity/oidc/rsa-quality.ts';
import { checkTokenShape } from '../../src/identity/oidc/token-shape.ts';
import { createSealer, type SealPurpose } from '../../src/identity/sealer.ts';
import type { Missing } from '../../src/rules/model/decision.ts';
import type { Identity } from '../../src/rules/model/facts.ts';
import { keySources } from '../../src/rules/model/key-source.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { providerSettings } from './login-site.ts';

describe('the digits of a code', () => {
  it.each([
    ...[
      '123456',
      ' 12 34 56 ',
      '123-456',
      '123\u2011456',
      '\u202a123456\u202c',
      '12\u200b34\ufeff56',
      '123\u2212456',
    ],
    ...['１２３４５６', '１２３\u3000４５６', '١٢٣٤٥٦', '۱۲۳۴۵۶', '१२३४५६', '১২৩৪৫৬', '๑๒๓๔๕๖', '12३४５٦'],
  ])('are read from %j, as keyboards and clipboards give them', (text) => {
    expect(digitsOf(text)).toBe('123456');
  });

  it('are ten while strangers guess', () => {
    expect(digitsOf(' 12345 67890\n')).toBe('1234567890');
  });

  it.each([
    '',
    '12345',
    '1234567',
    '123456789',
    '12345678901',
    'abcdef',
    '¹²³⁴⁵⁶',
    '①②③④⑤⑥',
    '12345\u0000',
    '123.456',
    `123456${' '.repeat(59)}`,
  ])('are not in %j', (text) => {
    expect(digitsOf(text)).toBeNull();
  });
});

describe('an e-mail address', () => {
  it.each([
    ['user@example.com', 'user@example.com'],
    ['USER@EXAMPLE.COM', 'user@example.com'],
    ['user+tag@example.com', 'user+tag@example.com'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['user@xn--bcher-kva.example', 'user@xn--bcher-kva.example'],
  ])('%j is read as %j', (text, address) => {
    expect(parseEmailAddress(text)).toBe(address);
  });

  it.each([
    'attacker@evil.com@example.com',
    '"attacker@evil.com"@example.com',
    '"@example.com"@evil.com',
    'user@evil.com <user@example.com>',
    'user@example.com,admin@evil.com',
    'user@example.com\0@evil.com',
    'user@example.com\n',
    ' user@example.com',
    'user@ex\u0430mple.com',
    'user@e\u0301xample.com',
    '\u212Aim@example.com',
    'user@[127.0.0.1]',
    'user@example.com.',
    'user@.example.com',
    'user@-example.com',
    'us..er@example.com',
    '.user@example.com',
    'user(comment)@example.com',
    // Mail servers and libraries have read these as addresses elsewhere: routes, and encoded words (RFC 2047).
    'attacker%evil.com@example.com',
    'evil.com!attacker@example.com',
    'user!evil.com%attacker@example.com',
    '=?x?q?attacker=40evil.com=3e=00?=user@example.com',
    '=?utf-7?q?&AEA-evil.com&ACA-?=@example.com',
    '@example.com',
    'user@',
    'user@example.com@',
    'user@example.com/',
    'example.com',
    '',
    `${'x'.repeat(65)}@example.com`,
    `user@${'x'.repeat(64)}.com`,
    `user@${'x.'.repeat(150)}com`,
  ])('%j is none', (text) => {
    expect(parseEmailAddress(text)).toBeNull();
  });

  it('is always ASCII in lower case with exactly one at sign, whatever comes in', () => {
    const parts = fc.array(
      fc.constantFrom(
        'a',
        'A',
        '@',
        '.',
        '-',
        '"',
        ' ',
        '\n',
        '\0',
        'ß',
        '\u212A',
        '<',
        '>',
        ',',
        ';',
        '(',
        '\\',
        '%40',
        '[',
        ']',
        ':',
        'example.com',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: anyCharacter }),
          parts.map((list) => list.join('')),
          fc.anything(),
        ),
        (value) => {
          const address = parseEmailAddress(value);
          if (address === null) return;
          expect(address).toMatch(/^[!-?A-~]+@[a-z0-9.-]+$/);
          expect(address).toBe(String(value).toLowerCase());
          expect(parseEmailAddress(address)).toBe(address);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('sealing', () => {
  const sealer = createSealer(randomBytes(32));
  const purposes: readonly SealPurpose[] = [
    'application-login-cookie',
    'provider-login-cookie',
    'login-request',
    'login-state',
    'login-secrets',
  ];

  it('opens what it sealed, for the same purpose and context only', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.array(fc.string(), { maxLength: 3 }),
        fc.array(fc.string(), { maxLength: 3 }),
        (value, context, other) => {
          const text = sealer.seal('login-state', value, context);
          expect(text).toMatch(/^[\w-]+$/);
          expect(JSON.stringify(sealer.open('login-state', text, context))).toBe(JSON.stringify(value));
          if (JSON.stringify(context) !== JSON.stringify(other))
            expect(sealer.open('login-state', text, other)).toBeUndefined();
          for (const purpose of purposes)
            if (purpose !== 'login-state') expect(sealer.open(purpose, text, context)).toBeUndefined();
        },
      ),
    );
  });

  it('does not mistake how its context is split', () => {
    const text = sealer.seal('login-state', 1, ['ab', 'c']);
    expect(sealer.open('login-state', text, ['a', 'bc'])).toBeUndefined();
    expect(sealer.open('login-state', text, ['abc'])).toBeUndefined();
  });

  it('opens nothing that was changed in any character, cut, or spelt otherwise', () => {
    const text = sealer.seal('login-state', { a: 1 });
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(sealer.open('login-state', changed)).toBeUndefined();
      expect(sealer.open('login-state', text.slice(0, at))).toBeUndefined();
    }
    for (const spelt of [`${text}=`, ` ${text}`, `${text}\n`, text.replaceAll('-', '+')])
      if (spelt !== text) expect(sealer.open('login-state', spelt)).toBeUndefined();
  });

  it('opens nothing of another installation, and nothing that is rubbish', () => {
    expect(createSealer(randomBytes(32)).open('login-state', sealer.seal('login-state', 1))).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => sealer.open('login-state', text) === undefined));
  });

  it('never uses an IV twice', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 20_000; n++) seen.add(sealer.seal('login-state', 0).slice(0, 16));
    expect(seen.size).toBe(20_000);
  });
});

describe('the form of a token', () => {
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('is accepted only for algorithms with public keys, even when the settings list others', () => {
    for (const alg of ['none', 'HS256', 'RSA1_5', 'rs256', 'constructor'])
      expect(checkTokenShape(`${base64({ alg })}.${base64({})}.AAAA`, [alg], [])).toBeNull();
    expect(checkTokenShape(`${base64({ alg: 'RS256' })}.${base64({})}.AAAA`, ['RS256'], [])).not.toBeNull();
    expect(checkTokenShape(`${base64({ alg: 'RS256' })}.${base64({})}.AAAA`, ['ES256'], [])).toBeNull();
  });

  it('never makes the check throw', () => {
    const part = fc.oneof(fc.string(), fc.jsonValue().map(base64), fc.constant(base64({ alg: 'RS256' })));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const token = checkTokenShape(parts.join('.'), ['RS256'], ['jwt']);
        if (token !== null) expect(token.header.alg).toBe('RS256');
      }),
    );
  });

  it('is refused when its JSON is not UTF-8', () => {
    const header = Buffer.concat([
      Buffer.from('{"alg":"RS256","x":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]).toString('base64url');
    expect(checkTokenShape(`${header}.${base64({})}.AAAA`, ['RS256'], [])).toBeNull();
  });
});

describe('an RSA key', () => {
  const jwk = (modulusLength: number): { n?: string; e?: string } =>
    generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }) as {
      n: string;
      e: string;
    };
  it('of 2048 bits is good, and of 1024 is not', () => {
    const [good, weak] = [jwk(2048), jwk(1024)];
    expect(isSoundRsaKey(good.n, good.e)).toBe(true);
    expect(isSoundRsaKey(weak.n, weak.e)).toBe(false);
    for (const e of ['AQ', 'Aw', 'AQAA', '', 7, undefined]) expect(isSoundRsaKey(good.n, e)).toBe(false);
    for (const n of ['', 'AQAB', '!', null]) expect(isSoundRsaKey(n, good.e)).toBe(false);
  });
  it('of the faulty generator (CVE-2017-15361) is found in the published vectors', () => {
    const file = new URL('./fixtures/roca-key.json', import.meta.url);
    const { n, e } = JSON.parse(readFileSync(file, 'utf8')) as { n: string; e: string };
    expect(isSoundRsaKey(n, e)).toBe(false);
  });
});

describe('claims', () => {
  const provider = providerSettings({
    id: 'idp',
    issuer: 'https://idp.example',
    groupsClaim: 'realm.roles',
    claims: ['https://x.example/dept', 'a.b', '__proto__', 'constructor'],
  });

  it('are found under their whole name first, then by their dots, and never in a prototype', () => {
    expect(claimAt({ 'a.b': 1, a: { b: 2 } }, 'a.b')).toBe(1);
    expect(claimAt({ a: { b: 2 } }, 'a.b')).toBe(2);
    for (const path of ['__proto__', 'constructor', 'a.constructor.name', 'a.__proto__'])
      expect(claimAt({ a: {} }, path)).toBeUndefined();
  });

  it('of any shape make an identity of the right types', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'email',
            'email_verified',
            'name',
            'realm',
            'amr',
            'acr',
            'auth_time',
            'a',
            'a.b',
            'https://x.example/dept',
          ),
          fc.jsonValue(),
        ),
        (claims) => {
          const identity = identityFromClaims(provider, { ...claims, sub: 'x' }, null, 1_000_000);
          expect(identity.email === null || typeof identity.email === 'string').toBe(true);
          expect(identity.groups.every((group) => typeof group === 'string' && group !== '')).toBe(true);
          expect(identity.amr.every((method) => typeof method === 'string')).toBe(true);
          const { authTimeMs } = identity;
          expect(authTimeMs === null || (Number.isFinite(authTimeMs) && authTimeMs <= 1_000_000)).toBe(true);
          expect(Object.keys(identity.claims).every((name) => provider.claims.includes(name))).toBe(true);
        },
      ),
    );
  });

  it('keep no name with control characters', () => {
    expect(identityFromClaims(provider, { sub: 'x', name: 'A\r\nB\u2028C' }, null, 0).name).toBe('ABC');
  });
});

describe('a query', () => {
  it('is read when every name stands in it once', () => {
    expect(parseVisitQuery('?a=1&b=%20')).toEqual(
      new Map([
        ['a', '1'],
        ['b', ' '],
      ]),
    );
    expect(parseVisitQuery('')).toEqual(new Map());
  });
  it.each(['?a=1&a=2', '?a&a', '?a[]=1', '?a=1&a[]=2', '?a[b]=1', '?a=1&%61=2', `?a=${'x'.repeat(40_000)}`])(
    'is not read when it is %s',
    (query) => {
      expect(parseVisitQuery(query)).toBeNull();
    },
  );
});

describe('what a login needs', () => {
  const identity = (authTimeMs: number | null, usedAtMs: number | null): Identity =>
    ({ authTimeMs, hardwareKey: usedAtMs === null ? null : { usedAtMs, aaguid: null } }) as Identity;

  it('survives the URL, and is met only by what every missing thing asks for', () => {
    const missing = fc.array(
      fc.oneof(
        fc.record({ what: fc.constant('login' as const) }),
        fc.record({ what: fc.constant('login' as const), maxAgeMs: fc.integer({ min: 0, max: 10_000_000 }) }),
        fc.record({
          what: fc.constant('hardware_key' as const),
          maxAgeMs: fc.option(fc.integer({ min: 0, max: 10_000_000 })),
          source: fc.constantFrom(...keySources),
        }),
        fc.record({
          what: fc.constant('fresh_login' as const),
          maxAgeMs: fc.integer({ min: 0, max: 10_000_000 }),
        }),
      ),
      { maxLength: 4 },
    );
    const ages = fc.integer({ min: 0, max: 20_000_000 });
    fc.assert(
      fc.property(missing, ages, fc.option(ages), fc.webPath(), (list: Missing[], authAge, keyAge, path) => {
        const url = new URL(loginUrl(path, list), 'https://app.example');
        expect(url.searchParams.get('return_to')).toBe(path);
        const needs = parseNeeds(new Map(url.searchParams));
        if (needs === null) throw new Error('not readable');
        const wished = list.filter(({ what }) => what === 'login').at(-1)?.maxAgeMs ?? null;
        expect(needs.wishedAgeSeconds).toBe(wished === null ? null : Math.floor(wished / 1000));
        const nowMs = 100_000_000;
        const isMet = meetsNeeds(
          identity(nowMs - authAge, keyAge === null ? null : nowMs - keyAge),
          needs,
          nowMs,
        );
        if (!isMet) return;
        for (const item of list) {
          if (item.what !== 'hardware_key') continue;
          expect(keyAge).not.toBeNull();
          if (item.maxAgeMs !== null) expect(keyAge).toBeLessThanOrEqual(item.maxAgeMs);
        }
        if (!list.some(({ what }) => what === 'hardware_key'))
          for (const item of list)
            if (item.what === 'fresh_login') expect(authAge).toBeLessThanOrEqual(item.maxAgeMs);
      }),
    );
  });

  it('is not met by what has no time', () => {
    const year = 366 * 86_400;
    const timeless = { ...identity(null, null), hardwareKey: { usedAtMs: null, aaguid: null } };
    const needs = {
      isHardwareKey: false,
      keySource: 'any' as const,
      maxAgeSeconds: year,
      wishedAgeSeconds: null,
      isOtherAccount: false,
      isOtherKey: false,
    };
    expect(meetsNeeds(timeless, needs, 0)).toBe(false);
    expect(meetsNeeds(timeless, { ...needs, isHardwareKey: true }, 0)).toBe(false);
    expect(meetsNeeds(timeless, { ...needs, isHardwareKey: true, maxAgeSeconds: null }, 0)).toBe(true);
  });
});
