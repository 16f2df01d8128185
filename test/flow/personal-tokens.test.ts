// Personal tokens, end to end: made on a page after the provider vouched for them, used as a password by programs, never more than what
// their person may do, and ended by whoever ends them.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { blockPerson, unblockPerson } from '../../src/identity/persons/person-operations.ts';
import { revokeSessions } from '../../src/identity/sessions/session-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { type Site, type SiteOptions, startSite } from '../fixtures/running-site.ts';

const rules = `
applications:
  - name: dav
    host: dav.localhost
    upstream: UPSTREAM
    clients: basic
    session: { duration: 1s }
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
    paths:
      - path: /key
        policies: [{ name: keys, action: allow, include: [{ group: staff }], require: [hardware_key] }]
  - name: packages
    host: packages.localhost
    upstream: UPSTREAM
    clients: basic
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
  - name: admins only
    host: admins.localhost
    upstream: UPSTREAM
    clients: basic
    policies: [{ name: admins, action: allow, include: [{ group: admins }] }]
`;

/** Every token that was given out: none may be in a log. */
const tokens: string[] = [];

async function startTokenSite(options: Partial<SiteOptions> = {}): Promise<Site> {
  const site = await startSite({
    rules,
    provider: { issuesRefreshTokens: true },
    settings: 'session: { recheck: 1s }\ntrusted_proxies: [127.0.0.1/32]\nclient_ip_header: X-Forwarded-For',
    ...options,
  });
  return site;
}

let site: Site;
beforeAll(async () => {
  site = await startTokenSite();
});
afterAll(async () => {
  const log = site.logText();
  await site.close();
  for (const token of tokens) expect(log).not.toContain(token.slice(6, 40));
});

const page = (at: Site): string => at.at('auth.localhost', '/.bouncer/tokens');

async function logIn(at = site, who = 'alice', method: 'pwd' | 'hwk' = 'pwd'): Promise<BrowserClient> {
  const { browser, response } = await at.logIn(who, page(at), method);
  expect(response.body).toContain('Programs that act as you');
  return browser;
}

interface Made {
  readonly token: string;
  readonly body: string;
}

