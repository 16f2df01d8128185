// What a person loses no more when their login has ended: a form that they wrote, and a page that loads what it shows.
import { randomBytes } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bothStores, type StoreOfTest } from '../fixtures/both-stores.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, pickPerson, pressAndGo, startBrowserSite, visitAs } from './browser-site.ts';

describe.skipIf(!hasChromium)('a login that has ended', { timeout: 120_000 }, () => {
  describe.each(bothStores)('with %s', (_name, openStore) => {
    let store: StoreOfTest;
    let running: BrowserSite;
    let context: BrowserContext;
    const at = (host: string, path = '/') => running.at(`${host}.localhost`, path);

    beforeAll(async () => {
      store = await openStore();
      running = await startBrowserSite({ settings: store.settings });
    }, 120_000);
    afterAll(async () => {
      await running?.close();
      await store?.close();
    });
    beforeEach(async () => {
      context = await running.open();
    });
    afterEach(() => context.close());

    /** As the person would from another computer. */
    async function endSessions(): Promise<void> {
      const { browser } = await running.site.logIn('alice', at('wiki'));
      await browser.post(at('auth', '/.bouncer/sessions'), { end: 'others' });
      // Who logs in again is asked by the provider, too.
      await context.clearCookies({ domain: new URL(running.site.provider.issuer).hostname });
    }

    async function write(page: Page, text: string): Promise<void> {
      await page.locator('textarea').fill(text);
      await pressAndGo(page, page.getByRole('button', { name: 'Save' }));
    }

    test.each([true, false])('keeps what was written, with scripts: %s', async (javaScriptEnabled) => {
      await context.close();
      context = await running.open({ javaScriptEnabled });
      const page = await visitAs(context, 'alice', at('wiki', '/edit'));
      await endSessions();
      const before = running.application.saved.length;
      await write(page, 'ten minutes\nof work & more');
      await page.getByRole('heading', { name: 'Please log in again' }).waitFor();
      await pressAndGo(page, page.getByRole('link', { name: 'Log in' }));
      await pickPerson(page, 'alice');
      await page.getByRole('heading', { name: 'Send what you wrote?' }).waitFor();
      await page.getByText('POST /save').waitFor();
      expect(running.application.saved.slice(before)).toEqual([]);
      await pressAndGo(page, page.getByRole('button', { name: 'Send it now' }));
      await page.waitForURL(at('wiki', '/saved'));
      expect(running.application.saved.slice(before)).toEqual(['text=ten+minutes%0D%0Aof+work+%26+more']);
      await page.goBack();
      await page.goBack();
      await page.waitForLoadState();
      expect(running.application.saved.slice(before)).toHaveLength(1);
    });

    /** A page with a form for a file, whose session has ended. */
    async function choose(size: number): Promise<{ readonly page: Page; readonly file: Buffer }> {
      const page = await visitAs(context, 'alice', at('wiki', '/attach'));
      await endSessions();
      const file = randomBytes(size);
      const input = page.locator('input[type=file]');
      await input.setInputFiles({ name: 'größe.bin', mimeType: 'application/octet-stream', buffer: file });
      await pressAndGo(page, page.getByRole('button', { name: 'Send' }));
      return { page, file };
    }

    test('keeps a file that was sent with a form, to the byte', async () => {
      const before = running.application.saved.length;
      const { page, file } = await choose(100_000);
      await pressAndGo(page, page.getByRole('link', { name: 'Log in' }));
      await pickPerson(page, 'alice');
      await pressAndGo(page, page.getByRole('button', { name: 'Send it now' }));
      await page.waitForURL(at('wiki', '/saved'));
      const [sent = '', ...more] = running.application.saved.slice(before);
      expect(more).toEqual([]);
      expect(sent.includes(file.toString('latin1'))).toBe(true);
      expect(Buffer.from(sent, 'latin1').toString()).toContain('filename="größe.bin"');
    });

    test('says of a file that is too large to be kept that it is, before it is uploaded', async () => {
      const before = running.application.saved.length;
      const { page } = await choose(20_000_000);
      await page.getByRole('heading', { name: 'Please log in first' }).waitFor();
      await page.goto(at('wiki', '/.bouncer/form'));
      await page.getByRole('heading', { name: 'There is nothing to send' }).waitFor();
      expect(running.application.saved.slice(before)).toEqual([]);
    });

    test('leaves what is too large to be kept in the page that it was written on', async () => {
      const page = await visitAs(context, 'alice', at('wiki', '/edit'));
      await endSessions();
      const before = running.application.saved.length;
      await write(page, 'x'.repeat(1_100_000));
      await page.getByRole('heading', { name: 'Please log in first' }).waitFor();
      const opened = context.waitForEvent('page');
      await page.getByRole('link', { name: 'Log in in a new tab' }).click();
      await pickPerson(await opened, 'alice');
      await page.goBack();
      await pressAndGo(page, page.getByRole('button', { name: 'Save' }));
      await page.waitForURL(at('wiki', '/saved'));
      expect(running.application.saved.slice(before).map(({ length }) => length)).toEqual([1_100_005]);
    });

    test('sends nothing that the form of another site brought', async () => {
      const page = await visitAs(context, 'alice', at('wiki', '/edit'));
      await endSessions();
      const before = running.application.saved.length;
      const evil = await context.newPage();
      await evil.route('http://evil.test/', (route) =>
        route.fulfill({
          contentType: 'text/html',
          body: `<form method="post" action="${at('wiki', '/save')}"><input name="text" value="planted"><button>Win</button></form>`,
        }),
      );
      await evil.goto('http://evil.test/');
      await pressAndGo(evil, evil.getByRole('button', { name: 'Win' }));
      await evil.getByRole('heading', { name: 'Please log in' }).waitFor();
      await page.goto(at('wiki', '/.bouncer/form'));
      await page.getByRole('heading', { name: 'There is nothing to send' }).waitFor();
      expect(running.application.saved.slice(before)).toEqual([]);
    });

    test('asks in a window of its own, and an application of one page goes on where it was', async () => {
      const page = await visitAs(context, 'alice', at('wiki', '/one-page'));
      await endSessions();
      const opened = context.waitForEvent('page');
      await page.getByRole('button', { name: 'Load' }).click();
      const popUp = await opened;
      const closed = popUp.waitForEvent('close');
      await popUp.getByRole('button', { name: 'alice', exact: true }).click();
      await closed;
      await page.getByText('POST by alice@example.com').waitFor();
      expect(page.url()).toBe(at('wiki', '/one-page'));
    });

    test('asks again after a click where its window was closed, and for each call by itself', async () => {
      const page = await visitAs(context, 'alice', at('wiki', '/one-page'));
      await endSessions();
      const press = async () => {
        const opened = context.waitForEvent('page');
        await page.getByRole('button', { name: 'Log in' }).click();
        return opened;
      };
      const first = await press();
      await first.getByRole('button', { name: 'alice', exact: true }).waitFor();
      // One that gives up leaves the others waiting.
      expect(await page.evaluate('window.givesUp()')).toBe('AbortError');
      await first.close();
      const second = await press();
      const closed = second.waitForEvent('close');
      await second.getByRole('button', { name: 'alice', exact: true }).click();
      await closed;
      await page.getByText('in in', { exact: true }).waitFor();
    });
  });
});
