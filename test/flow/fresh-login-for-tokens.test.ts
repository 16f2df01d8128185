// A personal token outlives the session that it is made from, so that a stolen session must not be enough for one: who logged in more than
// five minutes ago logs in again first, and the form goes with them.
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { startGithubServer } from '../fixtures/github-server.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { clientSecret, type Site, startSite } from '../fixtures/running-site.ts';
import { codeFor, goesOnTo, loginIn, send, startCodeSite } from './code-site.ts';

const rules = `
applications:
  - name: dav
    host: dav.localhost
    upstream: UPSTREAM
    clients: basic
    policies: [{ name: staff, action: allow, include: [{ email_domain: [example.com, family.example] }] }]
`;

let aheadMs = 0;
beforeAll(() => {
  const realNow = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
});
afterEach(() => {
  aheadMs = 0;
});
afterAll(() => void vi.restoreAllMocks());

const minute = 60_000;
const form = { name: 'my phone', 'application-0': 'dav', days: '90' };
const pageOf = (site: Site): string => site.at('auth.localhost', '/.bouncer/tokens');
const tokenIn = (body: string): string | undefined => /bnc_p_[0-9A-Za-z]{49}/.exec(body)?.[0];

function ask(
  site: Site,
  browser: BrowserClient,
  stopAt: (url: string) => boolean,
  name = 'my phone',
): Promise<BrowserResponse> {
  return browser.post(pageOf(site), { ...form, name }, { stopAt });
}

/** Where a form was led to: a redirect, or the page that goes on by itself. */
function ledTo({ headers, body }: BrowserResponse): URL {
  const location = headers['location'];
  return new URL(typeof location === 'string' ? location : goesOnTo({ body } as BrowserResponse));
}

async function opens(site: Site, token: string | undefined): Promise<number> {
  const authorization = `Basic ${Buffer.from(`any:${token}`).toString('base64')}`;
  const browser = site.browser();
  const { status } = await browser.get(site.at('dav.localhost'), { headers: { authorization } });
  return status;
}

describe('a personal token for somebody who logged in by a provider', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ rules, provider: { issuesRefreshTokens: true } });
  });
  afterAll(() => site.close());

  test('is made at once within five minutes', async () => {
    const { browser, response } = await site.logIn('alice', pageOf(site));
    expect(response.body).not.toContain('asked to log in again');
    aheadMs = 4 * minute;
    const { body } = await browser.post(pageOf(site), form);
    expect(await opens(site, tokenIn(body))).toBe(200);
  });

  test('wants another login later: the page says so before, and the form comes along', async () => {
    const { browser } = await site.logIn('alice', pageOf(site));
    const before = browser.cookieFor(pageOf(site));
    aheadMs = 6 * minute;
    expect((await browser.get(pageOf(site))).body).toContain('asked to log in again');
    const asked = await browser.post(pageOf(site), form);
    expect(asked.body).not.toContain('bnc_p_');
    expect(asked.trail.join(' ')).toContain('max_age=');
    const { body } = await logInAtProvider(browser, asked, 'alice');
    const token = tokenIn(body);
    browser.secrets.add(token ?? '');
    expect(await opens(site, token)).toBe(200);
    // The session is what it was, and so is what else it has.
    expect(browser.cookieFor(pageOf(site))).toBe(before);
  });

  test('is not made where the provider lets them through without asking', async () => {
    const { browser } = await site.logIn('alice', pageOf(site));
    aheadMs = 6 * minute;
    const to = ledTo(await ask(site, browser, (url) => url.startsWith(site.provider.issuer), 'of a thief'));
    to.searchParams.delete('max_age');
    const refused = await browser.get(to.href);
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('We need a fresh login')]);
    expect((await browser.get(pageOf(site))).body).not.toContain('of a thief');
    expect(site.records()).toContainEqual(
      expect.objectContaining({ event: 'login_failed', reason: 'fresh-login-not-confirmed' }),
    );
  });

  test('can be ended by an old session: that takes away, and gives nothing', async () => {
    const { browser } = await site.logIn('admin', pageOf(site));
    const token = tokenIn((await browser.post(pageOf(site), form)).body);
    browser.secrets.add(token ?? '');
    aheadMs = 6 * minute;
    const { body } = await browser.get(pageOf(site));
    await browser.post(pageOf(site), { end: /name="end" value="([\w-]{43})"/.exec(body)?.[1] ?? '' });
    expect(await opens(site, token)).toBe(401);
  });
});

test('a provider that never says when somebody logged in is asked for the account anew', async () => {
  let github: Awaited<ReturnType<typeof startGithubServer>> | undefined;
  const site = await startSite({
    rules,
    providers: async ({ authUrl }) => {
      const emails = [{ email: 'mona@example.com', primary: true, verified: true }];
      github = await startGithubServer({
        accounts: [{ id: 1, login: 'mona', name: 'Mona', emails, organizations: {}, teams: [] }],
        redirectUris: [`${authUrl}/.bouncer/callback/github`],
      });
      return `  - id: github\n    type: github\n    url: ${github.url}\n    client_id: Ov23github\n    client_secret: ${clientSecret}`;
    },
  });
  onTestFinished(async () => {
    await site.close();
    await github?.close();
  });
  const browser = site.browser();
  await browser.get(pageOf(site));
  const isAtGithub = (url: string): boolean => url.startsWith(github?.url ?? '?');
  expect(ledTo(await ask(site, browser, isAtGithub)).searchParams.has('prompt')).toBe(false);
  aheadMs = 6 * minute;
  expect(ledTo(await ask(site, browser, isAtGithub)).searchParams.get('prompt')).toBe('select_account');
});

test('who logs in by a code types another one, and keeps the token that they have', async () => {
  const site = await startCodeSite({ rules });
  onTestFinished(() => site.close());
  const browser = site.browser();
  const asked = await browser.get(pageOf(site));
  const first = await codeFor(site, browser, loginIn(asked));
  await send(site, browser, { login: loginIn(asked), code: first });
  const old = tokenIn((await browser.post(pageOf(site), form)).body);
  expect(await opens(site, old)).toBe(200);
  aheadMs = 6 * minute;
  const again = await browser.post(pageOf(site), form);
  const login = loginIn(again);
  const code = await codeFor(site, browser, login);
  const wrong = code === '000000' ? '000001' : '000000';
  expect((await send(site, browser, { login, code: wrong })).body).toContain('id="complaint"');
  const { body } = await send(site, browser, { login, code });
  const token = tokenIn(body);
  for (const one of [old, token]) browser.secrets.add(one ?? '');
  expect(token).not.toBe(old);
  expect([await opens(site, token), await opens(site, old)]).toEqual([200, 200]);
});
