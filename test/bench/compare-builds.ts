// `node test/bench/compare-builds.ts NAME=FOLDER NAME=FOLDER …`: what builds of bouncer cost beside each other, in interleaved rounds on
// one core. CPU time, because that is what a busy machine disturbs least. Each folder holds a `dist/` (`npm run build`) and node_modules.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { browserFields, loadWithWrk, type Target } from './bench-load.ts';
import { startIdentityProvider } from './bench-login.ts';
import { startOrigin } from './bench-origin.ts';
import { startBouncer } from './bench-peers.ts';
import { freePort } from './bench-processes.ts';
import { spreadOf } from './bench-statistics.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '1' },
    fields: { type: 'string', default: 'plain,browser' },
    'node-args': { type: 'string', default: '' },
  },
});

/** What a request carries, by the names of `--fields`. */
const loads: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  browser: browserFields,
};

interface Build {
  readonly name: string;
  readonly target: Target;
  readonly stop: () => Promise<void>;
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const named = positionals.map((text) => {
    const [name = '', folder = ''] = text.split('=');
    const program = resolve(join(folder, 'dist/main.js'));
    if (!existsSync(program)) throw new Error(`${name}: there is no ${program} (npm run build)`);
    return { name, program };
  });
  if (named.length < 2) throw new Error('name two builds or more: before=../other after=.');
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  const ports = await Promise.all(named.map(() => freePort()));
  const provider = await startIdentityProvider(
    await freePort(),
    ports.map((port) => `http://bench.localhost:${port}/.bouncer/callback/bench`),
  );
  const origin = await startOrigin('files');
  const builds: Build[] = [];
  try {
    for (const [at, { name, program }] of named.entries()) {
      const context = {
        originUrl: origin.url,
        provider,
        ports: { bouncer: ports[at] ?? 0, apache: 0 },
        connections: 0,
      };
      const nodeArgs = flags['node-args'].split(' ').filter((one) => one !== '');
      const peer = await startBouncer(context, { main: program, nodeArgs });
      builds.push({ name, target: peer, stop: () => peer.process.stop() });
    }
    for (const load of flags.fields.split(',')) {
      note(`${load} (load average ${(loadavg()[0] ?? 0).toFixed(1)})`);
      process.stdout.write(`${render(load, await measure(load, builds))}\n`);
    }
  } finally {
    await Promise.all(builds.map(({ stop }) => stop()));
    await origin.stop();
    provider.stop();
  }
}

/** CPU µs a request of each build in each round. The first two rounds warm compilers and are not counted; which build begins changes. */
async function measure(load: string, builds: readonly Build[]): Promise<ReadonlyMap<string, number[]>> {
  const found = new Map<string, number[]>(builds.map(({ name }) => [name, []]));
  const more = loads[load];
  if (more === undefined) throw new Error(`there is no load \`${load}\`: ${Object.keys(loads).join(', ')}`);
  const rounds = Number(flags.rounds);
  for (let round = -1; round <= rounds; round++) {
    const order = builds.map((_, i) => builds[(i + round + 1) % builds.length]);
    for (const build of order) {
      if (build === undefined) continue;
      const { target } = build;
      const asked = { ...target, headers: { ...target.headers, ...more } };
      const sample = await loadWithWrk(asked, '/1k', {
        seconds: Number(flags.seconds),
        connections: 32,
        warmUpSeconds: 0,
      });
      if (sample.errors > 0) throw new Error(`${build.name}: ${sample.errors} errors`);
      if (round > 0) found.get(build.name)?.push(sample.cpuUsPerUnit ?? Number.NaN);
    }
    note(
      `${load} ${round}/${rounds}: ${[...found].map(([name, all]) => `${name} ${all.at(-1)?.toFixed(1) ?? '-'}`).join(', ')}`,
    );
  }
  return found;
}

function render(load: string, found: ReadonlyMap<string, readonly number[]>): string {
  const [first = []] = found.values();
  const rows = [...found].map(([name, all]) => {
    const ratios = all.map((us, round) => us / (first[round] ?? Number.NaN));
    const cell = (values: readonly number[], digits: number): string => {
      const spread = spreadOf(values);
      if (spread === null) return '-';
      return `${spread.median.toFixed(digits)} (${spread.min.toFixed(digits)}–${spread.max.toFixed(digits)})`;
    };
    return `| ${name} | ${cell(all, 1)} | ${cell(ratios, 3)} |`;
  });
  return `| ${load}, GET of 1 KB | CPU µs a request | against ${[...found.keys()][0]} |\n| --- | ---: | ---: |\n${rows.join('\n')}`;
}

await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
process.exit();
