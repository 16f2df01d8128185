// Faults outside of bouncer, done to the real product as a process: nobody gets in by them, the process lives, who is logged in
// carries on where that is possible, and service is back by itself when the fault is over. The ceilings only end what hangs.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { canMount, mountSmallDisk } from '../fixtures/small-disk.ts';
import { prepareSite, type ServedSite, type ServeProcess } from './serve-process.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function prepare(settings = ''): Promise<ServedSite> {
  const site = await prepareSite({ settings });
  closers.push(() => site.close());
  return site;
}

/** The status, or what kept it from coming. */
async function ask(site: ServedSite, browser: BrowserClient, path = '/'): Promise<number | string> {
  try {
    return (await browser.get(site.at('wiki.localhost', path))).status;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

async function readiness(site: ServedSite): Promise<{ ready: boolean; warnings: Record<string, string> }> {
  const { body } = await request(`http://127.0.0.1:${site.managementPort}/readyz`);
  return (await body.json()) as { ready: boolean; warnings: Record<string, string> };
}

/** Where logins are not possible, nobody even gets to the provider. */
async function letsIn(site: ServedSite, who: string): Promise<boolean> {
  const browser = site.browser();
  const at = await browser.get(site.at('wiki.localhost'));
  return at.status !== 503 && (await logInAtProvider(browser, at, who)).status === 200;
}

/** Comes true by itself, a few seconds from now; a busy machine gets a minute. */
async function soon(check: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!(await check())) {
    if (performance.now() > endMs) throw new Error('not within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function expectHealthy(bouncer: ServeProcess): void {
  expect(bouncer.isAlive()).toBe(true);
  expect(bouncer.stderr()).not.toMatch(/unhandled|uncaught|^\s+at /im);
  expect(bouncer.stdout()).not.toContain('"internal_error"');
}

const storeOf = (site: ServedSite): string => join(site.folder, 'data/bouncer.sqlite');

describe('the identity provider', () => {
  let site: ServedSite;
  let bouncer: ServeProcess;
  let alice: BrowserClient;
  beforeAll(async () => {
    site = await prepareSite();
    bouncer = await site.start();
    const { browser, response } = await site.logIn('alice');
    expect(response.status).toBe(200);
    alice = browser;
  });
  afterAll(() => site?.close());

  /** Takes the provider's place at its port. */
  async function impostor(answer: (res: ServerResponse) => void): Promise<() => Promise<void>> {
    await site.provider.stop();
    const server: Server = createServer((_req, res) => answer(res));
    const port = Number(new URL(site.provider.issuer).port);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await site.provider.start();
    };
  }

  test.each<readonly [string, (res: ServerResponse) => void]>([
    ['is down', (res) => res.destroy()],
    ['never answers', () => {}],
    ['sends rubbish', (res) => res.end('<html>parked</html>')],
    ['sends half an answer', (res) => res.writeHead(200, { 'content-length': '500' }).write('{')],
    ['answers 500', (res) => res.writeHead(500).end()],
    ['sends more than anybody needs', (res) => res.end(`{"a":"${'x'.repeat(2_000_000)}"}`)],
    ['redirects to somebody else', (res) => res.writeHead(302, { location: 'http://evil.test/' }).end()],
  ])('%s: logins say so, who is logged in carries on, and it is over when it is over', async (_, answer) => {
    // What the provider said before is used for three seconds.
    await new Promise((resolve) => setTimeout(resolve, 3_050));
    const restore = await impostor(answer);
    const fresh = site.browser();
    const refused = await fresh.get(site.at('wiki.localhost', '/deep'));
    expect(refused.status).toBe(503);
    expect(refused.trail.every((url) => new URL(url).port === String(site.port))).toBe(true);
    expect((await readiness(site)).warnings).toHaveProperty('identity_provider:test');
    expect(await ask(site, alice)).toBe(200);
    await restore();
    await soon(async () => (await fresh.get(site.at('wiki.localhost'))).status === 200);
    expect((await site.logIn('admin')).response.status).toBe(200);
    expect((await readiness(site)).warnings).toEqual({});
    expectHealthy(bouncer);
  });
});

describe('the store', () => {
  test('is locked by another process: logins say so, who is logged in carries on', async () => {
    const site = await prepare();
    const bouncer = await site.start();
    const { browser } = await site.logIn('alice');
    const other = new DatabaseSync(storeOf(site));
    other.exec('BEGIN EXCLUSIVE');
    const late = site.browser();
    const atProvider = await late.get(site.at('wiki.localhost'));
    expect((await logInAtProvider(late, atProvider, 'admin')).status).toBe(503);
    expect(await ask(site, browser)).toBe(200);
    const before = site.upstream.seen.length;
    expect(await ask(site, site.browser(), '/secret')).toBe(200);
    expect(site.upstream.seen.length).toBe(before);
    other.exec('ROLLBACK');
    other.close();
    await soon(() => letsIn(site, 'admin'));
    expectHealthy(bouncer);
  });

  test('may grow no further: logins say so, who is logged in carries on, and room is used as soon as there is some', async () => {
    const site = await prepare();
    // A limit on files, with the signal ignored, as a full disk would be: every write beyond it fails.
    const bouncer = await site.start({ shell: "trap '' XFSZ; exec $BOUNCER" });
    const { browser } = await site.logIn('alice');
    const late = site.browser();
    const atProvider = await late.get(site.at('wiki.localhost'));
    execFileSync('prlimit', ['--pid', String(bouncer.pid), '--fsize=4096:unlimited']);
    expect((await logInAtProvider(late, atProvider, 'admin')).status).toBe(503);
    expect(await ask(site, browser)).toBe(200);
    // Nobody is sent to the provider any more who could not come back.
    expect(await ask(site, site.browser())).toBe(503);
    execFileSync('prlimit', ['--pid', String(bouncer.pid), '--fsize=unlimited:unlimited']);
    await soon(() => letsIn(site, 'admin'));
    expect(await ask(site, browser)).toBe(200);
    expectHealthy(bouncer);
  });

  test.runIf(canMount)(
    'cannot be written from the start: who is logged in carries on, nobody else is sent to log in, a logout counts, and all of it is told and taken back',
    {
      timeout: 120_000,
    },
    async () => {
      const disk = mountSmallDisk();
      closers.push(() => disk.close());
      const site = await prepareSite({ dataDir: disk.folder });
      closers.push(() => site.close());
      const first = await site.start();
      const { browser } = await site.logIn('alice');
      const { browser: leaving } = await site.logIn('admin');
      await first.stop();
      disk.setWritable(false);
      const bouncer = await site.start();
      await soon(async () => bouncer.stdout().includes('"store_unwritable"'));
      expect(await ask(site, browser)).toBe(200);
      const stranger = await site.browser().get(site.at('wiki.localhost', '/deep'));
      expect([stranger.status, new URL(stranger.url).port]).toEqual([503, String(site.port)]);
      expect(stranger.body).toContain('Logins are not possible right now');
      const { ready, warnings } = await readiness(site);
      expect(ready).toBe(true);
      expect(warnings['store']).toMatch(/^nobody can log in.*make the data folder and its files writable/);
      await leaving.post(site.at('wiki.localhost', '/.bouncer/logout'), {}, { stopAt: () => true });
      expect(await ask(site, leaving)).toBe(503);
      disk.setWritable(true);
      await soon(async () => (await readiness(site)).warnings['store'] === undefined);
      await soon(() => letsIn(site, 'admin'));
      expect(await ask(site, browser)).toBe(200);
      await soon(async () => bouncer.stdout().includes('"store_writable"'));
      expectHealthy(bouncer);
      await bouncer.stop();
      await site.start();
      expect(await ask(site, browser)).toBe(200);
      expect((await leaving.get(site.at('wiki.localhost'), { stopAt: () => true })).status).toBe(302);
    },
  );

  test('is deleted under the running process: nobody gets in by it, and a restart begins anew', async () => {
    const site = await prepare();
    const bouncer = await site.start();
    const { browser } = await site.logIn('alice');
    for (const end of ['', '-wal', '-shm']) rmSync(storeOf(site) + end, { force: true });
    const before = site.upstream.seen.length;
    expect(await ask(site, site.browser(), '/secret')).toBe(200);
    expect(site.upstream.seen.length).toBe(before);
    expect([200, 503]).toContain(await ask(site, browser));
    expect(bouncer.isAlive()).toBe(true);
    await bouncer.stop();
    await site.start();
    const isNotOurs = (url: string): boolean => url.startsWith(site.provider.issuer);
    const asked = await browser.get(site.at('wiki.localhost', '/secret'), { stopAt: isNotOurs });
    expect(asked.headers['location']).toMatch(new RegExp(`^${site.provider.issuer}`));
    expect(site.upstream.seen.some(({ url }) => url === '/secret')).toBe(false);
    expect((await site.logIn('alice')).response.status).toBe(200);
  });
});

describe('the file of the store, while it is used', () => {
  let site: ServedSite;
  let bouncer: ServeProcess;
  let browser: BrowserClient;
  let copy: Buffer;
  beforeAll(async () => {
    site = await prepareSite();
    bouncer = await site.start();
    ({ browser } = await site.logIn('alice'));
    // All of it in the main file, so that the damage is to what counts.
    await bouncer.stop();
    copy = readFileSync(storeOf(site));
    bouncer = await site.start();
  });
  afterAll(() => site?.close());

  test.each<readonly [string, (file: string) => void]>([
    ['overwritten with noise', (file) => overwrite(file, 0, statSync(file).size, 0xa5)],
    ['overwritten behind its head', (file) => overwrite(file, 4096, statSync(file).size - 4096, 0x5a)],
    ['cut to nothing', (file) => truncateSync(file, 0)],
    ['cut in the middle', (file) => truncateSync(file, 6_000)],
  ])('is %s: nobody gets in by it, the process lives, and a repaired one serves again', async (_, damage) => {
    expect(await ask(site, browser)).toBe(200);
    damage(storeOf(site));
    // Bouncer's own look at the upstream, soon after its start, is nobody's visit.
    const visits = (): number =>
      site.upstream.seen.filter(({ headers }) => headers['user-agent'] !== 'bouncer-health-check').length;
    const before = visits();
    for (let i = 0; i < 5; i++) {
      const stranger = site.browser();
      stranger.setCookie('wiki.localhost', 'bouncer_session', 'A'.repeat(43));
      // The provider's page, a refusal, or bouncer's own word that the store is not well.
      expect([200, 503]).toContain(await ask(site, stranger, '/secret'));
    }
    expect(site.upstream.seen.filter(({ url }) => url === '/secret')).toEqual([]);
    expect(visits()).toBe(before);
    expect([200, 503]).toContain(await ask(site, browser));
    expect(bouncer.isAlive()).toBe(true);
    await bouncer.kill();
    for (const end of ['-wal', '-shm']) rmSync(storeOf(site) + end, { force: true });
    writeFileSync(storeOf(site), copy);
    bouncer = await site.start();
    expect(await ask(site, browser)).toBe(200);
  });
});

function overwrite(file: string, from: number, length: number, byte: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(length, byte), 0, length, from);
  closeSync(fd);
}

test('no file descriptors are left: further connections are closed, nobody gets in, and service is back at once', async () => {
  const site = await prepare();
  const bouncer = await site.start({ shell: 'ulimit -n 60; exec $BOUNCER' });
  const { browser } = await site.logIn('alice');
  const sockets: Socket[] = [];
  for (let i = 0; i < 120; i++) {
    const socket = connect(site.port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
  }
  closers.push(() => sockets.forEach((socket) => void socket.destroy()));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = site.upstream.seen.length;
  await Promise.race([
    ask(site, site.browser(), '/secret'),
    new Promise((resolve) => setTimeout(resolve, 1_000)),
  ]);
  expect(site.upstream.seen.length).toBe(before);
  expect(bouncer.isAlive()).toBe(true);
  for (const socket of sockets) socket.destroy();
  await soon(async () => (await ask(site, browser)) === 200);
  expect((await site.logIn('admin')).response.status).toBe(200);
  expect(bouncer.isAlive()).toBe(true);
  expect(bouncer.stderr()).not.toMatch(/unhandled|uncaught|^\s+at /im);
});

test('rules that become invalid change nothing, are told about, and good ones count again', async () => {
  const site = await prepare();
  const bouncer = await site.start();
  const { browser } = await site.logIn('alice');
  const file = join(site.folder, 'rules.yaml');
  const good = readFileSync(file, 'utf8');
  const bad = [
    'applications: [',
    '',
    good.slice(0, good.length / 2),
    good.replace('email_domain', 'email_domian'),
    '\u0000',
  ];
  for (const text of bad) {
    writeFileSync(file, text);
    await soon(async () => 'reload' in (await readiness(site)).warnings);
    expect(await ask(site, browser)).toBe(200);
    expect(await ask(site, site.browser(), '/public/x')).toBe(200);
    const before = site.upstream.seen.length;
    await ask(site, site.browser(), '/secret');
    expect(site.upstream.seen.length).toBe(before);
    writeFileSync(file, good);
    await soon(async () => !('reload' in (await readiness(site)).warnings));
  }
  renameSync(file, `${file}.gone`);
  await soon(async () => 'reload' in (await readiness(site)).warnings);
  expect(await ask(site, browser)).toBe(200);
  writeFileSync(file, good.replace('example.com', 'nobody.example'));
  await soon(async () => (await ask(site, browser)) === 403);
  expectHealthy(bouncer);
}, 120_000);

test('a process that is killed in the middle of a login: sessions survive, and the login can be finished after the restart', async () => {
  const site = await prepare();
  const bouncer = await site.start();
  const { browser } = await site.logIn('alice');
  const late = site.browser();
  const atProvider = await late.get(site.at('wiki.localhost', '/deep?x=1'));
  await bouncer.kill();
  expect(await ask(site, browser)).not.toBe(200);
  const again = await site.start();
  expect(await ask(site, browser)).toBe(200);
  const end = await logInAtProvider(late, atProvider, 'admin');
  expect([end.status, end.url]).toEqual([200, site.at('wiki.localhost', '/deep?x=1')]);
  expectHealthy(again);
});
