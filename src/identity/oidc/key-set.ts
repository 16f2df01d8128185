// A provider's public keys: fetched at most once a cool-down, judged when loaded, and used only as the settings' algorithms say.
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, type JWK } from 'jose';
import { BouncerError } from '../../bouncer-error.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { addressText, listed, seenValue } from '../said-by-provider.ts';
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

function invalid(message: string, hint?: string): BouncerError {
  return new BouncerError('login_failed', message, hint === undefined ? {} : { hint });
}

const notKeys = 'is that the key set of this provider, and not a page of a proxy in front of it?';

/** Reads a JWKS (RFC 7517 section 5). @throws BouncerError `login_failed` */
export function parseKeySet(document: unknown): JSONWebKeySet {
  const keys: unknown =
    typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined;
  if (!Array.isArray(keys) || keys.length > maxKeys)
    throw invalid('the identity provider sent something else than a key set', notKeys);
  const usable = keys
    .filter((key: unknown): key is JWK => typeof key === 'object' && key !== null && isUsable(key as JWK))
    .map(underEitherName);
  // A key may be listed twice, also once for each algorithm or use, and one key id may stand for several keys (RFC 7517 section 4.5):
  // each is tried.
  const each = new Map(
    usable.map((key) => {
      const { kid, kty, crv, n, e, x, y, alg, use, key_ops } = key;
      return [JSON.stringify([kid, kty, crv, n, e, x, y, alg, use, key_ops]), key];
    }),
  );
  return { keys: [...each.values()] };
}

/** A key over Ed25519 makes one kind of signature, which has two names (RFC 8037 and RFC 9864): either may stand in key and token. */
function underEitherName(key: JWK): JWK {
  if (key.crv !== 'Ed25519' || (key.alg !== 'EdDSA' && key.alg !== 'Ed25519')) return key;
  const { alg: _, ...rest } = key;
  return rest;
}

async function fetchKeySet(url: string, limited: LimitedFetch): Promise<JSONWebKeySet> {
  const response = await limited.fetch(url, { headers: { accept: 'application/json' } });
  if (response.status !== 200)
    throw invalid(`the key set at ${addressText(url)} has status ${response.status}`, notKeys);
  let document: unknown;
  try {
    document = await response.json();
  } catch {
    throw invalid(`something else than a key set is at ${addressText(url)}`, notKeys);
  }
  return parseKeySet(document);
}

/** Who brings a token: the provider itself in answer to a login, or anybody at all. */
export type TokenPurpose = 'id-token' | 'logout-token';

export interface KeySet {
  /**
   * Verifies a token's signature. Claims are not looked at.
   *
   * @param purpose tokens of one purpose cannot use up what tokens of the other may ask for
   * @throws BouncerError `login_failed` when no key of the provider's made it, `provider_unavailable` when keys cannot be had
   */
  verify(token: UnverifiedToken, purpose: TokenPurpose): Promise<void>;
  /** The keys that may verify signatures. @throws as `verify` */
  list(): Promise<readonly KeyForm[]>;
}

/** What a key is, apart from its value (RFC 7517 section 4). */
export type KeyForm = Pick<JWK, 'kid' | 'kty' | 'crv'>;

/** How many keys one signature is tried with at most: several may have its key id, or none may have any. */
const maxTries = 10;

/** Whether any of the keys made the signature. */
async function isSigned(
  token: UnverifiedToken,
  keys: ReturnType<typeof createLocalJWKSet>,
): Promise<boolean> {
  const options = { algorithms: [token.header.alg] };
  try {
    await compactVerify(token.text, keys, options);
    return true;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return false;
    if (error instanceof errors.JWSSignatureVerificationFailed) return false;
    if (error instanceof errors.JWKSMultipleMatchingKeys) return isSignedByOne(token, error);
    const code = error instanceof errors.JOSEError ? error.code : 'unknown';
    throw invalid(`a token of the identity provider does not verify: ${code}`);
  }
}

