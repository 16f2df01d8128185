// A person's way through the whole product: real provider, real sockets, a recording application.
import { Agent, get } from 'node:http';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { KeptHeads } from '../../src/gateway/kept-heads.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email, X-Forwarded-Groups: groups }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /admin
        policies: [{ name: admins, action: allow, include: [{ group: admins }] }]
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    policies:
      - { name: alice, action: allow, include: [{ email: alice@example.com }] }
  - name: down
    host: down.localhost
    upstream: http://127.0.0.1:1
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: slow
    host: slow.localhost
    upstream: UPSTREAM
    upstream_options: { response_timeout: 1s }
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  });
});

afterAll(() => site.close());

test('a navigation logs in and comes back to the deep link with its query', async () => {
  const { response } = await site.logIn('alice', site.at('wiki.localhost', '/a%20b/page?x=1%2F2&y=a+b'));
  expect(response.status).toBe(200);
  expect(response.url).toBe(site.at('wiki.localhost', '/a%20b/page?x=1%2F2&y=a+b'));
  const seen = JSON.parse(response.body);
  expect(seen.url).toBe('/a%20b/page?x=1%2F2&y=a+b');
  expect(seen.headers['x-forwarded-email']).toBe('alice@example.com');
  expect(seen.headers['x-forwarded-groups']).toBe('staff');
  expect(seen.headers['host']).toBe(`wiki.localhost:${site.port}`);
  expect(seen.headers['cookie']).toBeUndefined();
});

test('the application gets an assertion for itself that any JOSE library verifies', async () => {
  const { response } = await site.logIn('admin', site.at('wiki.localhost', '/'));
  const token = JSON.parse(response.body).headers['x-bouncer-jwt-assertion'];
  const local = await fetchJwks(site);
  expect(local.keys.length).toBeGreaterThan(0);
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(local), {
    issuer: site.at('auth.localhost', '').replace(/\/$/, ''),
    audience: 'wiki',
    algorithms: ['ES256'],
  });
  expect(protectedHeader.typ).toBe('JWT');
  expect(payload).toMatchObject({
    email: 'admin@example.com',
    email_verified: true,
    groups: ['staff', 'admins'],
    idp: 'test',
    type: 'user',
  });
});

test('an answer to somebody is for no cache between, one to everybody is the application’s own matter', async () => {
  const { browser, response } = await site.logIn('alice', site.at('wiki.localhost', '/page.css'));
  expect(response.headers['cache-control']).toBe('private');
  // Also where it is open: the application was told who asks.
  const known = await browser.get(site.at('wiki.localhost', '/public/page.css'));
  expect(known.headers['cache-control']).toBe('private');
  const anonymous = await site.browser().get(site.at('wiki.localhost', '/public/page.css'));
  expect(anonymous.status).toBe(200);
  expect(anonymous.headers['cache-control']).toBeUndefined();
});

test('a second application opens without a second login, and a logout ends both', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/'));
  const photos = await browser.get(site.at('photos.localhost', '/album'));
  expect(photos.status).toBe(200);
  expect(photos.trail.some((url) => url.startsWith(site.provider.issuer))).toBe(false);
  const out = await browser.post(
    site.at('photos.localhost', '/.bouncer/logout'),
    {},
    { stopAt: (url) => url.startsWith(site.provider.issuer) },
  );
  expect(out.status).toBeLessThan(400);
  for (const host of ['wiki.localhost', 'photos.localhost']) {
    const again = await browser.get(site.at(host, '/'), { stopAt: () => true });
    expect(again.status).toBe(302);
  }
});

test('a logout that another site asks for ends nothing', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/'));
  const forged = await browser.post(
    site.at('wiki.localhost', '/.bouncer/logout'),
    {},
    {
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    },
  );
  expect(forged.status).toBe(403);
  expect((await browser.get(site.at('wiki.localhost', '/'))).status).toBe(200);
});

test('whoever is not allowed sees why, with the request id of the log, and the application sees nothing', async () => {
  const before = site.upstream.seen.length;
  const { response, browser } = await site.logIn('mallory', site.at('wiki.localhost', '/secret'));
  expect(response.status).toBe(403);
  expect(response.body).toContain('mallory@evil.test');
  const id = String(response.headers['x-request-id']);
  // The page shows as much of the number as a person reads out; the log has all of it.
  expect(response.body).toContain(id.slice(0, 8));
  expect(site.records().find((record) => record['request_id'] === id)).toMatchObject({
    status: 403,
    decision: 'deny',
    reason: 'no-policy-matched',
    email: 'mallory@evil.test',
    application: 'wiki',
    path: '/secret',
  });
  const json = await browser.get(site.at('wiki.localhost', '/secret'), {
    headers: { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  });
  expect(json.status).toBe(403);
  expect(JSON.parse(json.body)).toMatchObject({ error: 'denied', reason: 'no-policy-matched' });
  expect(site.upstream.seen.length).toBe(before);
});

test('a program without a session is told so, not redirected', async () => {
  const browser = site.browser();
  const response = await browser.get(site.at('wiki.localhost', '/api'), {
    headers: { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  });
  expect(response.status).toBe(401);
  expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
  const body = JSON.parse(response.body);
  expect(body.error).toBe('login_required');
  expect(body.login_url).toMatch(new RegExp(`^http://wiki\\.localhost:${site.port}/\\.bouncer/login\\?`));
});

test('the longest path decides, and never a path that only begins like it', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/'));
  expect((await browser.get(site.at('wiki.localhost', '/admin/x'))).status).toBe(403);
  expect((await browser.get(site.at('wiki.localhost', '/administrator'))).status).toBe(200);
  expect((await browser.get(site.at('wiki.localhost', '/public/..%2fadmin'))).status).toBe(400);
  const anonymous = site.browser();
  const open = await anonymous.get(site.at('wiki.localhost', '/public/x'));
  expect(open.status).toBe(200);
  expect(JSON.parse(open.body).headers['x-bouncer-jwt-assertion']).toBeUndefined();
});

test('a COPY cannot write from an open area into a protected one', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/'));
  const cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  const before = site.upstream.seen.length;
  const ask = async (destination: string): Promise<number> => {
    const { request } = await import('undici');
    const response = await request(`http://127.0.0.1:${site.port}/notes`, {
      method: 'COPY',
      headers: { host: `wiki.localhost:${site.port}`, cookie, destination },
    });
    await response.body.dump();
    return response.statusCode;
  };
  expect(await ask(site.at('wiki.localhost', '/admin/notes'))).toBe(400);
  expect(await ask(site.at('wiki.localhost', '/.bouncer/x'))).toBe(400);
  expect(site.upstream.seen.length).toBe(before);
  expect(await ask(site.at('wiki.localhost', '/copy'))).toBe(200);
});

