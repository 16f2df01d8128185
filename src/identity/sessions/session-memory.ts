// What this process remembers of sessions, by token: used while the store's version says that nothing changed, and read anew otherwise.
// It judges none.
import type { Settings } from '../../settings/settings.ts';
import { isPromise, type MaybePromise } from '../../store/maybe-promise.ts';
import { RecentlyUsed } from '../../store/recently-used.ts';
import type { FoundLogin } from '../../store/session-store.ts';
import type { Store } from '../../store/store.ts';
import { createEntry, type HeldToken, type SessionEntry } from './session-entry.ts';

function keyOf({ tokenHash, programHost }: HeldToken): string {
  return programHost === null ? tokenHash : `${tokenHash} ${programHost}`;
}

export class SessionMemory {
  readonly #store: Pick<Store, 'sessions'>;
  readonly #settings: () => Settings;
  readonly #entries: RecentlyUsed<SessionEntry>;

  /** @param capacity how many are remembered, at about 1 KB each */
  constructor(store: Pick<Store, 'sessions'>, settings: () => Settings, capacity: number) {
    this.#store = store;
    this.#settings = settings;
    this.#entries = new RecentlyUsed(capacity);
  }

  has(held: HeldToken): boolean {
    return this.#entries.get(keyOf(held)) !== undefined;
  }

  forget(held: HeldToken): void {
    this.#entries.delete(keyOf(held));
  }

  /** As it stands in the store, from memory where that is certain. @throws BouncerError `store_unavailable` */
  find(held: HeldToken): MaybePromise<SessionEntry | null> {
    const version = this.#store.sessions.version();
    return isPromise(version) ? version.then((at) => this.#findAt(held, at)) : this.#findAt(held, version);
  }

  #findAt(held: HeldToken, version: number): MaybePromise<SessionEntry | null> {
    const entry = this.#entries.get(keyOf(held));
    if (entry !== undefined && entry.settings === this.#settings() && this.#isCurrent(entry, version))
      return entry;
    const found = this.#store.sessions.findByToken(held.tokenHash);
    return isPromise(found)
      ? found.then((row) => this.#remember(held, version, row))
      : this.#remember(held, version, found);
  }

  #isCurrent(entry: SessionEntry, version: number): boolean {
    if (entry.version === version) return true;
    if (!this.#store.sessions.isUnchangedSince(entry.session.id, entry.version)) return false;
    entry.version = version;
    return true;
  }

  #remember(held: HeldToken, version: number, found: FoundLogin | null): SessionEntry | null {
    const key = keyOf(held);
    // A cookie is not a program's token, and the other way round.
    if (found === null || (found.program === null) !== (held.programHost === null)) {
      this.#entries.delete(key);
      return null;
    }
    const { login } = found;
    const settings = this.#settings();
    const known = this.#entries.get(key);
    if (known !== undefined && known.settings === settings && known.session.revision === login.revision) {
      known.version = version;
      known.seenMs = Math.max(known.seenMs, login.lastSeenMs);
      known.checkedAtMs = login.checkedAtMs;
      known.tokenEndsAtMs = found.tokenEndsAtMs;
      return known;
    }
    const entry = createEntry(held, found, settings, version);
    entry.isEnded = known?.isEnded ?? false;
    this.#entries.set(key, entry);
    return entry;
  }
}
