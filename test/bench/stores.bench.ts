// What the shared store costs: CPU time of a request whose session the process remembers, with SQLite and with PostgreSQL in interleaved
// rounds; and how a process starts and what it weighs with 100,000 sessions in the database, before and while all of them are used.
// `npm run build && node test/bench/stores.bench.ts [--rounds 20] [--seconds 2] [--only cpu|sessions]`. Says figures, asserts none.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { postgresSettings, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { startBouncer } from './bench-bouncer.ts';
import { idleMemory, loadWithWrk } from './bench-load.ts';
import { startIdentityProvider } from './bench-login.ts';
import { startOrigin } from './bench-origin.ts';
import type { Peer, PeerContext } from './bench-peer.ts';
import { freePort, makeFolder } from './bench-processes.ts';
import { type Spread, spreadOf } from './bench-statistics.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '2' },
    sessions: { type: 'string', default: '100000' },
    only: { type: 'string' },
  },
});
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const sessionCount = Number(flags.sessions);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function inWords(spread: Spread | null, digits: number): string {
  if (spread === null) return 'nothing';
  const { median, min, max } = spread;
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** CPU microseconds of a request, for each store, one a round. */
async function compareStores(
  postgres: TestPostgres,
  contextOf: (port: number) => PeerContext,
): Promise<void> {
  const peers: { readonly name: string; readonly peer: Peer; readonly cpuUs: number[] }[] = [];
  const url = await postgres.createDatabase();
  for (const [index, [name, store]] of [
    ['SQLite', undefined],
    ['PostgreSQL', postgresSettings(url)],
  ].entries()) {
    const options = store === undefined ? {} : { store };
    peers.push({
      name: String(name),
      peer: await startBouncer(contextOf(ports[index] ?? 0), options),
      cpuUs: [],
    });
  }
  try {
    // The first rounds are the compiler's.
    for (let round = -3; round < rounds; round++) {
      for (const { peer, cpuUs } of round % 2 === 0 ? peers : peers.toReversed()) {
        const sample = await loadWithWrk(peer, '/1k', { seconds, connections: 32 });
        if (sample.errors > 0) throw new Error(`${sample.errors} requests failed`);
        if (round >= 0) cpuUs.push(sample.cpuUsPerUnit ?? Number.NaN);
      }
    }
    for (const { name, cpuUs } of peers) say(`${name}: ${inWords(spreadOf(cpuUs), 1)} µs CPU a request`);
    const ratios = (peers[1]?.cpuUs ?? []).map((us, round) => us / (peers[0]?.cpuUs[round] ?? Number.NaN));
    const sorted = ratios.toSorted((a, b) => a - b);
    const quartile = (at: number): string => (sorted[Math.floor(at * (sorted.length - 1))] ?? 0).toFixed(3);
    say(
      `PostgreSQL against SQLite, round by round: ${inWords(spreadOf(ratios), 3)} ×, half of all ${quartile(0.25)} to ${quartile(0.75)}`,
    );
  } finally {
    for (const { peer } of peers) await peer.process.stop();
  }
}

/** Copies the one login of the database, with a token each. @returns the tokens */
async function addSessions(postgres: TestPostgres, database: string, host: string): Promise<string[]> {
  const tokens = Array.from({ length: sessionCount }, () => createToken());
  for (let from = 0; from < tokens.length; from += 5_000) {
    const batch = tokens.slice(from, from + 5_000).map(hashToken);
    const list = batch.map((hash, index) => `('${hash}', ${from + index})`).join(',');
    await postgres.run(
      `WITH made AS (SELECT * FROM (VALUES ${list}) AS v (hash, n)),
         one AS (SELECT to_jsonb(l) AS row FROM bouncer.login AS l WHERE l.id NOT LIKE 'copy-%' LIMIT 1),
         logins AS (
           INSERT INTO bouncer.login
           SELECT (jsonb_populate_record(NULL::bouncer.login, one.row || jsonb_build_object(
             'id', 'copy-' || n, 'sub', 'person-' || n, 'email', 'person-' || n || '@example.com',
             'identity', replace(one.row ->> 'identity', one.row ->> 'email', 'person-' || n || '@example.com')))).*
           FROM made, one RETURNING id
         )
       INSERT INTO bouncer.host_token (hash, login_id, host, created_at)
       SELECT hash, 'copy-' || n, '${host}', 0 FROM made`,
      database,
    );
  }
  await postgres.run('ANALYZE', database);
  return tokens;
}

async function timeStart(
  context: PeerContext,
  folder: string,
  store: string,
): Promise<{ readonly peer: Peer; readonly idleKb: number }> {
  const peer = await startBouncer(context, { folder, store });
  const { rssKb } = await idleMemory(peer.process);
  return { peer, idleKb: rssKb };
}

/** Starts with an empty database and with a full one by turns; then all sessions are used, again and again. */
async function weighSessions(postgres: TestPostgres, context: PeerContext): Promise<void> {
  const folder = makeFolder();
  const [empty, full] = [await postgres.createDatabase(), await postgres.createDatabase()];
  const stores = { empty: postgresSettings(empty), full: postgresSettings(full) };
  const first = await startBouncer(context, { folder, store: stores.full });
  const host = String(first.headers['Host']).split(':')[0] ?? '';
  const cookieName = String(first.headers['Cookie']).split('=')[0] ?? '';
  await first.process.stop();
  const database = full.split('/').at(-1) ?? '';
  const tokens = await addSessions(postgres, database, host);
  const [row] = await postgres.run(
    `SELECT pg_total_relation_size('bouncer.login') + pg_total_relation_size('bouncer.host_token') AS n`,
    database,
  );
  say(`${sessionCount} sessions in the database: ${(Number(row?.['n']) / 1e6).toFixed(0)} MB with indexes`);
  const starts = { empty: [] as number[], full: [] as number[] };
  const cpu = { empty: [] as number[], full: [] as number[] };
  const idle = { empty: [] as number[], full: [] as number[] };
  for (let round = 0; round < 5; round++)
    for (const which of ['empty', 'full'] as const) {
      const { peer, idleKb } = await timeStart(context, folder, stores[which]);
      await peer.process.stop();
      starts[which].push(peer.start?.tookMs ?? Number.NaN);
      cpu[which].push(peer.start?.cpuMs ?? Number.NaN);
      idle[which].push(idleKb / 1024);
    }
  for (const which of ['empty', 'full'] as const)
    say(
      `${which}: listens after ${inWords(spreadOf(starts[which]), 0)} ms, ${inWords(spreadOf(cpu[which]), 0)} ms of CPU; ${inWords(spreadOf(idle[which]), 0)} MB at rest`,
    );
  const cookiesFile = join(folder, 'cookies');
  writeFileSync(cookiesFile, tokens.map((token) => `${cookieName}=${token}\n`).join(''));
  const { peer } = await timeStart(context, folder, stores.full);
  try {
    let requests = 0;
    for (let pass = 0; pass < 12; pass++) {
      const sample = await loadWithWrk(peer, '/1k', { seconds: 10, connections: 32, cookiesFile });
      if (sample.errors > 0) throw new Error(`${sample.errors} requests failed`);
      requests += sample.perSecond * 10;
      const { rssKb } = await idleMemory(peer.process);
      say(
        `after ${Math.round(requests)} requests, each of another session: ${(rssKb / 1024).toFixed(0)} MB; ${(sample.cpuUsPerUnit ?? 0).toFixed(0)} µs CPU a request`,
      );
    }
  } finally {
    await peer.process.stop();
  }
}

const ports = [await freePort(), await freePort()];
const provider = await startIdentityProvider(
  await freePort(),
  ports.map((port) => `http://bench.localhost:${port}/.bouncer/callback/bench`),
);
execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
const postgres = await startPostgres();
const origin = await startOrigin('files');
const contextOf = (bouncer: number): PeerContext => ({
  ...{ originUrl: origin.url, provider, connections: 0 },
  ports: { bouncer },
});
say(`load average before: ${loadavg()[0]?.toFixed(1)}`);
if (flags.only !== 'sessions') await compareStores(postgres, contextOf);
if (flags.only !== 'cpu') await weighSessions(postgres, contextOf(ports[0] ?? 0));
await origin.stop();
provider.stop();
await postgres.close();
process.exit();
