// A site of a laptop, shared with the people named: begun at a terminal, opened by whom it is for, refused to everybody else, ended by
// everything that should end it.

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Bouncer } from '../../src/bouncer.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { findFreePort } from '../../src/demo/free-port.ts';
import { runCommand } from '../cli/run-command.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { people, person, type Site, startSite } from '../fixtures/running-site.ts';
import { createHome, type Home, logInTerminal, startShare } from '../fixtures/terminal-login.ts';
import { waitUntil } from '../tunnel/tunnel-fixture.ts';

let site: Site;
let laptop: RecordingUpstream;

const rules = `
rule_groups:
  sharers: { include: [{ email: [alice@example.com, admin@example.com] }] }
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
`;

const sharing = (edgePort: number, more = '', others: readonly number[] = []): string => `
tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ${JSON.stringify([edgePort, ...others].map((port) => `127.0.0.1:${port}`))} }
share: { domain: share.localhost, allow: [{ rule_group: sharers }]${more} }
`;

beforeAll(async () => {
  laptop = await startRecordingUpstream();
  site = await startSite({
    rules,
    people: [...people, person('mom', 'mom@family.test', []), person('dad', 'dad@family.test', [])],
    settings: sharing(await findFreePort(0, 1), ', max_per_person: 2'),
  });
});
afterAll(async () => {
  await site.close();
  await laptop.close();
});

async function sharer(who = 'alice'): Promise<{ readonly home: Home; readonly browser: BrowserClient }> {
  const home = createHome();
  return { home, browser: await logInTerminal(site, who, home) };
}

const share = (home: Home, ...args: readonly string[]) =>
  startShare(home, String(laptop.port), '--with', 'mom@family.test', ...args);
const command = (home: Home, ...args: readonly string[]) =>
  runCommand(args, { cwd: home.folder, env: home.env });
const ended = (name: string) =>
  waitUntil(() =>
    site.records().find((record) => record['event'] === 'share_ended' && record['share'] === name),
  );

test('is opened by whom it is for and by nobody else, seen by who shares it, and over with Ctrl-C', async () => {
  const { home } = await sharer();
  const running = await share(home);
  expect(running.name).toMatch(/^[a-z]+(-[a-z]+){3}$/);
  expect(new URL(running.url).host).toBe(`${running.name}.share.localhost:${site.port}`);

  const { response, browser } = await site.logIn('mom', `${running.url}page?x=1`);
  expect(response.status).toBe(200);
  const seen = laptop.seen.at(-1);
  expect(seen).toMatchObject({ url: '/page?x=1', headers: { host: `localhost:${laptop.port}` } });
  const [, payload = ''] = String(seen?.headers['x-bouncer-jwt-assertion']).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  expect(claims).toMatchObject({ aud: [`share:${running.name}`], email: 'mom@family.test' });
  expect(Object.keys(claims).sort()).toEqual(
    ['aud', 'email', 'email_verified', 'exp', 'iat', 'iss', 'jti', 'nbf', 'sub', 'type'].sort(),
  );
  // Not even by whoever shares it.
  for (const who of ['dad', 'mallory', 'alice'])
    expect((await site.logIn(who, running.url)).response.status).toBe(403);
  expect(laptop.seen.filter(({ url }) => url === '/')).toHaveLength(0);

  await waitUntil(() => running.said().includes('GET /page  200'));
  expect(running.said()).toContain('mom@family.test is looking');
  await waitUntil(() => running.said().includes('somebody logged in who is not named'));
  for (const stranger of ['dad@family.test', 'mallory@evil.test'])
    expect(running.said()).not.toContain(stranger);

  const listed = await runCommand(['tunnel', 'list'], { cwd: site.folder });
  expect(listed.stdout).toContain(`${running.name} (shared by alice@example.com)`);

  running.child.kill('SIGINT');
  expect(await running.done).toBe(0);
  expect(running.said()).toContain('Who has looked, with requests: mom@family.test (1)');
  expect(await ended(running.name)).toMatchObject({ reason: 'asked', email: 'alice@example.com' });
  // The host is nobody's any more.
  expect((await browser.get(running.url)).status).toBe(421);
  const book = JSON.parse((await runCommand(['tunnel', 'list', '--json'], { cwd: site.folder })).stdout);
  expect(book).toEqual([]);
});

