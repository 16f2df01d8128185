// The demonstration as people meet it: a real browser, the real bouncer, and the promises that it prints.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBouncer } from '../../src/create-bouncer.ts';
import { type RunningDemo, runDemo } from '../../src/demo/run-demo.ts';
import { hasChromium, launchChromium } from '../pages/launch-chromium.ts';

describe.skipIf(!hasChromium)('the demonstration', { timeout: 120_000 }, () => {
  let browser: Browser;
  let demo: RunningDemo;
  let printed = '';

  beforeAll(async () => {
    demo = await runDemo({
      createBouncer,
      port: 0,
      stdout: {
        write: (text) => {
          printed += text;
        },
      },
    });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.close();
    if (demo !== undefined) expect(existsSync(dirname(demo.rulesFile))).toBe(false);
  });

  const at = (host: string, path = '/') => `http://${host}.localhost:${demo.port}${path}`;

  /** A browser of its own for one person; the first visit logs them in. */
  async function visitAs(name: string, url: string): Promise<Page> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    await chooseProvider(page);
    await pick(page, name);
    await page.waitForURL(url);
    return page;
  }

  /** Where there is more than one way. */
  async function chooseProvider(page: Page): Promise<void> {
    const way = page.getByRole('link', { name: /Example ID/ });
    if (await way.isVisible()) await way.click();
  }

  async function pick(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name: new RegExp(`^\\W*\\w?\\s*${name},`) }).click();
  }

  /** The rows of the printed table: who, and what they see of each place. */
  function promises(): { name: string; seen: Readonly<Record<string, string>> }[] {
    return ['Erin', 'Ada', 'Mom', 'Sam'].map((name) => {
      const row = printed.split('\n').find((line) => line.trimStart().startsWith(`${name},`)) ?? '';
      const [, wiki = '', admin = '', photos = '', git = ''] = row.trim().split(/ {2,}/);
      return { name, seen: { wiki, admin, photos, git } };
    });
  }

  test('keeps every promise that it prints', async () => {
    const places = {
      wiki: at('wiki', '/?page=1'),
      admin: at('wiki', '/admin'),
      photos: at('photos'),
      git: at('git'),
    };
    for (const { name, seen } of promises()) {
      const page = await visitAs(name, places.wiki);
      const found: Record<string, string> = {};
      for (const [place, url] of Object.entries(places)) {
        const response = await page.goto(url);
        const why = page.getByRole('heading', { name: 'Your security key, please' });
        if (await why.isVisible()) {
          await page.getByRole('link', { name: /^Go on to / }).click();
          await page.waitForURL((now) => now.href.startsWith(demo.issuer));
          await pick(page, name);
          await page.waitForURL(url);
          found[place] = 'opens with her key';
        } else
          found[place] = response?.status() === 200 ? 'opens' : response?.status() === 403 ? 'denied' : '?';
      }
      expect({ name, seen: found }).toEqual({ name, seen });
      await page.context().close();
    }
  });

  test('lists on the start page what opens, and nothing else', async () => {
    const page = await visitAs('Mom', at('photos'));
    await page.goto(demo.authUrl);
    expect(await page.locator('.tiles strong').allTextContents()).toEqual(['photos']);
    await page.getByRole('link', { name: /photos/ }).click();
    await page.waitForURL(at('photos'));
    await page.context().close();
  });

  test('lets somebody who is denied log in as somebody else', async () => {
    const page = await visitAs('Sam', at('photos'));
    expect(await page.getByRole('heading').textContent()).toBe('You do not have access');
    expect(await page.getByText('sam@elsewhere.example').isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Log in as someone else' }).click();
    await chooseProvider(page);
    await pick(page, 'Mom');
    await page.getByRole('heading', { name: 'Our summer' }).waitFor();
    await page.context().close();
  });

  test('lets Mom in by a code, in a mail that a page shows', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(at('photos'));
    await page.getByRole('link', { name: /Code by e-mail/ }).click();
    await page.getByLabel('E-mail address').fill('mom@family.example');
    await page.getByRole('button', { name: 'Send me a code' }).click();
    const [mail] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'open the mail' }).click(),
    ]);
    await mail.getByRole('heading', { name: 'Your code for photos' }).waitFor();
    expect(mail.url()).toBe(at('auth', '/.bouncer/mail'));
    const code = await mail
      .frameLocator('iframe')
      .getByText(/^[0-9]{6}$/)
      .textContent();
    await mail.close();
    await page.getByLabel('Code', { exact: true }).fill(code ?? '');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Our summer' }).waitFor();
    // A code says nothing of groups, and the wiki takes Example ID alone.
    await page.goto(at('wiki', '/?page=1'));
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await context.close();
  });

  test('cuts the open build log when the login ends', async () => {
    const page = await visitAs('Erin', at('git'));
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'End my login and watch' }).click();
    await page.getByText('connection cut').waitFor({ timeout: 30_000 });
    await page.context().close();
  });

  test('cuts the open build log when the rules no longer allow it, and takes them back', async () => {
    const page = await visitAs('Erin', at('git'));
    await page.getByText('live', { exact: true }).waitFor();
    const rules = readFileSync(demo.rulesFile, 'utf8');
    writeFileSync(demo.rulesFile, rules.replace('group: engineering', 'group: admins'));
    await page.getByText('connection cut').waitFor({ timeout: 30_000 });
    const denied = await page.goto(at('git'));
    expect(denied?.status()).toBe(403);
    writeFileSync(demo.rulesFile, rules);
    await expect.poll(async () => (await page.goto(at('git')))?.status(), { timeout: 30_000 }).toBe(200);
    await page.context().close();
  });
});
