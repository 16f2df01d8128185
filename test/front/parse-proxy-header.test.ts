// The PROXY protocol by the letter: what is taken, what is refused and why, and that no byte more than the header is read.
import { describe, expect, test } from 'vitest';
import { longestProxyHeader, parseProxyHeader } from '../../src/front/parse-proxy-header.ts';
import { binaryHeader, fromIpv4, fromIpv6, typeLengthValue } from '../fixtures/proxy-header.ts';

const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const known = (address: string, port: number, family: 'IPv4' | 'IPv6') => ({ address, port, family });

describe('a header', () => {
  const right: readonly (readonly [string, Buffer, unknown])[] = [
    ['2, IPv4', fromIpv4('203.0.113.7', 51_000), known('203.0.113.7', 51_000, 'IPv4')],
    ['2, IPv6', fromIpv6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7]), known('2001:db8::7', 4711, 'IPv6')],
    [
      '2, with type-length-values',
      fromIpv4('203.0.113.7', 1, typeLengthValue(0x05, Buffer.alloc(900, 'x'))),
      known('203.0.113.7', 1, 'IPv4'),
    ],
    ['2, the longest', fromIpv4('203.0.113.7', 1, Buffer.alloc(4_084)), known('203.0.113.7', 1, 'IPv4')],
    ['2, a health check', binaryHeader({ first: 0x20, kind: 0, body: Buffer.alloc(0) }), 'self'],
    [
      '2, a health check that says more than is read',
      binaryHeader({ first: 0x20, kind: 0x7f, body: Buffer.alloc(5) }),
      'self',
    ],
    ['2, an address that is not known', binaryHeader({ kind: 0, body: Buffer.alloc(0) }), 'unknown'],
    ['2, a socket of that machine', binaryHeader({ kind: 0x31, body: Buffer.alloc(216) }), 'unknown'],
    ['1, IPv4', text('PROXY TCP4 203.0.113.7 192.0.2.1 51000 443\r\n'), known('203.0.113.7', 51_000, 'IPv4')],
    ['1, IPv6', text('PROXY TCP6 2001:db8::7 2001:db8::1 0 65535\r\n'), known('2001:db8::7', 0, 'IPv6')],
    ['1, not known', text('PROXY UNKNOWN\r\n'), 'unknown'],
    ['1, the longest', text(`PROXY UNKNOWN ${'f'.repeat(39)} ${'f'.repeat(39)} 65535 65535\r\n`), 'unknown'],
  ];

  test.each(right)('of version %s, is read', (_, header, client) => {
    expect(parseProxyHeader(header)).toEqual({ kind: 'header', length: header.length, client });
    const followed = Buffer.concat([header, text('\r\n\r\n\0GET / HTTP/1.1\r\nPROXY TCP4 1.1.1.1')]);
    expect(parseProxyHeader(followed)).toEqual({ kind: 'header', length: header.length, client });
    for (let length = 0; length < header.length; length++)
      expect(parseProxyHeader(header.subarray(0, length)), String(length)).toEqual({ kind: 'incomplete' });
  });

  test('is no longer than what is waited for', () => {
    expect(fromIpv4('203.0.113.7', 1, Buffer.alloc(4_084)).length).toBe(longestProxyHeader);
  });
});

describe('what is refused', () => {
  test.each([
    ['HTTP', text('GET / HTTP/1.1\r\n\r\n'), 'no-header'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]), 'no-header'],
    ['one wrong byte', text('X'), 'no-header'],
    ['a signature with a fault at its end', text('\r\n\r\n\0\r\nQUIT\r'), 'no-header'],
    ['version 1 in small letters', text('proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n'), 'no-header'],
    ['version 1 behind a blank', text(' PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n'), 'no-header'],
    ['version 3', binaryHeader({ first: 0x31, kind: 0x11, body: Buffer.alloc(12) }), 'unknown-version'],
    [
      'version 1 in a header of version 2',
      binaryHeader({ first: 0x11, kind: 0, body: Buffer.alloc(0) }).subarray(0, 13),
      'unknown-version',
    ],
    ['a third command', binaryHeader({ first: 0x22, kind: 0x11, body: Buffer.alloc(12) }), 'unknown-kind'],
    ['datagrams', binaryHeader({ kind: 0x12, body: Buffer.alloc(12) }), 'unknown-kind'],
    ['datagrams over IPv6', binaryHeader({ kind: 0x22, body: Buffer.alloc(36) }), 'unknown-kind'],
    ['a family that is none', binaryHeader({ kind: 0x41, body: Buffer.alloc(216) }), 'unknown-kind'],
    ['a transport that is none', binaryHeader({ kind: 0x13, body: Buffer.alloc(12) }), 'unknown-kind'],
    ['IPv4 without room for addresses', binaryHeader({ kind: 0x11, body: Buffer.alloc(11) }), 'malformed'],
    ['IPv6 with room for IPv4', binaryHeader({ kind: 0x21, body: Buffer.alloc(12) }), 'malformed'],
    [
      '64 KB, before they are there',
      binaryHeader({ kind: 0x11, body: Buffer.alloc(12), says: 65_535 }),
      'too-long',
    ],
    [
      '4 KB and a byte',
      binaryHeader({ first: 0x20, kind: 0, body: Buffer.alloc(0), says: 4_097 }),
      'too-long',
    ],
    ['a line without an end', text(`PROXY UNKNOWN ${'x'.repeat(93)}`), 'too-long'],
    ['a line that is too long by one', text(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`), 'too-long'],
    ['an address of the other kind', text('PROXY TCP4 2001:db8::1 192.0.2.1 1 2\r\n'), 'malformed'],
    ['an address in octal', text('PROXY TCP4 010.0.0.1 192.0.2.1 1 2\r\n'), 'malformed'],
    ['an address with a zone', text('PROXY TCP6 fe80::1%1 ::1 1 2\r\n'), 'malformed'],
    ['a port that is too large', text('PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n'), 'malformed'],
    ['a port with a zero before it', text('PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n'), 'malformed'],
    ['a port with a sign', text('PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n'), 'malformed'],
    ['two blanks', text('PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n'), 'malformed'],
    ['a tab', text('PROXY TCP4\t1.1.1.1 2.2.2.2 1 2\r\n'), 'malformed'],
    ['more than belongs there', text('PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n'), 'malformed'],
    ['less than belongs there', text('PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n'), 'malformed'],
    ['nothing', text('PROXY \r\n'), 'malformed'],
    ['another protocol', text('PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n'), 'malformed'],
    ['a line that ends in a line feed alone', text('PROXY TCP4 1.1.1.1 2.2.2.2 1 2\nx\r\n'), 'malformed'],
  ])('%s', (_, bytes, fault) => {
    expect(parseProxyHeader(bytes)).toEqual({ kind: 'fault', fault });
  });
});