describe('a share ends', () => {
  test('with Ctrl-C, and what is under way with it', async () => {
    const { home } = await sharer();
    const running = await share(home);
    const { browser } = await site.logIn('mom', running.url);
    const stream = await fetchStream(`${running.url}stream`, browser.cookieFor(running.url) ?? '');
    await stream.first;
    running.child.kill('SIGINT');
    await stream.over;
    expect(await running.done).toBe(0);
    expect((await browser.get(running.url)).status).toBe(421);
  });

  test('with the login of the terminal, and what is under way with it', async () => {
    const { home } = await sharer();
    const running = await share(home);
    const { browser } = await site.logIn('mom', running.url);
    const cookie = browser.cookieFor(running.url) ?? '';
    const stream = await fetchStream(`${running.url}stream`, cookie);
    await stream.first;
    expect((await command(home, 'logout')).code).toBe(0);
    expect(await ended(running.name)).toMatchObject({ reason: 'session-ended' });
    await stream.over;
    expect(await running.done).toBe(1);
    expect(running.said()).toContain('The share is over:');
  });

  test('when its sharer is blocked', async () => {
    const { home } = await sharer('admin');
    const running = await share(home);
    expect((await runCommand(['person', 'block', 'admin@example.com'], { cwd: site.folder })).code).toBe(0);
    expect(await ended(running.name)).toMatchObject({ reason: 'session-ended' });
    expect(await running.done).toBe(1);
    await runCommand(['person', 'unblock', 'admin@example.com'], { cwd: site.folder });
  });

  test('when its time is up, in the middle of a stream', async () => {
    const { home } = await sharer();
    const running = await share(home);
    const { browser } = await site.logIn('mom', running.url);
    const stream = await fetchStream(`${running.url}stream`, browser.cookieFor(running.url) ?? '');
    await stream.first;
    letExpire(running.name);
    expect(await ended(running.name)).toMatchObject({ reason: 'expired' });
    await stream.over;
    expect((await browser.get(running.url)).status).toBe(421);
  });

  test('when an operator deletes it', async () => {
    const { home } = await sharer();
    const running = await share(home);
    const deleted = await runCommand(['tunnel', 'delete', running.name], { cwd: site.folder });
    expect(deleted.code).toBe(0);
    expect(await running.done).toBe(1);
    const { response } = await site.logIn('mom', site.at('wiki.localhost'));
    expect(response.status).toBe(403);
    await waitUntil(async () => (await site.browser().get(running.url)).status === 421);
  });

  test('when the rules no longer let its sharer share', async () => {
    const { home } = await sharer();
    const running = await share(home);
    site.writeRules(rules.replace('alice@example.com, ', ''));
    expect(await site.bouncer.reload()).toBe(true);
    expect(await ended(running.name)).toMatchObject({ reason: 'not-allowed' });
    expect(await running.done).toBe(1);
    site.writeRules(rules);
    expect(await site.bouncer.reload()).toBe(true);
  });
});

test('who shares a port that speaks no HTTP, or where nothing is, reads so, and who looked in vain', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.6\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { home } = await sharer();
  const running = await startShare(home, String(port), '--with', 'mom@family.test');
  const { response, browser } = await site.logIn('mom', running.url);
  expect(response.status).toBe(502);
  const broken = `http://localhost:${port} did not answer as a web site does: is it the right port?`;
  await waitUntil(() => running.said().includes(broken));
  expect(running.said()).toContain('mom@family.test is looking');
  expect(running.said()).toContain('GET /  502');
  server.close();
  expect((await browser.get(running.url)).status).toBe(502);
  await waitUntil(() => running.said().includes(`nothing answers at http://localhost:${port}`));
  await waitUntil(() => running.said().split('GET /  502').length === 3);
  running.child.kill('SIGINT');
  await running.done;
  expect(running.said().split(broken)).toHaveLength(2);
  expect(running.said()).toContain('Who has looked, with requests: mom@family.test (2).');
});

test('a laptop that dies is a share that answers 502, and its sharer begins another one', async () => {
  const { home } = await sharer();
  const first = await share(home);
  const { browser } = await site.logIn('mom', first.url);
  first.child.kill('SIGKILL');
  await first.done;
  await waitUntil(async () => (await browser.get(first.url)).status === 502);
  const second = await share(home);
  expect(second.name).not.toBe(first.name);
  expect((await browser.get(second.url)).status).toBe(200);
  // Two are as many as one person may have here: that of the dead process is one.
  const third = await command(home, 'share', String(laptop.port), '--with', 'mom@family.test');
  expect(third).toMatchObject({ code: 1, stderr: expect.stringContaining('you share 2 sites already') });
  for (const { name } of [first, second]) await runCommand(['tunnel', 'delete', name], { cwd: site.folder });
});

