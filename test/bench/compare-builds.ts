// `node test/bench/compare-builds.ts NAME=FOLDER NAME=FOLDER …`: what builds of bouncer cost beside each other, in interleaved rounds on
// one core, over HTTP/1.1 or, with `--http2`, over TLS and HTTP/2; nginx takes part as `nginx=`, bare undici as `bare-undici=`. CPU time,
// because that is what a busy machine disturbs least. Each folder holds a `dist/` (`npm run build`) and node_modules.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBouncer } from './bench-bouncer.ts';
import { browserFields, type Target } from './bench-load.ts';
import { startIdentityProvider } from './bench-login.ts';
import { startOrigin } from './bench-origin.ts';
import { startPeer } from './bench-peers.ts';
import { freePort } from './bench-processes.ts';
import { makeKeyPair } from './bench-tls.ts';
import { measurePaired, renderPaired } from './paired-rounds.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '1' },
    fields: { type: 'string', default: 'plain,browser' },
    'node-args': { type: 'string', default: '' },
    http2: { type: 'boolean', default: false },
  },
});

/** What a request carries, by the names of `--fields`. */
const loads: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  browser: flags.http2 ? withoutConnection(browserFields) : browserFields,
};

/** HTTP/2 has no place for it (RFC 9113 section 8.2.2). */
function withoutConnection({
  Connection: _,
  ...fields
}: Readonly<Record<string, string>>): Record<string, string> {
  return fields;
}

interface Build {
  readonly name: string;
  readonly target: Target;
  readonly stop: () => Promise<void>;
}

/** Peers that are no builds. */
const others = ['nginx', 'bare-undici', 'node-floor'] as const;
const isOther = (name: string): name is (typeof others)[number] => others.some((one) => one === name);

const length = { rounds: Number(flags.rounds), seconds: Number(flags.seconds) };
const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const named = positionals.map((text) => {
    const [name = '', folder = ''] = text.split('=');
    const program = resolve(join(folder, 'dist/main.js'));
    if (!isOther(name) && !existsSync(program))
      throw new Error(`${name}: there is no ${program} (npm run build)`);
    return { name, program };
  });
  if (named.length < 2) throw new Error('name two builds or more: before=../other after=.');
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  const tls = flags.http2 ? makeKeyPair() : undefined;
  const scheme = tls === undefined ? 'http' : 'https';
  const ports = await Promise.all(named.map(() => freePort()));
  const provider = await startIdentityProvider(
    await freePort(),
    ports.map((port) => `${scheme}://bench.localhost:${port}/.bouncer/callback/bench`),
  );
  const origin = await startOrigin('files');
  const builds: Build[] = [];
  try {
    for (const [at, { name, program }] of named.entries()) {
      const context = {
        originUrl: origin.url,
        provider,
        ports: { bouncer: ports[at] ?? 0 },
        connections: 0,
        tls,
      };
      const nodeArgs = flags['node-args'].split(' ').filter((one) => one !== '');
      const peer = await (isOther(name)
        ? startPeer(name, context)
        : startBouncer(context, { main: program, nodeArgs }));
      builds.push({ name, target: peer, stop: () => peer.process.stop() });
    }
    for (const load of flags.fields.split(',')) {
      const more = loads[load];
      if (more === undefined)
        throw new Error(`there is no load \`${load}\`: ${Object.keys(loads).join(', ')}`);
      note(`${load} (load average ${(loadavg()[0] ?? 0).toFixed(1)})`);
      const asked = builds.map(({ name, target }) => ({
        name,
        path: '/1k',
        target: { ...target, headers: { ...target.headers, ...more } },
      }));
      const found = await measurePaired(asked, length, note);
      process.stdout.write(`${renderPaired(`${load}, GET of 1 KB`, found)}\n`);
    }
  } finally {
    await Promise.all(builds.map(({ stop }) => stop()));
    await origin.stop();
    provider.stop();
  }
}

await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
process.exit();
