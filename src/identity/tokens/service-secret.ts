// The secrets that programs hold: how they are made, and how one is told from a typing mistake without asking anybody.
// A secret never gets into a log or an error; the store knows its hash alone.
import { randomBytes } from 'node:crypto';
import { ownTokenPrefix } from '../../http/own-token.ts';
import { checksumLength, hasChecksum, withChecksum, writeBase62 } from '../../http/token-text.ts';

/** What a secret is of: a service token, a terminal that a person logged in, a personal token. */
export type SecretKind = 's' | 'u' | 'p';

const prefixOf = (kind: SecretKind): string => `${ownTokenPrefix}${kind}_`;
/** 256 bits in base 62. */
const bodyLength = 43;
const length = prefixOf('s').length + bodyLength + checksumLength;

/** The form of a secret of any kind, for scanners of files and of what is published by mistake. */
export const secretForm = `${ownTokenPrefix}[sup]_[0-9A-Za-z]{${bodyLength + checksumLength}}`;
const form = new RegExp(`^${secretForm}$`);

/** 256 random bits with a prefix such as `bnc_s_` and a CRC-32: 55 letters and digits, which a double click selects as one. */
export function createSecret(kind: SecretKind = 's'): string {
  return withChecksum(
    prefixOf(kind) + writeBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), bodyLength),
  );
}

/** A client id: 128 random bits in letters and digits. */
export function createClientId(): string {
  return writeBase62(BigInt(`0x${randomBytes(16).toString('hex')}`), 22);
}

/** Whether a text has the form and the checksum of a secret: nothing else is worth a look-up. */
export function isSecretShaped(text: string): boolean {
  return text.length === length && form.test(text) && hasChecksum(text);
}

/** Of what kind a text that begins like a secret is; `null` for every other one. Says nothing about whether it is one. */
export function kindOfSecret(text: string): SecretKind | null {
  for (const kind of ['s', 'u', 'p'] as const) if (text.startsWith(prefixOf(kind))) return kind;
  return null;
}
