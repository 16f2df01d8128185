// More than a login: a hardware key, a fresh login, several providers, and what a person sees when a provider does not comply.
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { hasChromium } from '../pages/launch-chromium.ts';
import {
  type BrowserSite,
  pickPerson,
  pressAndGo,
  startBrowserSite,
  visitAs,
  whoOn,
} from './browser-site.ts';

/** From the page that says why, to the provider. */
async function goOn(page: Page): Promise<void> {
  await pressAndGo(page, page.getByRole('link', { name: 'Go on to Test' }));
}

/** The authorization requests that a page's navigations made, as their parameters. */
function noteAuthorizations(page: Page, issuer: string): URLSearchParams[] {
  const noted: URLSearchParams[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith(`${issuer}/auth?`)) noted.push(new URL(request.url()).searchParams);
  });
  return noted;
}

describe.skipIf(!hasChromium)('stepping up with a browser', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let context: BrowserContext;
  const at = (host: string, path = '/') => running.at(`${host}.localhost`, path);

  /** How far bouncer's and the provider's clock is ahead of the browser's. */
  let aheadMs = 0;

  beforeAll(async () => {
    const realNow = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
    running = await startBrowserSite();
  });
  afterAll(async () => {
    await running?.close();
    vi.restoreAllMocks();
  });
  beforeEach(async () => {
    context = await running.open();
  });
  afterEach(() => context.close());

  test('a page that needs a key sends the person to use it, and is there afterwards', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    const asked = noteAuthorizations(page, running.site.provider.issuer);
    await page.goto(at('wiki', '/keys/vault?x=1'));
    expect(await page.getByRole('heading').textContent()).toBe('Your security key, please');
    expect(asked).toEqual([]);
    await goOn(page);
    expect(asked.map((parameters) => parameters.get('acr_values'))).toEqual(['phrh']);
    await pickPerson(page, 'alice with a key');
    await page.waitForURL(at('wiki', '/keys/vault?x=1'));
    expect(await whoOn(page)).toBe('alice@example.com');
    await page.goto(at('wiki', '/keys/other'));
    expect(await whoOn(page)).toBe('alice@example.com');
    expect(asked).toHaveLength(1);
  });

  test('a step-up gives the session a new token on the host that asked', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    const tokenOf = async (): Promise<string | undefined> =>
      (await context.cookies(at('wiki'))).find(({ name }) => name === 'bouncer_session')?.value;
    const before = await tokenOf();
    await page.goto(at('wiki', '/keys'));
    await goOn(page);
    await pickPerson(page, 'alice with a key');
    await page.waitForURL(at('wiki', '/keys'));
    expect(await tokenOf()).not.toBe(before);
  });

  test('who steps up without the key reads so, is asked again on request, and keeps the session', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    await page.goto(at('wiki', '/keys'));
    await goOn(page);
    await pickPerson(page, 'alice');
    expect(await page.getByRole('heading').textContent()).toBe('No security key was used');
    await page.getByRole('link', { name: 'Try again with my key' }).click();
    await goOn(page);
    await pickPerson(page, 'alice with a key');
    await page.waitForURL(at('wiki', '/keys'));
    await page.goto(at('wiki'));
    expect(await whoOn(page)).toBe('alice@example.com');
  });

  test('an old login is renewed where a page asks for a fresh one', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    aheadMs = 61 * 60_000;
    const asked = noteAuthorizations(page, running.site.provider.issuer);
    await page.goto(at('wiki', '/fresh?y=2'));
    expect(await page.getByRole('main').textContent()).toContain(
      'a login in the last hour, and yours is older',
    );
    await goOn(page);
    expect(asked.map((parameters) => parameters.get('max_age'))).toEqual(['3569']);
    await pickPerson(page, 'alice');
    await page.waitForURL(at('wiki', '/fresh?y=2'));
    expect(await whoOn(page)).toBe('alice@example.com');
    expect(asked).toHaveLength(1);
  });

  test('a fetch to a page that needs a key learns what is missing, and how to get it', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    const answer = await page.evaluate(`fetch('/keys/api').then(async (response) => ({
      status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json() }))`);
    expect(answer).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(/insufficient_user_authentication.*acr_values="phrh"/),
      body: {
        error: 'insufficient_user_authentication',
        reason: 'hardware-key-required',
        login_url: expect.stringContaining('/.bouncer/login?'),
      },
    });
  });
});

test.skipIf(!hasChromium)(
  'a provider that ignores what it is asked ends on a page, never in a loop',
  {
    timeout: 120_000,
  },
  async () => {
    const running = await startBrowserSite({ provider: { isHonouringAcr: false } });
    try {
      const context = await running.open();
      const page = await visitAs(context, 'alice', running.at('wiki.localhost'));
      const asked = noteAuthorizations(page, running.site.provider.issuer);
      await page.goto(running.at('wiki.localhost', '/keys'));
      const [answer] = await Promise.all([
        page.waitForResponse((one) => one.status() === 403),
        page.getByRole('link', { name: 'Go on to Test' }).click(),
      ]);
      expect(answer.url()).toContain('/.bouncer/');
      expect(await page.getByRole('heading').textContent()).toBe('No security key was used');
      expect(asked).toHaveLength(1);
      await page.getByRole('link', { name: 'See what you can open' }).click();
      await page.getByRole('heading', { name: 'Your applications' }).waitFor();
      await page.goto(running.at('wiki.localhost'));
      expect(await whoOn(page)).toBe('alice@example.com');
    } finally {
      await running.close();
    }
  },
);

test.skipIf(!hasChromium)(
  'with several providers the keyboard alone gets a person in',
  {
    timeout: 120_000,
  },
  async () => {
    const running = await startBrowserSite({
      settings: `  - id: second
    type: oidc
    label: The second way
    issuer: http://localhost:1
    client_id: bouncer
    client_secret: not-a-secret
`,
    });
    try {
      const page = await (await running.open()).newPage();
      await page.goto(running.at('wiki.localhost', '/page?x=1'));
      expect(await page.getByRole('heading').textContent()).toBe('Log in');
      expect(await page.getByRole('main').textContent()).toContain('wiki');
      await page.keyboard.press('Tab');
      while ((await page.evaluate('document.activeElement.innerText')) !== 'T\nTest')
        await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${running.site.provider.issuer}/**`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(running.at('wiki.localhost', '/page?x=1'));
      expect(await whoOn(page)).toBe('alice@example.com');
    } finally {
      await running.close();
    }
  },
);

test.skipIf(!hasChromium)('auth_url can be an application’s own host', { timeout: 120_000 }, async () => {
  const running = await startBrowserSite({ authHost: 'wiki.localhost' });
  try {
    const context = await running.open();
    const page = await visitAs(context, 'alice', running.at('wiki.localhost', '/page?x=1#y'));
    expect(await whoOn(page)).toBe('alice@example.com');
    await page.goto(running.at('photos.localhost', '/album'));
    expect(await whoOn(page)).toBe('alice@example.com');
    await page.goto(running.at('wiki.localhost', '/keys/a?b=1'));
    await goOn(page);
    await pickPerson(page, 'alice with a key');
    await page.waitForURL(running.at('wiki.localhost', '/keys/a?b=1'));
    await page.goto(running.at('wiki.localhost', '/.bouncer/'));
    expect(await page.getByRole('heading').textContent()).toBe('Your applications');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Yes, log out here' }).click();
    await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
  } finally {
    await running.close();
  }
});
