// Where a request comes from: the peer, unless a trusted proxy says more.
import { describe, expect, it, test } from 'vitest';
import {
  canonicalIp,
  clientAddress,
  clientCountry,
  compileTrustedProxies,
  peerAddress,
} from '../../src/http/client-address.ts';
import { forgedHeaders } from './attack-cases.ts';

const trust = compileTrustedProxies(['10.0.0.0/8', '127.0.0.1', '2001:db8:1::/48']);
const nobody = compileTrustedProxies([]);
const xff = (...values: string[]) => values.flatMap((value) => ['X-Forwarded-For', value]);

test('the address of a peer is written as people write it', () => {
  expect(peerAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(peerAddress('fe80::1%eth0')).toBe('fe80::1');
  expect(peerAddress('2001:db8::1')).toBe('2001:db8::1');
  expect(peerAddress(undefined)).toBeNull();
});

describe('canonicalIp', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::', '::'],
  ])('%s is %s', (text, ip) => {
    expect(canonicalIp(text)).toBe(ip);
  });

  it.each([
    '',
    'a',
    '127.1',
    '0177.0.0.1',
    '0x7f000001',
    '1.2.3.4.5',
    '1.2.3.4 ',
    'fe80::1%eth0',
    '[::1]',
    'localhost',
    '*',
    'null',
  ])('%j is not an address', (text) => {
    expect(canonicalIp(text)).toBeNull();
  });
});

describe('a peer that is not trusted', () => {
  it.each(forgedHeaders)('%s: gains nothing by %s', (_, name, value) => {
    expect(clientAddress('203.0.113.9', [name, value], trust, name)).toBe('203.0.113.9');
    expect(clientAddress('127.0.0.1', [name, value], nobody, name)).toBe('127.0.0.1');
  });

  it('names no country', () => {
    const raw = ['CF-IPCountry', 'PT'];
    expect(clientCountry('203.0.113.9', raw, trust, 'CF-IPCountry')).toBeNull();
    expect(clientCountry('127.0.0.1', raw, nobody, 'CF-IPCountry')).toBeNull();
  });

  it('is a Unix socket too', () => {
    expect(clientAddress(null, xff('203.0.113.9'), trust, null)).toBeNull();
  });

  it('comes out canonical', () => {
    expect(clientAddress('::ffff:203.0.113.9', [], nobody, null)).toBe('203.0.113.9');
    expect(clientAddress('fe80::1%eth0', [], nobody, null)).toBe('fe80::1');
  });
});

describe('a trusted proxy', () => {
  it.each([
    [['203.0.113.9'], '203.0.113.9'],
    [['6.6.6.6, 203.0.113.9'], '203.0.113.9'],
    [['6.6.6.6', '203.0.113.9, 10.9.9.9'], '203.0.113.9'],
    [['203.0.113.9, 10.1.1.1,10.2.2.2'], '203.0.113.9'],
    [['10.3.3.3, 10.1.1.1'], '10.3.3.3'],
    [['203.0.113.9:4711'], '203.0.113.9'],
    [['[2001:db8::9]:4711'], '2001:db8::9'],
    [['[2001:db8::9]'], '2001:db8::9'],
    [['6.6.6.6, 2001:db8:1::5'], '6.6.6.6'],
    [['::ffff:203.0.113.9'], '203.0.113.9'],
    [[`${'6.6.6.6, '.repeat(80)}203.0.113.9`], '203.0.113.9'],
    [[`${'6'.repeat(20_000)}`, '203.0.113.9, 10.1.1.1'], '203.0.113.9'],
    [['a'], null],
    [[''], null],
    [[',10.1.1.1'], null],
    [['6.6.6.6, unknown'], null],
    [['6.6.6.6, unknown, 10.1.1.1'], null],
    [['6.6.6.6,'], null],
    [['127.1'], null],
    [['fe80::1%25eth0'], null],
    [[Array.from({ length: 80 }, () => '10.1.1.1').join(',')], null],
  ])('that sends %j speaks of %s', (values, ip) => {
    expect(clientAddress('10.0.0.1', xff(...values), trust, 'x-forwarded-for')).toBe(ip);
  });

  it('that sends nothing asks for itself', () => {
    expect(clientAddress('10.0.0.1', ['X-Real-IP', '6.6.6.6'], trust, null)).toBe('10.0.0.1');
  });

  it('fills a single-valued header with one address', () => {
    const one = (...values: string[]) =>
      clientAddress(
        '::ffff:127.0.0.1',
        values.flatMap((value) => ['cf-connecting-ip', value]),
        trust,
        'CF-Connecting-IP',
      );
    expect(one('203.0.113.9')).toBe('203.0.113.9');
    expect(one('6.6.6.6, 203.0.113.9')).toBeNull();
    expect(one('6.6.6.6', '203.0.113.9')).toBeNull();
  });

  it.each([
    [['PT'], 'PT'],
    [['pt'], 'PT'],
    [['XX'], null],
    [['T1'], null],
    [['PRT'], null],
    [['PT', 'ES'], null],
    [[], null],
  ])('that names the country %j means %s', (values, country) => {
    const raw = values.flatMap((value) => ['CF-IPCountry', value]);
    expect(clientCountry('10.0.0.1', raw, trust, 'cf-ipcountry')).toBe(country);
  });
});

describe('compileTrustedProxies', () => {
  it.each([
    '0.0.0.0/0',
    '::/0',
    '::ffff:0.0.0.0/96',
    '::ffff:10.0.0.0/104',
    '10.1.2.3/8',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    'a',
    '',
    '10.0.0.0/8/8',
    '1.2.3/24',
    '::/129',
  ])('takes no %j', (cidr) => {
    expect(() => compileTrustedProxies([cidr])).toThrow(RangeError);
  });

  it('tells the families apart', () => {
    expect(compileTrustedProxies(['::/1']).isTrusted('10.0.0.1')).toBe(false);
    expect(compileTrustedProxies(['10.0.0.0/8']).isTrusted('::1')).toBe(false);
  });
});