/** Fills in the form; the provider lets the person through without a question. */
async function make(browser: BrowserClient, at = site, name = 'calendar', fields = {}): Promise<Made> {
  const form = { name, 'application-0': 'dav', days: '90', ...fields };
  const { body, status } = await browser.post(page(at), form);
  expect([status, body]).toEqual([200, expect.stringContaining('Your token')]);
  const token = /bnc_p_[0-9A-Za-z]{49}/.exec(body)?.[0] ?? '';
  tokens.push(token);
  browser.secrets.add(token);
  return { token, body };
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

let addresses = 0;

function ask(
  at: Site,
  host: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  addresses += 1;
  return new Promise((resolve, reject) => {
    const req = request(
      {
        ...{ host: '127.0.0.1', port: at.port, path },
        headers: {
          host: `${host}:${at.port}`,
          'x-forwarded-for': `198.51.100.${addresses % 250}`,
          ...headers,
        },
      },
      (res) => {
        let body = '';
        res.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
      },
    );
    req.on('error', reject);
    req.end();
  });
}

const basic = (token: string) => ({
  authorization: `Basic ${Buffer.from(`alice:${token}`).toString('base64')}`,
});
const statusOf = async (token: string, host = 'dav.localhost', path = '/', at = site): Promise<number> =>
  (await ask(at, host, path, basic(token))).status;

describe('a personal token', () => {
  test('is a password for the applications that it is for, and nothing else', async () => {
    const browser = await logIn();
    const { token, body } = await make(browser);
    expect(body).toContain('It ends');
    const answer = await ask(site, 'dav.localhost', '/calendar', basic(token));
    expect(answer.status).toBe(200);
    const seen = JSON.parse(answer.body).headers;
    expect(JSON.stringify(seen)).not.toContain(token);
    expect(seen['authorization']).toBeUndefined();
    const claims = JSON.parse(
      Buffer.from(seen['x-bouncer-jwt-assertion'].split('.')[1], 'base64url').toString(),
    );
    expect(claims).toMatchObject({ type: 'user', email: 'alice@example.com', aud: ['dav'] });
    expect(await statusOf(token, 'packages.localhost')).toBe(403);
    expect(await statusOf(token, 'admins.localhost')).toBe(403);
    const wiki = await ask(site, 'wiki.localhost', '/', { ...basic(token), accept: 'application/json' });
    expect([wiki.status, JSON.parse(wiki.body)]).toEqual([
      403,
      expect.objectContaining({ reason: 'token-elsewhere', hint: expect.stringContaining('clients: basic') }),
    ]);
    for (const path of ['/.bouncer/tokens', '/.bouncer/terminal/session', '/.bouncer/device'])
      expect(await statusOf(token, 'auth.localhost', path)).not.toBe(200);
    // The application's own limit of a session is for browsers.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await statusOf(token)).toBe(200);
    expect(site.records()).toContainEqual(
      expect.objectContaining({ event: 'personal_token_created', name: 'calendar', is_rechecked: true }),
    );
  });

  test('is asked for by Basic where the application says so, and never of a browser', async () => {
    const program = await ask(site, 'dav.localhost', '/');
    expect([program.status, program.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="dav.localhost", charset="UTF-8"',
    ]);
    const script = await ask(site, 'dav.localhost', '/', {
      'sec-fetch-mode': 'cors',
      'sec-fetch-site': 'same-origin',
    });
    expect([script.status, script.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="dav.localhost"',
    ]);
    expect((await ask(site, 'dav.localhost', '/', { accept: 'text/html' })).status).toBe(302);
    const other = await ask(site, 'wiki.localhost', '/');
    expect(other.headers['www-authenticate']).toBe('Bearer realm="wiki.localhost"');
  });

  test('outlives the logout of the browser, is listed, and ends at once when its person says so', async () => {
    const first = await logIn();
    const { token } = await make(first, site, 'my <phone>');
    await first.post(site.at('auth.localhost', '/.bouncer/logout'), {});
    expect(await statusOf(token)).toBe(200);
    const second = await logIn();
    const shown = await second.get(page(site));
    expect(shown.body).toContain('my phone');
    const hashes = [...shown.body.matchAll(/name="end" value="([\w-]{43})"/g)].map(([, hash = '']) => hash);
    const mine = shown.body.split('<li class="row">').find((row) => row.includes('my phone')) ?? '';
    const hash = /name="end" value="([\w-]{43})"/.exec(mine)?.[1] ?? '';
    expect(hashes).toContain(hash);
    const mallory = await site.logIn('mallory', page(site));
    await mallory.browser.post(page(site), { end: hash });
    expect(await statusOf(token)).toBe(200);
    await second.post(page(site), { end: hash });
    expect(await statusOf(token)).toBe(401);
    expect((await second.get(page(site))).body).not.toContain('my phone');
    expect(site.records()).toContainEqual(
      expect.objectContaining({ event: 'personal_token_revoked', name: 'my phone' }),
    );
  });

  test('is no hardware key, whatever its person logged in with', async () => {
    const browser = await logIn(site, 'alice', 'hwk');
    const { token } = await make(browser);
    expect(await statusOf(token)).toBe(200);
    expect(await statusOf(token, 'dav.localhost', '/key')).toBe(401);
  });

  test('is made by a form of its own page alone, complete, and for what its person may open', async () => {
    const browser = await logIn();
    const foreign = {
      headers: { origin: site.at('wiki.localhost').slice(0, -1), 'sec-fetch-site': 'same-site' },
    };
    const form = { name: 'x', 'application-0': 'dav', days: '7' };
    expect((await browser.post(page(site), form, foreign)).status).toBe(403);
    for (const wrong of [{ name: ' ' }, { 'application-0': 'wiki' }, { 'application-0': 'admins only' }]) {
      const { status, body } = await browser.post(page(site), { ...form, ...wrong });
      expect([status, body]).toEqual([400, expect.stringContaining('id="complaint"')]);
    }
    expect((await browser.get(page(site))).body).not.toContain('admins only');
  });

  test('ends with everything of its person', async () => {
    const browser = await logIn(site, 'admin');
    const { token } = await make(browser);
    expect(await statusOf(token)).toBe(200);
    const store = await openStore(site.bouncer.settings);
    await revokeSessions(store, { email: 'admin@example.com' });
    await store.close();
    await vi.waitFor(async () => expect(await statusOf(token)).toBe(401), { timeout: 30_000 });
  });

  test('ends with its person’s block, and does not come back with them', async () => {
    const browser = await logIn(site, 'admin');
    const { token } = await make(browser);
    expect(await statusOf(token)).toBe(200);
    const store = await openStore(site.bouncer.settings);
    await blockPerson(store, 'admin@example.com');
    await vi.waitFor(async () => expect(await statusOf(token)).toBe(401), { timeout: 30_000 });
    await unblockPerson(store, 'admin@example.com');
    await store.close();
    expect(await statusOf(token)).toBe(401);
  });
});

describe('the provider of a personal token', () => {
  test('is asked again whether its person is still who they were: less there is less here', async () => {
    const own = await startTokenSite();
    onTestFinished(() => own.close());
    const browser = await logIn(own);
    const { token } = await make(browser, own);
    expect(await statusOf(token, 'dav.localhost', '/', own)).toBe(200);
    own.provider.setClaims('alice', { email: 'alice@example.com', email_verified: true, groups: [] });
    await vi.waitFor(async () => expect(await statusOf(token, 'dav.localhost', '/', own)).toBe(403), {
      timeout: 20_000,
      interval: 200,
    });
    own.provider.forgetGrants();
    await vi.waitFor(async () => expect(await statusOf(token, 'dav.localhost', '/', own)).toBe(401), {
      timeout: 20_000,
      interval: 200,
    });
  });

  test('that gives nothing to ask with has its tokens end with the session', async () => {
    const own = await startTokenSite({ provider: { issuesRefreshTokens: false } });
    onTestFinished(() => own.close());
    const browser = await logIn(own);
    const { token, body } = await make(browser, own);
    expect(body).toContain('with your session in this browser');
    expect(await statusOf(token, 'dav.localhost', '/', own)).toBe(200);
    await browser.post(own.at('auth.localhost', '/.bouncer/logout'), {});
    expect(await statusOf(token, 'dav.localhost', '/', own)).toBe(401);
  });

  test('that sends somebody else makes nothing', async () => {
    const own = await startTokenSite();
    onTestFinished(() => own.close());
    const browser = await logIn(own);
    const sent = await browser.post(
      page(own),
      { name: 'x', 'application-0': 'dav', days: '7' },
      {
        stopAt: (url) => url.startsWith(own.provider.issuer),
      },
    );
    const location = String(
      sent.headers['location'] ?? /https?:[^"]*\/auth\?[^"]*/.exec(sent.body)?.[0]?.replaceAll('&amp;', '&'),
    );
    browser.dropCookies(new URL(own.provider.issuer).hostname);
    const { logInAtProvider } = await import('../fixtures/oidc-provider.ts');
    const answer = await logInAtProvider(browser, await browser.get(location), 'mallory');
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('That was another account')]);
    expect((await browser.get(page(own))).body).toContain('There is none.');
  });
});
