// Mom's way in a real browser, on a phone and on a desktop: from a link to the photos by a code in a mail.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, devices, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeIn } from '../fixtures/mail-server.ts';
import { type CodeSite, startCodeSite } from '../flow/code-site.ts';
import { hasChromium, launchChromium } from '../pages/launch-chromium.ts';

/** A folder for pictures of each step, when somebody wants to look at them. */
const shots = process.env['BOUNCER_SCREENSHOTS'];

describe.skipIf(!hasChromium)('logging in by a code with a browser', { timeout: 120_000 }, () => {
  let site: CodeSite;
  let browser: Browser;

  beforeAll(async () => {
    site = await startCodeSite();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const shoot = async (page: Page, name: string): Promise<void> => {
    if (shots === undefined) return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  };

  const open = async (name: string): Promise<Page> => {
    const isPhone = name.startsWith('phone');
    const context = await browser.newContext({
      ...(isPhone ? devices['Pixel 7'] : { viewport: { width: 1280, height: 800 } }),
      colorScheme: name.endsWith('dark') ? 'dark' : 'light',
    });
    return context.newPage();
  };

  const newestCode = async (count: number): Promise<string> => {
    await expect.poll(() => site.mail.mails.length, { timeout: 60_000 }).toBe(count);
    return codeIn(site.mail.mails.at(-1));
  };

  test.each(['phone-light', 'phone-dark', 'desktop-light', 'desktop-dark'])('%s', async (name) => {
    const page = await open(name);
    const url = site.at('photos.localhost', '/albums?of=2026');
    const mails = site.mail.mails.length;
    await page.goto(url);
    const email = page.getByLabel('E-mail address');
    await email.waitFor();
    expect(await page.locator(':focus').getAttribute('id')).toBe('email');
    expect(await email.getAttribute('autocomplete')).toBe('email');
    await shoot(page, `${name}-1-address`);
    await email.fill('mom@family.example');
    await page.getByRole('button', { name: 'Send me a code' }).click();
    const code = page.getByLabel('Code', { exact: true });
    await code.waitFor();
    expect(await page.locator(':focus').getAttribute('id')).toBe('code');
    expect(await code.getAttribute('autocomplete')).toBe('one-time-code');
    expect(await code.getAttribute('inputmode')).toBe('numeric');
    await shoot(page, `${name}-2-code`);
    const sent = await newestCode(mails + 1);
    // A reload in the middle sends no second mail.
    await page.reload();
    await code.fill(sent === '123456' ? '654321' : '123456');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    expect(await code.getAttribute('aria-invalid')).toBe('true');
    await shoot(page, `${name}-3-wrong`);
    // As it comes out of a mail program, blanks and all.
    await code.focus();
    await page.keyboard.insertText(` ${sent.slice(0, 3)} ${sent.slice(3)} `);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(url);
    expect(site.mail.mails.length).toBe(mails + 1);
    // The next visit asks for nothing.
    await page.goto(site.at('photos.localhost', '/other'));
    expect(page.url()).toBe(site.at('photos.localhost', '/other'));
    await page.context().close();
  });

  test('a letter reads well', async () => {
    const page = await open('phone-light');
    const html = site.mail.mails.at(-1)?.html ?? '';
    await page.setContent(html);
    expect(await page.getByText(codeIn(site.mail.mails.at(-1)), { exact: true }).isVisible()).toBe(true);
    expect(await page.locator('a, img, link, script').count()).toBe(0);
    await shoot(page, 'letter');
    await page.context().close();
  });

  test('a second click sends no code a second time, and the first logs in', async () => {
    const page = await open('phone-light');
    const url = site.at('photos.localhost', '/albums');
    const mails = site.mail.mails.length;
    await page.goto(url);
    await page.getByLabel('E-mail address').fill('double@friends.example');
    await page.getByRole('button', { name: 'Send me a code' }).dblclick();
    const code = page.getByLabel('Code', { exact: true });
    await code.fill(await newestCode(mails + 1));
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.postData() ?? '');
    });
    // Nothing is answered before the second click, as over a slow line. The page that is sent twice drops the first answer.
    await page.route('**/.bouncer/code', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await route.continue();
    });
    await page.evaluate(`const button = document.querySelector('#once button');
      button.click();
      setTimeout(() => button.click(), 200);`);
    await page.waitForURL(url);
    expect(sent).toHaveLength(1);
    await page.context().close();
  });

  test('without scripts a second click ends where the first did, or at words that say what to do', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const url = site.at('photos.localhost', '/albums');
    const mails = site.mail.mails.length;
    await page.goto(url);
    await page.getByLabel('E-mail address').fill('plain@friends.example');
    await page.getByRole('button', { name: 'Send me a code' }).dblclick();
    // The page of the second click may replace the first one's, and with it what was filled in.
    await page.waitForLoadState('networkidle');
    const code = page.getByLabel('Code', { exact: true });
    await code.fill(await newestCode(mails + 1));
    await page.getByRole('button', { name: 'Log in' }).dblclick();
    const used = page.getByRole('alert');
    await expect
      .poll(async () => page.url() === url || (await used.isVisible()), { timeout: 60_000 })
      .toBe(true);
    if (page.url() !== url) {
      expect(await used.textContent()).toContain('has logged somebody in already');
      await page.getByRole('button', { name: 'Send a new code' }).click();
      await code.fill(await newestCode(mails + 2));
      await page.getByRole('button', { name: 'Log in' }).click();
    }
    await page.waitForURL(url);
    await context.close();
  });

  test('two windows of one browser have one code, the newest, that works in both', async () => {
    const first = await open('desktop-light');
    const second = await first.context().newPage();
    const mails = site.mail.mails.length;
    const codes: string[] = [];
    for (const [index, page] of [first, second].entries()) {
      await page.goto(site.at('photos.localhost', '/'));
      await page.getByLabel('E-mail address').fill('two@friends.example');
      await page.getByRole('button', { name: 'Send me a code' }).click();
      codes.push(await newestCode(mails + index + 1));
    }
    const [ofFirst = '', ofSecond = ''] = codes;
    await first.getByLabel('Code', { exact: true }).fill(ofFirst);
    await first.getByRole('button', { name: 'Log in' }).click();
    if (ofFirst !== ofSecond) await first.getByRole('alert').waitFor();
    await second.getByLabel('Code', { exact: true }).fill(ofSecond);
    await second.getByRole('button', { name: 'Log in' }).click();
    await second.waitForURL(site.at('photos.localhost', '/'));
    if (ofFirst !== ofSecond) {
      await first.getByLabel('Code', { exact: true }).fill(ofSecond);
      await first.getByRole('button', { name: 'Log in' }).click();
    }
    await first.waitForURL(site.at('photos.localhost', '/'));
    await first.context().close();
  });
});
