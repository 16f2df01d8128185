// A CIDR of a rules file as words; a refusal gives the right network as a hint.
import ipaddr from 'ipaddr.js';
import { quote } from '../../source/quote.ts';
import { maskWords, readAddress } from '../model/address.ts';
import type { Network } from '../model/rules-set.ts';
import { accept, type Checked, refuse } from './problem-reporter.ts';

/**
 * Checks an address or a CIDR (RFC 4632, RFC 4291 section 2.3) of a rules file.
 *
 * @returns the network; refused with the right network as a hint when bits behind the prefix are set
 */
export function parseNetwork(text: string): Checked<Network> {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const words = new Uint32Array(4);
  const count = address.includes('%') ? 0 : readAddress(address, words);
  if (count === 0)
    return refuse('bad-address', `${quote(text)} is no IP address or CIDR`, addressHint(address));
  if (count === 1 && address.includes(':')) {
    return refuse('bad-address', `${quote(text)} is an IPv4 address in IPv6 form`, 'write it as IPv4');
  }
  const bits = count * 32;
  const prefixText = slash === -1 ? String(bits) : text.slice(slash + 1);
  const prefix = Number(prefixText);
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixText) || prefix > bits) {
    return refuse(
      'bad-address',
      `${quote(text)} has no valid prefix length`,
      `it is a number from 0 to ${bits}`,
    );
  }
  const masked = maskWords([...words.subarray(0, count)], prefix);
  if (masked.some((word, index) => word !== words[index])) {
    const network = `${renderAddress(masked)}/${prefix}`;
    return refuse(
      'host-bits',
      `${quote(text)} has bits set behind its prefix`,
      `did you mean \`${network}\`?`,
    );
  }
  return accept({ text, words: masked, prefix });
}

function renderAddress(words: readonly number[]): string {
  const bytes = words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  return ipaddr.fromByteArray(bytes).toString();
}

function addressHint(address: string): string | null {
  const parts = address.split('.');
  if (parts.length === 4 && parts.some((part) => /^0\d+$/.test(part)))
    return 'write the numbers without leading zeros';
  if (/^[\d.]+\*|^\d+\.\d+(\.\d+)?\.?$/.test(address)) return 'for example `10.0.0.0/8`';
  if (/[a-z]/i.test(address) && !address.includes(':')) return 'names are not looked up: write the address';
  return 'for example `10.0.0.0/8`, `192.0.2.7` or `2001:db8::/32`';
}
