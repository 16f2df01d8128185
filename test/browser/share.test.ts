// A share in a real browser: opened by the person it names, with a mail's code or at the provider, and refused to another.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { people, person } from '../fixtures/running-site.ts';
import { createHome, logInTerminal, startShare } from '../fixtures/terminal-login.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, pickPerson, startBrowserSite, usualRules } from './browser-site.ts';

describe.skipIf(!hasChromium)('a share', { timeout: 120_000 }, () => {
  let running: BrowserSite;

  beforeAll(async () => {
    const edgePort = await findFreePort(0, 1);
    running = await startBrowserSite({
      rules: usualRules,
      people: [...people, person('mom', 'mom@family.test', [])],
      settings: `
tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ["127.0.0.1:${edgePort}"] }
share: { domain: share.localhost, allow: [{ email: alice@example.com }] }
`,
    });
  });
  afterAll(() => running?.close());

  test('is opened by the person named, shown to nobody else, and gone when it is over', async () => {
    const home = createHome();
    await logInTerminal(running.site, 'alice', home);
    const port = new URL(running.application.url).port;
    const share = await startShare(home, port, '--with', 'mom@family.test');

    const moms = await running.open();
    const page = await moms.newPage();
    await page.goto(`${share.url}page`);
    await pickPerson(page, 'mom');
    await page.waitForURL(`${share.url}page`);
    expect(running.application.seen.map(({ what }) => what)).toContain('GET /page');
    const cookies = await moms.cookies();
    expect(cookies.find(({ domain }) => domain === new URL(share.url).hostname)).toMatchObject({
      ...{ httpOnly: true, sameSite: 'Lax', path: '/' },
    });

    const before = running.application.seen.length;
    const others = await running.open();
    const refused = await others.newPage();
    await refused.goto(share.url);
    await pickPerson(refused, 'mallory');
    expect(await refused.getByRole('heading').textContent()).toBe('You do not have access');
    expect(running.application.seen.length).toBe(before);

    share.child.kill('SIGINT');
    await share.done;
    expect(share.said()).toContain('The share is over.');
    expect(share.said()).not.toContain('cannot be reached');
    const response = await page.goto(share.url);
    expect(response?.status()).toBe(421);
    await moms.close();
    await others.close();
  });
});
