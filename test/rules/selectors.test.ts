import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { parseAddressWords } from '../../src/http/network.ts';
import { createAddressSet } from '../../src/rules/decide/address-set.ts';
import type { Facts } from '../../src/rules/model/facts.ts';
import { parseNetwork } from '../../src/rules/parse/parse-network.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { appWith, decideOn, factsOf, monday, person, rulesOf } from './rules-text.ts';

/** Whether one selector lets a person in. */
function holds(selector: string, own: Partial<Facts> = {}): boolean {
  const rules = rulesOf(appWith(`- { name: p, action: allow, include: [${selector}] }`));
  return decideOn(rules, factsOf({ identity: person(), ...own })).outcome === 'allow';
}

const as = (own: Parameters<typeof person>[0]): Partial<Facts> => ({ identity: person(own) });

test('e-mail addresses and domains are compared whole, without regard to case in the rules', () => {
  expect(holds('{ email: MOM@example.com }')).toBe(true);
  expect(holds('{ email: om@example.com }')).toBe(false);
  expect(holds('{ email_domain: Example.com }')).toBe(true);
  for (const email of ['x@sub.example.com', 'x@example.co', 'x@notexample.com', 'example.com@x.example']) {
    expect(holds('{ email_domain: example.com }', as({ email }))).toBe(false);
    const many = Array.from({ length: 20 }, (_, index) => `d${index}.example`).join(', ');
    expect(holds(`{ email_domain: [${many}, example.com] }`, as({ email }))).toBe(false);
    expect(holds(`{ email_domain: [${many}, example.com] }`)).toBe(true);
  }
});

test('groups are compared exactly', () => {
  expect(holds('{ group: [ops, admins] }', as({ groups: ['staff', 'admins'] }))).toBe(true);
  for (const group of ['ADMINS', ' admins', 'admins-not', '']) {
    expect(holds('{ group: admins }', as({ groups: [group] }))).toBe(false);
  }
});

test('a claim is one of the values, or a list that contains one, without conversion', () => {
  const claim = '{ claim: { name: department, equals: [it, 7] } }';
  for (const department of ['it', 7, ['x', 'it'], [7]])
    expect(holds(claim, as({ claims: { department } }))).toBe(true);
  for (const department of ['IT', '7', null, undefined, { it: true }, [['it']], true]) {
    expect(holds(claim, as({ claims: { department } }))).toBe(false);
  }
  expect(
    holds('{ claim: { name: department, equals: it } }', as({ claims: Object.create({ department: 'it' }) })),
  ).toBe(false);
});

test('login and authentication methods, methods and countries', () => {
  expect(holds('{ login_method: google }')).toBe(true);
  expect(holds('{ login_method: email }')).toBe(false);
  expect(holds('{ auth_method: [hwk, pwd] }')).toBe(true);
  expect(holds('{ auth_method: hwk }')).toBe(false);
  expect(holds('{ method: [GET, HEAD] }')).toBe(true);
  expect(holds('{ method: POST }')).toBe(false);
  expect(holds('{ country: [PT, DE] }')).toBe(true);
  expect(holds('{ country: DE }')).toBe(false);
});

describe('workloads', () => {
  const job = (claims: Readonly<Record<string, unknown>>, issuer = 'github'): Partial<Facts> => ({
    identity: null,
    workload: { issuer, claims },
  });
  const asked = (claims: string) => `{ workload: { issuer: github, claims: ${claims} } }`;

  test('are of the issuer that is named, whatever their claims are', () => {
    expect(holds('{ workload: github }', job({}))).toBe(true);
    expect(holds('{ workload: [gitlab, github] }', job({}))).toBe(true);
    expect(holds('{ workload: gitlab }', job({}))).toBe(false);
    expect(holds('{ workload: github }')).toBe(false);
    expect(holds('{ workload: github }', { identity: null, serviceToken: 'github' })).toBe(false);
  });

  test('have claims that are compared whole, with any characters for a `*`', () => {
    const cases: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
      [
        'acme/app',
        ['acme/app', ['x', 'acme/app']],
        ['acme/app2', 'xacme/app', 'ACME/app', null, {}, [['acme/app']]],
      ],
      ['acme/*', ['acme/', 'acme/a/b'], ['acme', 'acme-evil/a', 'x/acme/a', 'acm/']],
      ['"*/app"', ['acme/app', '/app'], ['app', 'acme/app/x']],
      ['a*b*c', ['abc', 'axbxc', 'abbc', 'abcbc'], ['ac', 'acb', 'abcx', 'ab']],
      ['ab*ba', ['abba', 'abxba'], ['aba', 'ab', 'ba']],
      ['7', ['7', 7], ['07', 7.5, '7 ', true]],
      ['true', [true, 'true'], [false, 1, 'True']],
    ];
    for (const [pattern, right, wrong] of cases) {
      for (const value of right)
        expect([pattern, value, holds(asked(`{ c: ${pattern} }`), job({ c: value }))]).toEqual([
          pattern,
          value,
          true,
        ]);
      for (const value of wrong)
        expect([pattern, value, holds(asked(`{ c: ${pattern} }`), job({ c: value }))]).toEqual([
          pattern,
          value,
          false,
        ]);
    }
  });

  test('need every claim that is asked for, of their own', () => {
    expect(holds(asked('{ a: x, b: y }'), job({ a: 'x', b: 'y' }))).toBe(true);
    expect(holds(asked('{ a: x, b: y }'), job({ a: 'x' }))).toBe(false);
    expect(holds(asked('{ a.b: { c: x } }'), job({ 'a.b': { c: 'x' } }))).toBe(true);
    expect(holds(asked('{ a.b: x }'), job({ a: { b: 'x' } }))).toBe(false);
    expect(holds(asked('{ a: { b: x } }'), job({ a: [{ b: 'x' }] }))).toBe(false);
    expect(holds(asked('{ a: x }'), job(Object.create({ a: 'x' })))).toBe(false);
    expect(
      holds('{ workload: { issuer: github, subject: "repo:acme/*" } }', job({ sub: 'repo:acme/a:x' })),
    ).toBe(true);
  });

  test('are named by the policy that lets them in', () => {
    for (const selector of [
      'everyone',
      'authenticated',
      'any_service_token',
      '{ email_domain: example.com }',
    ])
      expect(holds(selector, job({}))).toBe(false);
  });

  test('are compared without a walk that grows with the square of a text', () => {
    const startedMs = performance.now();
    expect(holds(asked('{ c: "*a*a*a*a*a*a*a*b" }'), job({ c: 'a'.repeat(200_000) }))).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(60_000);
  });
});

