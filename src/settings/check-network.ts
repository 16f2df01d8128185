// Addresses and networks in CIDR form: which are written right, and which network was meant where host bits are set.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { regexHint } from '../source/plain-words.ts';
import { quote } from '../source/quote.ts';
import type { Fault } from './field-checks.ts';

/** A network as a range of numbers. */
export interface NetworkRange {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * @param text an address such as `10.0.0.7`, or a network such as `10.0.0.0/8` or `fd00::/8`
 * @returns what is wrong with it, or `null`
 */
export function checkNetwork(text: string): Fault | null {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || rest.length > 0) {
    const hint = regexHint(text) ?? 'write an address such as `10.0.0.7`, or a network such as `10.0.0.0/8`';
    return { code: 'bad-network', reason: `${quote(text)} is no IP address or network`, hint };
  }
  const mapped = version === 6 ? ipaddr.IPv6.parse(address) : null;
  if (mapped?.isIPv4MappedAddress() === true) {
    const rest = prefix === undefined ? '' : `/${Number(prefix) - 96}`;
    const isNetwork =
      prefix === undefined || (/^\d{2,3}$/.test(prefix) && Number(prefix) >= 96 && Number(prefix) <= 128);
    const hint = isNetwork
      ? `write ${quote(mapped.toIPv4Address().toString() + rest)}`
      : 'write an IPv4 network';
    return { code: 'bad-network', reason: `${quote(text)} is an IPv4 network in the form of IPv6`, hint };
  }
  const bits = version === 4 ? 32 : 128;
  if (prefix === undefined) return null;
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits) {
    const hint = `the number after the \`/\` is between 0 and ${bits}`;
    return { code: 'bad-network', reason: `${quote(text)} is no network`, hint };
  }
  const network = networkOf(address, Number(prefix));
  if (network === null) return null;
  return {
    code: 'host-bits-set',
    reason: `${quote(text)} has host bits set`,
    hint: `write ${quote(network)}`,
  };
}

/** The network that an address lies in, or `null` when the address is the network's own. */
function networkOf(address: string, prefix: number): string | null {
  const bytes = ipaddr.parse(address).toByteArray();
  const masked = bytes.map((byte, index) => {
    const kept = Math.min(Math.max(prefix - index * 8, 0), 8);
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  if (masked.every((byte, index) => byte === bytes[index])) return null;
  return `${ipaddr.fromByteArray(masked).toString()}/${prefix}`;
}

/** @param text what {@link checkNetwork} found right */
export function networkRange(text: string): NetworkRange {
  const [address = '', prefix] = text.split('/');
  const bytes = ipaddr.parse(address).toByteArray();
  const bits = bytes.length === 4 ? 32 : 128;
  const first = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const size = 1n << BigInt(bits - Number(prefix ?? bits));
  return { bits, first, last: first + size - 1n };
}

/** True when the networks together hold every address of IPv4, or every one of IPv6. */
export function coversEverything(networks: readonly NetworkRange[]): boolean {
  return ([32, 128] as const).some((bits) => {
    let next = 0n;
    for (const range of networks
      .filter((each) => each.bits === bits)
      .sort((a, b) => (a.first < b.first ? -1 : 1))) {
      if (range.first > next) return false;
      if (range.last >= next) next = range.last + 1n;
    }
    return next === 1n << BigInt(bits);
  });
}
