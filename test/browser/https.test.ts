// The site by https and HTTP/2, as people have it: secure cookies with the host prefix, HSTS, WebSockets.
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../pages/launch-chromium.ts';
import { createCertificates } from '../upstream/forward/certificates.ts';
import {
  type BrowserSite,
  pickPerson,
  pressAndGo,
  startBrowserSite,
  visitAs,
  whoOn,
} from './browser-site.ts';

describe.skipIf(!hasChromium)('a site by https', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let context: BrowserContext;
  let removeCertificates = (): void => {};
  const at = (host: string, path = '/') => running.at(`${host}.localhost`, path);

  beforeAll(async () => {
    const certificates = createCertificates();
    removeCertificates = certificates.remove;
    const names = ['auth', 'wiki', 'photos'].map((name) => `DNS:${name}.localhost`).join(',');
    running = await startBrowserSite({ tls: certificates.issue('site', names) });
    context = await running.open();
  });
  afterAll(async () => {
    await running?.close();
    removeCertificates();
  });

  test('logs in over HTTP/2, with cookies that only this host by https can set and read', async () => {
    const page = await visitAs(context, 'alice', at('wiki', '/page?x=1#y'));
    expect(await whoOn(page)).toBe('alice@example.com');
    expect(await page.evaluate(`performance.getEntriesByType('navigation')[0].nextHopProtocol`)).toBe('h2');
    const session = (await context.cookies(at('wiki'))).filter(({ name }) => name.includes('session'));
    expect(session).toMatchObject([
      { name: '__Host-bouncer_session', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' },
    ]);
    await page.goto(at('photos', '/album'));
    expect(await whoOn(page)).toBe('alice@example.com');
    await page.close();
  });

  test('says on every answer that only https will do: the application’s, redirects, refusals, own pages', async () => {
    const page = await context.newPage();
    const said = new Map<string, string | null>();
    page.on('response', async (response) => {
      if (new URL(response.url()).hostname.endsWith('.localhost'))
        said.set(
          `${response.status()} ${new URL(response.url()).pathname}`,
          await response.headerValue('strict-transport-security'),
        );
    });
    await page.goto(at('wiki', '/page'));
    await page.goto(at('auth', '/.bouncer/'));
    await page.goto(at('auth', '/nothing-here'));
    const other = await (await running.open()).newPage();
    const redirect = other.waitForResponse((response) => response.status() === 302);
    await other.goto(at('wiki', '/redirected'));
    said.set('redirect', await (await redirect).headerValue('strict-transport-security'));
    const refused = await page.goto(at('wiki', '/a/..%2f..%2fkeys'));
    expect(refused?.status()).toBe(400);
    await expect.poll(() => said.size).toBeGreaterThanOrEqual(5);
    for (const [what, value] of said) expect([what, value]).toEqual([what, 'max-age=31536000']);
    await page.close();
  });

  test('keeps over HTTP/2 a form that meets an ended session, and sends it after the login', async () => {
    const mine = await running.open();
    const page = await visitAs(mine, 'admin', at('wiki', '/edit'));
    const { browser } = await running.site.logIn('admin', at('wiki'));
    await browser.post(at('auth', '/.bouncer/sessions'), { end: 'others' });
    await page.locator('textarea').fill('über <HTTP/2>');
    await pressAndGo(page, page.getByRole('button', { name: 'Save' }));
    await page.getByRole('heading', { name: 'Please log in again' }).waitFor();
    await mine.clearCookies({ domain: new URL(running.site.provider.issuer).hostname });
    await pressAndGo(page, page.getByRole('link', { name: 'Log in' }));
    await pickPerson(page, 'admin');
    await pressAndGo(page, page.getByRole('button', { name: 'Send it now' }));
    await page.waitForURL(at('wiki', '/saved'));
    expect(await page.evaluate(`performance.getEntriesByType('navigation')[0].nextHopProtocol`)).toBe('h2');
    expect(running.application.saved.at(-1)).toBe('text=%C3%BCber+%3CHTTP%2F2%3E');
    await mine.close();
  });

  test('a WebSocket works beside HTTP/2, and ends with the session', async () => {
    const page = await context.newPage();
    await page.goto(at('wiki'));
    const echoed = await page.evaluate(`new Promise((resolve, reject) => {
      window.socket = new WebSocket('wss://' + location.host + '/ws');
      window.ended = new Promise((done) => { window.socket.onclose = () => done('closed'); });
      window.socket.onopen = () => window.socket.send('hello');
      window.socket.onmessage = (event) => resolve(event.data);
      window.socket.onerror = () => reject(new Error('refused'));
    })`);
    expect(echoed).toBe('hello');
    const other = await context.newPage();
    await other.goto(at('photos', '/.bouncer/logout'));
    await other.getByRole('button', { name: 'Log out' }).click();
    expect(await page.evaluate('window.ended')).toBe('closed');
    await other.getByRole('button', { name: 'Yes, log out here' }).click();
    await other.getByRole('heading', { name: 'You are logged out' }).waitFor();
  });
});
