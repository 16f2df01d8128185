// What an application is told in the words of other access proxies (`assertion: { also: … }`): their fields, and the JWT of those that have
// one, with a key, an issuer and an audience of its own. Nobody is told more than the assertion says.
import { randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { BouncerError } from '../bouncer-error.ts';
import {
  type Dialect,
  type DialectWord,
  dialectFields,
  isTokenDialect,
  type TokenDialect,
} from '../http/dialects.ts';
import { identityHeaderValue, type TellablePerson } from '../http/identity-header.ts';
import { logText } from '../http/log-text.ts';
import { originOf } from '../http/origin-of.ts';
import type { Known, Service } from '../identity/principal.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Settings } from '../settings/settings.ts';
import { RecentlyUsed } from '../store/recently-used.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { AssertionCache } from './assertion-cache.ts';
import type { DialectOf, Dialects } from './assertions.ts';
import { cloudflareClaims, pomeriumClaims } from './dialect-claims.ts';
import { maintainDialectKeys, type ScheduledDialectKey } from './dialect-keys.ts';
import { expiredKeysAt, inSigningOrder, signingKeyAt } from './key-schedule.ts';

export interface DialectsParts {
  readonly secrets: SecretStore;
  readonly settings: () => Pick<Settings, 'authUrl' | 'assertion'>;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** The clock for rotation, milliseconds since the epoch. */
  readonly now: () => number;
}

/** JWTs that are kept, at about 2 KB each, and a quarter more of further ones. */
const cachedTokens = 16_384;
/** Groups that were told to be left out. */
const toldCapacity = 1_024;

class SpokenDialects implements Dialects {
  readonly #parts: DialectsParts;
  readonly #keys = new Map<TokenDialect, readonly ScheduledDialectKey[]>();
  readonly #making = new Map<TokenDialect, Promise<void>>();
  readonly #cache = new AssertionCache(cachedTokens);
  readonly #told = new RecentlyUsed<true>(toldCapacity);
  #settings: ReturnType<DialectsParts['settings']> | null = null;
  /** The longest lifetime since the start: a reload that shortens it must not drop a key too early. */
  #longestLifetimeMs = 0;

  constructor(parts: DialectsParts) {
    this.#parts = parts;
  }

  prepare({ dialects }: Pick<Application, 'dialects'>): Promise<void> {
    const wanted = dialects.map(({ name }) => name).filter(isTokenDialect);
    return Promise.all(wanted.map((name) => this.#make(name))).then(() => {});
  }

  async maintain(): Promise<void> {
    // What is wrong with one of them is told once all were looked after.
    const done = await Promise.allSettled(Array.from(this.#keys.keys(), (name) => this.#maintain(name)));
    for (const each of done) if (each.status === 'rejected') throw each.reason;
  }

  async #maintain(name: TokenDialect): Promise<void> {
    const { secrets, settings, now } = this.#parts;
    this.#longestLifetimeMs = Math.max(this.#longestLifetimeMs, settings().assertion.lifetimeMs);
    this.#keys.set(name, await maintainDialectKeys(secrets, name, this.#longestLifetimeMs, now()));
  }

  #make(name: TokenDialect): Promise<void> {
    let made = this.#making.get(name);
    if (made === undefined) {
      made = this.#maintain(name);
      this.#making.set(name, made);
      made.catch((error: unknown) => {
        // The next one who needs it tries again.
        this.#making.delete(name);
        this.#parts.telemetry.event('store_failed', { action: 'make-dialect-key', ...causeOf(error) });
      });
    }
    return made;
  }

  values(
    principal: Known,
    application: DialectOf,
    nowMs: number,
    endsAtMs: number,
  ): readonly (string | null)[] {
    const told = principal.kind === 'person' ? principal.identity : tellableService(principal);
    return application.dialects.flatMap((dialect) =>
      dialectFields[dialect.name].map(([, word]) =>
        word === 'jwt'
          ? this.#mint(dialect, principal, application, { nowMs, endsAtMs })
          : this.#value(word, told, application.name),
      ),
    );
  }

  forgetUnused(nowMs: number): void {
    this.#cache.forgetUnused(nowMs);
  }

  close(): void {
    this.#cache.clear();
  }

  jwks(name: TokenDialect, nowMs: number): { readonly keys: readonly JWK[] } {
    const keys = this.#keysOf(name);
    const signing = signingOf(keys, nowMs);
    const expired = new Set(expiredKeysAt(keys, this.#longestLifetimeMs, nowMs));
    const others = inSigningOrder(keys).filter((key) => key !== signing && !expired.has(key));
    return { keys: [signing, ...others].map(({ publicJwk }) => publicJwk) };
  }

  #keysOf(name: TokenDialect): readonly ScheduledDialectKey[] {
    const keys = this.#keys.get(name);
    if (keys === undefined) void this.#make(name).catch(() => {});
    if (keys === undefined)
      throw new BouncerError('store_unavailable', `the key of \`${name}\` is not there yet`);
    return keys;
  }

  #mint(
    { name, audience: given }: Dialect,
    principal: Known,
    { hosts, audience: own }: DialectOf,
    { nowMs, endsAtMs }: { readonly nowMs: number; readonly endsAtMs: number },
  ): string {
    if (!isTokenDialect(name)) throw new BouncerError('internal', 'a dialect without a token');
    const settings = this.#parts.settings();
    if (settings !== this.#settings) this.#cache.clear();
    this.#settings = settings;
    // The rules want an exact host of an application that speaks it.
    const host = hosts.find((each) => !each.startsWith('*')) ?? '';
    const issuer = name === 'cloudflare' ? originOf(settings, host) : host;
    const audience = given ?? (name === 'cloudflare' ? `cloudflare:${own}` : host);
    const cacheName = `${name} ${issuer} ${audience}`;
    const endMs = Math.min(endsAtMs, principal.expiresAtMs);
    const known = this.#cache.read(principal, cacheName, nowMs, endMs);
    if (known !== null) return known;
    const expiresAt = Math.floor(Math.min(nowMs + settings.assertion.lifetimeMs, endMs) / 1000);
    const terms = { issuer, audience, issuedAt: Math.floor(nowMs / 1000), expiresAt, tokenId: randomUUID() };
    const claims =
      name === 'cloudflare' ? cloudflareClaims(principal, terms) : pomeriumClaims(principal, terms);
    const token = signingOf(this.#keysOf(name), nowMs).sign(claims);
    this.#cache.write(principal, {
      ...{ token, audience: cacheName },
      ...{ issuedAtSeconds: terms.issuedAt, expiresAtSeconds: expiresAt },
    });
    return token;
  }

  #value(word: Exclude<DialectWord, 'jwt'>, told: TellablePerson, application: string): string | null {
    switch (word) {
      case 'groups':
        return this.#joinGroups(told.groups, application);
      case 'preferred-username':
        return preferredName(told);
      case 'user':
        return (
          preferredName(told) ?? identityHeaderValue({ kind: told.email === null ? 'sub' : 'email' }, told)
        );
      default:
        return identityHeaderValue({ kind: word }, told);
    }
  }

  /** Their readers split at every comma and undo no encoding: what they would misread is left out, which never adds anything. */
  #joinGroups(groups: readonly string[], application: string): string | null {
    const fitting = groups.filter((group) => {
      if (/^[\x20-\x2b\x2d-\x7e]+$/.test(group) && group.trim() === group) return true;
      this.#tellLeftOut(group, application);
      return false;
    });
    const text = fitting.join(',');
    return text === '' || text.length > 8192 ? null : text;
  }

  #tellLeftOut(group: string, application: string): void {
    const key = JSON.stringify([application, group]);
    if (this.#told.get(key) !== undefined) return;
    this.#told.set(key, true);
    this.#parts.telemetry.event('group_left_out', { application, group: logText(group, 128) });
  }
}

function signingOf(keys: readonly ScheduledDialectKey[], nowMs: number): ScheduledDialectKey {
  const key = signingKeyAt(keys, nowMs);
  if (key === undefined)
    throw new BouncerError('internal', 'there is no key to sign the JWT of a dialect with');
  return key;
}

function preferredName(told: TellablePerson): string | null {
  return identityHeaderValue({ kind: 'claim', claim: 'preferred_username' }, told);
}

/** A program has a name and nothing else that a person has. */
function tellableService({ name }: Service): TellablePerson {
  return { sub: name, name, email: null, groups: [], idp: '', claims: {} };
}

/** The dialects of one store. A key is made when an application is prepared that needs it. */
export function createDialects(parts: DialectsParts): Dialects {
  return new SpokenDialects(parts);
}
