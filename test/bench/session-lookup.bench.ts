// What it costs to find out who asks when the process remembers the session: with SQLite and with PostgreSQL, turn about in one process, by
// the CPU time of the thread. `node test/bench/session-lookup.bench.ts [--rounds 40]`. Asserts answers, never times.
import { strictEqual } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parsePresented } from '../../src/http/own-token.ts';
import type { CanonicalHost, CanonicalPath } from '../../src/http/request-target.ts';
import { identify } from '../../src/identity/identify.ts';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { providerDigest } from '../../src/identity/provider-digest.ts';
import { createSessions, type SessionKeeper } from '../../src/identity/sessions/sessions.ts';
import { settingsFromObject } from '../../src/settings/load-settings.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { noListener } from '../../src/store/store-listener.ts';
import { addressOf, startPostgres } from '../fixtures/postgres.ts';
import { login } from '../store/session-store-contract.ts';
import { spreadOf } from './bench-statistics.ts';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } });
const turns = 2_000;
/** Requests of one turn of the event loop, as under load. */
const perTurn = 10;

const host = 'a.localhost' as CanonicalHost;
const parsed = settingsFromObject(
  {
    auth_url: 'http://auth.localhost',
    identity_providers: [{ id: 'idp', type: 'oidc', issuer: 'http://localhost:1', client_id: 'b' }],
  },
  { baseDir: '/', env: {} },
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const settings = parsed.value;
const [provider] = settings.identityProviders;
if (provider === undefined) throw new Error('no provider');
const digest = providerDigest(provider);
const target = { path: '/api/items' as CanonicalPath, query: '?page=2', readings: [] };
const limits = { durationMs: null, idleTimeoutMs: null };

interface Contender {
  readonly store: Store;
  readonly sessions: SessionKeeper;
  /** @returns what was found; a promise when the store had to be asked */
  run(): unknown;
}

async function enter(store: Store): Promise<Contender> {
  const sessions = createSessions({
    ...{ store, settings: () => settings, telemetry: { event: () => {} }, now: store.now },
    rules: () => ({ findApplication: () => null }),
  });
  const token = createToken();
  const nowMs = store.now();
  const times = {
    createdAtMs: nowMs,
    lastSeenMs: nowMs,
    checkedAtMs: nowMs,
    expiresAtMs: nowMs + 86_400_000,
  };
  const one = login({ ...times, providerDigest: digest, unansweredSinceMs: null });
  await store.sessions.createLogin(one, { hash: hashToken(token), host, createdAtMs: nowMs }, null);
  const cookie = `bouncer_session=${token}`;
  return {
    store,
    sessions,
    run: () => {
      const credentials = { host, target, cookie, presented: parsePresented({}) };
      return identify(sessions, credentials, limits, store.now());
    },
  };
}

/** Microseconds of CPU time. The kernel counts them by the millisecond, so that a stretch is many of those. */
async function stretch({ run }: Contender): Promise<number> {
  const start = process.threadCpuUsage();
  for (let turn = 0; turn < turns; turn++) {
    await setImmediate();
    for (let index = 0; index < perTurn; index++) run();
  }
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / (turns * perTurn);
}

const folder = mkdtempSync(join(tmpdir(), 'bouncer-lookup-'));
const postgres = await startPostgres();
const remote = await openPostgresStore({
  ...{ address: addressOf(await postgres.createDatabase()), listenAddress: null, caFile: null },
  ...{ keepMs: () => 60_000, listener: noListener, mode: 'follow' },
});
const contenders = { SQLite: await enter(createStore(folder)), PostgreSQL: await enter(remote) };
const samples = { SQLite: [] as number[], PostgreSQL: [] as number[] };
const names = ['SQLite', 'PostgreSQL'] as const;
for (let round = -3; round < Number(flags.rounds); round++)
  for (const name of round % 2 === 0 ? names : names.toReversed()) {
    const found = (await contenders[name].run()) as { readonly kind?: string } | null;
    strictEqual(found?.kind, 'person', name);
    const us = await stretch(contenders[name]);
    // The first rounds are the compiler's.
    if (round >= 0) samples[name].push(us);
  }
const words = (values: readonly number[]): string => {
  const { median, min, max } = spreadOf(values) ?? { median: Number.NaN, min: Number.NaN, max: Number.NaN };
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)}) µs`;
};
for (const name of names) process.stdout.write(`${name.padEnd(11)} ${words(samples[name])}\n`);
const more = samples.PostgreSQL.map((us, round) => us - (samples.SQLite[round] ?? Number.NaN));
process.stdout.write(`PostgreSQL above SQLite, round by round: ${words(more)}\n`);
for (const { sessions, store } of Object.values(contenders)) {
  await sessions.close();
  await store.close();
}
await postgres.close();
rmSync(folder, { recursive: true, force: true });
