// Addresses and networks in CIDR form: one reader for rules, settings and requests. Reads without garbage; looks nothing up.
import ipaddr from 'ipaddr.js';

/** How many 32-bit words an address has: one for IPv4, four for IPv6; 0 = no address. */
export type WordCount = 0 | 1 | 4;

/**
 * Reads an address into words. IPv4-mapped IPv6 counts as IPv4; a zone (`%eth0`) is left out.
 *
 * @param text an IPv4 address in four decimal parts without leading zeros, or an IPv6 address (RFC 4291 section 2.2)
 * @param words receives one or four words
 */
export function parseAddressWords(text: string, words: Uint32Array): WordCount {
  if (text.indexOf(':') === -1) return parseIpv4(text, 0, text.length, words) ? 1 : 0;
  return parseIpv6(text, words);
}

function parseIpv4(text: string, start: number, end: number, words: Uint32Array): boolean {
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
  words[0] = word;
  return true;
}

const halves = new Uint16Array(8);

function parseIpv6(text: string, words: Uint32Array): WordCount {
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
      if (count > 6 || !parseIpv4(text, start, end, words)) return 0;
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

/** A CIDR: the words of its first address (one for IPv4, four for IPv6) and the length of the prefix in bits. */
export interface Network {
  readonly text: string;
  readonly words: readonly number[];
  readonly prefix: number;
}

/** Why a text is not a network. */
export type NetworkProblem =
  | { readonly problem: 'no-address' }
  /** An IPv4 address in IPv6 form; `plain` is the same network as IPv4, `null` when its prefix makes no sense there. */
  | { readonly problem: 'mapped'; readonly plain: string | null }
  /** The prefix is too long for an address of so many bits. */
  | { readonly problem: 'prefix'; readonly bits: 32 | 128 }
  /** Bits behind the prefix are set; `network` is the one that the address lies in. */
  | { readonly problem: 'host-bits'; readonly network: string };

/**
 * Reads an address or a CIDR (RFC 4632, RFC 4291 section 2.3) as a network; a lone address is a network of its own.
 *
 * @param text without a zone; the prefix is a plain decimal number
 */
export function parseCidr(text: string): Network | NetworkProblem {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const words = new Uint32Array(4);
  const count = address.includes('%') ? 0 : parseAddressWords(address, words);
  if (count === 0) return { problem: 'no-address' };
  const prefixText = slash === -1 ? null : text.slice(slash + 1);
  const isNumber = prefixText === null || /^(0|[1-9]\d{0,2})$/.test(prefixText);
  if (count === 1 && address.includes(':')) {
    const plain = renderAddress(words.subarray(0, 1));
    if (prefixText === null) return { problem: 'mapped', plain };
    const prefix = Number(prefixText) - 96;
    const isPlain = isNumber && prefix >= 0 && prefix <= 32;
    return { problem: 'mapped', plain: isPlain ? `${plain}/${prefix}` : null };
  }
  const bits = count === 1 ? 32 : 128;
  const prefix = prefixText === null ? bits : Number(prefixText);
  if (!isNumber || prefix > bits) return { problem: 'prefix', bits };
  const first = maskWords([...words.subarray(0, count)], prefix);
  if (first.some((word, index) => word !== words[index]))
    return { problem: 'host-bits', network: `${renderAddress(first)}/${prefix}` };
  return { text, words: first, prefix };
}

/** Whether an address, as {@link parseAddressWords} read it, lies in a network. */
export function isInNetwork(
  { words: first, prefix }: Network,
  words: Uint32Array,
  count: WordCount,
): boolean {
  if (first.length !== count) return false;
  return maskWords([...words.subarray(0, count)], prefix).every((word, index) => word === first[index]);
}

/** The words with the bits behind the prefix cleared. */
export function maskWords(words: readonly number[], prefix: number): number[] {
  return words.map((word, index) => {
    const bits = Math.min(Math.max(prefix - index * 32, 0), 32);
    return bits === 0 ? 0 : (word & (0xffffffff << (32 - bits))) >>> 0;
  });
}

function renderAddress(words: Iterable<number>): string {
  const bytes = [...words].flatMap((word) => [
    word >>> 24,
    (word >>> 16) & 255,
    (word >>> 8) & 255,
    word & 255,
  ]);
  return ipaddr.fromByteArray(bytes).toString();
}
