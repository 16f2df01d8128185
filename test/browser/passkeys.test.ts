// Logins by passkey in a real browser: made by invitation on a phone, found without a name, chosen among other ways to log in.
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { testProvider } from '../fixtures/running-site.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, startBrowserSite, whoOn } from './browser-site.ts';
import { beImpatient, type KeyKind, plugIn } from './virtual-key.ts';

const rules = `
applications:
  - name: photos
    host: photos.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: family, action: allow, include: [{ email_domain: family.example }] }
`;

/** What a phone has: built in, copied to the owner's other devices. */
const phone: KeyKind = { transport: 'internal', isBackedUp: true };

describe.skipIf(!hasChromium)('passkeys in a browser', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let context: BrowserContext;
  const at = (path = '/') => running.at('photos.localhost', path);

  beforeAll(async () => {
    running = await startBrowserSite({
      rules,
      providers: async ({ issuer }) => `${testProvider(issuer)}\n  - { id: passkey, type: passkey }`,
    });
  });
  afterAll(() => running?.close());
  beforeEach(async () => {
    context = await running.open();
  });
  afterEach(() => context.close());

  async function invite(email: string): Promise<string> {
    const args = ['passkey', 'invite', email, '--config', join(running.site.folder, 'bouncer.yaml')];
    const done = await runCommand(args, { cwd: running.site.folder });
    expect(done).toMatchObject({ code: 0 });
    return done.stdout.trim();
  }

  async function makePasskey(page: Page, email: string, kind: KeyKind = phone) {
    await page.goto(await invite(email));
    await page.getByText(email).waitFor();
    const device = await plugIn(page, kind);
    await page.getByLabel('What do you call it?').fill('phone');
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.getByRole('heading', { name: 'Your passkey is ready' }).waitFor();
    return device;
  }

  async function askedAt(page: Page, path: string): Promise<void> {
    await page.goto(at(path));
    await page.getByRole('link', { name: /Passkey/ }).click();
    await page.getByRole('heading', { name: 'Log in by passkey' }).waitFor();
    expect(await page.getByRole('main').textContent()).toContain('on your way to photos');
  }

  test('one is made by invitation, and found without a name on the way to an application', async () => {
    const page = await context.newPage();
    await makePasskey(page, 'mom@family.example');
    await askedAt(page, '/album?x=1');
    await page.getByRole('button', { name: 'Log in by passkey' }).click();
    await page.waitForURL(at('/album?x=1'));
    expect(await whoOn(page)).toBe('mom@family.example');
    // The next time the way that was taken stands first.
    await context.clearCookies({ name: 'bouncer_session' });
    await page.goto(at());
    expect(
      await page.getByRole('list', { name: 'Ways to log in' }).getByRole('link').first().textContent(),
    ).toContain('Passkey');
  });

  test('one of another device works too', async () => {
    const page = await context.newPage();
    const device = await makePasskey(page, 'dad@family.example');
    const copied = await device.credentials();
    const tablet = await running.open();
    const other = await tablet.newPage();
    await askedAt(other, '/');
    await plugIn(other, phone, copied);
    await other.getByRole('button', { name: 'Log in by passkey' }).click();
    await other.waitForURL(at('/'));
    expect(await whoOn(other)).toBe('dad@family.example');
    await tablet.close();
  });

  test('a device without one says so, and leads to the other ways', async () => {
    const page = await context.newPage();
    await askedAt(page, '/');
    await beImpatient(page);
    await plugIn(page, phone);
    await page.getByRole('button', { name: 'Log in by passkey' }).click();
    await page.getByText('Nothing came of it').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Log in another way' }).click();
    await page.getByRole('list', { name: 'Ways to log in' }).waitFor();
  });

  test('without JavaScript the page says what is missing, and has no button that does nothing', async () => {
    const plain = await running.open({ javaScriptEnabled: false });
    const page = await plain.newPage();
    await page.goto(await invite('plain@family.example'));
    await page.getByText('Passkeys need JavaScript').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    await plain.close();
  });

  test('an invitation is for one, once', async () => {
    const page = await context.newPage();
    const link = await invite('gran@family.example');
    await page.goto(link);
    await plugIn(page, phone);
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.getByRole('heading', { name: 'Your passkey is ready' }).waitFor();
    await page.goto(link);
    expect(await page.getByRole('heading').first().textContent()).toBe('This invitation is over');
  });
});
