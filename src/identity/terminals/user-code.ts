// The code that a person types: short, without letters that look alike or make words (RFC 8628 section 6.1), and read as people type.
import { randomInt } from 'node:crypto';

const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const length = 8;

/** 34 random bits as `WDJB-MJHT`. */
export function createUserCode(): string {
  const code = Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join('');
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The code that somebody typed, in the form of {@link createUserCode}; `null` for what is none. Case, blanks and hyphens do not matter. */
export function parseUserCode(typed: string): string | null {
  if (typed.length > 64) return null;
  const code = typed.toUpperCase().replace(/[\s\-‐-―_.]/g, '');
  if (code.length !== length || [...code].some((letter) => !letters.includes(letter))) return null;
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
