// One key of a dialect's JWTs: made, read back from the store and checked, and signing. It knows nothing of time or rotation.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  type webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import type { TokenDialect } from '../http/dialects.ts';

export interface DialectKey {
  /** Made of its public half, so that no two keys share one. */
  readonly kid: string;
  readonly publicJwk: JWK;
  /** The compact JWS of some claims (RFC 7515 section 3.1). */
  sign(claims: object): string;
}

/** The algorithm that programs of that proxy expect. */
export const dialectAlgorithms = { cloudflare: 'RS256', pomerium: 'ES256' } as const;

const makePair = promisify(generateKeyPair);

/** A new private key as a JWK (RFC 7517 section 4). */
export async function makeDialectJwk(dialect: TokenDialect): Promise<webcrypto.JsonWebKey> {
  const { privateKey } =
    dialect === 'cloudflare'
      ? await makePair('rsa', { modulusLength: 2048 })
      : await makePair('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'jwk' });
}

/** @returns `null` for what is not a key of that dialect. What is wrong with it is not told: it could quote the key. */
export function importDialectKey(jwk: webcrypto.JsonWebKey, dialect: TokenDialect): DialectKey | null {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    return null;
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = privateKey;
  const isFit =
    dialect === 'cloudflare'
      ? type === 'rsa' && (details?.modulusLength ?? 0) >= 2048
      : type === 'ec' && details?.namedCurve === 'prime256v1';
  if (!isFit) return null;
  const alg = dialectAlgorithms[dialect];
  const form = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify(form)).digest('hex');
  const header = encode({ alg, typ: 'JWT', kid });
  return {
    kid,
    publicJwk: { ...form, kid, alg, use: 'sig' },
    sign(claims) {
      const input = `${header}.${encode(claims)}`;
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
      return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
    },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
