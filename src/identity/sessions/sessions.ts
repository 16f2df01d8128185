// Finds the session of a request: cookie → token hash → login, from memory while the store's version says that nothing changed.
// It judges expiry, idle time and host; it never makes a login.
import { findCookie, sessionCookieName } from '../../http/cookie-header.ts';
import { authHostOf, schemeOf } from '../../http/origin-of.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import type { CompiledRules } from '../../rules/model/compiled-rules.ts';
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { Settings } from '../../settings/settings.ts';
import { isPromise, type MaybePromise } from '../../store/maybe-promise.ts';
import { RecentlyUsed } from '../../store/recently-used.ts';
import type { FoundLogin } from '../../store/session-store.ts';
import type { Store } from '../../store/store.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { hashToken, isTokenShaped } from '../opaque-token.ts';
import type { Session, SessionLimits, Sessions, Standing } from './session.ts';
import { createSessionEnds, type SessionEnds } from './session-ends.ts';
import { createEntry, type SessionEntry } from './session-entry.ts';
import { certainUse, endOfSession, idleLimitOf, isCheckDue, isTokenOver } from './session-limits.ts';
import { createUseRecorder, type UseRecorder } from './session-use.ts';

/** Called when a login should be checked again with its provider; must not throw. */
export type Rechecker = (loginId: string) => void;

export interface SessionKeeper extends Sessions {
  /** Who checks logins again with their providers; one, set once at start. */
  onRecheckDue(rechecker: Rechecker): void;
  /** When the login was last used on any host, as exactly as it is known for certain. */
  lastUseMs(session: Session, nowMs: number): Promise<number>;
  /** Writes what is still to be written and stops the timers. */
  close(): Promise<void>;
}

export interface SessionsParts {
  readonly store: Store;
  readonly settings: () => Settings;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** Tells whether `auth_url`'s host is an application's too. A visit to a host that is only `auth_url`'s is not a use of a session. */
  readonly rules: () => Pick<CompiledRules, 'findApplication'>;
  /** The store's time, milliseconds since the epoch. */
  readonly now: () => number;
  /** How many resolved sessions are kept in memory; default 50,000, at about 1 KB each. */
  readonly cacheCapacity?: number;
}

/** How soon a check that brought nothing is tried again, milliseconds. */
export const recheckRetryMs = 60_000;

class StoredSessions implements SessionKeeper {
  readonly #store: Store;
  readonly #settings: () => Settings;
  readonly #rules: SessionsParts['rules'];
  readonly #uses: UseRecorder;
  readonly #ends: SessionEnds;
  readonly #cache: RecentlyUsed<SessionEntry>;
  #rechecker: Rechecker | null = null;
  #authHost: { readonly settings: Settings | null; readonly name: string } = { settings: null, name: '' };

