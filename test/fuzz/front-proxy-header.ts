// Fuzz target: the PROXY protocol is read to its end and not a byte further, in whatever pieces it comes, and brings an address or none.
import fc from 'fast-check';
import { longestProxyHeader, parseProxyHeader } from '../../src/front/parse-proxy-header.ts';
import { canonicalIp } from '../../src/http/client-address.ts';
import { binaryHeader, fromIpv4, fromIpv6 } from '../fixtures/proxy-header.ts';
import { fuzzTarget } from './fuzz-target.ts';

const rest = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
const port = fc.integer({ min: 0, max: 65_535 });
const groups = fc.array(port, { minLength: 8, maxLength: 8 });
const right = fc.oneof(
  fc.tuple(fc.ipV4(), port, rest).map(([address, from, more]) => fromIpv4(address, from, more)),
  fc.tuple(groups, port).map(([address, from]) => fromIpv6(address, from)),
  fc.tuple(fc.ipV4(), port).map(([ip, from]) => Buffer.from(`PROXY TCP4 ${ip} 192.0.2.1 ${from} 443\r\n`)),
  fc.tuple(fc.ipV6(), port).map(([ip, from]) => Buffer.from(`PROXY TCP6 ${ip} ::1 ${from} 443\r\n`)),
);
const anyHeader = fc
  .record({
    first: fc.oneof(fc.constantFrom(0x20, 0x21), fc.integer({ min: 0, max: 255 })),
    kind: fc.oneof(fc.constantFrom(0, 0x11, 0x21, 0x31), fc.integer({ min: 0, max: 255 })),
    body: fc.uint8Array({ maxLength: 260 }).map((bytes) => Buffer.from(bytes)),
    says: fc.option(port, { nil: undefined }),
  })
  .map(({ says, ...header }) => binaryHeader(says === undefined ? header : { ...header, says }));
const line = fc
  .array(
    fc.constantFrom(
      'PROXY ',
      'TCP4',
      'TCP6',
      'UNKNOWN',
      ' ',
      '1.2.3.4',
      '::1',
      '443',
      '65536',
      '\r',
      '\n',
      '\r\n',
      '\0',
    ),
    { maxLength: 14 },
  )
  .map((parts) => Buffer.from(`PROXY ${parts.join('')}`, 'latin1'));
const anyBytes = fc.oneof(anyHeader, line, right, rest);

export const frontProxyHeader = fuzzTarget('front-proxy-header', {
  'a right header is read whole, whatever follows': fc.property(right, rest, (header, more) => {
    const read = parseProxyHeader(Buffer.concat([header, more]));
    return read.kind === 'header' && read.length === header.length && typeof read.client === 'object';
  }),
  'pieces say nothing else than the whole': fc.property(anyBytes, rest, fc.nat(400), (bytes, more, cut) => {
    const all = Buffer.concat([bytes, more]);
    const whole = JSON.stringify(parseProxyHeader(all));
    const part = parseProxyHeader(all.subarray(0, cut));
    return part.kind === 'incomplete' || JSON.stringify(part) === whole;
  }),
  'a header is there, bounded, and its address is one': fc.property(anyBytes, rest, (bytes, more) => {
    const all = Buffer.concat([bytes, more]);
    const read = parseProxyHeader(all);
    if (read.kind === 'incomplete') return all.length < longestProxyHeader;
    if (read.kind === 'fault') return true;
    const { client, length } = read;
    const isClient =
      typeof client === 'string' ||
      (canonicalIp(client.address) !== null && client.port >= 0 && client.port <= 65_535);
    return isClient && length <= all.length && length <= longestProxyHeader;
  }),
});
