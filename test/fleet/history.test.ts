// A random history of operations at several nodes against what one node would say: whoever is ended is out, at the node that ended them at
// once and at the others within a second; what happens once happens once; and nobody who was not ended is ever out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CanonicalHost } from '../../src/http/request-target.ts';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { providerDigest } from '../../src/identity/provider-digest.ts';
import { createSessions, type SessionKeeper } from '../../src/identity/sessions/sessions.ts';
import type { IdentityProviderSettings, Settings } from '../../src/settings/settings.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { StoredLogin } from '../../src/store/session-store.ts';
import type { Store } from '../../src/store/store.ts';
import { noListener } from '../../src/store/store-listener.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { type Relay, startRelay } from '../fixtures/relay.ts';
import { login } from '../store/session-store-contract.ts';

const host = 'wiki.example.com' as CanonicalHost;
const limits = { durationMs: null, idleTimeoutMs: null };
const withinMs = 1_000;
const hour = 3_600_000;

interface Node {
  readonly store: Store;
  readonly sessions: SessionKeeper;
  readonly relay: Relay;
}

/** A token of a login, and what one node would know of it. Times by the steady clock; `null`: not yet. */
interface Token {
  readonly value: string;
  readonly loginId: string;
  readonly madeMs: number;
  endStartedMs: number | null;
  endedMs: number | null;
  /** The node that ended it. */
  endedBy: number | null;
  /** When a node first said that it is over. */
  readonly saidOverMs: Map<number, number>;
  /** The nodes that let it in once, and so remember it. */
  readonly letInBy: Set<number>;
}

const provider = {
  id: 'idp',
  type: 'oidc',
  issuer: 'https://id.example',
} as unknown as IdentityProviderSettings;
const settings = {
  authUrl: 'https://auth.example.com',
  identityProviders: [provider],
  session: { durationMs: 24 * hour, idleTimeoutMs: 8 * hour, recheckMs: hour },
} as unknown as Settings;

let postgres: TestPostgres;
const closing: (() => unknown)[] = [];

async function openNode(url: string): Promise<Node> {
  const relay = await startRelay(postgres.port);
  const store = await openPostgresStore({
    address: addressOf(url.replace(`:${postgres.port}/`, `:${relay.port}/`)),
    listenAddress: null,
    caFile: null,
    keepMs: () => 0,
    listener: noListener,
    mode: 'follow',
  });
  const sessions = createSessions({
    store,
    settings: () => settings,
    telemetry: { event: () => {} },
    rules: () => ({ findApplication: () => null }),
    now: store.now,
  });
  closing.push(async () => {
    await sessions.close();
    await store.close();
    await relay.close();
  });
  return { store, sessions, relay };
}

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

class History {
  readonly nodes: readonly Node[];
  readonly random: () => number;
  readonly tokens: Token[] = [];
  readonly problems: string[] = [];
  readonly did = { logins: 0, ends: 0, upgrades: 0, looks: 0, lateLooks: 0, takes: 0, unknown: 0 };
  readonly #taken = new Map<string, number>();

  constructor(nodes: readonly Node[], random: () => number) {
    this.nodes = nodes;
    this.random = random;
  }

  pick(): number {
    return Math.floor(this.random() * this.nodes.length);
  }

  node(index: number): Node {
    const node = this.nodes[index];
    if (node === undefined) throw new Error('no such node');
    return node;
  }

  alive(): Token | undefined {
    const alive = this.tokens.filter(({ endStartedMs }) => endStartedMs === null);
    return alive[Math.floor(this.random() * alive.length)];
  }

  async logIn(): Promise<void> {
    const { store } = this.node(this.pick());
    const value = createToken();
    const nowMs = store.now();
    const stored: StoredLogin = login({
      providerDigest: providerDigest(provider),
      ip: null,
      userAgent: null,
      createdAtMs: nowMs,
      lastSeenMs: nowMs,
      checkedAtMs: nowMs,
      unansweredSinceMs: null,
      expiresAtMs: nowMs + hour,
    });
    try {
      await store.sessions.createLogin(stored, { hash: hashToken(value), host, createdAtMs: nowMs }, null);
      this.tokens.push(this.#token(value, stored.id));
      this.did.logins += 1;
    } catch {
      this.did.unknown += 1;
    }
  }

  #token(value: string, loginId: string): Token {
    return {
      value,
      loginId,
      madeMs: performance.now(),
      endStartedMs: null,
      endedMs: null,
      endedBy: null,
      saidOverMs: new Map(),
      letInBy: new Set(),
    };
  }

