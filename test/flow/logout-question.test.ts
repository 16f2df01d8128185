// `logout: confirm`: no application ends a login by itself, and nobody reads that they are logged out while they are not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;
const logoutPath = '/.bouncer/logout';
const at = (host: 'auth' | 'wiki' | 'photos', path = logoutPath): string =>
  site.at(`${host}.localhost`, path);
const isAtProvider = (url: string): boolean => url.startsWith(site.provider.issuer);

beforeAll(async () => {
  site = await startSite({
    settings: 'logout: confirm',
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`,
  });
});
afterAll(() => site.close());

async function isIn(browser: BrowserClient, host: 'auth' | 'wiki' | 'photos' = 'wiki'): Promise<boolean> {
  return (await browser.get(at(host, '/.bouncer/identity'), { stopAt: () => true })).status === 200;
}

/** Where the page that goes on by itself goes on to. */
function onward(page: BrowserResponse): string {
  return (/href="([^"]*)"[^>]*>Continue</.exec(page.body)?.[1] ?? '').replaceAll('&amp;', '&');
}

/** Presses "Log out" on the wiki, and is at the question. */
async function ask(browser: BrowserClient): Promise<BrowserResponse> {
  const left = await browser.post(at('wiki'), {});
  expect(left.status).toBe(200);
  expect(left.url).toBe(at('wiki'));
  expect(new URL(onward(left)).origin + new URL(onward(left)).pathname).toBe(at('auth'));
  return browser.get(onward(left));
}

/** Presses the button of the question. A page that goes on by itself goes on. */
async function confirm(browser: BrowserClient, question: BrowserResponse): Promise<BrowserResponse> {
  const request = /name="request" value="([^"]+)"/.exec(question.body)?.[1];
  const form: Record<string, string> = request === undefined ? {} : { request };
  const pressed = await browser.post(at('auth'), form, { stopAt: isAtProvider });
  return onward(pressed) === '' ? pressed : browser.get(onward(pressed), { stopAt: isAtProvider });
}

describe('a login that its own browser knows on auth_url', () => {
  test.each(['POST', 'GET'] as const)(
    'ends by %s at an application after the question alone',
    async (how) => {
      const { browser } = await site.logIn('alice', at('wiki', '/'));
      await browser.get(at('photos', '/'));
      const question = how === 'POST' ? await ask(browser) : await browser.get(at('wiki'));
      expect(question.status).toBe(200);
      expect(new URL(question.url).host).toBe(new URL(at('auth')).host);
      expect(question.body).toContain('alice@example.com');
      expect(String(question.headers['content-security-policy'])).toContain("frame-ancestors 'none'");
      expect(await isIn(browser)).toBe(true);
      const end = await confirm(browser, question);
      expect(String(end.headers['location'])).toContain('id_token_hint=');
      for (const host of ['auth', 'wiki', 'photos'] as const) expect(await isIn(browser, host)).toBe(false);
      // The back button, and a page that is loaded again.
      const again = await browser.get(question.url);
      expect(again.body).toContain('<h1>You are logged out</h1>');
      expect(again.url).toBe(at('auth'));
      const twice = await confirm(browser, question);
      expect(twice.body).toContain('<h1>You are logged out</h1>');
    },
  );

  test('does not end by a script of the application, which is told where a person can answer', async () => {
    const { browser } = await site.logIn('alice', at('wiki', '/'));
    const headers = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
    const answer = await browser.post(at('wiki'), {}, { headers });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({
      error: 'denied',
      reason: 'logout-unconfirmed',
      logout_url: at('wiki'),
    });
    const read = await browser.get(at('wiki'), { headers });
    expect(read.status).toBe(405);
    expect(await isIn(browser)).toBe(true);
  });

  test('does not end by a form of another site, of an application among them', async () => {
    const { browser } = await site.logIn('alice', at('wiki', '/'));
    const question = await ask(browser);
    const request = new URL(question.url).searchParams.get('request') ?? '';
    for (const [origin, from] of [
      [new URL(at('wiki')).origin, 'same-site'],
      ['https://evil.example', 'cross-site'],
      ['null', 'cross-site'],
    ] as const) {
      const headers = { origin, 'sec-fetch-site': from };
      for (const form of [{ request }, {}] as const)
        expect((await browser.post(at('auth'), form, { headers })).status).toBe(403);
    }
    expect(await isIn(browser)).toBe(true);
  });

  test('does not end by the question’s own text in the place of the answer', async () => {
    const { browser } = await site.logIn('alice', at('wiki', '/'));
    const question = await ask(browser);
    const request = new URL(question.url).searchParams.get('request') ?? '';
    const forged = await browser.get(`${at('wiki')}?confirmed=${request}`);
    expect(forged.body).toContain('<h1>Log out?</h1>');
    expect(await isIn(browser)).toBe(true);
  });

  test('goes on where the question was changed, which says so', async () => {
    const { browser } = await site.logIn('alice', at('wiki', '/'));
    for (const text of ['x', '', 'a'.repeat(5_000)]) {
      const shown = await browser.get(`${at('auth')}?request=${text}`);
      const sent = await browser.post(at('auth'), { request: text });
      for (const { status, body } of [shown, sent]) {
        expect(status).toBe(400);
        expect(body).toContain('<h1>Nobody was logged out</h1>');
      }
    }
    expect(await isIn(browser)).toBe(true);
  });
});

describe('a login of which auth_url has no cookie in this browser', () => {
  const forget = (browser: BrowserClient): void => browser.dropCookies('auth.localhost');

  test('is named by the question and ends, on its own host', async () => {
    const { browser } = await site.logIn('alice', at('wiki', '/'));
    forget(browser);
    const question = await ask(browser);
    expect(question.body).toContain('alice@example.com');
    const end = await confirm(browser, question);
    expect(String(end.headers['location'])).toContain('id_token_hint=');
    expect(await isIn(browser)).toBe(false);
    expect(
      site.records().some(({ event, email }) => event === 'logout' && email === 'alice@example.com'),
    ).toBe(true);
  });

  test('ends alone where another login is on auth_url, which is asked about next', async () => {
    const { browser } = await site.logIn('alice', at('wiki', '/'));
    forget(browser);
    browser.dropCookies(new URL(site.provider.issuer).hostname);
    await logInAtProvider(browser, await browser.get(at('photos', '/')), 'admin');
    expect([await isIn(browser), await isIn(browser, 'photos')]).toEqual([true, true]);
    const question = await ask(browser);
    expect(question.body).toContain('alice@example.com');
    await confirm(browser, question);
    expect([await isIn(browser), await isIn(browser, 'photos')]).toEqual([false, true]);
    const next = await browser.get(at('auth'));
    expect(next.body).toContain('admin@example.com');
    await confirm(browser, next);
    expect(await isIn(browser, 'photos')).toBe(false);
  });

  test('does not end by the question of another browser, and is asked about itself', async () => {
    const { browser: attacker } = await site.logIn('mallory', at('auth', '/.bouncer/login'));
    await attacker.get(at('wiki', '/'));
    const { browser: victim } = await site.logIn('alice', at('wiki', '/'));
    forget(victim);
    const foreign = await ask(attacker);
    const shown = await victim.get(foreign.url);
    expect(shown.body).toContain('mallory@evil.test');
    const end = await confirm(victim, shown);
    expect(end.body).toContain('<h1>Log out?</h1>');
    expect(end.body).toContain('alice@example.com');
    expect([await isIn(victim), await isIn(attacker)]).toEqual([true, true]);
  });

  test('is not called ended where only this host’s cookie is gone', async () => {
    const { browser } = await site.logIn('alice', at('wiki', '/'));
    browser.dropCookies('wiki.localhost');
    for (const asked of [
      await browser.get(at('wiki')),
      await browser.get(onward(await browser.post(at('wiki'), {}))),
    ])
      expect(asked.body).toContain('alice@example.com');
    expect(await isIn(browser, 'auth')).toBe(true);
  });
});

test('nobody is asked who is not logged in', async () => {
  const browser = site.browser();
  const page = await browser.get(at('wiki'));
  expect([page.status, page.url]).toEqual([200, at('auth')]);
  expect(page.body).toContain('<h1>You are logged out</h1>');
});
