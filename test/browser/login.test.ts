// A person's way in and out, in a real browser: every redirect, cookie and header is followed as Chromium follows it.
import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type HostileProvider, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, pickPerson, startBrowserSite, visitAs, whoOn } from './browser-site.ts';

describe.skipIf(!hasChromium)('logging in with a browser', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let context: BrowserContext;
  const at = (host: string, path = '/') => running.at(`${host}.localhost`, path);

  beforeAll(async () => {
    running = await startBrowserSite();
  });
  afterAll(() => running?.close());
  beforeEach(async () => {
    context = await running.open();
  });
  afterEach(() => context.close());

  test('the first visit logs in and is back at the deep link, its query and its fragment', async () => {
    const url = `${at('wiki', '/a%20b/page?x=1%2F2&y=a+b')}#part-2`;
    const page = await visitAs(context, 'alice', url);
    expect(page.url()).toBe(url);
    expect(await whoOn(page)).toBe('alice@example.com');
    expect(running.application.seen.map(({ what }) => what)).toContain('GET /a%20b/page?x=1%2F2&y=a+b');
  });

  test.each([
    '/?next=https://example.org/a',
    '/files?path=C:/temp',
    '/a//b',
    '/proxy/https://example.org/a',
    '/javascript:alert(1)',
    "/x?q='a'&r=//evil.test",
  ])('the first visit to %s ends there', async (path) => {
    const page = await context.newPage();
    await page.goto(at('wiki', path));
    await pickPerson(page, 'alice');
    await page.locator('#who').waitFor();
    expect(page.url()).toBe(new URL(at('wiki', path)).href);
  });

  test.each([
    '//evil.test/',
    '/\\evil.test/',
    '/%09/evil.test/',
    '/%2f%2fevil.test/',
    '/%5cevil.test/',
    '/.//evil.test/',
    '/;//evil.test/',
    'https:evil.test',
    'javascript:alert(1)',
    '/\t/evil.test',
  ])('a login that is told to end at %s ends at the application', async (address) => {
    const page = await context.newPage();
    await page.goto(at('wiki', `/.bouncer/login?return_to=${encodeURIComponent(address)}`));
    await pickPerson(page, 'alice');
    await page.locator('#who').waitFor();
    expect(new URL(page.url()).origin).toBe(at('wiki', ''));
  });

  test('the back button to the callback leads on, and nothing is asked anew', async () => {
    const page = await context.newPage();
    const callbacks: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/.bouncer/callback')) callbacks.push(request.url());
    });
    await page.goto(at('wiki', '/page?x=1'));
    await pickPerson(page, 'alice');
    await page.waitForURL(at('wiki', '/page?x=1'));
    const session = (await context.cookies(at('wiki'))).find(({ name }) => name === 'bouncer_session');
    expect(callbacks).toHaveLength(2);
    const [ofProvider = '', ofHandoff = ''] = callbacks;
    await page.goto(ofProvider);
    expect(page.url()).toBe(at('wiki', '/page?x=1'));
    await page.goto(ofHandoff);
    expect(page.url()).toBe(at('wiki', '/'));
    expect((await context.cookies(at('wiki'))).find(({ name }) => name === 'bouncer_session')?.value).toBe(
      session?.value,
    );
  });

  test('a second application opens without a second login', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    const asked = running.site.provider.requests.length;
    await page.goto(at('photos', '/album?n=1'));
    expect(page.url()).toBe(at('photos', '/album?n=1'));
    expect(await whoOn(page)).toBe('alice@example.com');
    expect(running.site.provider.requests.length).toBe(asked);
  });

  test('no cookie of one host is known to another, and no script reads one', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    await page.goto(at('photos'));
    expect(await page.evaluate('document.cookie')).toBe('');
    const cookies = (await context.cookies()).filter(({ name }) => name === 'bouncer_session');
    expect(cookies.map(({ domain }) => domain).sort()).toEqual([
      'auth.localhost',
      'photos.localhost',
      'wiki.localhost',
    ]);
    expect(new Set(cookies.map(({ value }) => value)).size).toBe(3);
    for (const cookie of cookies)
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  });

  test('who is denied reads why and as whom, and gets nothing of the application', async () => {
    const before = running.application.seen.length;
    const page = await visitAs(context, 'mallory', at('wiki', '/secret'));
    expect(await page.getByRole('heading').textContent()).toBe('You do not have access');
    expect(await page.getByText('mallory@evil.test').isVisible()).toBe(true);
    expect(running.application.seen.length).toBe(before);
  });

  test('a logout ends every application, and the provider is asked to end its own', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    await page.goto(at('photos'));
    await page.goto(at('photos', '/.bouncer/logout'));
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Yes, log out here' }).click();
    await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
    expect(page.url().split('?')[0]).toBe(at('auth', '/.bouncer/logout'));
    for (const host of ['wiki', 'photos']) {
      await page.goto(at(host));
      expect(page.url()).toContain(running.site.provider.issuer);
      expect(await page.getByRole('heading').textContent()).toBe('Test provider');
    }
  });

  test('a logout counts although the person stops at the provider', async () => {
    const page = await visitAs(context, 'alice', at('wiki'));
    await page.goto(at('wiki', '/.bouncer/logout'));
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${running.site.provider.issuer}/**`);
    const asked = running.site.provider.requests.length;
    await page.goto(at('wiki'));
    // The provider still knows the person, and was asked: bouncer's own session is gone.
    expect(running.site.provider.requests.slice(asked)).toContain('GET /auth');
  });

  test('tabs that were opened before the login each end at their own page', async () => {
    const urls = [at('wiki', '/one?a=1'), at('photos', '/two'), at('wiki', '/three?b=2#end')];
    const pages = await Promise.all(
      urls.map(async (url) => {
        const page = await context.newPage();
        await page.goto(url);
        return page;
      }),
    );
    for (const [i, page] of pages.entries()) {
      await pickPerson(page, 'alice');
      await page.waitForURL(urls[i] ?? '');
      expect(await whoOn(page)).toBe('alice@example.com');
    }
  });

  test('two tabs that log in at the same moment both get in, and stay in', async () => {
    const urls = [at('wiki', '/left'), at('wiki', '/right')];
    const pages = await Promise.all(urls.map(() => context.newPage()));
    await Promise.all(pages.map((page, i) => page.goto(urls[i] ?? '')));
    await Promise.all(pages.map((page) => pickPerson(page, 'alice')));
    for (const [i, page] of pages.entries()) {
      await page.waitForURL(urls[i] ?? '');
      await page.reload();
      expect(await whoOn(page)).toBe('alice@example.com');
    }
  });

  test('the back button after a login never shows a broken page', async () => {
    const page = await context.newPage();
    await page.goto(at('wiki', '/before'));
    await pickPerson(page, 'alice');
    await page.waitForURL(at('wiki', '/before'));
    await page.goto(at('wiki', '/next'));
    await page.goBack();
    expect(page.url()).toBe(at('wiki', '/before'));
    expect(await whoOn(page)).toBe('alice@example.com');
    // One further back is the provider's page of a login that is over: it may say so, but the way on must work.
    await page.goBack().catch(() => null);
    await page.goto(at('wiki', '/after'));
    expect(await whoOn(page)).toBe('alice@example.com');
  });

  test('a callback in another browser logs nobody in there', async () => {
    const attacker = running.site.browser();
    const asked = await attacker.get(at('wiki', '/page'));
    const isCallback = (url: string): boolean => url.startsWith(at('auth', '/.bouncer/callback'));
    const stopped = await attacker.post(
      asked.url,
      { person: 'alice', method: 'pwd' },
      { stopAt: isCallback },
    );
    const callback = String(stopped.headers['location']);
    expect(isCallback(callback)).toBe(true);
    const other = await context.newPage();
    await other.goto(callback);
    expect(await other.getByRole('heading').textContent()).toBe('This login began somewhere else');
    await other.getByRole('link', { name: 'Log in here' }).click();
    await pickPerson(other, 'admin');
    await other.waitForURL(at('wiki', '/page'));
    expect(await whoOn(other)).toBe('admin@example.com');
  });

  test('who says no at the provider reads what happened, and can try again', async () => {
    const page = await context.newPage();
    await page.goto(at('wiki', '/page'));
    await page.getByRole('button', { name: 'cancel' }).click();
    expect(await page.getByRole('heading').textContent()).toBe('The login was not completed');
    await page.getByRole('link', { name: 'Try again' }).click();
    await pickPerson(page, 'alice');
    await page.waitForURL(at('wiki', '/page'));
  });

  test('the whole login works without JavaScript', async () => {
    const plain = await running.open({ javaScriptEnabled: false });
    const page = await visitAs(plain, 'alice', at('wiki', '/page?x=1'));
    expect(await whoOn(page)).toBe('alice@example.com');
    await page.goto(at('auth'));
    expect(await page.getByRole('heading').textContent()).toBe('Your applications');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Yes, log out here' }).click();
    await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
    await plain.close();
  });
});

describe.skipIf(!hasChromium)(
  'logging out at a provider that wants a long hint',
  { timeout: 120_000 },
  () => {
    const groups = Array.from({ length: 200 }, (_, n) => `a-group-with-a-long-name-${n}`);
    let hostile: HostileProvider;
    let running: BrowserSite;
    beforeAll(async () => {
      hostile = await startHostileProvider('bouncer');
      hostile.tell({ metadata: { end_session_endpoint: `${hostile.issuer}/end` }, claims: { groups } });
      running = await startBrowserSite({
        settings: `  - { id: hinted, type: oidc, label: Hinted, issuer: "${hostile.issuer}", client_id: bouncer, long_logout: form }`,
      });
    });
    afterAll(async () => {
      await running?.close();
      await hostile?.close();
    });

    test.each([
      ['the form sends itself', true],
      ['a button sends the form where no script runs', false],
    ])('%s, with the whole hint, and the person comes back', async (_, javaScriptEnabled) => {
      const context = await running.open({ javaScriptEnabled });
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
      await page.goto(running.at('wiki.localhost', '/page'));
      await page.getByRole('link', { name: 'Hinted' }).click();
      await page.waitForURL(running.at('wiki.localhost', '/page'));
      await page.goto(running.at('wiki.localhost', '/.bouncer/logout'));
      await page.getByRole('button', { name: 'Log out' }).click();
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
      expect(page.url()).toBe(running.at('auth.localhost', '/.bouncer/logout'));
      const { method, fields } = hostile.logouts.at(-1) ?? {};
      expect([method, fields?.get('client_id')]).toEqual(['POST', 'bouncer']);
      expect(fields?.get('id_token_hint')?.length).toBeGreaterThan(6000);
      await page.goto(running.at('wiki.localhost', '/page'));
      expect(page.url()).toContain('/.bouncer/login');
      expect(problems).toEqual([]);
      await context.close();
    });
  },
);

test.skipIf(!hasChromium)(
  'a login that took too long says so, and the next one ends where the person wanted',
  {
    timeout: 120_000,
  },
  async () => {
    const realNow = Date.now;
    let aheadMs = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
    const running = await startBrowserSite();
    try {
      const page = await (await running.open()).newPage();
      await page.goto(running.at('wiki.localhost', '/page?x=1'));
      aheadMs = 11 * 60_000;
      await pickPerson(page, 'alice');
      expect(await page.getByRole('heading').textContent()).toBe('This login ran out');
      await page.getByRole('link', { name: 'Log in again' }).click();
      await page.waitForURL(running.at('wiki.localhost', '/page?x=1'));
      expect(await whoOn(page)).toBe('alice@example.com');
    } finally {
      clock.mockRestore();
      await running.close();
    }
  },
);
