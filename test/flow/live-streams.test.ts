// What is being answered ends when its reason ends: logout, revocation from another process, new rules.
import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = (who: string): string => `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ ${who} }] }
`;

let site: Site;

beforeAll(async () => {
  site = await startSite({ rules: rules('email_domain: example.com') });
});

afterAll(() => site.close());

function openSocket(browser: BrowserClient, headers: Readonly<Record<string, string>> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${site.port}/ws`, {
    headers: {
      host: `wiki.localhost:${site.port}`,
      origin: site.at('wiki.localhost', ''),
      cookie: browser.cookieFor(site.at('wiki.localhost')) ?? '',
      ...headers,
    },
  });
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
}

function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.once('close', () => resolve());
  });
}

/** An event stream and what ended it. */
function openStream(browser: BrowserClient): Promise<{ readonly ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port: site.port,
        path: '/stream',
        headers: {
          host: `wiki.localhost:${site.port}`,
          cookie: browser.cookieFor(site.at('wiki.localhost')) ?? '',
        },
      },
      (res) => {
        if (res.statusCode !== 200) reject(new Error(`status ${res.statusCode}`));
        const ended = new Promise<void>((done) => res.once('close', () => done()));
        res.on('error', () => {});
        res.once('data', () => resolve({ ended }));
        res.resume();
      },
    );
    req.on('error', reject);
    req.end();
  });
}

const cli = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, '../../src/main.ts'),
    ...args,
    '-c',
    join(site.folder, 'bouncer.yaml'),
  ]);
  return stdout;
};

test('a WebSocket carries messages both ways, and ends with the logout', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const socket = openSocket(browser);
  await opened(socket);
  const echoed = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
  socket.send('hello');
  expect(await echoed).toBe('hello');
  const end = closed(socket);
  await browser.post(site.at('wiki.localhost', '/.bouncer/logout'), {}, { stopAt: () => true });
  await end;
});

test('an event stream and a WebSocket end when the session is revoked from the command line', async () => {
  const { browser } = await site.logIn('admin', site.at('wiki.localhost'));
  const socket = openSocket(browser);
  await opened(socket);
  const stream = await openStream(browser);
  const end = closed(socket);
  expect(await cli('session', 'list')).toContain('admin@example.com');
  expect(await cli('session', 'revoke', '--email', 'admin@example.com')).toBe('1 session ended\n');
  await Promise.all([end, stream.ended]);
  expect((await browser.get(site.at('wiki.localhost'), { stopAt: () => true })).status).toBe(302);
});

test('a long poll whose application is still thinking is told so when the session ends', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const before = site.upstream.seen.length;
  const poll = browser.get(site.at('wiki.localhost', '/hang'), {
    headers: { accept: '*/*', 'sec-fetch-mode': 'cors' },
  });
  await expect.poll(() => site.upstream.seen.length).toBe(before + 1);
  await browser.post(site.at('wiki.localhost', '/.bouncer/logout'), {}, { stopAt: () => true });
  const answer = await poll;
  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.body)).toMatchObject({ error: 'denied', reason: 'access_ended' });
});

test('new rules end what they no longer allow, and nothing else', async () => {
  const { browser: alice } = await site.logIn('alice', site.at('wiki.localhost'));
  const { browser: admin } = await site.logIn('admin', site.at('wiki.localhost'));
  const [aliceSocket, adminSocket] = [openSocket(alice), openSocket(admin)];
  await Promise.all([opened(aliceSocket), opened(adminSocket)]);
  const end = closed(aliceSocket);
  site.writeRules(rules('email: admin@example.com'));
  expect(await site.bouncer.reload()).toBe(true);
  await end;
  const echoed = new Promise((resolve) => adminSocket.once('message', (data) => resolve(String(data))));
  adminSocket.send('still here');
  expect(await echoed).toBe('still here');
  adminSocket.terminate();
  site.writeRules(rules('email_domain: example.com'));
  expect(await site.bouncer.reload()).toBe(true);
});

test('a WebSocket that another site opens is refused, and the application sees nothing of it', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const before = site.upstream.seen.length;
  const socket = openSocket(browser, { origin: 'https://evil.example' });
  await expect(opened(socket)).rejects.toThrow('403');
  const anonymous = openSocket(site.browser());
  await expect(opened(anonymous)).rejects.toThrow('401');
  expect(site.upstream.seen.length).toBe(before);
});

test('rules that are not valid change nothing, and the log and readiness say why', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  site.writeRules('applications: [{ name: wiki, host: wiki.localhost, upstream: UPSTREAM, policies: [] }]');
  expect(await site.bouncer.reload()).toBe(false);
  expect((await browser.get(site.at('wiki.localhost'))).status).toBe(200);
  expect(site.bouncer.readiness().warnings['reload']).toContain('policies');
  expect(site.records().some((record) => record['event'] === 'reload_failed')).toBe(true);
  site.writeRules(rules('email_domain: example.com'));
  expect(await site.bouncer.reload()).toBe(true);
  expect(site.bouncer.readiness().warnings['reload']).toBeUndefined();
});
