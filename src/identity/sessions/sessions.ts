// Finds the session of a request: cookie → token hash → login, from memory while the store's version says that nothing changed.
// It judges expiry, idle time and host; it never makes a login.
import { BouncerError } from '../../bouncer-error.ts';
import { findCookie, sessionCookieName } from '../../http/cookie-header.ts';
import type { KnownToken } from '../../http/known-head.ts';
import { authHostOf, schemeOf } from '../../http/origin-of.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import type { CompiledRules } from '../../rules/model/compiled-rules.ts';
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { Settings } from '../../settings/settings.ts';
import { isPromise, type MaybePromise } from '../../store/maybe-promise.ts';
import type { Store } from '../../store/store.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { hashToken, isTokenShaped } from '../opaque-token.ts';
import { judgeEntry } from './judge-entry.ts';
import type { ProgramSessions, Session, Sessions, SessionUse, Standing } from './session.ts';
import { createSessionEnds, type SessionEnds } from './session-ends.ts';
import type { HeldToken, SessionEntry } from './session-entry.ts';
import { certainUse, idleLimitOf, isCheckDue } from './session-limits.ts';
import { SessionMemory } from './session-memory.ts';
import { createUseRecorder, type UseRecorder } from './session-use.ts';

/** Called when a login should be checked again with its provider; must neither throw nor reject. */
export type Rechecker = (loginId: string) => Promise<void>;

export interface SessionKeeper extends Sessions, ProgramSessions {
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
  readonly #memory: SessionMemory;
  #rechecker: Rechecker | null = null;
  #authHost: { readonly settings: Settings | null; readonly name: string } = { settings: null, name: '' };

