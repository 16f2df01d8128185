// `node test/bench/compare-checks.ts --oauth2-proxy FILE NAME=FOLDER …`: what a question of nginx (`auth_request`) costs bouncer and
// oauth2-proxy (`/oauth2/auth`, sessions in the cookie), in interleaved rounds on one core. CPU time, because that is what a busy machine
// disturbs least. Each folder holds a `dist/` (`npm run build`) and node_modules. With `--people N` each question is of the next of so many
// who are logged in, over all of the connections: what a connection keeps of one of them is of no use to another.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { logInThroughFront, startBouncer } from './bench-bouncer.ts';
import { browserFields } from './bench-load.ts';
import { type IdentityProvider, logIn, startIdentityProvider } from './bench-login.ts';
import { startOauth2Proxy } from './bench-oauth2-proxy.ts';
import { startOrigin } from './bench-origin.ts';
import { freePort, makeFolder, type Running } from './bench-processes.ts';
import { measurePaired, type Paired, renderPaired } from './paired-rounds.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'oauth2-proxy': { type: 'string' },
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '2' },
    'node-args': { type: 'string', default: '' },
    people: { type: 'string', default: '1' },
  },
});

interface Asked extends Paired {
  readonly process: Running;
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);

/** What nginx says of the request besides the client's own fields, as docs/forward-auth.md configures it; recorded. */
function questionFields(host: string, cookie: string): Readonly<Record<string, string>> {
  const { Connection: _, ...ofClient } = browserFields;
  return {
    Host: host,
    'X-Original-URL': `http://${host}/1k`,
    'X-Original-Method': 'GET',
    'X-Forwarded-For': '127.0.0.1',
    ...ofClient,
    Cookie: cookie,
  };
}

/** Of further people, who log in as the first one did; `null`: there are none. */
async function cookiesFile(first: string, logInNext: () => Promise<string>): Promise<string | null> {
  const cookies = [first];
  while (cookies.length < Number(flags.people)) cookies.push(await logInNext());
  if (cookies.length === 1) return null;
  const file = join(makeFolder(), 'cookies');
  writeFileSync(file, cookies.join('\n'));
  return file;
}

/** With sessions in its cookie. */
async function startPeerThatAnswers(file: string, port: number, provider: IdentityProvider): Promise<Asked> {
  const host = `bench.localhost:${port}`;
  const process_ = await startOauth2Proxy({
    ...{ file, port, provider, publicUrl: `http://${host}`, upstream: 'static://200' },
  });
  const logInThere = (): Promise<string> =>
    logIn(`http://${host}/oauth2/start?rd=%2F`).catch((error: unknown) => {
      throw new Error(`oauth2-proxy: ${String(error)} ${process_.errors()}`);
    });
  const cookie = await logInThere();
  const target = { port, headers: questionFields(host, cookie), process: process_ };
  const cookies = await cookiesFile(cookie, logInThere);
  return { name: 'oauth2-proxy', path: '/oauth2/auth', target, process: process_, cookies };
}

async function main(): Promise<void> {
  execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)], { stdio: 'ignore' });
  const ports = await Promise.all(positionals.map(() => freePort()));
  const peerPort = await freePort();
  const provider = await startIdentityProvider(await freePort(), [
    ...ports.map((port) => `http://auth.localhost:${port}/.bouncer/callback/bench`),
    `http://bench.localhost:${peerPort}/oauth2/callback`,
  ]);
  const origin = await startOrigin('files');
  const all: Asked[] = [];
  try {
    if (flags['oauth2-proxy'] !== undefined)
      all.push(await startPeerThatAnswers(resolve(flags['oauth2-proxy']), peerPort, provider));
    for (const [at, text] of positionals.entries()) {
      const [name = '', folder = ''] = text.split('=');
      const check = await freePort();
      const context = {
        originUrl: origin.url,
        provider,
        ports: { bouncer: ports[at] ?? 0 },
        connections: 0,
      };
      const peer = await startBouncer(context, {
        main: resolve(join(folder, 'dist/main.js')),
        nodeArgs: flags['node-args'].split(' ').filter((one) => one !== ''),
        ...{ authHost: 'auth.localhost', checkPort: check },
      });
      const { Host: host = '', Cookie: cookie = '' } = peer.headers;
      const target = { port: check, headers: questionFields(host, cookie), process: peer.process };
      const cookies = await cookiesFile(cookie, () => logInThroughFront(host, check));
      all.push({ name, path: '/.bouncer/verify', target, process: peer.process, cookies });
    }
    note(`load average ${(loadavg()[0] ?? 0).toFixed(1)}`);
    const length = { rounds: Number(flags.rounds), seconds: Number(flags.seconds) };
    const found = await measurePaired(all, length, note);
    process.stdout.write(
      `${renderPaired(`a question with a browser's fields, people: ${flags.people}`, found)}\n`,
    );
  } finally {
    await Promise.all(all.map(({ process: one }) => one.stop()));
    await origin.stop();
    provider.stop();
  }
}

await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
process.exit();
