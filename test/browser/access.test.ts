// Access for a time in a real browser, without scripts too: asked for where somebody is refused, and given by somebody else.
import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bothStores, type StoreOfTest } from '../fixtures/both-stores.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import {
  type BrowserSite,
  pickPerson,
  pressAndGo,
  startBrowserSite,
  visitAs,
  whoOn,
} from './browser-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    requests: { from: [{ email_domain: example.com }], approvers: [{ email: admin@example.com }], max_duration: 8h }
    policies:
      - { name: for a time, action: allow, include: [granted] }
  - name: photos
    host: photos.localhost
    upstream: APPLICATION
    policies: [{ name: all, action: allow, include: [authenticated] }]
`;

describe.skipIf(!hasChromium)('access for a time', { timeout: 120_000 }, () => {
  describe.each(bothStores)('with %s', (_name, openStore) => {
    let store: StoreOfTest;
    let running: BrowserSite;
    const contexts: BrowserContext[] = [];
    const at = (host: string, path = '/') => running.at(`${host}.localhost`, path);

    async function open(javaScriptEnabled: boolean): Promise<BrowserContext> {
      const context = await running.open({ javaScriptEnabled });
      contexts.push(context);
      return context;
    }

    beforeAll(async () => {
      store = await openStore();
      running = await startBrowserSite({ rules, settings: store.settings });
    }, 120_000);
    afterAll(async () => {
      await running?.close();
      await store?.close();
    });
    beforeEach(() => contexts.splice(0));
    afterEach(() => Promise.all(contexts.map((context) => context.close())));

    test.each([true, false])('is asked for, given and ended, with scripts: %s', async (hasScripts) => {
      const page = await (await open(hasScripts)).newPage();
      await page.goto(at('wiki', '/report'));
      await pickPerson(page, 'alice');
      await page.getByRole('heading', { name: 'You do not have access' }).waitFor();
      await pressAndGo(page, page.getByRole('link', { name: 'Ask for access' }));
      await page.getByLabel('What do you need it for?').fill('The report');
      await page.getByLabel('For how long?').selectOption({ label: '4 hours' });
      await pressAndGo(page, page.getByRole('button', { name: 'Ask' }));
      await page.getByRole('heading', { name: 'You have asked' }).waitFor();

      const approver = await visitAs(await open(hasScripts), 'admin', at('photos'));
      await approver.goto(at('auth', '/.bouncer/approvals'));
      await approver.getByText('The report').waitFor();
      await approver.getByText('for 4 hours').waitFor();
      await pressAndGo(approver, approver.getByRole('button', { name: /^Give access/ }));
      await approver.getByText('Access was given.').waitFor();

      await pressAndGo(page, page.getByRole('link', { name: 'Look again' }));
      expect(page.url()).toBe(at('wiki', '/report'));
      expect(await whoOn(page)).toBe('alice@example.com');
      await pressAndGo(approver, approver.getByRole('button', { name: /^End it/ }));
      await approver.getByText('It has ended.').waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'You do not have access' }).waitFor();
    });
  });
});
