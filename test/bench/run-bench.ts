// `npm run bench`: bouncer and its peers side by side, in interleaved rounds, each proxy on one core.
// Everything stays on loopback, takes a bounded time, and ends with this process.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Sample } from './bench-load.ts';
import { startIdentityProvider } from './bench-login.ts';
import { startOrigin } from './bench-origin.ts';
import {
  missingFor,
  type Peer,
  type PeerContext,
  type PeerName,
  peerNames,
  startPeer,
} from './bench-peers.ts';
import { freePort, hasCommand, run } from './bench-processes.ts';
import { profilePeer, renderProfile } from './bench-profile.ts';
import { type Circumstances, keptNotes, renderCharts, renderFigures, renderPage } from './bench-report.ts';
import { type Scenario, type ScenarioName, scenarios } from './bench-scenarios.ts';
import { measureMemory } from './bench-sessions.ts';
import type { MemoryFigures } from './bench-statistics.ts';

const usage = `Usage: npm run bench -- [options]
  --quick         one round of two seconds: does it work?
  --rounds N      rounds of every scenario (5)
  --seconds N     length of a sample (5)
  --only NAMES    scenarios, comma-separated: ${scenarios.map(({ name }) => name).join(', ')}, sessions, decisions
  --peers NAMES   peers, comma-separated: ${peerNames.join(', ')}
  --profile       only profile bouncer, and bare undici beside it, under the 1 KB load
  --write         write docs/performance.md and docs/performance.svg
  --json FILE     write the samples`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    peers: { type: 'string' },
    profile: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const note = (text: string): void => void process.stderr.write(`${text}\n`);
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

