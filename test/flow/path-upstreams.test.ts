// A path of an application that lives elsewhere: the same login, headers and words about it, the path as it is, and never a request that
// was judged for another area.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { runCommand } from '../cli/run-command.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { hostilePaths } from '../http/attack-cases.ts';

let site: Site;
let api: RecordingUpstream;
const rules = (elsewhere: string): string => `applications:
  - name: shop
    host: shop.localhost
    upstream: UPSTREAM
    upstream_options: { host_header: upstream }
    rewrite_location: true
    identity_headers: { X-Forwarded-Email: email }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /api
        upstream: ${elsewhere}
        policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
      - path: /api/public
        policies: [{ name: open, action: bypass, include: [everyone] }]
`;

beforeAll(async () => {
  api = await startRecordingUpstream();
  site = await startSite({ rules: rules(api.url) });
});
afterAll(async () => {
  await site.close();
  await api.close();
});

test('goes there with its path and query as they are, as the same person, and everything else does not', async () => {
  const { browser } = await site.logIn('alice', site.at('shop.localhost', '/page'));
  const before = site.upstream.seen.length;
  await browser.get(site.at('shop.localhost', '/api/orders?a=1&b=%2F'));
  await browser.get(site.at('shop.localhost', '/api'));
  await browser.get(site.at('shop.localhost', '/apis'));
  expect(api.seen.map(({ url }) => url)).toEqual(['/api/orders?a=1&b=%2F', '/api']);
  expect(site.upstream.seen.slice(before).map(({ url }) => url)).toEqual(['/apis']);
  expect(api.seen[0]?.headers).toMatchObject({
    'x-forwarded-email': 'alice@example.com',
    'x-bouncer-jwt-assertion': expect.any(String),
    host: `127.0.0.1:${api.port}`,
  });
  expect(api.seen[0]?.headers['x-bouncer-jwt-assertion']).toBe(
    site.upstream.seen.at(-1)?.headers['x-bouncer-jwt-assertion'],
  );
});

test('an address that it writes of itself leads back through bouncer', async () => {
  const { browser } = await site.logIn('alice', site.at('shop.localhost', '/page'));
  const place = encodeURIComponent(`${api.url}/api/made/7`);
  const answer = await browser.get(site.at('shop.localhost', `/api/locate?${place}`), { stopAt: () => true });
  expect([answer.status, answer.headers['location']]).toEqual([
    302,
    site.at('shop.localhost', '/api/made/7'),
  ]);
});

test('WebSockets go there too, and so does a path further down without an upstream of its own', async () => {
  const { browser } = await site.logIn('alice', site.at('shop.localhost', '/page'));
  const echo = await new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${site.port}/api/ws`, {
      headers: {
        host: `shop.localhost:${site.port}`,
        cookie: browser.cookieFor(site.at('shop.localhost')) ?? '',
        origin: site.at('shop.localhost', ''),
      },
    });
    socket.once('open', () => socket.send('hello'));
    socket.once('message', (data) => {
      socket.close();
      resolve(String(data));
    });
    socket.once('unexpected-response', (_, res) => resolve(`status ${res.statusCode}`));
    socket.once('error', reject);
  });
  expect(echo).toBe('hello');
  expect(api.seen.at(-1)).toMatchObject({ method: 'WS', url: '/api/ws' });
  const anonymous = site.browser();
  expect((await anonymous.get(site.at('shop.localhost', '/api/public/x'))).status).toBe(200);
  expect(api.seen.at(-1)?.url).toBe('/api/public/x');
  expect(api.seen.at(-1)?.headers['x-forwarded-email']).toBeUndefined();
});

test('no spelling of a path reaches it that was not judged as its own, nor the other way', async () => {
  const { browser } = await site.logIn('alice', site.at('shop.localhost', '/page'));
  const cookie = browser.cookieFor(site.at('shop.localhost')) ?? '';
  const spellings = [
    ...hostilePaths.map(([, path]) => path),
    ...hostilePaths.map(([, path]) => path.replace(/public|admin/g, 'api')),
    ...['/api/../x', '/x/../api', '/api%2f..%2fx', '/API/x', '//api/x', '/api;/x', '/%61pi/x', '/./api'],
  ];
  const [mine, other] = [api.seen.length, site.upstream.seen.length];
  for (const path of spellings)
    await new Promise<void>((resolve) => {
      const socket = connect(site.port, '127.0.0.1', () =>
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: shop.localhost:${site.port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
        ),
      );
      socket.on('data', () => {});
      socket.once('error', () => resolve());
      socket.once('close', () => resolve());
    });
  for (const { url } of api.seen.slice(mine)) expect(url).toMatch(/^\/api(?:[/?]|$)/);
  for (const { url } of site.upstream.seen.slice(other)) expect(url).not.toMatch(/^\/api(?:[/?]|$)/);
  expect(site.upstream.seen.length).toBeGreaterThan(other);
});

test('explain says where it goes', async () => {
  const run = await runCommand(
    [
      'explain',
      '-c',
      'bouncer.yaml',
      '--url',
      site.at('shop.localhost', '/api/x'),
      '--email',
      'a@example.com',
    ],
    { cwd: site.folder },
  );
  expect(run.code).toBe(0);
  expect(run.stdout).toContain(`goes to      ${api.url}`);
  const whole = await runCommand(
    ['explain', '-c', 'bouncer.yaml', '--url', site.at('shop.localhost', '/'), '--email', 'a@example.com'],
    { cwd: site.folder },
  );
  expect(whole.stdout).not.toContain('goes to');
});

test('a reload leads it elsewhere from the next request on', async () => {
  const moved = await startRecordingUpstream();
  site.writeRules(rules(moved.url));
  expect(await site.bouncer.reload()).toBe(true);
  const { browser } = await site.logIn('alice', site.at('shop.localhost', '/api/moved'));
  expect(moved.seen.map(({ url }) => url)).toEqual(['/api/moved']);
  await moved.close();
  const gone = await browser.get(site.at('shop.localhost', '/api/moved'));
  expect(gone.status).toBe(502);
  expect((await browser.get(site.at('shop.localhost', '/page'))).status).toBe(200);
});
