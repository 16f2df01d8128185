// Mints assertions with the key that signs now, keeps the keys in step with the store, and publishes them.
// It decides nothing about who gets in: whoever calls `mint` has an allow decision in hand.
import { randomUUID } from 'node:crypto';
import { BouncerError } from '../bouncer-error.ts';
import type { Known } from '../identity/principal.ts';
import type { Settings } from '../settings/settings.ts';
import type { KeyStore } from '../store/key-store.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { AssertionCache } from './assertion-cache.ts';
import { assertionClaims } from './assertion-claims.ts';
import type { Assertions, Dialects } from './assertions.ts';
import { createDialects } from './create-dialects.ts';
import { expiredKeysAt, inSigningOrder, signingKeyAt } from './key-schedule.ts';
import { type LoadedKey, maintainKeys } from './maintain-keys.ts';
import { signJwt } from './signing-key.ts';

/** How often the store is asked whether others changed the keys. Far less than the hour that a key is published ahead. */
const watchIntervalMs = 5_000;

/** How often the keys are looked after when nobody changed them. */
const maintenanceIntervalMs = 60_000;

/** About 64 MB when full, and a quarter more of further ones: a working set of up to half of it never misses. */
const cachedAssertions = 65_536;

export interface AssertionsParts {
  readonly keyStore: KeyStore;
  readonly secrets: SecretStore;
  /** The settings as they are now: `authUrl` and `assertion` are read at every mint, so that a reload counts at once. */
  readonly settings: () => Settings;
  readonly telemetry: Telemetry;
  /** The clock for rotation, milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The assertions of this process. Makes the first key when the store has none, and looks after the keys from then on until
 * `close()`: adds the next one ahead of time, forgets old ones, follows what other processes on the same store do.
 *
 * @throws BouncerError `store_unavailable` when the keys cannot be read or written, or none of them is fit to sign
 */
export async function createAssertions(options: AssertionsParts): Promise<Assertions> {
  const assertions = new SigningAssertions(options);
  await assertions.refresh();
  assertions.start();
  return assertions;
}

class SigningAssertions implements Assertions {
  readonly #options: AssertionsParts;
  readonly dialects: Dialects;
  readonly #cache = new AssertionCache(cachedAssertions);
  #keys: readonly LoadedKey[] = [];
  #settings: Settings;
  /** The longest lifetime since the start: a reload that shortens it must not drop a key too early. */
  #longestLifetimeMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #keysVersion: number | undefined;
  #maintainedAtMs = Number.NEGATIVE_INFINITY;
  #isRefreshing = false;
  #hasStoreFailed = false;
  #isClosed = false;

  constructor(options: AssertionsParts) {
    this.#options = options;
    this.dialects = createDialects(options);
    this.#settings = options.settings();
    this.#longestLifetimeMs = this.#settings.assertion.lifetimeMs;
  }

  mint(principal: Known, audience: string, nowMs: number, endsAtMs = principal.expiresAtMs): string {
    this.#followSettings();
    const endMs = Math.min(endsAtMs, principal.expiresAtMs);
    return (
      this.#cache.read(principal, audience, nowMs, endMs) ?? this.#mintNew(principal, audience, nowMs, endMs)
    );
  }

  jwks(nowMs: number): ReturnType<Assertions['jwks']> {
    this.#followSettings();
    const signing = signingKeyAt(this.#keys, nowMs);
    const expired = new Set(expiredKeysAt(this.#keys, this.#longestLifetimeMs, nowMs));
    const others = inSigningOrder(this.#keys).filter((key) => key !== signing && !expired.has(key));
    return {
      keys: [...(signing === undefined ? [] : [signing]), ...others].map((key) => key.signing.publicJwk),
    };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#cache.clear();
    this.dialects.close();
  }

  start(): void {
    this.#timer = setInterval(() => void this.#watch(), watchIntervalMs).unref();
  }

  /** Brings the store and this process in step. */
  async refresh(): Promise<void> {
    const { keyStore, telemetry, now } = this.#options;
    const nowMs = now();
    // Asked before the keys are read: a change in between is seen the next time.
    const keysVersion = await keyStore.keysVersion();
    const keys = await maintainKeys({ keyStore, telemetry, lifetimeMs: this.#longestLifetimeMs, nowMs });
    const isKnown = new Set(keys.map((key) => key.kid));
    // A key that was taken out of the store is not trusted any more, and neither is what it signed.
    if (this.#keys.some((key) => !isKnown.has(key.kid))) this.#cache.clear();
    this.#keys = keys;
    this.#keysVersion = keysVersion;
    this.#maintainedAtMs = nowMs;
    await this.dialects.maintain();
  }

  #mintNew(principal: Known, audience: string, nowMs: number, endsAtMs: number): string {
    const key = signingKeyAt(this.#keys, nowMs);
    if (key === undefined) throw new BouncerError('internal', 'there is no key to sign assertions with');
    const { authUrl, assertion } = this.#settings;
    const terms = {
      issuer: authUrl,
      audience,
      lifetimeMs: assertion.lifetimeMs,
      tokenId: randomUUID(),
      endsAtMs,
    };
    const claims = assertionClaims(principal, terms, nowMs);
    const token = signJwt(key.signing, claims);
    this.#cache.write(principal, {
      token,
      audience,
      issuedAtSeconds: claims.iat,
      expiresAtSeconds: claims.exp,
    });
    return token;
  }

  /** A reload brings a new settings object: nothing that was minted under the old issuer or lifetime is handed out after it. */
  #followSettings(): void {
    const settings = this.#options.settings();
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#longestLifetimeMs = Math.max(this.#longestLifetimeMs, settings.assertion.lifetimeMs);
    this.#cache.clear();
  }

  /** The keys at hand go on signing while the store does not answer; one line says so, and another one when it is back. */
  async #watch(): Promise<void> {
    if (this.#isClosed) return;
    // Also while a store that does not answer is waited for.
    const nowMs = this.#options.now();
    this.#cache.forgetUnused(nowMs);
    this.dialects.forgetUnused(nowMs);
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    try {
      if (await this.#isRefreshDue()) await this.refresh();
      this.#hasStoreFailed = false;
    } catch (error) {
      if (!this.#isClosed && !this.#hasStoreFailed) {
        this.#options.telemetry.event('store_failed', { action: 'read-signing-keys', ...causeOf(error) });
      }
      this.#hasStoreFailed = true;
    } finally {
      this.#isRefreshing = false;
    }
  }

  async #isRefreshDue(): Promise<boolean> {
    const { keyStore, now } = this.#options;
    if (Math.abs(now() - this.#maintainedAtMs) >= maintenanceIntervalMs) return true;
    return (await keyStore.keysVersion()) !== this.#keysVersion;
  }
}
