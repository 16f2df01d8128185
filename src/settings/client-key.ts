// The private key with which a client proves itself to its provider (`private_key_jwt`, OpenID Connect Core section 9).
import { createPrivateKey, type KeyObject } from 'node:crypto';

export interface ClientKey {
  readonly key: KeyObject;
  readonly kid: string | null;
}

/**
 * @param text PEM (PKCS #8, PKCS #1, SEC 1) or one JWK as JSON
 * @returns `null` for what is not an RSA key or key on P-256, P-384 or P-521
 */
export function parseClientKey(text: string): ClientKey | null {
  try {
    if (!text.trimStart().startsWith('{')) return checked(createPrivateKey(text), null);
    const jwk = JSON.parse(text) as Record<string, unknown>;
    const { kid } = jwk;
    return checked(createPrivateKey({ key: jwk, format: 'jwk' }), typeof kid === 'string' ? kid : null);
  } catch {
    return null;
  }
}

function checked(key: KeyObject, kid: string | null): ClientKey | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const isSound =
    type === 'rsa'
      ? (details?.modulusLength ?? 0) >= 2048
      : type === 'ec' && ['prime256v1', 'secp384r1', 'secp521r1'].includes(details?.namedCurve ?? '');
  return isSound ? { key, kid } : null;
}