async function isSignedByOne(
  token: UnverifiedToken,
  candidates: errors.JWKSMultipleMatchingKeys,
): Promise<boolean> {
  let tries = 0;
  for await (const key of candidates) {
    if (tries++ === maxTries) return false;
    try {
      await compactVerify(token.text, key, { algorithms: [token.header.alg] });
      return true;
    } catch (error) {
      if (!(error instanceof errors.JOSEError))
        throw invalid('a key of the identity provider cannot be used');
    }
  }
  return false;
}

function unknownKey({ header }: UnverifiedToken, url: string, forms: readonly KeyForm[]): BouncerError {
  const keyIds = forms.map(({ kid }) => kid ?? 'one without an id');
  const has = keyIds.length === 0 ? 'none that can be used' : listed(keyIds);
  return invalid(
    `a token is signed with the key ${seenValue(header.kid)} (${header.alg}), and no key at ${addressText(url)} made that signature: it has ${has}`,
    'does something keep an old answer of that address, or do several servers of the provider have keys of their own? RSA keys need 2048 bits',
  );
}

type LocalKeys = ReturnType<typeof createLocalJWKSet>;

class FetchedKeys implements KeySet {
  readonly #url: string;
  readonly #limited: LimitedFetch;
  readonly #now: () => number;
  #keys: LocalKeys | null = null;
  /** The usable keys without their values, for the operator. */
  #forms: readonly KeyForm[] = [];
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | null = null;
  /** When keys were last asked for in vain, for a signature that none of the known ones made. */
  readonly #missedAtMs: Record<TokenPurpose, number> = {
    'id-token': Number.NEGATIVE_INFINITY,
    'logout-token': Number.NEGATIVE_INFINITY,
  };

  constructor(url: string, limited: LimitedFetch, now: () => number) {
    this.#url = url;
    this.#limited = limited;
    this.#now = now;
  }

  async list(): Promise<readonly KeyForm[]> {
    await this.#ensure();
    return this.#forms;
  }

  async verify(token: UnverifiedToken, purpose: TokenPurpose): Promise<void> {
    const known = await this.#ensure();
    if (await isSigned(token, known)) return;
    // The key may be new, or a new one may have the id of an old one or none. Only asking in vain begins a cool-down.
    if (this.#underWay !== null || this.#isOver(this.#missedAtMs[purpose], coolDownMs)) {
      await this.#refresh().catch((error: unknown) => {
        this.#missedAtMs[purpose] = this.#now();
        throw error;
      });
      if (await isSigned(token, this.#keys ?? known)) return;
      this.#missedAtMs[purpose] = this.#now();
    } else if (this.#keys !== null && this.#keys !== known && (await isSigned(token, this.#keys))) return;
    throw unknownKey(token, this.#url, this.#forms);
  }

  /** Keys that are there and not too old, if they can be had. */
  async #ensure(): Promise<LocalKeys> {
    const isFirst = this.#keys === null;
    const mayAsk =
      this.#underWay !== null || this.#isOver(this.#triedAtMs, isFirst ? firstCoolDownMs : coolDownMs);
    if ((isFirst || this.#isOver(this.#fetchedAtMs, maxAgeMs)) && mayAsk) {
      try {
        await this.#refresh();
      } catch (error) {
        // Old keys are still the provider's own; without any, nothing can be verified.
        if (this.#keys === null) throw error;
      }
    }
    if (this.#keys !== null) return this.#keys;
    throw new BouncerError('provider_unavailable', 'the keys of the identity provider could not be had');
  }

  /** Who comes while keys are asked for waits for the same answer. */
  #refresh(): Promise<void> {
    this.#underWay ??= this.#load().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #load(): Promise<void> {
    this.#triedAtMs = this.#now();
    const published = await fetchKeySet(this.#url, this.#limited);
    this.#forms = published.keys;
    this.#keys = createLocalJWKSet(published);
    this.#fetchedAtMs = this.#now();
  }

  #isOver(atMs: number, timeMs: number): boolean {
    return Math.abs(this.#now() - atMs) >= timeMs;
  }
}

/** @param url the provider's `jwks_uri` @param now milliseconds, for the cool-downs alone */
export function createKeySet(url: string, limited: LimitedFetch, now: () => number): KeySet {
  return new FetchedKeys(url, limited, now);
}
