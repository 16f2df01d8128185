// Whatever was permitted with a session ends with it, at every stage of a request's life, also where the policy asked for no session
//
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;
let app: Server;
let metricsUrl: string;
/** Requests that arrived at the application, also those whose body never ends. */
let arrived: string[];

beforeAll(async () => {
  arrived = [];
  app = createServer((req, res) => {
    arrived.push(`${req.method} ${req.url}`);
    req.on('error', () => {}).resume();
    res.on('error', () => {});
    if (!req.url?.startsWith('/stream')) return;
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => res.write('data: x\n\n'), 50);
    res.on('close', () => clearInterval(timer));
  });
  app.on('upgrade', (req, socket) => {
    arrived.push(`UPGRADE ${req.url}`);
    // Only bouncer ends it: one that stays open would keep the application from closing below.
    socket
      .on('error', () => {})
      .on('end', () => socket.destroy())
      .resume();
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const upstream = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const open = 'policies: [{ name: open, action: bypass, include: [everyone] }]';
  const staff = 'policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]';
  const management = await findFreePort(0, 1);
  metricsUrl = `http://127.0.0.1:${management}/metrics`;
  site = await startSite({
    settings: `management: 127.0.0.1:${management}`,
    rules: `
applications:
  - { name: open, host: open.localhost, upstream: "${upstream}", ${open} }
  - name: narrow
    host: narrow.localhost
    upstream: ${upstream}
    upstream_options: { max_connections: 1, connect_timeout: 60s }
    ${open}
  - { name: wiki, host: wiki.localhost, upstream: "${upstream}", ${staff} }
  - { name: short, host: short.localhost, upstream: "${upstream}", session: { duration: 4s }, ${staff} }
  - { name: idle, host: idle.localhost, upstream: "${upstream}", session: { idle_timeout: 3s }, ${staff} }
`,
  });
});

afterAll(async () => {
  await site.close();
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
});

interface Going {
  /** Something of an answer came. */
  readonly begun: Promise<void>;
  /** The status and the body, once it is over; `cut` for an answer that was not whole. */
  readonly over: Promise<string>;
  close(): void;
}

interface Asked {
  readonly host: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent, and the body left open. */
  readonly part?: string;
}

function ask(browser: BrowserClient, { host, path, method = 'GET', headers = {}, part }: Asked): Going {
  const cookie = browser.cookieFor(site.at(host));
  const req = request({
    host: '127.0.0.1',
    port: site.port,
    path,
    method,
    headers: { host: `${host}:${site.port}`, ...(cookie === undefined ? {} : { cookie }), ...headers },
  });
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const over = new Promise<string>((resolve) => {
    const read = (res: IncomingMessage): void => {
      let body = '';
      res.on('error', () => {});
      res.on('data', (chunk) => {
        body += String(chunk);
        begin();
      });
      res.on('close', () => resolve(res.complete ? `${res.statusCode} ${body}` : 'cut'));
    };
    req.on('response', read);
    req.on('error', () => resolve('cut'));
  });
  if (part === undefined) req.end();
  else req.write(part);
  return { begun, over, close: () => void req.destroy() };
}

const logInAt = (host: string) =>
  site.logIn('alice', site.at(host, '/.bouncer/login?return_to=%2F.bouncer%2F'));

const logOut = (browser: BrowserClient, host: string) =>
  browser.post(site.at(host, '/.bouncer/logout'), {}, { stopAt: () => true });

async function liveStreams(): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(/^bouncer_live_streams (\d+)$/m.exec(text)?.[1]);
}

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

const stages: readonly (readonly [string, Omit<Asked, 'host'>])[] = [
  ['a request whose answer is awaited', { path: '/hang' }],
  ['an upload that was read and waits for its answer', { path: '/hang', method: 'POST', part: 'x' }],
  ['a handshake that waits for its 101', { path: '/ws', headers: handshake }],
];

