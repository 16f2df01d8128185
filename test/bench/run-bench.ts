// `npm run bench`: bouncer and its peers side by side, in interleaved rounds, each proxy on one core.
// Everything stays on loopback, takes a bounded time, and ends with this process.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { commitOf, findCircumstances } from './bench-circumstances.ts';
import type { Sample } from './bench-load.ts';
import { startIdentityProvider } from './bench-login.ts';
import { startOrigin } from './bench-origin.ts';
import {
  type Peer,
  type PeerContext,
  type PeerName,
  peerNames,
  peersWithLogin,
  redirectUris,
} from './bench-peer.ts';
import { missingFor, startPeer } from './bench-peers.ts';
import { freePort, hasCommand } from './bench-processes.ts';
import { profilePeer, renderProfile } from './bench-profile.ts';
import { mergeFigures, readRecord, writeRecord } from './bench-record.ts';
import { keptNotes, renderCharts, renderFigures, renderPage } from './bench-report.ts';
import { type Scenario, type ScenarioName, scenarios } from './bench-scenarios.ts';
import { measureMemory } from './bench-sessions.ts';
import { measureSlopes } from './bench-slopes.ts';
import { measureStart } from './bench-start.ts';
import type { Figures, Stamp } from './bench-targets.ts';
import { makeKeyPair } from './bench-tls.ts';

const parts = ['sessions', 'start', 'slopes', 'decisions'] as const;

const usage = `Usage: npm run bench -- [options]
  --quick            one round of two seconds, and a twentieth of what grows: does it work?
  --rounds N         rounds of every scenario (5)
  --seconds N        length of a sample (5); at a fixed rate at least 15
  --only NAMES       comma-separated: ${[...scenarios.map(({ name }) => name), ...parts].join(', ')}
  --peers NAMES      peers, comma-separated: ${peerNames.join(', ')}
  --programs FOLDERS where oauth2-proxy and caddy are, where not in the PATH; separated by colons
  --before FOLDER    an earlier checkout with its dist/ and node_modules, as the peer \`before\`
  --profile          only profile bouncer, and bare undici beside it, under the 1 KB load; with --only http2 that one
  --write            write docs/performance.md and docs/performance.svg; what was tried is kept
  --json FILE        write all figures
  --merge FILE       take from such a file what this run does not measure; the page says of when each table is`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    peers: { type: 'string' },
    programs: { type: 'string' },
    before: { type: 'string' },
    profile: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    json: { type: 'string' },
    merge: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const note = (text: string): void => void process.stderr.write(`${text}\n`);
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 5));
const seconds = Number(flags.seconds ?? (flags.quick ? 2 : 5));
const before = flags.before === undefined ? undefined : resolve(flags.before, 'dist/main.js');
const all: readonly string[] = [...scenarios.map(({ name }) => name), ...parts];

/** Everything but the origin. */
type World = Omit<PeerContext, 'originUrl' | 'connections'>;

async function main(): Promise<void> {
  if (flags.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const busyness = prepareMachine();
  const names = flags.only?.split(',') ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`there is no \`${unknown}\`: ${all.join(', ')}`);
  if (flags.write && flags.only !== undefined && flags.merge === undefined)
    throw new Error(
      '--write with --only would leave out all other tables: take them from a file with --merge',
    );
  const earlier = flags.merge === undefined ? null : readRecord(flags.merge);
  const peers = choosePeers();
  const stamp = {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(docs),
    busyness,
    rounds,
    seconds,
  };
  const ports = Object.fromEntries(
    await Promise.all(peersWithLogin.map(async (name) => [name, await freePort()])),
  );
  const provider = await startIdentityProvider(await freePort(), redirectUris(ports));
  const world: World = { provider, ports, before };
  if (flags.profile) {
    const isSecure = names.length === 1 && names[0] === 'http2';
    process.stdout.write(`${await profileBoth(world, isSecure ? { isSecure } : {})}\n`);
  } else {
    const found = await measure(world, names, peers);
    const now = { ...found, stamps: stampsOf(found, stamp) };
    const figures = earlier === null ? now : mergeFigures(earlier, now);
    process.stdout.write(`${renderFigures(figures, stamp)}\n\n${figures.decisions}`);
    await keep(figures, world, stamp);
  }
  provider.stop();
}

