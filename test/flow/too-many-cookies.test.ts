// Cookies that one application set for the domain above it: every sibling gets them too. Bouncer's own pages go on working, say which
// they are, and delete them; an application is never sent more than the limit.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.site.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`;
const host = 'wiki.site.localhost';
const asPage = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
/** 60 KB. */
const tossed: readonly string[] = Array.from(
  { length: 30 },
  (_, index) => `tossed_${index}=${'x'.repeat(2_000)}`,
);

let site: Site;
beforeAll(async () => {
  site = await startSite({ rules, authHost: 'auth.site.localhost' });
});
afterAll(() => site.close());

const ask = async (path: string, fields: Readonly<Record<string, string>>, body = '') => {
  const method = body === '' ? 'GET' : 'POST';
  const all: Record<string, string> = { host, connection: 'close', ...fields };
  if (body !== '')
    Object.assign(all, {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
    });
  const lines = Object.entries({ ...all, host: `${all['host']}:${site.port}` });
  const text = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
  const got = await exchangeRaw(site.port, Buffer.from(text, 'latin1'), { quietMs: 2_000 });
  const [answer] = got.responses;
  if (answer === undefined) throw new Error('no answer');
  const headers = answer.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), answer.rawHeaders[index + 1] ?? ''] as const] : [],
  );
  return { ...answer, headers };
};

describe('cookies far above the limit', () => {
  test('an application gets none of the request, and the page names the largest and deletes them', async () => {
    const before = site.upstream.seen.length;
    const answer = await ask('/page?x=1', {
      ...asPage,
      cookie: `big=${'y'.repeat(4_000)}; ${tossed.join('; ')}`,
    });
    expect(answer.status).toBe(431);
    expect(site.upstream.seen.length).toBe(before);
    const page = answer.body;
    expect(page).toContain('Too many cookies');
    expect(page).toContain('big (3.9 KB)');
    expect(page).toContain('and 25 more');
    expect(page).toContain('action="/.bouncer/cookies"');
    expect(page).toContain('name="return_to" value="/page?x=1"');
    const records = site.records();
    expect(records.find(({ status }) => status === 431)).toMatchObject({
      reason: 'cookies-too-large',
      decision: 'refused',
    });
    expect(records.find(({ event }) => event === 'limit_reached')).toMatchObject({ limit: 'cookie_bytes' });
  });

  test('login, its callback, logout, identity and the page that deletes go on working', async () => {
    const { browser } = await site.logIn('alice', site.at(host));
    const cookie = `${tossed.join('; ')}; ${browser.cookieFor(site.at(host))}`;
    expect((await ask('/.bouncer/identity', { cookie })).status).toBe(200);
    expect((await ask('/.bouncer/login', { ...asPage, cookie: tossed.join('; ') })).status).toBe(302);
    expect((await ask('/.bouncer/cookies', { ...asPage, cookie })).body).toContain('tossed_0');
    const origin = site.at(host).slice(0, -1);
    const out = await ask(
      '/.bouncer/logout',
      { ...asPage, cookie, origin, 'sec-fetch-site': 'same-origin' },
      'a=b',
    );
    expect([200, 302, 303]).toContain(out.status);
    expect((await browser.get(site.at(host), { stopAt: () => true })).status).toBe(302);
  });

  test('a whole login with them in the jar of both hosts ends where it should', async () => {
    const browser = site.browser();
    for (const name of [host, 'auth.site.localhost'])
      for (const pair of tossed) browser.setCookie(name, pair.split('=')[0] ?? '', 'x'.repeat(2_000));
    const response = await logInAtProvider(
      browser,
      await browser.get(site.at(host, '/.bouncer/login')),
      'alice',
    );
    expect(response.status).toBe(431);
    browser.dropCookies(host, /^tossed/);
    expect((await browser.get(site.at(host))).status).toBe(200);
  });

  test('deletes what the form names on this host and the domains above, and nothing of bouncer’s', async () => {
    const origin = site.at(host).slice(0, -1);
    const form =
      'names=tossed_1+bouncer_session+__Host-bouncer_session+bad%3Bname&return_to=%2Fdocs%2Fpage%3Fx%3D1';
    const answer = await ask('/.bouncer/cookies', { origin, 'sec-fetch-site': 'same-origin' }, form);
    expect(answer.status).toBe(303);
    const values = answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
    expect(answer.headers).toContainEqual(['location', '/docs/page?x=1']);
    for (const path of ['/', '/docs', '/docs/', '/docs/page'])
      for (const domain of ['', '; Domain=wiki.site.localhost', '; Domain=site.localhost'])
        expect(values).toContain(`tossed_1=; Max-Age=0${domain}; Path=${path}`);
    expect(values.filter((value) => !value.startsWith('tossed_1='))).toEqual([]);
    const foreign = await ask(
      '/.bouncer/cookies',
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      form,
    );
    expect(foreign.status).toBe(403);
    expect(foreign.headers.filter(([name]) => name === 'set-cookie')).toEqual([]);
  });

  test('even the own pages have an end, by name up to it', async () => {
    const most = 131_072;
    expect((await ask('/.bouncer/identity', { cookie: `a=${'x'.repeat(most - 100)}` })).status).toBe(401);
    const beyond = await ask('/.bouncer/identity', { cookie: `a=${'x'.repeat(most + 100)}` });
    expect(beyond.status).toBe(431);
    expect(beyond.body).toContain('cookies-too-large');
    expect((await ask('/.bouncer/identity', { cookie: `a=${'x'.repeat(2 * most)}` })).status).toBe(431);
    expect((await ask('/.bouncer/identity', { 'x-a': 'x'.repeat(20_000) })).body).toContain(
      'headers-too-large',
    );
  });
});