  constructor(parts: SessionsParts) {
    this.#store = parts.store;
    this.#settings = parts.settings;
    this.#rules = parts.rules;
    this.#memory = new SessionMemory(parts.store, parts.settings, parts.cacheCapacity ?? 50_000);
    this.#uses = createUseRecorder({
      store: parts.store,
      idleTimeoutMs: () => parts.settings().session.idleTimeoutMs,
      telemetry: parts.telemetry,
      now: parts.now,
    });
    this.#ends = createSessionEnds(parts.store, parts.telemetry, (held) => this.#memory.forget(held));
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
    use: SessionUse,
    known?: { token: KnownToken | null },
  ): MaybePromise<Session | null> {
    const found = this.#findByHash(this.#tokenHash(cookie, known), use);
    return isPromise(found) ? found.then((entry) => this.#use(entry, use)) : this.#use(found, use);
  }

  standing(cookie: string | undefined, use: SessionUse): MaybePromise<Standing | null> {
    const found = this.#findByHash(this.#tokenHash(cookie), use);
    return isPromise(found)
      ? found.then((entry) => this.#standingOf(entry, use))
      : this.#standingOf(found, use);
  }

  identifyProgram(hash: string, use: SessionUse): MaybePromise<Session | 'unknown' | 'over'> {
    const tell = (entry: SessionEntry | null): Session | 'unknown' | 'over' =>
      this.#use(entry, use) ?? (this.isProgramKnown(hash, use.host) ? 'over' : 'unknown');
    const found = this.#find({ tokenHash: hash, programHost: use.host }, use);
    return isPromise(found) ? found.then(tell) : tell(found);
  }

  programStanding(hash: string, use: SessionUse): MaybePromise<Standing | null> {
    const found = this.#find({ tokenHash: hash, programHost: use.host }, use);
    return isPromise(found)
      ? found.then((entry) => this.#standingOf(entry, use))
      : this.#standingOf(found, use);
  }

  isProgramKnown(hash: string, host: CanonicalHost): boolean {
    return this.#memory.has({ tokenHash: hash, programHost: host });
  }

  /** Of the session token in the cookies; `null`: there is none that could be one. */
  #tokenHash(cookie: string | undefined, known?: { token: KnownToken | null }): string | null {
    const name = sessionCookieName(schemeOf(this.#settings()));
    const before = known?.token ?? null;
    if (before !== null && before.cookie === cookie && before.name === name) return before.hash;
    const token = findCookie(cookie, name);
    const hash = token === null || !isTokenShaped(token) ? null : hashToken(token);
    if (known !== undefined) known.token = { cookie, name, hash };
    return hash;
  }

  #findByHash(tokenHash: string | null, use: SessionUse): MaybePromise<SessionEntry | null> {
    return tokenHash === null ? null : this.#find({ tokenHash, programHost: null }, use);
  }

  #find(held: HeldToken, use: SessionUse): MaybePromise<SessionEntry | null> {
    const entry = this.#memory.find(held);
    return isPromise(entry) ? entry.then((found) => this.#judge(found, use)) : this.#judge(entry, use);
  }

  #judge(entry: SessionEntry | null, use: SessionUse): MaybePromise<SessionEntry | null> {
    if (entry === null) return null;
    const verdict = judgeEntry(entry, use);
    switch (verdict) {
      case 'stands':
        return entry;
      case 'not-this':
        return null;
      case 'of-other-settings':
        return this.#ends.endForeign(entry);
      case 'made-ahead':
        return this.#ends.endAhead(entry);
      case 'over':
        return this.#ends.endLogin(entry);
      case 'over-here':
        return this.#endHere(entry);
      case 'idle':
        return this.#judgeIdle(entry, use);
      case 'unvouched':
        return this.#vouch(entry, use);
      default:
        return verdict satisfies never;
    }
  }

  /** An application's own limit ends no token of a program: it is for others too. */
  #endHere(entry: SessionEntry): MaybePromise<null> {
    return entry.session.program === null ? this.#ends.endToken(entry) : null;
  }

  /** Another process, or another host of the same login, may have seen it since: only the store knows. */
  async #judgeIdle(entry: SessionEntry, { limits, nowMs }: SessionUse): Promise<SessionEntry | null> {
    const idleLimitMs = idleLimitOf(limits, entry.settings.session);
    const lastUseMs = await this.lastUseMs(entry.session, nowMs);
    if (nowMs - lastUseMs < idleLimitMs) {
      entry.seenMs = lastUseMs;
      return entry;
    }
    return idleLimitMs >= entry.settings.session.idleTimeoutMs
      ? this.#ends.endLogin(entry)
      : this.#endHere(entry);
  }

  /** Nobody has vouched for a personal token for as long as a login may last: its provider is asked before it counts. */
  async #vouch(entry: SessionEntry, use: SessionUse): Promise<SessionEntry | null> {
    if (!entry.isRefreshable || this.#rechecker === null) return this.#ends.endLogin(entry);
    await this.#rechecker(entry.session.id);
    // Anew, by its token.
    const found = await this.#memory.find(entry);
    if (found === null || judgeEntry(found, use) === 'stands') return found;
    if (!found.isRefreshable) return this.#ends.endLogin(found);
    throw new BouncerError(
      'provider_unavailable',
      'the identity provider does not say whether a personal token still holds',
    );
  }

  #use(entry: SessionEntry | null, { limits, nowMs }: SessionUse): Session | null {
    if (entry === null) return null;
    const { session, settings } = entry;
    if ((nowMs > entry.seenMs || isAhead(entry.seenMs, nowMs)) && this.#isUse(session.host)) {
      entry.seenMs = nowMs;
      this.#uses.record(session.id, nowMs, idleLimitOf(limits, settings.session));
    }
    this.#checkIfDue(entry, nowMs);
    return session;
  }

  #standingOf(entry: SessionEntry | null, { limits, nowMs }: SessionUse): Standing | null {
    if (entry === null) return null;
    const { session, settings, seenMs, vouchedUntilMs } = entry;
    this.#checkIfDue(entry, nowMs);
    if (vouchedUntilMs !== null) return { session, idlesAtMs: vouchedUntilMs };
    const idleLimitMs = idleLimitOf(limits, settings.session);
    return { session, idlesAtMs: certainUse(seenMs, session.createdAtMs, nowMs) + idleLimitMs };
  }

  #checkIfDue(entry: SessionEntry, nowMs: number): void {
    if (!entry.isRefreshable || this.#rechecker === null) return;
    const { recheckMs } = entry.settings.session;
    if (!isCheckDue(entry.checkedAtMs, nowMs, recheckMs)) return;
    // A check that succeeds changes the login, which is then read anew; one that fails is tried again after this time.
    entry.checkedAtMs = nowMs - recheckMs + Math.min(recheckRetryMs, recheckMs);
    void this.#rechecker(entry.session.id);
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
