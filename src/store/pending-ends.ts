// What ends a login ends it in this process at once, even while the store cannot be written: it is remembered here, and written when it
// can be. The caller still learns that it is not written: nothing here outlives the process.
import { BouncerError } from '../bouncer-error.ts';
import { isSelected } from './login-selection.ts';
import { isPromise, type MaybePromise } from './maybe-promise.ts';
import type { FoundLogin, LoginSelection, SessionStore, StoredLogin } from './session-store.ts';
import type { Store } from './store.ts';

/** Beyond this many nothing more is remembered; a disk that is full for so long has been told of often. */
const mostPending = 10_000;
const retryMs = 1_000;

interface PendingEnd {
  readonly selection: LoginSelection;
  /** Logins made later are not meant. */
  readonly atMs: number;
}

/** The store with its ends kept in memory until they are written. */
export function keepPendingEnds(store: Store): Store {
  const pending = new PendingEnds(store);
  return {
    sessions: pending.sessions,
    once: store.once,
    keys: store.keys,
    secrets: store.secrets,
    tokens: store.tokens,
    persons: store.persons,
    hardwareKeys: store.hardwareKeys,
    passkeys: store.passkeys,
    acts: store.acts,
    tunnels: store.tunnels,
    forms: store.forms,
    access: store.access,
    nodes: store.nodes,
    now: () => store.now(),
    isWritable: () => store.isWritable(),
    status: () => store.status(),
    close: async () => {
      await pending.close();
      await store.close();
    },
  };
}

class PendingEnds {
  readonly #store: Store;
  readonly #inner: SessionStore;
  readonly #ends = new Map<string, PendingEnd>();
  readonly #tokens = new Set<string>();
  /** Counts what ended here alone, so that nobody goes on with what was read before. */
  #bumps = 0;
  /** What the version was when it was first told after the last of them; older ones say nothing. `null`: not told since. */
  #floor: number | null = 0;
  #retrying: NodeJS.Timeout | null = null;
  #isWriting = false;

  constructor(store: Store) {
    this.#store = store;
    this.#inner = store.sessions;
  }

  readonly sessions: SessionStore = {
    version: () => {
      const bumps = this.#bumps;
      const version = this.#inner.version();
      return isPromise(version) ? version.then((at) => this.#told(at, bumps)) : this.#told(version, bumps);
    },
    isUnchangedSince: (loginId, version) =>
      this.#bumps === 0
        ? this.#inner.isUnchangedSince(loginId, version)
        : this.#floor !== null &&
          version >= this.#floor &&
          this.#inner.isUnchangedSince(loginId, version - this.#bumps),
    isReachable: () => this.#inner.isReachable(),
    findByToken: (hash) => {
      if (this.#tokens.has(hash)) return null;
      return map(this.#inner.findByToken(hash), (found) =>
        found === null ? null : this.#unlessEnded(found),
      );
    },
    findLogin: (id) =>
      map(this.#inner.findLogin(id), (login) => (login === null || this.#isEnded(login) ? null : login)),
    createLogin: (login, token, replacesLoginId) => this.#inner.createLogin(login, token, replacesLoginId),
    upgradeLogin: (id, change, token, revision) =>
      this.#unlessEndedId(id, () => this.#inner.upgradeLogin(id, change, token, revision)),
    updateLogin: (id, revision, change) =>
      this.#unlessEndedId(id, () => this.#inner.updateLogin(id, revision, change)),
    addToken: (id, token, othersEndAtMs) =>
      this.#unlessEndedId(id, () => this.#inner.addToken(id, token, othersEndAtMs)),
    claimCheck: (id, expectedMs, nowMs) =>
      this.#unlessEndedId(id, () => this.#inner.claimCheck(id, expectedMs, nowMs)),
    touch: (uses) => this.#inner.touch(uses),
    removeToken: (hash) =>
      this.#orRemember(
        () => this.#inner.removeToken(hash),
        () => this.#tokens.add(hash),
      ),
    endLogins: (selection) =>
      this.#orRemember(
        () => this.#inner.endLogins(selection),
        () => this.#rememberEnd(selection),
      ),
    // The marker is not remembered: whoever asked is told that it failed, and asks again.
    endLoginsOnce: (selection, marker, nowMs) =>
      this.#orRemember(
        () => this.#inner.endLoginsOnce(selection, marker, nowMs),
        () => this.#rememberEnd(selection),
      ),
    list: (selection) => this.#inner.list(selection),
    listPrograms: (idp, sub) => this.#inner.listPrograms(idp, sub),
    removeExpired: (nowMs, idleSinceMs) => this.#inner.removeExpired(nowMs, idleSinceMs),
  };

  /** @param bumps how many there were when it was asked for: one that came meanwhile makes it another version */
  #told(at: number, bumps: number): number {
    if (bumps === this.#bumps) this.#floor ??= at + bumps;
    return at + bumps;
  }

  #rememberEnd(selection: LoginSelection): void {
    this.#ends.set(JSON.stringify(selection), { selection, atMs: this.#store.now() });
  }

  async close(): Promise<void> {
    if (this.#retrying !== null) clearInterval(this.#retrying);
    await this.#write();
  }

  /** @throws what the store throws, after it was remembered */
  #orRemember<T>(write: () => MaybePromise<T>, remember: () => unknown): MaybePromise<T> {
    const fail = (error: unknown): never => {
      const isLost = error instanceof BouncerError && error.code === 'store_unavailable';
      if (isLost && this.#ends.size + this.#tokens.size < mostPending) {
        remember();
        this.#bumps += 1;
        this.#floor = null;
        this.#retrying ??= setInterval(() => void this.#write(), retryMs).unref();
      }
      throw error;
    };
    try {
      const written = write();
      return isPromise(written) ? written.catch(fail) : written;
    } catch (error) {
      return fail(error);
    }
  }

  /** Everything that waits, until the first that fails again. */
  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      for (const [key, end] of this.#ends) {
        await this.#writeEnd(end);
        this.#ends.delete(key);
      }
      for (const hash of this.#tokens) {
        await this.#inner.removeToken(hash);
        this.#tokens.delete(hash);
      }
      if (this.#retrying !== null) clearInterval(this.#retrying);
      this.#retrying = null;
    } catch {
      // Still not; it was told when it was remembered, and the store's own state says so.
    } finally {
      this.#isWriting = false;
    }
  }

  /** Whoever logged in again since is not meant, so that those that are meant are named one by one. */
  async #writeEnd({ selection, atMs }: PendingEnd): Promise<void> {
    for (const { login } of await this.#inner.list(selection))
      if (login.createdAtMs <= atMs) await this.#inner.endLogins({ by: 'id', id: login.id });
  }

  #unlessEnded(found: FoundLogin): FoundLogin | null {
    return this.#isEnded(found.login) ? null : found;
  }

  #unlessEndedId(id: string, write: () => MaybePromise<boolean>): MaybePromise<boolean> {
    if (this.#ends.size === 0) return write();
    const found = this.sessions.findLogin(id);
    if (isPromise(found)) return found.then((login) => login !== null && write());
    return found === null ? false : write();
  }

  #isEnded(login: StoredLogin): boolean {
    for (const { selection, atMs } of this.#ends.values())
      if (login.createdAtMs <= atMs && isSelected(login, selection)) return true;
    return false;
  }
}

function map<T, R>(value: MaybePromise<T>, to: (value: T) => R): MaybePromise<R> {
  return isPromise(value) ? value.then(to) : to(value);
}
