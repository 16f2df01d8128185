// The text that invites a connector: where the edges are, what they are known by, and the seed of the key that the new connector signs
// with once. It is a secret: never in a log, an error, or the arguments of a process.
import { ownTokenPrefix } from '../../http/own-token.ts';
import {
  checksumLength,
  hasChecksum,
  parseBase62,
  withChecksum,
  writeBase62,
} from '../../http/token-text.ts';
import { keyBytes } from './key-text.ts';

export interface JoinToken {
  /** `host:port` of every edge. */
  readonly addresses: readonly string[];
  /** SHA-256 of the public keys that edges may show (SubjectPublicKeyInfo): the one in use, and the next. Base64url. */
  readonly pins: readonly string[];
  /** Of the token's Ed25519 key. */
  readonly seed: Buffer;
}

const prefix = `${ownTokenPrefix}j_`;
const version = 1;
const pinBytes = 32;
const longest = 2_048;

/** The form of one, for scanners of files. */
export const joinTokenForm = `${prefix}[0-9A-Za-z]{80,}`;
const form = new RegExp(`^${prefix}[0-9A-Za-z]+$`);

export function writeJoinToken({ addresses, pins, seed }: JoinToken): string {
  const bytes = Buffer.concat([
    Buffer.from([version, pins.length]),
    ...pins.map((pin) => Buffer.from(pin, 'base64url')),
    seed,
    Buffer.from(addresses.join(','), 'utf8'),
  ]);
  return withChecksum(prefix + writeBase62(BigInt(`0x${bytes.toString('hex')}`)));
}

/** @returns `null` for a text that is not one, or is not whole. Whether it is still good is for the edge to say. */
export function parseJoinToken(text: string): JoinToken | null {
  if (text.length > longest || !form.test(text)) return null;
  const end = text.length - checksumLength;
  if (end <= prefix.length || !hasChecksum(text)) return null;
  const hex = parseBase62(text.slice(prefix.length, end)).toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const count = bytes[1] ?? 0;
  const seedStart = 2 + count * pinBytes;
  if (bytes[0] !== version || count < 1 || count > 4 || bytes.length <= seedStart + keyBytes) return null;
  return {
    pins: Array.from({ length: count }, (_, at) =>
      bytes.subarray(2 + at * pinBytes, 2 + (at + 1) * pinBytes).toString('base64url'),
    ),
    seed: Buffer.from(bytes.subarray(seedStart, seedStart + keyBytes)),
    addresses: bytes
      .subarray(seedStart + keyBytes)
      .toString('utf8')
      .split(','),
  };
}
