// A whole site with a real browser in front of it: bouncer, a real provider, two applications with pages.
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { type Site, type SiteOptions, startSite } from '../fixtures/running-site.ts';
import { launchChromium } from '../pages/launch-chromium.ts';
import { type Application, startApplication } from './application.ts';

export interface BrowserSite {
  readonly site: Site;
  readonly application: Application;
  readonly browser: Browser;
  at(host: string, path?: string): string;
  /** A browser of its own, with no cookies yet. */
  open(options?: BrowserContextOptions): Promise<BrowserContext>;
  close(): Promise<void>;
}

/** Rules of the usual site; `APPLICATION` stands for the application's URL. */
export const usualRules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /keys
        policies: [{ name: with a key, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
      - path: /fresh
        policies: [{ name: fresh, action: allow, include: [{ email_domain: example.com }], require: [{ login_age: 1h }] }]
  - name: photos
    host: photos.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: alice, action: allow, include: [{ email: alice@example.com }] }
`;

export async function startBrowserSite(options: Partial<SiteOptions> = {}): Promise<BrowserSite> {
  const application = await startApplication();
  const rules = (options.rules ?? usualRules).replaceAll('APPLICATION', application.url);
  const site = await startSite({ ...options, rules });
  const browser = await launchChromium();
  return {
    site,
    application,
    browser,
    at: site.at,
    open: (contextOptions = {}) => browser.newContext({ ignoreHTTPSErrors: true, ...contextOptions }),
    async close() {
      await browser.close();
      await site.close();
      await application.close();
    },
  };
}

/** Presses what leads to another page, and waits until that page has come and is loaded: a press alone does not wait for it. */
export async function pressAndGo(page: Page, what: Locator): Promise<void> {
  await Promise.all([page.waitForEvent('framenavigated'), what.click()]);
  await page.waitForLoadState();
}

/** At the provider's login page, presses a person's button and waits for what comes of it. */
export async function pickPerson(page: Page, name: string): Promise<void> {
  await pressAndGo(page, page.getByRole('button', { name, exact: true }));
}

/** Goes to the URL, logs in there, and is there. */
export async function visitAs(context: BrowserContext, name: string, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await pickPerson(page, name);
  await page.waitForURL(url);
  return page;
}

/** What the application says about who asks. */
export function whoOn(page: Page): Promise<string | null> {
  return page.locator('#who').textContent();
}
