// Addresses and networks in CIDR form: which are written right, and which network was meant where host bits are set.
import { parseCidr } from '../http/network.ts';
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
  const network = parseCidr(text);
  if (!('problem' in network)) return null;
  switch (network.problem) {
    case 'no-address': {
      const hint =
        regexHint(text) ?? 'write an address such as `10.0.0.7`, or a network such as `10.0.0.0/8`';
      return { code: 'bad-network', reason: `${quote(text)} is not an IP address or network`, hint };
    }
    case 'mapped': {
      const hint = network.plain === null ? 'write an IPv4 network' : `write ${quote(network.plain)}`;
      return { code: 'bad-network', reason: `${quote(text)} is an IPv4 network in the form of IPv6`, hint };
    }
    case 'prefix': {
      const hint = `the number after the \`/\` is between 0 and ${network.bits}`;
      return { code: 'bad-network', reason: `${quote(text)} is not a network`, hint };
    }
    case 'host-bits': {
      const hint = `write ${quote(network.network)}`;
      return { code: 'host-bits', reason: `${quote(text)} has bits set behind its prefix`, hint };
    }
    default:
      return network satisfies never;
  }
}

/** @returns `null` for what {@link checkNetwork} finds fault with */
export function networkRange(text: string): NetworkRange | null {
  const network = parseCidr(text);
  if ('problem' in network) return null;
  const bits = network.words.length === 1 ? 32 : 128;
  const first = network.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return { bits, first, last: first + (1n << BigInt(bits - network.prefix)) - 1n };
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
