// IP addresses as words: reading them without garbage, and CIDRs with the right network as a hint. No look-ups here.
import ipaddr from 'ipaddr.js';
import { quote } from '../source/quote.ts';
import type { Network } from './rules-set.ts';
import { accept, type Checked, refuse } from './spot.ts';

/** How many 32-bit words an address has: one for IPv4, four for IPv6; 0 = no address. */
export type WordCount = 0 | 1 | 4;

/**
 * Reads an address into words. IPv4-mapped IPv6 counts as IPv4; a zone (`%eth0`) is left out.
 *
 * @param text an IPv4 address in four decimal parts without leading zeros, or an IPv6 address (RFC 4291 section 2.2)
 * @param words receives one or four words
 */
export function readAddress(text: string, words: Uint32Array): WordCount {
  if (text.indexOf(':') === -1) return readIpv4(text, 0, text.length, words, 0) ? 1 : 0;
  return readIpv6(text, words);
}

function readIpv4(text: string, start: number, end: number, words: Uint32Array, at: number): boolean {
  let word = 0;
  let part = 0;
  let digits = 0;
  let parts = 0;
  for (let index = start; index <= end; index++) {
    const code = index === end ? 0x2e : text.charCodeAt(index);
    if (code === 0x2e) {
      if (digits === 0 || parts === 4) return false;
      word = word * 256 + part;
      parts++;
      part = 0;
      digits = 0;
    } else {
      if (code < 0x30 || code > 0x39 || (digits > 0 && part === 0)) return false;
      part = part * 10 + code - 0x30;
      digits++;
      if (part > 255) return false;
    }
  }
  if (parts !== 4) return false;
  words[at] = word;
  return true;
}

const halves = new Uint16Array(8);

function readIpv6(text: string, words: Uint32Array): WordCount {
  const zone = text.indexOf('%');
  const end = zone === -1 ? text.length : zone;
  let count = 0;
  let gap = -1;
  let index = 0;
  let isAfterGap = true;
  if (text.charCodeAt(0) === 0x3a && text.charCodeAt(1) !== 0x3a) return 0;
  while (index < end) {
    if (text.charCodeAt(index) === 0x3a && text.charCodeAt(index + 1) === 0x3a) {
      if (gap !== -1) return 0;
      gap = count;
      index += 2;
      isAfterGap = true;
      continue;
    }
    if (!isAfterGap) index++;
    isAfterGap = false;
    const start = index;
    let value = 0;
    for (; index < end; index++) {
      const digit = hexDigit(text.charCodeAt(index));
      if (digit === -1) break;
      value = value * 16 + digit;
    }
    if (index < end && text.charCodeAt(index) === 0x2e) {
      if (count > 6 || !readIpv4(text, start, end, words, 0)) return 0;
      halves[count++] = (words[0] ?? 0) >>> 16;
      halves[count++] = (words[0] ?? 0) & 0xffff;
      index = end;
      break;
    }
    if (index === start || index - start > 4 || count === 8) return 0;
    if (index < end && text.charCodeAt(index) !== 0x3a) return 0;
    halves[count++] = value;
  }
  if (text.charCodeAt(end - 1) === 0x3a && text.charCodeAt(end - 2) !== 0x3a) return 0;
  if (gap === -1 ? count !== 8 : count > 7) return 0;
  if (gap !== -1) {
    const shift = 8 - count;
    for (let at = 7; at >= gap + shift; at--) halves[at] = halves[at - shift] ?? 0;
    for (let at = gap; at < gap + shift; at++) halves[at] = 0;
  }
  for (let at = 0; at < 4; at++) words[at] = (halves[at * 2] ?? 0) * 65536 + (halves[at * 2 + 1] ?? 0);
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) {
    words[0] = words[3] ?? 0;
    return 1;
  }
  return 4;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

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

/** The words with the bits behind the prefix cleared. */
export function maskWords(words: readonly number[], prefix: number): number[] {
  return words.map((word, index) => {
    const bits = Math.min(Math.max(prefix - index * 32, 0), 32);
    return bits === 0 ? 0 : (word & (0xffffffff << (32 - bits))) >>> 0;
  });
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
