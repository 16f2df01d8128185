// Whether two secrets are the same, in a time that tells nothing of where they differ.
import { timingSafeEqual } from 'node:crypto';

/** Compares in constant time; only the lengths, which are not secret, are compared before. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