test('who may not share is told so, and what makes no sense too', async () => {
  const { home } = await sharer('mallory');
  const tried = (...args: readonly string[]) => command(home, 'share', ...args);
  expect(await tried('1313', '--with', 'mom@family.test')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('mallory@evil.test may not share'),
  });
  expect(await tried('1313')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining("'--with <address>'"),
  });
  expect((await tried('1313', '--with', 'mom')).stderr).toContain('expected an e-mail address');
  expect((await tried('70000', '--with', 'mom@family.test')).stderr).toContain('expected a port');
  expect((await tried('1313', '--with', 'mom@family.test', '--for', '5s')).stderr).toContain(
    'a minute at least',
  );
  const many = Array.from({ length: 21 }, (_, at) => ['--with', `p${at}@family.test`]).flat();
  expect((await tried('1313', ...many)).stderr).toContain('more than 20 people');
  const nobody = createHome();
  expect((await command(nobody, 'share', '1313', '--with', 'mom@family.test')).stderr).toContain(
    'logged in nowhere',
  );
  // A browser begins none.
  const { browser } = await site.logIn('alice', site.at('auth.localhost', '/.bouncer/login'));
  const form = { with: 'mom@family.test', port: '80', key: 'x'.repeat(43) };
  expect((await browser.post(site.at('auth.localhost', '/.bouncer/share'), form)).status).toBe(401);
});

test('two edges carry it, either restarts without its end, and both know of its end within a moment', async () => {
  const [edgePort, otherEdgePort, otherPort] = [
    await findFreePort(0, 1),
    await findFreePort(0, 1),
    await findFreePort(0, 1),
  ];
  const first = await startSite({
    rules,
    people: [...people, person('mom', 'mom@family.test', [])],
    settings: sharing(edgePort, '', [otherEdgePort]),
  });
  onTestFinished(() => first.close());
  /** Another process of the same store, as far as the two can tell. */
  const startOther = async (): Promise<Bouncer> => {
    const text = readFileSync(join(first.folder, 'bouncer.yaml'), 'utf8')
      .replace(`listen: 127.0.0.1:${first.port}`, `listen: 127.0.0.1:${otherPort}`)
      .replace(`{ listen: "127.0.0.1:${edgePort}"`, `{ listen: "127.0.0.1:${otherEdgePort}"`);
    writeFileSync(join(first.folder, 'other.yaml'), text);
    const bouncer = await createBouncer({
      settings: join(first.folder, 'other.yaml'),
      log: { write: () => true },
    });
    await bouncer.listen();
    return bouncer;
  };
  let other = await startOther();
  onTestFinished(() => other.close());
  const home = createHome();
  await logInTerminal(first, 'alice', home);
  const running = await startShare(home, String(laptop.port), '--with', 'mom@family.test');
  const { browser } = await first.logIn('mom', running.url);
  const elsewhere = new BrowserClient((url) => url.replace(`:${first.port}/`, `:${otherPort}/`));
  onTestFinished(() => elsewhere.close());
  const host = new URL(running.url).hostname;
  for (const [name, value] of browser.cookiesOf(host)) elsewhere.setCookie(host, name, value);
  const statusAtOther = async (): Promise<number> => (await elsewhere.get(running.url)).status;
  await waitUntil(async () => (await statusAtOther()) === 200);
  await other.close();
  expect((await browser.get(running.url)).status).toBe(200);
  other = await startOther();
  await waitUntil(async () => (await statusAtOther()) === 200);
  running.child.kill('SIGINT');
  expect(await running.done).toBe(0);
  await waitUntil(async () => (await statusAtOther()) === 421);
});

/** The share's end is now, as if it had been begun for less. */
function letExpire(name: string): void {
  const database = new DatabaseSync(join(site.folder, 'data', 'bouncer.sqlite'), { timeout: 1_000 });
  database
    .prepare("UPDATE tunnel SET share = json_set(share, '$.expiresAtMs', ?) WHERE name = ?")
    .run(Date.now(), name);
  database.prepare("UPDATE counter SET value = value + 1 WHERE name = 'tunnels'").run();
  database.close();
}

interface Stream {
  /** Something came. */
  readonly first: Promise<void>;
  /** Nothing more comes. */
  readonly over: Promise<void>;
}

/** An event stream of the application, which never ends by itself. */
function fetchStream(url: string, cookie: string): Promise<Stream> {
  const { port, host, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: pathname, headers: { host, cookie } };
    getHttp(options, (response: IncomingMessage) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      const first = new Promise<void>((done) => response.once('data', () => done()));
      const over = new Promise<void>((done) => response.once('close', done));
      response.on('error', () => {});
      resolve({ first, over });
    }).on('error', reject);
  });
}
