// Bouncer inside an Express application.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BouncerIdentity } from '../../src/index.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { sendAndReset } from '../fixtures/send-and-reset.ts';

let site: Site;
let url: string;
let stop: () => Promise<void>;
const called: string[] = [];

beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
`,
  });
  const app = express();
  // What an application may do first; it takes its time where the client is gone by then.
  app.use((req, _res, next) => {
    if (req.url === '/slow') req.socket.once('close', () => next()).destroy();
    else next();
  });
  app.use(site.bouncer.middleware());
  app.use(express.json());
  app.use((req, res) => {
    called.push(req.url);
    const { bouncer } = req as typeof req & { bouncer: BouncerIdentity };
    res.json({ headers: req.headers, raw: req.rawHeaders, bouncer, body: req.body ?? null });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
});

afterAll(async () => {
  await stop();
  await site.close();
});

async function ask(
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; text: string }> {
  const { request } = await import('undici');
  const response = await request(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { host: `wiki.localhost:${site.port}`, accept: 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.statusCode, text: await response.body.text() };
}

test('the application behind next() sees who asks and none of what the client made up', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  const { status, text } = await ask('/x', {
    cookie,
    'x-forwarded-email': 'admin@example.com',
    x_bouncer_jwt_assertion: 'evil',
    'x-bouncer-jwt-assertion': 'evil',
  });
  expect(status).toBe(200);
  const seen = JSON.parse(text);
  expect(seen.headers['x-forwarded-email']).toBe('alice@example.com');
  expect(seen.headers['x-bouncer-jwt-assertion']).toMatch(/^eyJ/);
  expect(text).not.toContain('evil');
  expect(text).not.toContain(cookie.split('=')[1]);
  expect(seen.bouncer).toMatchObject({
    application: 'wiki',
    policy: 'staff',
    identity: { email: 'alice@example.com' },
  });
});

test('a body is the application’s to read', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  const { text } = await ask('/x', { cookie, 'content-type': 'application/json' }, '{"a":1}');
  expect(JSON.parse(text).body).toEqual({ a: 1 });
});

test('nobody reaches next() without being allowed', async () => {
  const before = called.length;
  expect((await ask('/x', {})).status).toBe(401);
  const { browser } = await site.logIn('mallory', site.at('wiki.localhost'));
  expect((await ask('/x', { cookie: browser.cookieFor(site.at('wiki.localhost')) ?? '' })).status).toBe(403);
  expect((await ask('/x', { host: 'elsewhere.localhost' })).status).toBe(421);
  expect(called.length).toBe(before);
});

test('a request whose connection was over before its address was asked for reaches nobody', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  // One on which nothing was asked before.
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  socket.write(`GET /slow HTTP/1.1\r\nHost: wiki.localhost:${site.port}\r\nCookie: ${cookie}\r\n\r\n`);
  await once(socket.resume(), 'close');
  expect((await ask('/after-slow', { cookie })).status).toBe(200);
  expect(called).toContain('/after-slow');
  expect(called).not.toContain('/slow');
});

test('a request whose client broke off before its address was asked for reaches nobody', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  const head = `GET /reset HTTP/1.1\r\nHost: wiki.localhost:${site.port}\r\nCookie: ${cookie}\r\n\r\n`;
  await sendAndReset(Number(new URL(url).port), null, head);
  expect((await ask('/after', { cookie })).status).toBe(200);
  expect(called).toContain('/after');
  expect(called).not.toContain('/reset');
});
