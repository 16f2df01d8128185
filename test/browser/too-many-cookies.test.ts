// A real browser with more cookies for the domain above than an application gets, over HTTP/2: what its person sees, and the way out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../pages/launch-chromium.ts';
import { createCertificates } from '../upstream/forward/certificates.ts';
import { type BrowserSite, pressAndGo, startBrowserSite, visitAs, whoOn } from './browser-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.site.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`;

/** As many as Chromium keeps for one site, of which each is sent as a field of its own; 70 KB. */
const tossed = 140;
const tossMany = `for (let i = 0; i < ${tossed}; i++)
  document.cookie = 'tossed_' + i + '=' + 'x'.repeat(500) + '; domain=site.localhost; path=' + (i % 3 === 0 ? '/docs' : '/');`;

describe.skipIf(!hasChromium)('a browser with too many cookies', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let removeCertificates = (): void => {};
  beforeAll(async () => {
    const certificates = createCertificates();
    removeCertificates = certificates.remove;
    const tls = certificates.issue('cookies', 'DNS:auth.site.localhost,DNS:wiki.site.localhost');
    running = await startBrowserSite({ tls, rules, authHost: 'auth.site.localhost' });
  });
  afterAll(async () => {
    await running?.close();
    removeCertificates();
  });

  test('is told which, deletes them with a button, and is still logged in', async () => {
    const context = await running.open();
    const url = running.at('wiki.site.localhost', '/docs/page?x=1');
    const page = await visitAs(context, 'alice', url);
    await page.evaluate(tossMany);
    // The browser keeps them a moment after the page has set them, and a request does not wait for that.
    const kept = async () =>
      (await context.cookies()).filter(({ name }) => name.startsWith('tossed_')).length;
    await expect.poll(kept, { timeout: 30_000 }).toBe(tossed);
    const refused = await page.goto(url);
    expect(refused?.status()).toBe(431);
    await page.getByRole('heading', { name: 'Too many cookies' }).waitFor();
    expect(await page.locator('dl').textContent()).toMatch(/tossed_\d+ \(\d+ bytes\).*and 1\d\d more/);
    const who = page.locator('#who');
    const button = page.getByRole('button', { name: 'Delete these cookies' });
    // One answer deletes as many as it can hold, and the browser sends the form on by itself a few times.
    for (let presses = 0; presses < 2 && (await who.count()) === 0; presses++) {
      await pressAndGo(page, button);
    }
    expect(page.url()).toBe(url);
    expect(await whoOn(page)).toBe('alice@example.com');
    const left = (await context.cookies(url)).reduce(
      (sum, { name, value }) => sum + name.length + value.length,
      0,
    );
    expect(left).toBeLessThan(8_192);
    await context.close();
  });
});
