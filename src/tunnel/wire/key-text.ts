// Ed25519 keys as the tunnel's wire and files have them: 32 raw bytes for a public key, a seed for a private one (RFC 8032 section 5.1.5).
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** Raw bytes of either half. */
export const keyBytes = 32;

/** The start of an Ed25519 PKCS #8 structure (RFC 8410 section 7), which the seed follows. */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** Raw. */
  readonly publicKey: Buffer;
}

export function createKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: rawPublicKey(privateKey) };
}

/** @param seed {@link keyBytes} of it */
export function keyPairOf(seed: Buffer): KeyPair {
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Start, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return { privateKey, publicKey: rawPublicKey(privateKey) };
}

export function seedOf({ privateKey }: KeyPair): Buffer {
  return privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(pkcs8Start.length);
}

/** @param raw {@link keyBytes} of it; any bytes are taken: what is not a point on the curve verifies nothing */
export function publicKeyOf(raw: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