  constructor(parts: SessionsParts) {
    this.#store = parts.store;
    this.#settings = parts.settings;
    this.#rules = parts.rules;
    this.#cache = new RecentlyUsed(parts.cacheCapacity ?? 50_000);
    this.#uses = createUseRecorder({
      store: parts.store,
      idleTimeoutMs: () => parts.settings().session.idleTimeoutMs,
      telemetry: parts.telemetry,
      now: parts.now,
    });
    this.#ends = createSessionEnds(parts.store, parts.telemetry, (key) => void this.#cache.delete(key));
  }

  onRecheckDue(rechecker: Rechecker): void {
    this.#rechecker = rechecker;
  }

  version(): MaybePromise<number> {
    return this.#store.sessions.version();
  }

  isReachable(): boolean {
    return this.#store.sessions.isReachable();
  }

  async lastUseMs(session: Session, nowMs: number): Promise<number> {
    await this.#uses.flush();
    const login = await this.#store.sessions.findLogin(session.id);
    return login === null ? Number.NEGATIVE_INFINITY : certainUse(login.lastSeenMs, login.createdAtMs, nowMs);
  }

  close(): Promise<void> {
    return this.#uses.close();
  }

  identify(
    cookie: string | undefined,
    host: CanonicalHost,
    limits: SessionLimits,
    nowMs: number,
  ): MaybePromise<Session | null> {
    const found = this.#find(cookie, host, limits, nowMs);
    if (isPromise(found)) return found.then((entry) => this.#use(entry, limits, nowMs));
    return this.#use(found, limits, nowMs);
  }

  standing(
    cookie: string | undefined,
    host: CanonicalHost,
    limits: SessionLimits,
    nowMs: number,
  ): MaybePromise<Standing | null> {
    const found = this.#find(cookie, host, limits, nowMs);
    if (isPromise(found)) return found.then((entry) => this.#standingOf(entry, limits, nowMs));
    return this.#standingOf(found, limits, nowMs);
  }

  #find(
    cookie: string | undefined,
    host: CanonicalHost,
    limits: SessionLimits,
    nowMs: number,
  ): MaybePromise<SessionEntry | null> {
    const token = findCookie(cookie, sessionCookieName(schemeOf(this.#settings())));
    if (token === null || !isTokenShaped(token)) return null;
    const entry = this.#entryOf(hashToken(token));
    return isPromise(entry)
      ? entry.then((found) => this.#judge(found, host, limits, nowMs))
      : this.#judge(entry, host, limits, nowMs);
  }

  #entryOf(key: string): MaybePromise<SessionEntry | null> {
    const version = this.#store.sessions.version();
    return isPromise(version) ? version.then((at) => this.#entryAt(key, at)) : this.#entryAt(key, version);
  }

  /** From memory while the store's version says that nothing changed. */
  #entryAt(key: string, version: number): MaybePromise<SessionEntry | null> {
    const entry = this.#cache.get(key);
    if (entry !== undefined && entry.settings === this.#settings() && this.#isCurrent(entry, version))
      return entry;
    return this.#load(key, version);
  }

  #isCurrent(entry: SessionEntry, version: number): boolean {
    if (entry.version === version) return true;
    if (!this.#store.sessions.isUnchangedSince(entry.session.id, entry.version)) return false;
    entry.version = version;
    return true;
  }

  #load(key: string, version: number): MaybePromise<SessionEntry | null> {
    const found = this.#store.sessions.findByToken(key);
    return isPromise(found)
      ? found.then((row) => this.#remember(key, version, row))
      : this.#remember(key, version, found);
  }

  #remember(key: string, version: number, found: FoundLogin | null): SessionEntry | null {
    if (found === null) {
      this.#cache.delete(key);
      return null;
    }
    const { login } = found;
    const settings = this.#settings();
    const known = this.#cache.get(key);
    if (known !== undefined && known.settings === settings && known.session.revision === login.revision) {
      known.version = version;
      known.seenMs = Math.max(known.seenMs, login.lastSeenMs);
      known.checkedAtMs = login.checkedAtMs;
      known.tokenEndsAtMs = found.tokenEndsAtMs;
      return known;
    }
    const entry = createEntry(key, found, settings, version);
    entry.isEnded = known?.isEnded ?? false;
    this.#cache.set(key, entry);
    return entry;
  }

  #judge(
    entry: SessionEntry | null,
    host: CanonicalHost,
    limits: SessionLimits,
    nowMs: number,
  ): MaybePromise<SessionEntry | null> {
    if (entry === null) return null;
    const { session, settings } = entry;
    if (session.host !== host || entry.isEnded) return null;
    if (entry.isOfOtherSettings) return this.#ends.endForeign(entry);
    if (isAhead(session.createdAtMs, nowMs)) return this.#ends.endAhead(entry);
    if (nowMs >= session.expiresAtMs) return this.#ends.endLogin(entry);
    if (isTokenOver(entry.tokenEndsAtMs, nowMs) || nowMs >= endOfSession(session, limits))
      return this.#ends.endToken(entry);
    const idleLimitMs = idleLimitOf(limits, settings.session);
    if (nowMs - certainUse(entry.seenMs, session.createdAtMs, nowMs) >= idleLimitMs)
      return this.#judgeIdle(entry, idleLimitMs, nowMs);
    return entry;
  }

  /** Another process, or another host of the same login, may have seen it since: only the store knows. */
  async #judgeIdle(entry: SessionEntry, idleLimitMs: number, nowMs: number): Promise<SessionEntry | null> {
    const lastUseMs = await this.lastUseMs(entry.session, nowMs);
    if (nowMs - lastUseMs < idleLimitMs) {
      entry.seenMs = lastUseMs;
      return entry;
    }
    return idleLimitMs >= entry.settings.session.idleTimeoutMs
      ? this.#ends.endLogin(entry)
      : this.#ends.endToken(entry);
  }

  #use(entry: SessionEntry | null, limits: SessionLimits, nowMs: number): Session | null {
    if (entry === null) return null;
    const { session, settings } = entry;
    if ((nowMs > entry.seenMs || isAhead(entry.seenMs, nowMs)) && this.#isUse(session.host)) {
      entry.seenMs = nowMs;
      this.#uses.record(session.id, nowMs, idleLimitOf(limits, settings.session));
    }
    this.#checkIfDue(entry, nowMs);
    return session;
  }

  #standingOf(entry: SessionEntry | null, limits: SessionLimits, nowMs: number): Standing | null {
    if (entry === null) return null;
    const { session, settings, seenMs } = entry;
    this.#checkIfDue(entry, nowMs);
    const idleLimitMs = idleLimitOf(limits, settings.session);
    return { session, idlesAtMs: certainUse(seenMs, session.createdAtMs, nowMs) + idleLimitMs };
  }

  #checkIfDue(entry: SessionEntry, nowMs: number): void {
    if (!entry.isRefreshable || this.#rechecker === null) return;
    const { recheckMs } = entry.settings.session;
    if (!isCheckDue(entry.checkedAtMs, nowMs, recheckMs)) return;
    // A check that succeeds changes the login, which is then read anew; one that fails is tried again after this time.
    entry.checkedAtMs = nowMs - recheckMs + Math.min(recheckRetryMs, recheckMs);
    this.#rechecker(entry.session.id);
  }

  #isUse(host: CanonicalHost): boolean {
    const settings = this.#settings();
    if (this.#authHost.settings !== settings) this.#authHost = { settings, name: authHostOf(settings) };
    if (this.#authHost.name !== host) return true;
    return this.#rules().findApplication(host) !== null;
  }
}

/**
 * The sessions of one store.
 *
 * @returns the port for requests, plus what the login flows and the shutdown need
 */
export function createSessions(parts: SessionsParts): SessionKeeper {
  return new StoredSessions(parts);
}
