// A provider's public keys: fetched at most once a cool-down, judged when loaded, and used only as the settings' algorithms say.
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, type JWK } from 'jose';
import { BouncerError } from '../../bouncer-error.ts';
import type { LimitedFetch } from './limited-fetch.ts';
import { isSoundRsaKey } from './rsa-quality.ts';
import type { UnverifiedToken } from './token-shape.ts';

/** Unknown key ids make at most one request in this time, whoever sends them. Milliseconds. */
const coolDownMs = 30_000;
/** The same while there are no keys at all, so that a provider that comes back is noticed soon. Milliseconds. */
const firstCoolDownMs = 3_000;
/** Keys are fetched anew when they are older. Milliseconds. */
const maxAgeMs = 10 * 60_000;
const maxKeys = 100;

const curves: ReadonlySet<unknown> = new Set(['P-256', 'P-384', 'P-521']);

/** A public key that may verify signatures. Symmetric, private, weak and encryption keys are left out. */
function isUsable(key: JWK): boolean {
  if (key.use !== undefined && key.use !== 'sig') return false;
  if (Object.hasOwn(key, 'd') || Object.hasOwn(key, 'k')) return false;
  switch (key.kty) {
    case 'RSA':
      return isSoundRsaKey(key.n, key.e);
    case 'EC':
      return curves.has(key.crv);
    case 'OKP':
      return key.crv === 'Ed25519';
    default:
      return false;
  }
}

function invalid(message: string): BouncerError {
  return new BouncerError('login_failed', message);
}

/** Reads a JWKS (RFC 7517 section 5). @throws BouncerError `login_failed` */
export function parseKeySet(document: unknown): JSONWebKeySet {
  const keys: unknown =
    typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined;
  if (!Array.isArray(keys) || keys.length > maxKeys)
    throw invalid('the identity provider sent something else than a key set');
  const usable = keys.filter(
    (key: unknown): key is JWK => typeof key === 'object' && key !== null && isUsable(key as JWK),
  );
  const ids = usable.map((key) => key.kid).filter((kid) => kid !== undefined);
  if (new Set(ids).size !== ids.length) throw invalid('the identity provider sent two keys with one key id');
  return { keys: usable };
}

export interface KeySet {
  /**
   * Verifies a token's signature. Claims are not looked at.
   *
   * @throws BouncerError `login_failed` when no key of the provider's made it, `provider_unavailable` when keys cannot be had
   */
  verify(token: UnverifiedToken): Promise<void>;
}

/** @param url the provider's `jwks_uri` @param now milliseconds, for the cool-down alone */
export function createKeySet(url: string, limited: LimitedFetch, now: () => number): KeySet {
  let keys: ReturnType<typeof createLocalJWKSet> | null = null;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | null = null;

  const load = async (): Promise<void> => {
    triedAtMs = now();
    const response = await limited.fetch(url, { headers: { accept: 'application/json' } });
    if (response.status !== 200)
      throw invalid(`the identity provider's key set has status ${response.status}`);
    let document: unknown;
    try {
      document = await response.json();
    } catch {
      throw invalid('the identity provider sent something else than a key set');
    }
    keys = createLocalJWKSet(parseKeySet(document));
    fetchedAtMs = now();
  };
  const refresh = (): Promise<void> => {
    underWay ??= load().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  /** Whether keys may be asked for again; who comes while they are asked for waits for the same answer. */
  const mayAsk = (): boolean =>
    underWay !== null || Math.abs(now() - triedAtMs) >= (keys === null ? firstCoolDownMs : coolDownMs);

  const tryVerify = async (token: UnverifiedToken): Promise<'verified' | 'no-key'> => {
    if (keys === null) return 'no-key';
    try {
      await compactVerify(token.text, keys, { algorithms: [token.header.alg] });
      return 'verified';
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return 'no-key';
      const code = error instanceof errors.JOSEError ? error.code : 'unknown';
      throw invalid(`a token of the identity provider does not verify: ${code}`);
    }
  };

  return {
    verify: async (token) => {
      if ((keys === null || Math.abs(now() - fetchedAtMs) >= maxAgeMs) && mayAsk()) {
        try {
          await refresh();
        } catch (error) {
          // Old keys are still the provider's own; without any, nothing can be verified.
          if (keys === null) throw error;
        }
      }
      if (keys === null)
        throw new BouncerError('provider_unavailable', 'the keys of the identity provider could not be had');
      if ((await tryVerify(token)) === 'verified') return;
      if (mayAsk()) {
        await refresh();
        if ((await tryVerify(token)) === 'verified') return;
      }
      throw invalid('a token is signed with a key that the identity provider does not publish');
    },
  };
}