/** @returns how busy others keep it */
function prepareMachine(): number {
  const folders = (flags.programs ?? '').split(':').filter((folder) => folder !== '');
  // Debian keeps servers where only root looks for programs.
  const ofServers = '/usr/sbin';
  process.env['PATH'] = [
    ...folders.map((folder) => resolve(folder)),
    ...[process.env['PATH'] ?? '', ofServers],
  ].join(':');
  for (const [command, packageName] of [
    ['taskset', 'util-linux'],
    ['wrk', 'wrk'],
    ['h2load', 'nghttp2-client'],
    ['openssl', 'openssl'],
    ['curl', 'curl'],
    ['nginx', 'nginx'],
  ] as const) {
    if (!hasCommand(command)) throw new Error(`${command} is missing (apt-get install ${packageName})`);
  }
  if (availableParallelism() < 2)
    throw new Error('two cores are needed: one for the proxy, one for everything else');
  const busyness = loadavg()[0] ?? 0;
  if (busyness > 0.5)
    note(`others keep this machine busy (load ${busyness.toFixed(1)}): do not trust the figures`);
  // This process watches; it must not disturb the proxy's core.
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  return busyness;
}

/** What is not measured, and why, for the page. */
const missing: string[] = [];

function skip(reason: string): void {
  note(`skipped: ${reason}`);
  // What a program said in many lines is for the terminal, and where its files are.
  const line = (reason.split('\n')[0] ?? '').replace(/(\/[^\s/:]+)+\//g, '');
  if (!missing.includes(line)) missing.push(line);
}

function choosePeers(): readonly PeerName[] {
  const wanted = flags.peers?.split(',') ?? [...peerNames];
  return peerNames.filter((name) => {
    if (!wanted.includes(name)) {
      skip(`${name}: left out by --peers`);
      return false;
    }
    const reason = missingFor(name, { before, exists: existsSync });
    if (reason !== null) skip(reason);
    return reason === null;
  });
}

function stampsOf(found: Omit<Figures, 'stamps'>, stamp: Stamp): ReadonlyMap<string, Stamp> {
  const { memory, start, slopes, decisions } = found;
  const measured = { sessions: memory !== null, start: start !== null, slopes: slopes.length > 0 };
  const names = Object.entries({ ...measured, decisions: decisions !== '' }).flatMap(([name, isThere]) =>
    isThere ? [name] : [],
  );
  return new Map([...found.results.keys(), ...names].map((name) => [name, stamp]));
}

async function withOrigin<T>(
  world: World,
  scenario: Pick<Scenario, 'origin' | 'connections' | 'isSecure'>,
  work: (context: PeerContext) => Promise<T>,
): Promise<T> {
  const origin = await startOrigin(scenario.origin);
  try {
    const tls = scenario.isSecure === true ? makeKeyPair() : undefined;
    return await work({ ...world, originUrl: origin.url, connections: scenario.connections, tls });
  } finally {
    await origin.stop();
  }
}

const files = { origin: 'files', connections: 0 } as const;

async function measure(
  world: World,
  names: readonly string[],
  peers: readonly PeerName[],
): Promise<Omit<Figures, 'stamps'>> {
  const results = new Map<ScenarioName, Map<string, Sample[]>>();
  for (const scenario of scenarios) {
    if (!names.includes(scenario.name)) continue;
    const taking = scenario.peers.filter((name) => peers.includes(name));
    results.set(
      scenario.name,
      await withOrigin(world, scenario, (context) => runScenario(scenario, taking, context)),
    );
  }
  /** One that fails must not take the others along. */
  const part = async <T>(name: (typeof parts)[number], work: () => Promise<T>): Promise<T | null> => {
    if (!names.includes(name) || !peers.includes('bouncer')) return null;
    note(name);
    return work().catch((error: unknown) => {
      skip(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    });
  };
  const share = flags.quick ? 0.05 : 1;
  const memory = await part('sessions', () =>
    withOrigin(world, files, (context) => measureMemory(context, seconds)),
  );
  const start = await part('start', () =>
    withOrigin(world, files, (context) => measureStart(context, flags.quick ? 2 : 10)),
  );
  const slopes = await part('slopes', () =>
    measureSlopes({ ...world, connections: 0 }, { share, seconds }, { note, skip }),
  );
  let decisions = '';
  if (names.includes('decisions')) {
    note('decisions: bouncer, Cedar and Casbin');
    decisions = measureDecisions();
  }
  return { results, memory, start, slopes: slopes ?? [], decisions };
}

/** Write down what was asked for. */
async function keep(figures: Figures, world: World, stamp: Stamp): Promise<void> {
  if (flags.json !== undefined) writeRecord(flags.json, figures);
  if (!flags.write) return;
  const kept = keptNotes(`${docs}performance.md`);
  const profile = await profileBoth(world);
  const circumstances = await findCircumstances({
    ...{ missing, stamp },
    before: flags.before === undefined ? null : commitOf(resolve(flags.before)),
  });
  writeFileSync(`${docs}performance.md`, renderPage(circumstances, figures, { profile, kept }));
  writeFileSync(`${docs}performance.svg`, renderCharts(figures.results));
  // What README shows of it.
  execFileSync(process.execPath, [fileURLToPath(new URL('../../build/make-docs.ts', import.meta.url))]);
  note('wrote docs/performance.md, docs/performance.svg and the table in README.md');
}

function profileBoth(world: World, more: Pick<Scenario, 'isSecure'> = {}): Promise<string> {
  return withOrigin(world, { ...files, ...more }, async (context) => {
    const bouncer = await profilePeer('bouncer', context, Math.max(seconds, 5));
    return renderProfile(bouncer, await profilePeer('bare-undici', context, Math.max(seconds, 5)));
  });
}

/** What a decision costs, in a process of its own on the proxies' core. */
function measureDecisions(): string {
  const program = fileURLToPath(new URL('decide.bench.ts', import.meta.url));
  const args = ['-c', '0', process.execPath, '--expose-gc', program, ...(flags.quick ? ['--quick'] : [])];
  const output = execFileSync('taskset', args, { encoding: 'utf8', timeout: 600_000 });
  return `\`\`\`text\n${output.trim()}\n\`\`\`\n`;
}

/** Holds the place of a sample that could not be taken, so that those after it stay beside those of their round. */
const failed: Sample = {
  ...{ perSecond: Number.NaN, cpuUsPerUnit: null, p50Ms: null, p99Ms: null },
  ...{ rssKb: null, pssKb: null, rssGrowthKb: null, errors: 1 },
};

/** All peers run at once, idle but for the one that is measured; each round asks every one of them. */
async function runScenario(
  scenario: Scenario,
  names: readonly PeerName[],
  context: PeerContext,
): Promise<Map<string, Sample[]>> {
  const running: Peer[] = [];
  const samples = new Map<string, Sample[]>();
  const length = flags.quick ? seconds : Math.max(seconds, scenario.leastSeconds ?? 0);
  try {
    for (const name of names) {
      try {
        running.push(await startPeer(name, context));
      } catch (error) {
        skip(
          `${name} does not start (${scenario.name}): ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    const port = Number(new URL(context.originUrl).port);
    const direct = { name: 'direct', port, headers: { Host: `127.0.0.1:${port}` }, process: null };
    const targets = scenario.hasDirect ? [...running, direct] : running;
    // Round 0 warms compilers and caches and is not counted.
    for (let round = flags.quick ? 1 : 0; round <= rounds; round++) {
      for (const target of targets) {
        if (round === 0 && scenario.warmUp !== undefined) {
          // What fails here fails in the samples too, and is told there.
          await scenario.warmUp(target).catch(() => {});
          continue;
        }
        const sample = await scenario.measure(target, length).catch((error: unknown) => {
          skip(
            `a sample of ${target.name} (${scenario.name}): ${error instanceof Error ? error.message : String(error)}`,
          );
          return failed;
        });
        if (round === 0) continue;
        samples.set(target.name, [...(samples.get(target.name) ?? []), sample]);
        const cpu = sample.cpuUsPerUnit === null ? '' : `, ${sample.cpuUsPerUnit.toFixed(1)} µs CPU`;
        note(
          `${scenario.name} ${round}/${rounds} ${target.name}: ${sample.perSecond.toFixed(0)} ${scenario.unit}s/s${cpu}`,
        );
      }
    }
  } finally {
    await Promise.all(running.map((peer) => peer.process.stop()));
  }
  return samples;
}

await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
process.exit();
