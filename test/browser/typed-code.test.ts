// A terminal without a browser, let in from a phone: the code that is typed, the page that shows who asks and from where, the button, and
// every code that is not good.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, devices, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, pickPerson, startBrowserSite } from './browser-site.ts';

/** A folder for pictures of each step, when somebody wants to look at them. */
const shots = process.env['BOUNCER_SCREENSHOTS'];
const phone = { ...devices['Pixel 7'] };
const desktop = { viewport: { width: 1280, height: 800 } };

interface Waiting {
  readonly code: string;
  readonly done: Promise<number>;
  readonly stderr: () => string;
}

describe.skipIf(!hasChromium)('a code that is typed in a browser', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let aheadMs = 0;
  const page = (): string => running.at('auth.localhost', '/.bouncer/device');

  beforeAll(async () => {
    const realNow = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
    running = await startBrowserSite();
  });
  afterEach(() => {
    aheadMs = 0;
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await running?.close();
  });

  /** `bouncer login --no-browser` of a machine far away, up to where it shows its code. */
  async function waitingTerminal(): Promise<Waiting> {
    const home = mkdtempSync(join(tmpdir(), 'bouncer-home-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    let text = '';
    const done = runCli(['login', running.at('wiki.localhost'), '--no-browser', '--name', 'build box 7'], {
      stdin: (async function* () {})(),
      stdout: { write: () => {} },
      stderr: { write: (more) => (text += more) },
      cwd: home,
      env: { HOME: home },
    });
    const code = await vi.waitFor(() => {
      const found = /\n {2}([A-Z]{4}-[A-Z]{4})\n/.exec(text)?.[1];
      if (found === undefined) throw new Error(`no code yet: ${text}`);
      return found;
    }, 20_000);
    return { code, done, stderr: () => text };
  }

  /** A code that nobody waits for any more: its program asked, and went away. */
  async function codeAlone(): Promise<string> {
    const form = { code_challenge: 'c'.repeat(43), name: 'nobody' };
    const asking = running.site.browser();
    const { body } = await asking.post(running.at('auth.localhost', '/.bouncer/terminal/device'), form);
    return JSON.parse(body).user_code;
  }

  async function open(who: string, options = {}): Promise<Page> {
    const context: BrowserContext = await running.open(options);
    onTestFinished(() => context.close());
    const tab = await context.newPage();
    await tab.goto(page());
    await pickPerson(tab, who);
    await tab.getByRole('heading', { name: 'Log a terminal in' }).waitFor();
    return tab;
  }

  async function type(tab: Page, code: string): Promise<void> {
    await tab.getByLabel('Code').fill(code);
    await tab.getByRole('button', { name: 'Go on' }).click();
  }

  const shoot = async (tab: Page, name: string): Promise<void> => {
    if (shots === undefined) return;
    mkdirSync(shots, { recursive: true });
    await tab.screenshot({ path: join(shots, `typed-${name}.png`), fullPage: true });
  };

  /** Whatever is on the page can be read without moving it sideways, and the answers are where a thumb finds them. */
  async function expectFits(tab: Page): Promise<void> {
    const [wide, screen] = (await tab.evaluate(
      '[document.documentElement.scrollWidth, window.innerWidth]',
    )) as [number, number];
    expect(wide).toBeLessThanOrEqual(screen);
  }

  test('on a phone shows the program and where it is, and lets it in after a button', async () => {
    const terminal = await waitingTerminal();
    expect(terminal.stderr()).toContain(page());
    expect(terminal.stderr()).not.toContain(`${page()}?`);
    const tab = await open('alice', { ...phone, colorScheme: 'light' });
    expect(await tab.locator(':focus').getAttribute('id')).toBe('code');
    expect(await tab.getByRole('main').textContent()).toContain('Did somebody send you a code');
    await expectFits(tab);
    await shoot(tab, 'phone-light-1-code');
    await type(tab, terminal.code.toLowerCase().replace('-', ' '));
    await tab.getByRole('heading', { name: 'Let this terminal act as you?' }).waitFor();
    // Never in an address, where it could have come from somebody else, and would stay.
    expect(tab.url()).toBe(page());
    const facts = await tab.locator('dl').innerText();
    for (const words of ['build box 7', '127.0.0.1', ' ago']) expect(facts).toContain(words);
    expect(await tab.getByRole('main').textContent()).toContain('alice@example.com');
    await expectFits(tab);
    for (const name of ['Let it in', 'No']) {
      const box = await tab.getByRole('button', { name, exact: true }).boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
    }
    await shoot(tab, 'phone-light-2-who');
    // Nothing is let in by looking.
    expect(running.site.records().filter(({ event }) => event === 'terminal_login')).toEqual([]);
    await tab.getByRole('button', { name: 'Let it in' }).click();
    await tab.getByRole('heading', { name: 'Your terminal is logged in' }).waitFor();
    await shoot(tab, 'phone-light-3-done');
    expect([await terminal.done, terminal.stderr()]).toEqual([
      0,
      expect.stringContaining('logged in as alice@example.com'),
    ]);
    // Once, for her and for everybody.
    for (const one of [tab, await open('admin')]) {
      await one.goto(page());
      await type(one, terminal.code);
      expect(await one.getByRole('alert').textContent()).toContain('That code did not work');
    }
  });

  test('can be turned down, from a desktop in the dark, and the terminal says so', async () => {
    const terminal = await waitingTerminal();
    const tab = await open('admin', { ...desktop, colorScheme: 'dark' });
    await shoot(tab, 'desktop-dark-1-code');
    await type(tab, terminal.code);
    await tab.getByRole('button', { name: 'No', exact: true }).waitFor();
    await shoot(tab, 'desktop-dark-2-who');
    await tab.getByRole('button', { name: 'No', exact: true }).click();
    await tab.getByRole('heading', { name: 'Nothing was let in' }).waitFor();
    expect([await terminal.done, terminal.stderr()]).toEqual([1, expect.stringContaining('you said no')]);
  });

  test('that is wrong or too late says so, and can be typed again', async () => {
    const code = await codeAlone();
    const tab = await open('alice', { ...phone, colorScheme: 'dark' });
    await type(tab, code.startsWith('B') ? `C${code.slice(1)}` : `B${code.slice(1)}`);
    const complaint = tab.getByRole('alert');
    expect(await complaint.textContent()).toContain('That code did not work');
    expect(await tab.getByLabel('Code').getAttribute('aria-invalid')).toBe('true');
    expect(await tab.locator(':focus').getAttribute('id')).toBe('code');
    await expectFits(tab);
    await shoot(tab, 'phone-dark-1-wrong');
    await type(tab, 'hello');
    expect(await complaint.textContent()).toContain('That code did not work');
    aheadMs = 271_000;
    await type(tab, code);
    await tab.getByRole('heading', { name: 'Let this terminal act as you?' }).waitFor();
    expect(await tab.locator('dl').innerText()).toContain('5 minutes ago');
    await shoot(tab, 'phone-dark-2-late');
    // The button comes too late by then.
    aheadMs = 301_000;
    await tab.getByRole('button', { name: 'Let it in' }).click();
    expect(await complaint.textContent()).toContain('Codes hold for five minutes');
  });

  test('is typed by whoever is logged in in that browser: another one logs in first, and nothing of the code is kept', async () => {
    const code = await codeAlone();
    const first = await open('alice');
    await type(first, code);
    const asking = first.getByRole('heading', { name: 'Let this terminal act as you?' });
    await asking.waitFor();
    // The same page, sent from a browser that nobody has logged in in.
    const elsewhere = await running.open();
    onTestFinished(() => elsewhere.close());
    const tab = await elsewhere.newPage();
    await tab.goto(running.at('auth.localhost', '/.bouncer/'));
    await tab.setContent(
      `<form method="post" action="${page()}"><input name="code" value="${code}"><input name="answer" value="allow"><button>go</button></form>`,
    );
    await tab.getByRole('button', { name: 'go' }).click();
    await tab.waitForURL(`${running.site.provider.issuer}/**`);
    expect(tab.url()).not.toContain(code);
    await pickPerson(tab, 'admin');
    await tab.getByRole('heading', { name: 'Log a terminal in' }).waitFor();
    expect(await tab.getByLabel('Code').inputValue()).toBe('');
    // Whose button it is decides whose terminal it will be: the first answer counts, the second is told.
    await type(tab, code);
    await tab.getByRole('button', { name: 'No', exact: true }).click();
    await tab.getByRole('heading', { name: 'Nothing was let in' }).waitFor();
    await first.getByRole('button', { name: 'Let it in' }).click();
    expect(await first.getByRole('alert').textContent()).toContain('That code did not work');
  });

  test('of a page of another site counts for nothing', async () => {
    const code = await codeAlone();
    const tab = await open('alice');
    await tab.goto(running.at('wiki.localhost'));
    await pickPerson(tab, 'alice').catch(() => {});
    await tab.setContent(
      `<form method="post" action="${page()}"><input name="code" value="${code}"><input name="answer" value="allow"><button>go</button></form>`,
    );
    const [answer] = await Promise.all([
      tab.waitForResponse((response) => response.url() === page()),
      tab.getByRole('button', { name: 'go' }).click(),
    ]);
    expect(answer.status()).toBe(403);
    await tab.goto(page());
    await type(tab, code);
    await tab.getByRole('button', { name: 'Let it in' }).waitFor();
  });
});