async function main(): Promise<void> {
  if (flags.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  for (const [command, packageName] of [
    ['taskset', 'util-linux'],
    ['wrk', 'wrk'],
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

  const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 5));
  const seconds = Number(flags.seconds ?? (flags.quick ? 2 : 5));
  const names = flags.only?.split(',') ?? [...scenarios.map(({ name }) => name), 'sessions', 'decisions'];
  const wanted = flags.peers?.split(',') ?? [...peerNames];
  const missing: string[] = [];
  const peers = peerNames.filter((name) => {
    if (!wanted.includes(name)) return false;
    const reason = missingFor(name, existsSync);
    if (reason !== null) missing.push(reason);
    return reason === null;
  });
  for (const line of missing) note(`skipped: ${line}`);

  const ports = { bouncer: await freePort(), apache: await freePort() };
  const provider = await startIdentityProvider(await freePort(), [
    `http://localhost:${ports.apache}/redirect_uri`,
    `http://bench.localhost:${ports.bouncer}/.bouncer/callback/bench`,
  ]);
  const withOrigin = async <T>(
    scenario: Pick<Scenario, 'origin' | 'connections'>,
    work: (context: PeerContext) => Promise<T>,
  ): Promise<T> => {
    const origin = await startOrigin(scenario.origin);
    try {
      return await work({ originUrl: origin.url, provider, ports, connections: scenario.connections });
    } finally {
      await origin.stop();
    }
  };

  const profileBoth = (): Promise<string> =>
    withOrigin({ origin: 'files', connections: 0 }, async (context) => {
      const bouncer = await profilePeer('bouncer', context, Math.max(seconds, 5));
      return renderProfile(bouncer, await profilePeer('bare-undici', context, Math.max(seconds, 5)));
    });
  if (flags.profile) {
    process.stdout.write(`${await profileBoth()}\n`);
    provider.stop();
    return;
  }

  const results = new Map<ScenarioName, Map<string, Sample[]>>();
  for (const scenario of scenarios) {
    if (!names.includes(scenario.name)) continue;
    const taking = scenario.peers.filter((name) => peers.includes(name));
    results.set(
      scenario.name,
      await withOrigin(scenario, (context) => runScenario(scenario, taking, context, rounds, seconds)),
    );
  }
  let memory: MemoryFigures | null = null;
  if (names.includes('sessions') && peers.includes('bouncer')) {
    note('sessions: idle memory, then 10,000 sessions');
    memory = await withOrigin({ origin: 'files', connections: 0 }, (context) =>
      measureMemory(context, seconds),
    );
  }
  process.stdout.write(`${renderFigures(results, memory)}\n`);
  let decisions = '';
  if (names.includes('decisions')) {
    note('decisions: bouncer, Cedar and Casbin');
    decisions = measureDecisions(flags.quick);
    process.stdout.write(decisions);
  }

  if (flags.json !== undefined) {
    const plain = Object.fromEntries(
      [...results].map(([name, byPeer]) => [name, Object.fromEntries(byPeer)]),
    );
    writeFileSync(flags.json, JSON.stringify({ results: plain, memory }, null, 2));
  }
  if (flags.write) {
    const kept = keptNotes(`${docs}performance.md`);
    const profile = peers.includes('bouncer') ? await profileBoth() : '';
    mkdirSync(docs, { recursive: true });
    writeFileSync(
      `${docs}performance.md`,
      renderPage(
        await circumstances(rounds, seconds, missing, busyness),
        results,
        memory,
        profile + decisions + kept,
      ),
    );
    writeFileSync(`${docs}performance.svg`, renderCharts(results));
    note('wrote docs/performance.md and docs/performance.svg');
  }
  provider.stop();
}

/** What a decision costs, in a process of its own on the proxies' core, as a section of the page. */
function measureDecisions(isQuick: boolean): string {
  const program = fileURLToPath(new URL('decide.bench.ts', import.meta.url));
  const args = ['-c', '0', process.execPath, '--expose-gc', program, ...(isQuick ? ['--quick'] : [])];
  const output = execFileSync('taskset', args, { encoding: 'utf8', timeout: 600_000 });
  return `\n## Decisions\n\n\`\`\`text\n${output.trim()}\n\`\`\`\n`;
}

/** All peers run at once, idle but for the one that is measured; each round asks every one of them. */
async function runScenario(
  scenario: Scenario,
  names: readonly PeerName[],
  context: PeerContext,
  rounds: number,
  seconds: number,
): Promise<Map<string, Sample[]>> {
  const running: Peer[] = [];
  const samples = new Map<string, Sample[]>();
  try {
    for (const name of names) {
      try {
        running.push(await startPeer(name, context));
      } catch (error) {
        note(`skipped: ${name} does not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const originPort = Number(new URL(context.originUrl).port);
    const direct = {
      name: 'direct',
      port: originPort,
      headers: { Host: `127.0.0.1:${originPort}` },
      process: null,
    };
    const targets = scenario.hasDirect ? [...running, direct] : running;
    // Round 0 warms compilers and caches and is not counted.
    for (let round = flags.quick ? 1 : 0; round <= rounds; round++) {
      for (const target of targets) {
        const sample = await scenario.measure(target, seconds).catch((error: unknown) => {
          note(
            `${scenario.name}: ${target.name} failed: ${error instanceof Error ? error.message : String(error)}`,
          );
          return null;
        });
        if (sample === null || round === 0) continue;
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

async function circumstances(
  rounds: number,
  seconds: number,
  missing: readonly string[],
  busyness: number,
): Promise<Circumstances> {
  const version = (name: string): string =>
    (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
  const said = async (command: string, args: readonly string[], pattern: RegExp): Promise<string> => {
    try {
      const output = await run('sh', ['-c', [command, ...args, '2>&1', '||', 'true'].join(' ')], 10_000);
      return pattern.exec(output)?.[1] ?? 'unknown';
    } catch {
      return 'missing';
    }
  };
  const command = [
    'npm run bench',
    ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
  ].join(' ');
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: [
      `${cpus().length} cores, ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}; load average before the run ${busyness.toFixed(1)}`,
    ],
    versions: [
      `Node ${process.versions.node}, undici ${version('undici')}, express ${version('express')}, http-proxy ${version('http-proxy')}, ws ${version('ws')}, oidc-provider ${version('oidc-provider')}`,
      `nginx ${await said('nginx', ['-v'], /nginx\/(\S+)/)}, Apache httpd ${await said('apache2', ['-v'], /Apache\/(\S+)/)}, mod_auth_openidc ${await said('dpkg-query', ['-W', 'libapache2-mod-auth-openidc'], /\s(\S+)/)}, wrk ${await said('wrk', ['-v'], /wrk (\S+)/)}, curl ${await said('curl', ['-V'], /curl (\S+)/)}`,
    ],
    rounds,
    seconds,
    missing,
  };
}

await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
process.exit();
