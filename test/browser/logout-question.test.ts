// Logging out from an application's own pages in a real browser: with a strict policy there, with a question, against its scripts.
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, startBrowserSite, visitAs } from './browser-site.ts';

describe.skipIf(!hasChromium)('a logout button of an application', { timeout: 120_000 }, () => {
  describe.each(['at_once', 'confirm'] as const)('with `logout: %s`', (logout) => {
    let running: BrowserSite;
    let context: BrowserContext;
    const at = (host: string, path = '/') => running.at(`${host}.localhost`, path);

    beforeAll(async () => {
      running = await startBrowserSite({ settings: `logout: ${logout}` });
    });
    afterAll(() => running?.close());
    beforeEach(async () => {
      context = await running.open();
    });
    afterEach(() => context.close());

    /** From the question, where there is one, past the provider's to the last page. */
    async function logOut(page: Page): Promise<void> {
      if (logout === 'confirm') {
        await page.getByRole('heading', { name: 'Log out?' }).waitFor();
        expect(new URL(page.url()).origin).toBe(new URL(at('auth')).origin);
        await page.getByText('alice@example.com').waitFor();
        await page.getByRole('button', { name: 'Log out' }).click();
      }
      await page.getByRole('button', { name: 'Yes, log out here' }).click();
      await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
    }

    async function isIn(): Promise<boolean> {
      const page = await context.newPage();
      await page.goto(at('wiki', '/page'));
      const { origin } = new URL(page.url());
      await page.close();
      return origin === new URL(at('wiki')).origin;
    }

    test('leads out although its page lets forms lead nowhere else', async () => {
      const page = await visitAs(context, 'alice', at('wiki', '/leave'));
      await page.getByRole('button', { name: 'Leave' }).click();
      await logOut(page);
      expect(await isIn()).toBe(false);
      await page.goBack();
      await page.goBack();
      expect(await isIn()).toBe(false);
    });

    test('leads out without scripts', async () => {
      await context.close();
      context = await running.open({ javaScriptEnabled: false });
      const page = await visitAs(context, 'alice', at('wiki', '/leave'));
      await page.getByRole('button', { name: 'Leave' }).click();
      await logOut(page);
      expect(await isIn()).toBe(false);
    });

    test('and a script of the application', async () => {
      const page = await visitAs(context, 'alice', at('wiki', '/page'));
      const byFetch = await page.evaluate(`fetch('/.bouncer/logout', { method: 'POST', redirect: 'manual' })
        .then(async (answer) => ({ status: answer.status, text: await answer.text() }))`);
      if (logout === 'at_once') {
        expect(await page.evaluate(`fetch('/api').then(({ status }) => status)`)).toBe(401);
        return;
      }
      expect(byFetch).toMatchObject({ status: 403, text: expect.stringContaining('"logout-unconfirmed"') });
      // A frame, a window and a form that it sends by itself come no further than the question.
      await page.evaluate(`new Promise((done) => {
        const frame = document.createElement('iframe');
        frame.name = 'hidden';
        frame.onload = () => setTimeout(done, 1000);
        document.body.append(frame);
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', action: '/.bouncer/logout', target: 'hidden' });
        document.body.append(form);
        form.submit();
      })`);
      expect(page.frames().every((frame) => !frame.url().includes('request='))).toBe(true);
      const opened = context.waitForEvent('page');
      await page.evaluate(`window.opened = window.open('/.bouncer/logout')`);
      const question = await opened;
      await question.getByRole('heading', { name: 'Log out?' }).waitFor();
      const reach = await page.evaluate(`(() => {
        try { window.opened.document.querySelector('button').click(); return 'pressed'; } catch (error) { return error.name; }
      })()`);
      expect(reach).toBe('SecurityError');
      const sent = await page.evaluate(`fetch('${at('auth', '/.bouncer/logout')}', {
        method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ request: 'x' }),
      }).then(() => 'read', () => 'hidden')`);
      expect(sent).toBe('hidden');
      expect(await isIn()).toBe(true);
      await question.getByRole('link', { name: 'Stay logged in' }).click();
      await question.locator('#who').waitFor();
      expect(new URL(question.url()).origin).toBe(new URL(at('wiki')).origin);
      expect(await isIn()).toBe(true);
    });
  });
});