for (const host of ['open.localhost', 'wiki.localhost']) {
  test.each(stages)(`%s ends with the logout (${host})`, async (_, asked) => {
    const { browser } = await logInAt(host);
    arrived.length = 0;
    const going = ask(browser, { ...asked, host });
    await expect.poll(() => arrived.length, { timeout: 10_000 }).toBe(1);
    await logOut(browser, host);
    expect(await going.over).toMatch(/^403 .*"reason":"access_ended"/);
    going.close();
  });

  test(`an event stream ends with the logout (${host})`, async () => {
    const { browser } = await logInAt(host);
    const going = ask(browser, { host, path: '/stream' });
    await going.begun;
    await logOut(browser, host);
    expect(await going.over).toBe('cut');
  });
}

test('a request that waits for a connection ends with the logout, and never reaches the application', async () => {
  const host = 'narrow.localhost';
  const { browser } = await logInAt(host);
  arrived.length = 0;
  const first = ask(site.browser(), { host, path: '/hang' });
  await expect.poll(() => arrived.length, { timeout: 10_000 }).toBe(1);
  const before = site.records().length;
  const waiting = ask(browser, { host, path: '/waits' });
  // The one that waits is known to bouncer once both are being answered.
  await expect.poll(liveStreams, { timeout: 10_000 }).toBe(2);
  expect(site.records().slice(before)).toEqual([]);
  await logOut(browser, host);
  expect(await waiting.over).toMatch(/^403 .*"reason":"access_ended"/);
  first.close();
  await first.over;
  const last = ask(site.browser(), { host, path: '/stream' });
  await last.begun;
  last.close();
  expect(arrived).toEqual(['GET /hang', 'GET /stream']);
});

test('what bypass let in without an identity goes on when everybody is logged out', async () => {
  const host = 'open.localhost';
  const { browser } = await logInAt(host);
  const own = ask(browser, { host, path: '/stream' });
  const anonymous = ask(site.browser(), { host, path: '/stream' });
  const stranger = site.browser();
  stranger.setCookie(host, 'bouncer_session', 'A'.repeat(43));
  const unknown = ask(stranger, { host, path: '/stream' });
  await Promise.all([own.begun, anonymous.begun, unknown.begun]);
  await logOut(browser, host);
  expect(await own.over).toBe('cut');
  const isOver = (going: Going): Promise<string> =>
    Promise.race([going.over, new Promise<string>((resolve) => setTimeout(resolve, 1_500, 'goes on'))]);
  expect(await Promise.all([isOver(anonymous), isOver(unknown)])).toEqual(['goes on', 'goes on']);
  anonymous.close();
  unknown.close();
});

test("a stream ends at the application's own session limit, and the login goes on elsewhere", async () => {
  const { browser } = await logInAt('wiki.localhost');
  await browser.get(site.at('short.localhost', '/.bouncer/login?return_to=%2F.bouncer%2F'));
  const elsewhere = ask(browser, { host: 'wiki.localhost', path: '/stream' });
  const going = ask(browser, { host: 'short.localhost', path: '/stream?limit' });
  await Promise.all([elsewhere.begun, going.begun]);
  expect(await going.over).toBe('cut');
  elsewhere.close();
  expect(await elsewhere.over).toBe('cut');
  await expect
    .poll(() =>
      site.records().find((record) => record['application'] === 'short' && record['path'] === '/stream'),
    )
    .toMatchObject({ cause: expect.stringMatching(/^session-(?:expired|ended)$/) });
}, 30_000);

test('a stream does not keep its session alive: it ends when nobody has used the session for too long', async () => {
  const host = 'idle.localhost';
  const { browser } = await logInAt(host);
  const going = ask(browser, { host, path: '/stream' });
  await going.begun;
  expect(await going.over).toBe('cut');
  expect((await browser.get(site.at(host), { stopAt: () => true })).status).toBe(302);
}, 30_000);