test('an application that is down is 502, one that is slow 504, an unknown host 421', async () => {
  const browser = site.browser();
  const down = await browser.get(site.at('down.localhost', '/'));
  expect(down.status).toBe(502);
  expect(down.body).toContain(String(down.headers['x-request-id']).slice(0, 8));
  const record = site.records().find((one) => one['request_id'] === down.headers['x-request-id']);
  expect(record).toMatchObject({
    status: 502,
    reason: 'upstream_unreachable',
    cause: expect.stringContaining('ECONNREFUSED'),
  });
  expect((await browser.get(site.at('slow.localhost', '/hang'))).status).toBe(504);
  expect((await browser.get(site.at('other.localhost', '/'))).status).toBe(421);
});

test('a damaged, doubled or foreign session cookie is not a session', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/'));
  const cookies = browser.cookiesOf('wiki.localhost');
  const token = cookies.get('bouncer_session') ?? '';
  expect(token).toMatch(/^[\w-]{43}$/);
  const ask = async (cookie: string, host = 'wiki.localhost'): Promise<number> => {
    const one = site.browser();
    return (await one.get(site.at(host, '/'), { headers: { cookie }, stopAt: () => true })).status;
  };
  expect(await ask(`bouncer_session=${token}`)).toBe(200);
  expect(await ask(`bouncer_session=${token.slice(0, -1)}`)).toBe(302);
  expect(await ask(`bouncer_session=${token}; bouncer_session=x`)).toBe(302);
  expect(await ask(`bouncer_session=${'a'.repeat(5000)}`)).toBe(302);
  expect(await ask(`bouncer_session=${token}`, 'photos.localhost')).toBe(302);
});

test('with the provider down, who is logged in carries on, and a login says what is the matter', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/'));
  await site.provider.stop();
  try {
    expect((await browser.get(site.at('wiki.localhost', '/'))).status).toBe(200);
    // It answered a moment ago, so it is only asked again when that is three seconds old.
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    const fresh = await site.browser().get(site.at('wiki.localhost', '/'));
    expect(fresh.status).toBe(503);
    expect(fresh.trail.every((url) => new URL(url).port === String(site.port))).toBe(true);
    expect(site.bouncer.readiness()).toMatchObject({
      isReady: true,
      warnings: { 'identity_provider:test': expect.stringContaining('does not answer') },
    });
    expect((await browser.get(site.at('wiki.localhost', '/'))).status).toBe(200);
  } finally {
    await site.provider.start();
  }
});

async function fetchJwks(running: Site): Promise<{ keys: Record<string, unknown>[] }> {
  const response = await running.browser().get(running.at('auth.localhost', '/.well-known/jwks.json'));
  return JSON.parse(response.body);
}

test('of a connection nothing is kept for those who are not let in, however often they ask', async () => {
  const recall = vi.spyOn(KeptHeads.prototype, 'recall');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Statuses, and how many found what was kept. */
  const askThrice = async (path: string): Promise<{ statuses: unknown[]; repeated: number }> => {
    recall.mockClear();
    const statuses: unknown[] = [];
    for (let i = 0; i < 3; i++)
      statuses.push(
        await new Promise((resolve, reject) => {
          const headers = { host: `wiki.localhost:${site.port}`, accept: 'application/json' };
          get({ port: site.port, host: '127.0.0.1', path, headers, agent }, (res) =>
            res.resume().once('end', () => resolve(res.statusCode)),
          ).once('error', reject);
        }),
      );
    return {
      statuses,
      repeated: recall.mock.results.filter(({ value }) => value?.isRepeated === true).length,
    };
  };
  expect(await askThrice('/page')).toEqual({ statuses: [401, 401, 401], repeated: 0 });
  expect(await askThrice('/.bouncer/identity')).toMatchObject({ repeated: 0 });
  // The same head, let in.
  expect(await askThrice('/public/page')).toEqual({ statuses: [200, 200, 200], repeated: 3 });
  recall.mockRestore();
  agent.destroy();
});
