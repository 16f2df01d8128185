// The key of a dialect's JWT: made by the first process that needs it and shared through the store, apart from the keys that sign
// assertions. It is not rotated yet.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { BouncerError } from '../bouncer-error.ts';
import type { TokenDialect } from '../http/dialects.ts';
import type { SecretStore } from '../store/secret-store.ts';

export interface DialectKey {
  readonly publicJwk: JWK;
  /** The compact JWS of some claims (RFC 7515 section 3.1). */
  sign(claims: object): string;
}

/** The algorithm that programs of that proxy expect. */
const algorithms = { cloudflare: 'RS256', pomerium: 'ES256' } as const;

/** @throws BouncerError `store_unavailable` */
export async function dialectKeyOf(secrets: SecretStore, dialect: TokenDialect): Promise<DialectKey> {
  const name = `dialect-${dialect}`;
  let stored = await secrets.findSecret(name);
  if (stored === null) {
    await secrets.addSecret(name, await makeKey(dialect));
    stored = await secrets.findSecret(name);
  }
  const key = stored === null ? null : parseKey(stored, dialect);
  if (key === null)
    throw new BouncerError('store_unavailable', `the key of \`${dialect}\` in the store is damaged`);
  return key;
}

const makePair = promisify(generateKeyPair);

async function makeKey(dialect: TokenDialect): Promise<Uint8Array> {
  const { privateKey } =
    dialect === 'cloudflare'
      ? await makePair('rsa', { modulusLength: 2048 })
      : await makePair('ec', { namedCurve: 'P-256' });
  return Buffer.from(JSON.stringify(privateKey.export({ format: 'jwk' })));
}

/** What is wrong with it is not told: it could quote the key. */
function parseKey(stored: Uint8Array, dialect: TokenDialect): DialectKey | null {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: JSON.parse(Buffer.from(stored).toString('utf8')), format: 'jwk' });
  } catch {
    return null;
  }
  if (privateKey.asymmetricKeyType !== (dialect === 'cloudflare' ? 'rsa' : 'ec')) return null;
  const alg = algorithms[dialect];
  const form = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify(form)).digest('hex');
  const header = encode({ alg, typ: 'JWT', kid });
  return {
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