describe('addresses', () => {
  // The library takes `::192.0.2.7` for a mapped address; RFC 4291 section 2.5.5.1 does not.
  const ipv6 = fc.ipV6().filter((text) => !text.includes('.'));

  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::10.1.2.3', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['"2001:db8::/32"', '2001:db8:ffff::1', true],
    ['"2001:db8::/32"', '2001:DB9::', false],
    ['"::/0"', '::1', true],
    ['"::1"', '0:0:0:0:0:0:0:1', true],
    ['"fe80::/10"', 'fe80::1%eth0', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', 'nonsense', false],
  ])('%s and %s: %s', (network, ip, expected) => {
    expect(holds(`{ ip: ${network} }`, { ip })).toBe(expected);
  });

  test('every address is read as a library reads it', () => {
    const words = new Uint32Array(4);
    const compare = (text: string) => {
      const count = parseAddressWords(text, words);
      const strict = text.includes(':')
        ? ipaddr.IPv6.isValid(text)
        : ipaddr.IPv4.isValidFourPartDecimal(text) && !/(^|\.)0\d/.test(text);
      expect([text, count !== 0]).toEqual([text, strict]);
      if (count === 0 || (text.includes('.') && text.includes(':'))) return;
      const bytes = ipaddr.process(text.replace(/%.*/, '')).toByteArray();
      const own = [...words.subarray(0, count)].flatMap((word) => [
        word >>> 24,
        (word >>> 16) & 255,
        (word >>> 8) & 255,
        word & 255,
      ]);
      expect([text, own]).toEqual([text, bytes]);
    };
    const part = fc.constantFrom('0', '1', 'ff', 'FFFF', '12345', '', '1.2.3.4', '::', ':', '256', '01');
    const messy = fc.array(part, { maxLength: 9 }).map((parts) => parts.join(':'));
    fc.assert(fc.property(fc.oneof(fc.ipV4(), ipv6, messy), compare), {
      numRuns: inWholeRun(20_000, 6_000),
      seed: 7,
    });
  });

  test('a set of networks holds what any of them holds', () => {
    const cidr = fc
      .tuple(fc.oneof(fc.ipV4(), ipv6), fc.nat({ max: 128 }))
      .map(([address, length]) => {
        const kind = ipaddr.parse(address).kind();
        const prefix = Math.min(length, kind === 'ipv4' ? 32 : 128);
        const start =
          kind === 'ipv4'
            ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`)
            : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${prefix}`);
        return `${start.toString()}/${prefix}`;
      })
      .filter((text) => parseNetwork(text).ok);
    const property = fc.property(
      fc.array(cidr, { maxLength: 20 }),
      fc.array(fc.oneof(fc.ipV4(), ipv6)),
      (cidrs, more) => {
        const networks = cidrs.flatMap((text) => {
          const parsed = parseNetwork(text);
          return parsed.ok ? [parsed.value] : [];
        });
        const set = createAddressSet(networks);
        for (const address of [...more, ...cidrs.map((text) => text.replace(/\/.*/, ''))]) {
          const parsed = ipaddr.process(address);
          const expected = cidrs.some((text) => {
            const [network, length] = ipaddr.parseCIDR(text);
            return (
              network.kind() === parsed.kind() && parsed.match([network, length] as [ipaddr.IPv4, number])
            );
          });
          expect([address, set.has(address)]).toEqual([address, expected]);
        }
      },
    );
    fc.assert(property, { numRuns: inWholeRun(2_000, 800), seed: 7 });
  });
});

