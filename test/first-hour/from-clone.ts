// The first hour as a script, from a fresh clone with nothing else: the demonstration's first page, and from `init` to mom's photos. It
// counts what a person has to decide and to type. `.ci/first-hour` clones and installs, and runs it; it prints what took how long.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { chooseWay } from '../fixtures/choose-way.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';

const root = join(import.meta.dirname, '../..');
const mostDecisions = 3;
const mostCommands = 2;
/** From the first command of each to what it leads to. */
const mostSeconds = 60;
/** Where others work too, times say nothing. */
const isBusy = process.env['BOUNCER_BUSY'] === '1';
/** From `git clone` to the end of `npm ci`: most of it is the network's. */
const installSeconds = Number(process.env['BOUNCER_INSTALL_SECONDS'] ?? 0);

interface Running {
  readonly child: ChildProcess;
  said(): string;
}

/** Starts what a person types. @param answers typed at its questions */
function type(command: string, cwd: string, answers: string | null = null): Running {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output?.on('data', (piece) => (said += String(piece)));
  child.stdin?.end(answers ?? '');
  return { child, said: () => said };
}

async function stop({ child }: Running): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  process.kill(-child.pid, 'SIGTERM');
  await once(child, 'exit');
}

/** Waits for words. @throws Error with all that was said */
async function until(running: Running, words: RegExp, seconds: number): Promise<RegExpExecArray> {
  for (let tenths = 0; tenths < seconds * 10; tenths++) {
    const found = words.exec(running.said());
    if (found !== null) return found;
    if (running.child.exitCode !== null) break;
    await wait(100);
  }
  throw new Error(`waited for ${words} in vain:\n${running.said()}`);
}

/** From `npm start` to the first page that somebody can read. @returns seconds */
async function seeDemo(): Promise<number> {
  const startedMs = performance.now();
  const demo = type('npm start --silent', root);
  const browser = new BrowserClient();
  try {
    const [, url = ''] = await until(demo, /(http:\/\/wiki\.localhost:\d+)\/public/, 120);
    const page = await browser.get(`${url}/public`);
    if (page.status !== 200) throw new Error(`the first page has status ${page.status}`);
    return (performance.now() - startedMs) / 1000;
  } finally {
    await browser.close();
    await stop(demo);
  }
}

/** @returns seconds, from the first command to mom's photos */
async function showMomHerPhotos(
  folder: string,
): Promise<{ seconds: number; decisions: number; commands: number }> {
  const photos = createServer((_, res) => res.end('the photos of the summer'));
  await new Promise<void>((resolve) => photos.listen(0, '127.0.0.1', resolve));
  const upstream = `http://127.0.0.1:${(photos.address() as AddressInfo).port}`;
  const startedMs = performance.now();
  const main = join(root, 'src/main.ts');
  const node = join(root, 'node_modules/.bin/node');
  const origin = 'http://photos.localhost:18477';
  const flags = [`--url ${origin}`, `--upstream ${upstream}`, '--allow mom@gmail.com'];
  const init = type(`${node} ${main} init ${folder}/site --local --yes ${flags.join(' ')}`, folder);
  const [, next = ''] = await until(init, /\n {2}bouncer (serve [^\n]*)/, 60);
  const browser = new BrowserClient();
  const serve = type(`${node} ${main} ${next}`, folder);
  try {
    await until(serve, /bouncer listens on/, 60);
    const asked = await chooseWay(browser, await browser.get(`${origin}/`), 'local');
    const end = await logInAtProvider(browser, asked, 'mom@gmail.com');
    if (end.body !== 'the photos of the summer')
      throw new Error(`mom sees ${end.status}: ${end.body.slice(0, 200)}`);
    return { seconds: (performance.now() - startedMs) / 1000, decisions: flags.length, commands: 2 };
  } finally {
    await browser.close();
    await stop(serve);
    photos.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'bouncer-first-hour-'));
try {
  const demo = await seeDemo();
  const { seconds, decisions, commands } = await showMomHerPhotos(folder);
  if (decisions > mostDecisions || commands > mostCommands)
    throw new Error(`${decisions} decisions and ${commands} commands to mom's photos`);
  if (!isBusy && Math.max(demo, seconds) > mostSeconds)
    throw new Error(`${demo.toFixed(1)} s to the demo's first page, ${seconds.toFixed(1)} s to mom's photos`);
  console.log(
    `the demo's first page ${demo.toFixed(1)} s after \`npm start\`, ${(installSeconds + demo).toFixed(1)} s after \`git clone\`; ${decisions} decisions, ${commands} commands and ${seconds.toFixed(1)} s from init to mom's photos`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
