// Bouncer's own ceremony with keys in a real browser: enrolment by invitation, a page that opens with the key alone, and whatever is not
// a key, or not this person's.
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, pickPerson, startBrowserSite, visitAs, whoOn } from './browser-site.ts';
import { beImpatient, type KeyKind, letTimePass, plugIn, type VirtualKey } from './virtual-key.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /admin
        policies:
          - { name: with a key, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: { source: bouncer } }] }
      - path: /recent
        policies:
          - { name: recent, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: { source: bouncer, max_age: 10m } }] }
`;

describe.skipIf(!hasChromium)('hardware keys in a browser', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let context: BrowserContext;
  let aheadMs = 0;
  const at = (path = '/') => running.at('wiki.localhost', path);
  const events = (name: string) => running.site.records().filter(({ event }) => event === name);

  beforeAll(async () => {
    const realNow = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
  });
  afterAll(() => void vi.restoreAllMocks());
  beforeEach(async () => {
    aheadMs = 0;
    running = await startBrowserSite({ rules, settings: 'hardware_keys: {}' });
    context = await running.open();
  });
  afterEach(async () => {
    await context.close();
    await running.close();
  });

  async function command(...args: string[]): Promise<string> {
    const done = await runCommand([...args, '--config', join(running.site.folder, 'bouncer.yaml')], {
      cwd: running.site.folder,
    });
    expect(done).toMatchObject({ code: 0 });
    return done.stdout.trim();
  }
  const invite = (email: string): Promise<string> => command('hardware-key', 'invite', email);

  async function enrol(page: Page, kind: KeyKind = {}, link?: string): Promise<VirtualKey> {
    await page.goto(link ?? (await invite('alice@example.com')));
    const key = await plugIn(page, kind);
    await page.getByLabel('What do you call it?').fill('blue');
    await page.getByRole('button', { name: 'Add this key' }).click();
    return key;
  }

  async function askedAt(page: Page, path: string): Promise<void> {
    await page.goto(at(path));
    await page.getByRole('heading', { name: 'Use your security key' }).waitFor();
  }

  const heading = (page: Page) => page.getByRole('heading').first().textContent();

  test('a key is enrolled by invitation, and opens what asks for it, with a new token', async () => {
    const page = await visitAs(context, 'alice', at());
    await enrol(page);
    await page.getByText('The key was added.').waitFor();
    expect(events('hardware_key_enrolled')).toMatchObject([
      { email: 'alice@example.com', is_attested: false },
    ]);
    const tokenOf = async () =>
      (await context.cookies(at())).find(({ name }) => name === 'bouncer_session')?.value;
    await page.goto(at());
    const before = await tokenOf();
    // The enrolment was a use: it counts, and is used up by nothing.
    await page.goto(at('/admin?x=1'));
    expect(await whoOn(page)).toBe('alice@example.com');
    aheadMs = 11 * 60_000;
    await askedAt(page, '/recent?y=2');
    expect(await page.getByRole('main').textContent()).toContain('wiki asks for your security key');
    await page.getByRole('button', { name: 'Use my key' }).click();
    await page.waitForURL(at('/recent?y=2'));
    expect(await whoOn(page)).toBe('alice@example.com');
    expect(await tokenOf()).not.toBe(before);
    expect(events('step_up')).toMatchObject([{ key: expect.any(String) }, { key: expect.any(String) }]);
  });

  test('who has no key and no invitation reads what to do', async () => {
    const page = await visitAs(context, 'alice', at());
    const answer = await page.goto(at('/admin'));
    expect(answer?.status()).toBe(403);
    expect(await heading(page)).toBe('You have no security key here yet');
    expect(await command('hardware-key', 'list', '--missing')).toMatch(/alice@example\.com +test +wiki/);
  });

  test.each<[string, KeyKind, string]>([
    ['a phone or computer itself', { transport: 'internal' }, 'Nothing came of it'],
    ['a key without a PIN', { isUserVerified: false }, 'Nothing came of it'],
  ])('%s is not enrolled', async (_what, kind, words) => {
    const page = await visitAs(context, 'alice', at());
    await page.goto(await invite('alice@example.com'));
    // Browsers wait for another key: people give up.
    await beImpatient(page);
    await plugIn(page, kind);
    await page.getByRole('button', { name: 'Add this key' }).click();
    await page.getByText(words).waitFor({ timeout: 60_000 });
    expect(await command('hardware-key', 'list')).toContain('no keys yet');
  });

  test('a passkey that is backed up is refused, whatever it says of how it is reached', async () => {
    const page = await visitAs(context, 'alice', at());
    await enrol(page, { transport: 'usb', isBackedUp: true });
    await page.getByRole('heading', { name: 'This key can be copied' }).waitFor();
    expect(events('login_failed')).toMatchObject([{ reason: 'key-not-bound' }]);
    expect(await command('hardware-key', 'list')).toContain('no keys yet');
  });

  test('an invitation works once, and for nobody else', async () => {
    const page = await visitAs(context, 'alice', at());
    const link = await invite('admin@example.com');
    await page.goto(link);
    expect(await heading(page)).toBe('This invitation is for another address');
    const own = await invite('alice@example.com');
    await enrol(page, {}, own);
    await page.getByText('The key was added.').waitFor();
    expect(JSON.parse(await command('person', 'export', 'alice@example.com'))).toMatchObject({
      hardwareKeys: [{ label: 'blue' }],
    });
    expect(await command('person', 'erase', 'alice@example.com')).toContain('1 hardware key was removed');
    const second = await running.open();
    const again = await visitAs(second, 'alice', at());
    await again.goto(own);
    expect(await heading(again)).toBe('This invitation is over');
    await second.close();
  });

  test('somebody else’s key does not open it', async () => {
    const page = await visitAs(context, 'alice', at());
    const key = await enrol(page);
    await page.getByText('The key was added.').waitFor();
    const credentials = await key.credentials();
    const other = await running.open();
    const theirs = await visitAs(other, 'admin', at());
    const own = await enrol(theirs, {}, await invite('admin@example.com'));
    await theirs.getByText('The key was added.').waitFor();
    await own.unplug();
    aheadMs = 11 * 60_000;
    await askedAt(theirs, '/recent');
    // As if Alice's key were asked: the answer of another's key is sent with this person's ceremony.
    await theirs.evaluate(`{
      const ask = navigator.credentials.get.bind(navigator.credentials);
      const id = Uint8Array.from(atob(${JSON.stringify(credentials[0]?.['credentialId'])}), (each) => each.charCodeAt(0));
      navigator.credentials.get = ({ publicKey }) =>
        ask({ publicKey: { ...publicKey, allowCredentials: [{ id, type: 'public-key' }] } });
    }`);
    await plugIn(theirs, {}, credentials);
    await theirs.getByRole('button', { name: 'Use my key' }).click();
    await theirs.getByRole('heading', { name: 'This key is not one of yours' }).waitFor();
    await theirs.goto(at());
    expect(await whoOn(theirs)).toBe('admin@example.com');
    await other.close();
  });

  test('a copy of a key, whose counter went back, is refused and told', async () => {
    const page = await visitAs(context, 'alice', at());
    const key = await enrol(page);
    await page.getByText('The key was added.').waitFor();
    const copied = await key.credentials();
    aheadMs = 11 * 60_000;
    await askedAt(page, '/recent');
    await page.getByRole('button', { name: 'Use my key' }).click();
    await page.waitForURL(at('/recent'));
    await key.unplug();
    aheadMs = 22 * 60_000;
    await askedAt(page, '/recent');
    await plugIn(page, {}, copied);
    await page.getByRole('button', { name: 'Use my key' }).click();
    await page.getByRole('heading', { name: 'Something is wrong with this key' }).waitFor();
    expect(events('hardware_key_copied')).toHaveLength(1);
  });

  test('a second key needs the first, and a stolen login enrols none', async () => {
    const page = await visitAs(context, 'alice', at());
    const first = await enrol(page);
    await page.getByText('Add a second one now').waitFor();
    await first.unplug();
    await page.getByRole('link', { name: 'Add another key' }).click();
    await page.getByRole('heading', { name: 'Add another security key' }).waitFor();
    aheadMs = 6 * 60_000;
    await page.goto(running.at('auth.localhost', '/.bouncer/hardware-key?add=1'));
    // The login is too old by now: who stole it cannot log in.
    await page.getByRole('link', { name: /Log in|Continue|Go on/ }).click();
    await page.waitForURL(`${running.site.provider.issuer}/**`);
    await pickPerson(page, 'alice');
    await page.getByText('Before another key is added').waitFor();
  });

  test('a question that lay on the page is asked anew when the key is there, and after the time ran out', async () => {
    const page = await visitAs(context, 'alice', at());
    const key = await enrol(page);
    await page.getByText('The key was added.').waitFor();
    // The owner has gone to look for the key.
    aheadMs = 11 * 60_000;
    await askedAt(page, '/recent?y=2');
    aheadMs += 5 * 60_000;
    await letTimePass(page, 5 * 60_000);
    await page.getByRole('button', { name: 'Use my key' }).click();
    await page.waitForURL(at('/recent?y=2'));
    expect(await whoOn(page)).toBe('alice@example.com');
    // And at the first go did not touch it.
    aheadMs += 11 * 60_000;
    await askedAt(page, '/recent?y=3');
    await key.setTouched(false);
    await beImpatient(page);
    await page.getByRole('button', { name: 'Use my key' }).click();
    await letTimePass(page, 110_000);
    await page.getByText('The time ran out').waitFor({ timeout: 60_000 });
    await key.setTouched(true);
    aheadMs += 3 * 60_000;
    await letTimePass(page, 3 * 60_000);
    await page.getByRole('button', { name: 'Use my key' }).click();
    await page.waitForURL(at('/recent?y=3'));
    expect(events('login_failed')).toEqual([]);
  });

  test('what is typed while a new key is looked for is kept, and Enter after it asks for the key', async () => {
    const page = await visitAs(context, 'alice', at());
    await page.goto(await invite('alice@example.com'));
    await page.getByLabel('What do you call it?').fill('blue, on my keys');
    aheadMs = 3 * 60_000;
    await letTimePass(page, 3 * 60_000);
    await plugIn(page);
    await page.getByLabel('What do you call it?').press('Enter');
    await page.getByText('The key was added.').waitFor();
    expect(events('login_failed')).toEqual([]);
    expect(await page.getByRole('list', { name: 'Your keys' }).textContent()).toContain('blue, on my keys');
  });

  test('what is no answer, of a browser or an extension that plays one, says so and can be tried again', async () => {
    const page = await visitAs(context, 'alice', at());
    await page.goto(await invite('alice@example.com'));
    await plugIn(page);
    for (const odd of ['null', 'undefined', '{}', '{ id: 1, response: null }']) {
      await page.evaluate(
        `window.honest ??= navigator.credentials.create.bind(navigator.credentials); navigator.credentials.create = () => Promise.resolve(${odd});`,
      );
      await page.getByRole('button', { name: 'Add this key' }).click();
      await page.getByText('Nothing came of it').waitFor();
    }
    await page.evaluate('navigator.credentials.create = window.honest');
    await page.getByRole('button', { name: 'Add this key' }).click();
    await page.getByText('The key was added.').waitFor();
  });

  test('a browser that knows no keys says so, and its Enter sends nothing', async () => {
    const page = await visitAs(context, 'alice', at());
    await page.addInitScript('delete window.PublicKeyCredential');
    await page.goto(await invite('alice@example.com'));
    await page.getByText('This browser cannot use security keys').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    await page.getByLabel('What do you call it?').press('Enter');
    await page.getByText('This browser cannot use security keys').waitFor();
    expect(events('login_failed')).toEqual([]);
  });

  test('a page whose login grew too old meanwhile leads to the login', async () => {
    const page = await visitAs(context, 'alice', at());
    await page.goto(await invite('alice@example.com'));
    aheadMs = 6 * 60_000;
    await letTimePass(page, 6 * 60_000);
    await plugIn(page);
    await page.getByRole('button', { name: 'Add this key' }).click();
    await page.getByRole('link', { name: /Log in|Continue|Go on/ }).waitFor();
    expect(await command('hardware-key', 'list')).toContain('no keys yet');
  });

  test('a key that is removed takes every login with it, and the only one stays', async () => {
    const page = await visitAs(context, 'alice', at());
    const first = await enrol(page);
    await page.getByText('you cannot remove the only one').waitFor();
    expect(await page.getByRole('button', { name: /Remove/ }).count()).toBe(0);
    await first.unplug();
    await page.getByRole('link', { name: 'Add another key' }).click();
    await plugIn(page);
    await page.getByLabel('What do you call it?').fill('red');
    await page.getByRole('button', { name: 'Add this key' }).click();
    await page.getByText('The key was added.').waitFor();
    await page.getByRole('button', { name: 'Remove blue' }).click();
    await page.getByRole('heading', { name: 'The key was removed' }).waitFor();
    const cookies = await context.cookies(at());
    await page.goto(at());
    // The provider knows the person still; the login is another one.
    await page.waitForURL(at());
    expect(await context.cookies(at())).not.toEqual(cookies);
    expect(events('login')).toHaveLength(2);
    expect(events('hardware_key_removed')).toHaveLength(1);
  });
});