  async end(): Promise<void> {
    const token = this.alive();
    if (token === undefined) return;
    const by = this.pick();
    token.endStartedMs = performance.now();
    try {
      await this.node(by).store.sessions.endLogins({ by: 'id', id: token.loginId });
      token.endedMs = performance.now();
      token.endedBy = by;
      this.did.ends += 1;
    } catch {
      this.did.unknown += 1;
    }
  }

  /**
   * A node steps a login up, or two do it at a time: then each drops what the other made, or is dropped. One token is left of what there
   * was.
   */
  async upgrade(): Promise<void> {
    const token = this.alive();
    if (token === undefined) return;
    token.endStartedMs = performance.now();
    const [first, second] = [this.pick(), this.pick()];
    const made = this.random() < 0.5 ? [createToken()] : [createToken(), createToken()];
    const run = async (by: number, value: string): Promise<boolean | null> => {
      const { sessions } = this.node(by).store;
      const nowMs = this.node(by).store.now();
      try {
        return await sessions.upgradeLogin(
          token.loginId,
          {
            ...login(),
            providerSid: null,
            secrets: null,
            isRefreshable: false,
            mustAskPerson: false,
            checkedAtMs: nowMs,
            unansweredSinceMs: null,
          },
          { hash: hashToken(value), host, createdAtMs: nowMs },
        );
      } catch {
        return null;
      }
    };
    const results = await Promise.all(made.map((value, index) => run(index === 0 ? first : second, value)));
    if (results.includes(null)) {
      this.did.unknown += 1;
      return;
    }
    token.endedMs = performance.now();
    token.endedBy = made.length === 1 || first === second ? first : null;
    this.did.upgrades += 1;
    const left: string[] = [];
    for (const value of made) {
      if (await this.#isThere(first, value)) left.push(value);
    }
    if (left.length !== 1)
      this.problems.push(`${left.length} tokens are left of ${made.length} step-ups at a time`);
    for (const value of left) this.tokens.push(this.#token(value, token.loginId));
  }

  /** Asked until there is an answer. */
  async #isThere(at: number, value: string): Promise<boolean> {
    for (;;) {
      try {
        return (await this.node(at).store.sessions.findByToken(hashToken(value))) !== null;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async look(): Promise<void> {
    const nowMs = performance.now();
    const known = this.tokens.filter(
      ({ endedMs, endStartedMs }) => endStartedMs === null || (endedMs !== null && nowMs - endedMs < 4_000),
    );
    const token = known[Math.floor(this.random() * known.length)];
    if (token === undefined) return;
    const at = this.pick();
    const { sessions, store } = this.node(at);
    const sentMs = performance.now();
    let isIn: boolean;
    try {
      isIn =
        (await sessions.identify(`__Host-bouncer_session=${token.value}`, {
          host,
          limits,
          nowMs: store.now(),
        })) !== null;
    } catch {
      this.did.unknown += 1;
      return;
    }
    this.did.looks += 1;
    this.#judge(token, at, sentMs, isIn);
  }

  #judge(token: Token, at: number, sentMs: number, isIn: boolean): void {
    const { endStartedMs, endedMs, endedBy, saidOverMs, letInBy } = token;
    if (endedMs !== null && sentMs - endedMs > withinMs && letInBy.has(at)) this.did.lateLooks += 1;
    if (!isIn) {
      if (endStartedMs === null) this.problems.push(`node ${at} said over to somebody whom nobody ended`);
      if (!saidOverMs.has(at)) saidOverMs.set(at, performance.now());
      return;
    }
    letInBy.add(at);
    if (sentMs > (saidOverMs.get(at) ?? Number.POSITIVE_INFINITY))
      this.problems.push(`node ${at} let somebody in again after it had said over`);
    if (endedMs === null || sentMs <= endedMs) return;
    if (endedBy === at) this.problems.push(`node ${at} let somebody in whom it had ended itself`);
    if (sentMs - endedMs > withinMs)
      this.problems.push(`node ${at} let somebody in ${Math.round(sentMs - endedMs)} ms after the end`);
  }

  /** A code is put at one node, and all take it at once. */
  async take(): Promise<void> {
    const key = `code-${createToken()}`;
    const putAt = this.node(this.pick()).store;
    const nowMs = putAt.now();
    try {
      await putAt.once.put(key, 'value', nowMs + hour);
      await putAt.once.mark(`${key}-marker`, nowMs + hour, nowMs);
    } catch {
      this.did.unknown += 1;
      return;
    }
    const results = await Promise.all(
      this.nodes.map(async ({ store }) => {
        try {
          const isMarked = await store.once.mark(`${key}-marker`, nowMs + hour, nowMs);
          if (isMarked) this.problems.push('a marker was set twice');
          return (await store.once.take(key, nowMs)) === 'value' ? 1 : 0;
        } catch {
          return null;
        }
      }),
    );
    const takers = results.filter((result) => result === 1).length;
    if (takers > 1) this.problems.push(`a code was taken ${takers} times`);
    if (takers === 0 && !results.includes(null)) this.problems.push('a code was taken by nobody');
    this.#taken.set(key, takers);
    this.did.takes += 1;
  }
}

describe.runIf(hasPostgres)('a random history at three nodes', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(() => postgres.close());

  it.each([1, 2])('is one that a single node could have had, but for a second (seed %i)', async (seed) => {
    const url = await postgres.createDatabase();
    const nodes = [await openNode(url), await openNode(url), await openNode(url)];
    const history = new History(nodes, createRandom(seed));
    for (let number = 0; number < 10; number++) await history.logIn();
    const untilMs = performance.now() + 12_000;
    const repeat = async (work: () => Promise<void>, everyMs: number): Promise<void> => {
      while (performance.now() < untilMs) {
        await work();
        await new Promise((resolve) => setTimeout(resolve, everyMs * history.random()));
      }
    };
    const hinder = async (): Promise<void> => {
      const { relay } = history.node(history.pick());
      const what = history.random();
      if (what < 0.3) relay.cut();
      else if (what < 0.5) {
        relay.blackHole();
        await new Promise((resolve) => setTimeout(resolve, 2_500 * history.random()));
        relay.release();
      } else relay.delay(Math.floor(history.random() * 60));
    };
    await Promise.all([
      ...Array.from({ length: 6 }, () => repeat(() => history.look(), 6)),
      repeat(() => history.logIn(), 80),
      repeat(() => history.end(), 80),
      repeat(() => history.upgrade(), 200),
      repeat(() => history.take(), 150),
      repeat(hinder, 1_500),
    ]);
    expect([...new Set(history.problems)]).toEqual([]);
    // Whoever was ended stays out, and whoever was not is in, everywhere.
    for (const { relay } of nodes) {
      relay.delay(0);
      relay.release();
    }
    await expect
      .poll(
        async () =>
          Promise.all(
            nodes.map(({ store }) =>
              Promise.resolve(store.sessions.version()).then(
                () => store.sessions.isReachable(),
                () => false,
              ),
            ),
          ),
        { timeout: 20_000 },
      )
      .toEqual([true, true, true]);
    for (const token of history.tokens)
      for (const { sessions, store } of nodes) {
        const isIn =
          (await sessions.identify(`__Host-bouncer_session=${token.value}`, {
            host,
            limits,
            nowMs: store.now(),
          })) !== null;
        if (token.endStartedMs === null) expect(isIn).toBe(true);
        else if (token.endedMs !== null) expect(isIn).toBe(false);
      }
    // A busy machine looks less often.
    expect(history.did.looks).toBeGreaterThan(100);
    // What would have shown a node that goes on with what it remembers.
    expect(history.did.lateLooks).toBeGreaterThan(20);
    expect(Math.min(history.did.ends, history.did.upgrades, history.did.takes)).toBeGreaterThan(5);
  });
});