describe('times', () => {
  const at = (iso: string) => ({ nowMs: Date.parse(iso) });

  test.each([
    ['days: mon-fri', '2026-03-02T00:00Z', true],
    ['days: mon-fri', '2026-03-01T23:59Z', false],
    ['days: [sat, sun]', '2026-03-01T12:00Z', true],
    ['days: fri-mon', '2026-03-01T12:00Z', true],
    ['days: fri-mon', '2026-03-04T12:00Z', false],
    ['from: "08:00", to: "18:00"', '2026-03-02T08:00Z', true],
    ['from: "08:00", to: "18:00"', '2026-03-02T17:59:59Z', true],
    ['from: "08:00", to: "18:00"', '2026-03-02T18:00Z', false],
    ['from: "18:00"', '2026-03-02T23:59Z', true],
    ['from: "18:00", to: "24:00"', '2026-03-03T00:00Z', false],
    ['days: fri, from: "22:00", to: "06:00"', '2026-03-07T05:59Z', true],
    ['days: fri, from: "22:00", to: "06:00"', '2026-03-06T05:59Z', false],
    ['days: fri, from: "22:00", to: "06:00"', '2026-03-06T22:00Z', true],
    ['from: "08:00", timezone: Asia/Kolkata', '2026-03-02T02:30Z', true],
    ['from: "08:00", timezone: Asia/Kolkata', '2026-03-02T02:29Z', false],
    ['days: mon, timezone: Pacific/Auckland', '2026-03-01T11:00Z', true],
    ['from: "08:00", to: "09:00", timezone: Europe/Lisbon', '2026-07-06T07:30Z', true],
    ['from: "08:00", to: "09:00", timezone: Europe/Lisbon', '2026-01-05T07:30Z', false],
    ['not_before: 2026-03-02', '2026-03-01T23:59:59Z', false],
    ['not_before: 2026-03-02', '2026-03-02T00:00Z', true],
    ['not_after: 2026-03-02', '2026-03-02T23:59:59Z', true],
    ['not_after: 2026-03-02', '2026-03-03T00:00Z', false],
    ['not_after: 2026-07-06, timezone: Europe/Lisbon', '2026-07-06T22:59:59Z', true],
    ['not_after: 2026-07-06, timezone: Europe/Lisbon', '2026-07-06T23:00Z', false],
    ['not_after: 2026-07-06T12:00+02:00', '2026-07-06T10:00Z', true],
    ['not_after: 2026-07-06T12:00+02:00', '2026-07-06T10:00:01Z', false],
  ])('{ %s } at %s: %s', (window, iso, expected) => {
    expect(holds(`{ time: { ${window} } }`, at(iso))).toBe(expected);
  });

  test('the day when clocks change has its own offset on both sides', () => {
    const window = '{ time: { from: "01:30", to: "03:00", timezone: Europe/Lisbon } }';
    // 29 March 2026: 01:00 UTC is 02:00 in Lisbon.
    expect(holds(window, at('2026-03-29T00:59Z'))).toBe(false);
    expect(holds(window, at('2026-03-29T01:00Z'))).toBe(true);
    expect(holds(window, at('2026-03-29T02:00Z'))).toBe(false);
  });
});

test('`login_age` and `max_age` count up to and including their end', () => {
  const age = (ms: number) =>
    as({ authTimeMs: monday - ms, hardwareKey: { usedAtMs: monday - ms, aaguid: null } });
  for (const selector of ['{ login_age: 1h }', '{ hardware_key: { max_age: 1h } }']) {
    expect(holds(selector, age(3_600_000))).toBe(true);
    expect(holds(selector, age(3_600_001))).toBe(false);
    expect(holds(selector, age(Number.NaN))).toBe(false);
  }
});

test('a login and a key from more than a minute ahead of the clock are not fresh', () => {
  const ahead = (ms: number) =>
    as({ authTimeMs: monday + ms, hardwareKey: { usedAtMs: monday + ms, aaguid: null } });
  for (const selector of ['{ login_age: 365d }', '{ hardware_key: { max_age: 365d } }']) {
    expect(holds(selector, ahead(60_000))).toBe(true);
    expect(holds(selector, ahead(60_001))).toBe(false);
  }
});

test('what has no time meets no `login_age` and no `max_age`, and without a limit a key is a key', () => {
  const timeless = as({ authTimeMs: null, hardwareKey: { usedAtMs: null, aaguid: null } });
  expect(holds('{ login_age: 365d }', timeless)).toBe(false);
  expect(holds('{ hardware_key: { max_age: 365d } }', timeless)).toBe(false);
  expect(holds('hardware_key', timeless)).toBe(true);
});
