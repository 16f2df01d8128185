// One ES256 key: made, read back from the store and checked, and signing. It knows nothing of time or rotation.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { JWK } from 'jose';

/** A key that passed the checks of {@link importSigningKey}. The private half never leaves `privateKey`. */
export interface SigningKey {
  /** The RFC 7638 thumbprint of the public key, base64url SHA-256. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** What the JWKS publishes (RFC 7517 section 4). */
  readonly publicJwk: JWK;
  /** The protected header, encoded: `{"alg":"ES256","typ":"JWT","kid":…}`. */
  readonly encodedHeader: string;
}

/** A new P-256 private key, as the JSON text of a JWK (RFC 7518 section 6.2.2). */
export function createPrivateJwk(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify(privateKey.export({ format: 'jwk' }));
}

/**
 * The key of a private JWK, or what is wrong with it: not a private key, not on P-256, or halves that do not belong together.
 * The text of the problem never contains anything of the key.
 */
export function importSigningKey(privateJwk: string): SigningKey | { readonly problem: string } {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: JSON.parse(privateJwk), format: 'jwk' });
  } catch {
    // The cause is dropped on purpose: it could quote the text, and the text is the key.
    return { problem: 'it is not a private JWK' };
  }
  if (privateKey.asymmetricKeyType !== 'ec' || privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return { problem: 'it is not a key on the curve P-256' };
  const publicKey = createPublicKey(privateKey);
  const { x, y } = publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined || x.length !== 43 || y.length !== 43)
    return { problem: 'its public point is not that of P-256' };
  if (!belongTogether(privateKey, publicKey)) return { problem: 'its halves do not belong together' };
  const kid = thumbprint(x, y);
  return {
    kid,
    privateKey,
    publicJwk: { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' },
    encodedHeader: encode({ alg: 'ES256', typ: 'JWT', kid }),
  };
}

/** The compact JWS of `claims` (RFC 7515 section 3.1), signed with ES256 (RFC 7518 section 3.4). Synchronous, about 30 µs. */
export function signJwt(key: SigningKey, claims: object): string {
  const input = `${key.encodedHeader}.${encode(claims)}`;
  return `${input}.${signBytes(key.privateKey, input).toString('base64url')}`;
}

function signBytes(privateKey: KeyObject, text: string): Buffer {
  return sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

/** Not every reader notices that the public half was swapped; a signature tells. */
function belongTogether(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const probe = 'bouncer/signing-key/self-test';
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return verify('sha256', Buffer.from(probe), key, signBytes(privateKey, probe));
}

/** RFC 7638 section 3: the required members in lexicographic order, without white space. */
function thumbprint(x: string, y: string): string {
  return createHash('sha256').update(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`).digest('base64url');
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
