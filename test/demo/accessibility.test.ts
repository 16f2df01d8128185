// The demonstration's pages in a real browser: they are the first that people see of this project.
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningApp } from '../../src/demo/apps/app-server.ts';
import { startGit } from '../../src/demo/apps/git.ts';
import { startPhotos } from '../../src/demo/apps/photos.ts';
import { startWiki } from '../../src/demo/apps/wiki.ts';
import { people } from '../../src/demo/people.ts';
import { renderLogin, renderLogout, renderNotice } from '../../src/demo/provider-pages.ts';
import { hasChromium, launchChromium } from '../pages/launch-chromium.ts';
import { type SigningIssuer, startSigningIssuer } from './signing-issuer.ts';

const audit = readFileSync(new URL('../pages/audit-in-browser.js', import.meta.url), 'utf8');
const paths = [
  ['wiki', '/'],
  ['wiki', '/deploy'],
  ['wiki', '/admin'],
  ['wiki', '/public'],
  ['wiki', '/nothing'],
  ['photos', '/'],
  ['git', '/'],
] as const;

describe.skipIf(!hasChromium)('the demonstration in a browser', () => {
  let browser: Browser;
  let issuer: SigningIssuer;
  let apps: Readonly<Record<'wiki' | 'photos' | 'git', RunningApp>>;

  beforeAll(async () => {
    issuer = await startSigningIssuer();
    apps = {
      wiki: await startWiki(issuer.issuer),
      photos: await startPhotos(issuer.issuer),
      git: await startGit(issuer.issuer),
    };
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    for (const app of Object.values(apps ?? {})) await app.close();
    issuer?.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 1280]) {
      test(`reads, sounds, touches and tabs well: ${colorScheme}, ${width} px`, {
        timeout: 90_000,
      }, async () => {
        const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
        const page = await context.newPage();
        const found: Record<string, unknown> = {};
        const check = async (name: string) => {
          const complaints = await page.evaluate(audit);
          if (!Array.isArray(complaints) || complaints.length > 0) found[name] = complaints;
        };
        for (const [name, path] of paths) {
          await page.setExtraHTTPHeaders({ 'X-Bouncer-Jwt-Assertion': await issuer.sign(name) });
          await page.goto(`${apps[name].url}${path}`);
          await check(name + path);
        }
        for (const [name, body] of Object.entries({
          login: renderLogin('x', people, false),
          'login with a key': renderLogin('x', people, true),
          logout: renderLogout('/x', 'y'),
          notice: renderNotice('A title', 'A text'),
        })) {
          await page.setContent(body);
          await check(name);
        }
        expect(found).toEqual({});
        await context.close();
      });
    }
  }

  test('the build log ticks, and says so when the connection is cut', async () => {
    const page = await browser.newPage({
      extraHTTPHeaders: { 'X-Bouncer-Jwt-Assertion': await issuer.sign('git') },
    });
    const sockets: { destroy(): void }[] = [];
    apps.git.server.once('upgrade', (_req, socket) => sockets.push(socket));
    await page.goto(apps.git.url);
    await page.getByText('checkout').waitFor();
    expect(await page.locator('#state').textContent()).toBe('live');
    for (const socket of sockets) socket.destroy();
    await page.getByText('the connection was cut').waitFor();
    expect(await page.locator('#state').textContent()).toBe('connection cut');
    expect(await page.getByRole('link', { name: 'Log in again' }).isVisible()).toBe(true);
    await page.close();
  });
});
