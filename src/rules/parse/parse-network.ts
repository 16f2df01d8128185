// What a rules file says of addresses: a network, or what is wrong with it in words.
import { type Network, parseCidr } from '../../http/network.ts';
import { quote } from '../../source/quote.ts';
import { accept, type Checked, refuse } from './problem-reporter.ts';

/**
 * Checks an address or a CIDR (RFC 4632, RFC 4291 section 2.3) of a rules file.
 *
 * @returns the network; refused with the right network as a hint when bits behind the prefix are set
 */
export function parseNetwork(text: string): Checked<Network> {
  const network = parseCidr(text);
  if (!('problem' in network)) return accept(network);
  switch (network.problem) {
    case 'no-address': {
      const [address = ''] = text.split('/');
      return refuse('bad-address', `${quote(text)} is not an IP address or CIDR`, addressHint(address));
    }
    case 'mapped':
      return refuse('bad-address', `${quote(text)} is an IPv4 address in IPv6 form`, 'write it as IPv4');
    case 'prefix': {
      const hint = `it is a number from 0 to ${network.bits}`;
      return refuse('bad-address', `${quote(text)} has no valid prefix length`, hint);
    }
    case 'host-bits': {
      const hint = `did you mean \`${network.network}\`?`;
      return refuse('host-bits', `${quote(text)} has bits set behind its prefix`, hint);
    }
    default:
      return network satisfies never;
  }
}

function addressHint(address: string): string | null {
  const parts = address.split('.');
  if (parts.length === 4 && parts.some((part) => /^0\d+$/.test(part)))
    return 'write the numbers without leading zeros';
  if (/^[\d.]+\*|^\d+\.\d+(\.\d+)?\.?$/.test(address)) return 'for example `10.0.0.0/8`';
  if (/[a-z]/i.test(address) && !address.includes(':')) return 'names are not looked up: write the address';
  return 'for example `10.0.0.0/8`, `192.0.2.7` or `2001:db8::/32`';
}
