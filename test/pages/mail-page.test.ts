// The page that shows mail, in a browser, with a letter that would do harm: nothing of it runs, reaches out or leads away.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, launchChromium } from './launch-chromium.ts';
import { nowMs, servePages } from './page-fixtures.ts';

describe.skipIf(!hasChromium)('a letter that would do harm', () => {
  let browser: Browser;
  let elsewhere: Server;
  let elsewhereUrl = '';
  const reached: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    elsewhere = createServer((req, res) => {
      reached.push(req.url ?? '');
      res.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser?.close();
    elsewhere?.closeAllConnections();
    elsewhere?.close();
  });

  test('is shown, and does nothing, in its frame and opened by itself', async () => {
    const harm = `<!doctype html><title>Harm</title><p style="color:rgb(1, 2, 3)">Dear you</p>
<script>document.title='ran';parent.document.title='ran'</script>
<img src="${elsewhereUrl}/pixel" onerror="document.title='ran'"><link rel="stylesheet" href="${elsewhereUrl}/style">
<a href="${elsewhereUrl}/away" target="_top">away</a><form action="${elsewhereUrl}/form" target="_top"><button>send</button></form>`;
    const letter = {
      to: 'a@b.example',
      subject: '<b>Bold</b>',
      text: '</pre><script>x()</script>',
      html: harm,
    };
    const mailbox = { letters: () => [{ ...letter, number: 1, atMs: nowMs }] };
    const pages = await servePages({ mailbox, context: { ip: '127.0.0.1' } });
    try {
      const page = await browser.newPage();
      await page.goto(`${pages.url}/.bouncer/mail`);
      expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe('<b>Bold</b>');
      const frame = page.frameLocator('iframe');
      const text = frame.getByText('Dear you');
      await text.waitFor();
      const style = "getComputedStyle(document.querySelector('p')).color";
      expect(await page.frames()[1]?.evaluate(style)).toBe('rgb(1, 2, 3)');
      await frame.getByText('away').click();
      await frame.getByText('send').click();
      await page.getByText('The same as text').click();
      expect(await page.locator('pre').textContent()).toBe('</pre><script>x()</script>');
      expect(await page.title()).toContain('Mail');
      expect(page.url()).toBe(`${pages.url}/.bouncer/mail`);
      await page.goto(`${pages.url}/.bouncer/mail?html=1`);
      await page.getByText('Dear you').waitFor();
      expect(await page.title()).toBe('Harm');
      expect(reached).toEqual([]);
    } finally {
      await pages.close();
    }
  });
});
