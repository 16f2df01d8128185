// How bouncer's own tokens are written: a prefix that scanners find, letters and digits that a double click selects as one, and a checksum
// that tells a typing mistake without asking anybody. Pure.
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 32 bits in base 62. */
export const checksumLength = 6;

/** A number in base 62. @param width with zeros in front, so many characters at least */
export function writeBase62(value: bigint, width = 0): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text;
  return text.padStart(width, '0');
}

/** @param text of letters and digits alone, as {@link writeBase62} wrote it */
export function parseBase62(text: string): bigint {
  let value = 0n;
  for (const digit of text) value = value * 62n + BigInt(digits.indexOf(digit));
  return value;
}

/** CRC-32 of everything before it, the prefix included: a token of another kind has another. */
export function withChecksum(text: string): string {
  let checksum = '';
  // By numbers: it is tried for every token that anybody presents.
  for (let rest = crc32(text); checksum.length < checksumLength; rest = Math.floor(rest / 62))
    checksum = digits.charAt(rest % 62) + checksum;
  return text + checksum;
}

/** Whether a text ends with the checksum of what stands before. */
export function hasChecksum(text: string): boolean {
  return text.length > checksumLength && withChecksum(text.slice(0, -checksumLength)) === text;
}
