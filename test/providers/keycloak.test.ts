// A real Keycloak logs people in: groups, refreshes that rotate, logout in both directions. Where it is installed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { hasChromium, launchChromium } from '../pages/launch-chromium.ts';
import { type Keycloak, startKeycloak } from './keycloak.ts';
import { hasProgram, until } from './program.ts';

const folder = process.env['BOUNCER_KEYCLOAK'];
const hasKeycloak = hasProgram(['BOUNCER_KEYCLOAK', folder], 'no Keycloak logs people in');

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ group: /staff }], require: [{ login_method: keycloak }] }
`;

describe.skipIf(!hasKeycloak)('a real Keycloak', { timeout: 600_000 }, () => {
  let keycloak: Keycloak;
  let site: Site;
  let page = '';

  beforeAll(async () => {
    keycloak = await startKeycloak(folder ?? '');
    site = await startSite({
      // Keycloak itself must find the address, for its word that a session ended.
      authHost: 'localhost',
      rules,
      settings: `  - id: keycloak
    type: oidc
    label: Keycloak
    issuer: ${keycloak.issuer}
    client_id: bouncer
    client_secret: ${keycloak.clientSecret}
session: { recheck: 1s }`,
    });
    await keycloak.addClient(site.at('localhost', ''), 'keycloak');
    page = site.at('wiki.localhost', '/page?x=1');
  }, 900_000);
  afterAll(async () => {
    await site?.close();
    await keycloak?.close();
  });

  /** From the chooser to Keycloak's own page. */
  async function goToKeycloak(browser: BrowserClient): Promise<BrowserResponse> {
    const chooser = await browser.get(page);
    const href = /href="(\/\.bouncer\/login\?[^"]*provider=keycloak[^"]*)"/.exec(chooser.body)?.[1] ?? '';
    return browser.get(new URL(href.replaceAll('&amp;', '&'), chooser.url).href);
  }

  async function logIn(name: string): Promise<{ browser: BrowserClient; response: BrowserResponse }> {
    const browser = site.browser();
    const asked = await goToKeycloak(browser);
    return { browser, response: await submit(browser, asked, { username: name, password: name }) };
  }

  /** Sends the first form of a page. */
  function submit(
    browser: BrowserClient,
    { body, url }: BrowserResponse,
    fields: Readonly<Record<string, string>>,
  ): Promise<BrowserResponse> {
    const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(body)?.[0] ?? '';
    const action = /action="([^"]+)"/.exec(form)?.[1];
    if (action === undefined) throw new Error(`no form at ${url}: ${body.slice(0, 2000)}`);
    const hidden = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
      /name="([^"]*)"/.exec(input)?.[1] ?? '',
      /value="([^"]*)"/.exec(input)?.[1] ?? '',
    ]);
    return browser.post(new URL(action.replaceAll('&amp;', '&'), url).href, {
      ...Object.fromEntries(hidden),
      ...fields,
    });
  }

  const identity = async (browser: BrowserClient): Promise<Record<string, unknown>> =>
    JSON.parse((await browser.get(site.at('wiki.localhost', '/.bouncer/identity'))).body);
  /** A page is what a check in the background begins with. */
  const statusOf = async (browser: BrowserClient): Promise<number> =>
    (await browser.get(page, { headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' } })).status;
  const events = (name: string): readonly Readonly<Record<string, unknown>>[] =>
    site.records().filter((record) => record['event'] === name);

  it('logs a person in, with address and groups, where they wanted to go', async () => {
    await keycloak.addPerson('alice', ['staff']);
    const { browser, response } = await logIn('alice');
    expect([response.url, response.status]).toEqual([page, 200]);
    expect(await identity(browser)).toMatchObject({
      email: 'alice@example.com',
      groups: ['/staff'],
      idp: 'keycloak',
      auth_time: expect.any(Number),
    });
    expect(events('recheck_impossible')).toEqual([]);
  });

  it('keeps out whom its groups keep out', async () => {
    await keycloak.addPerson('mallory', ['guests']);
    expect((await logIn('mallory')).response.status).toBe(403);
  });

  it('is asked again with refresh tokens that are good once: a new group arrives, a person who was disabled is out', async () => {
    const id = await keycloak.addPerson('carol', ['staff']);
    const { browser } = await logIn('carol');
    await keycloak.join(id, 'admins');
    const known = await until(
      async () => {
        expect(await statusOf(browser)).toBe(200);
        return identity(browser);
      },
      ({ groups }) => Array.isArray(groups) && groups.includes('/admins'),
    );
    expect(known).toMatchObject({ email: 'carol@example.com', groups: ['/admins', '/staff'] });
    await keycloak.disable(id);
    expect(
      await until(
        () => statusOf(browser),
        (status) => status !== 200,
      ),
    ).toBe(401);
    expect(events('session_revoked').at(-1)).toMatchObject({
      reason: 'provider-ended',
      cause: 'invalid_grant',
    });
  });

  it('ends its own session with a logout here, without a question', async () => {
    await keycloak.addPerson('dave', ['staff']);
    const { browser } = await logIn('dave');
    const out = await browser.post(site.at('wiki.localhost', '/.bouncer/logout'), {});
    const onward = /href="([^"]*openid-connect\/logout[^"]*)"/.exec(out.body)?.[1]?.replaceAll('&amp;', '&');
    const end = onward === undefined ? out : await browser.get(onward);
    expect(end.url).toBe(site.at('localhost', '/.bouncer/logout'));
    expect((await goToKeycloak(browser)).body).toContain('name="password"');
  });

  it('ends the session here when an administrator ends it there (back-channel)', async () => {
    const id = await keycloak.addPerson('erin', ['staff']);
    const { browser } = await logIn('erin');
    const other = await logIn('alice');
    const before = events('session_revoked').length;
    await keycloak.logOut(id);
    expect(
      await until(
        () => statusOf(browser),
        (status) => status !== 200,
      ),
    ).toBe(401);
    expect(events('session_revoked').slice(before)).toEqual([
      expect.objectContaining({ reason: 'backchannel-logout', provider: 'keycloak' }),
    ]);
    expect(await statusOf(other.browser)).toBe(200);
  });

  describe.skipIf(!hasChromium)('in a browser, for somebody in a hundred groups', () => {
    it.each(['address', 'form'] as const)('a logout by %s ends the session there', async (way) => {
      const name = `frank-${way}`;
      const many = Array.from({ length: 100 }, (_, n) => `a-group-with-a-long-name-${n}`);
      await keycloak.addPerson(name, ['staff', ...many]);
      const browser = await launchChromium();
      const tab = await browser.newPage();
      const logInThere = async (): Promise<void> => {
        await tab.goto(page);
        await tab.getByRole('link', { name: 'Keycloak' }).click();
      };
      try {
        await logInThere();
        await tab.locator('input[name=username]').fill(name);
        await tab.locator('input[name=password]').fill(name);
        await tab.locator('[type=submit]').click();
        await tab.waitForURL(page);
        if (way === 'form') {
          const file = join(site.folder, 'bouncer.yaml');
          const text = readFileSync(file, 'utf8');
          writeFileSync(file, text.replace('label: Keycloak', 'label: Keycloak\n    long_logout: form'));
          expect(await site.bouncer.reload()).toBe(true);
        }
        await tab.goto(site.at('wiki.localhost', '/.bouncer/logout'));
        await tab.getByRole('button', { name: 'Log out' }).click();
        // Without the ID token Keycloak asks; with it, it does not.
        if (way === 'address') await tab.locator('#kc-logout').click();
        await tab.getByRole('heading', { name: 'You are logged out' }).waitFor();
        await logInThere();
        await tab.locator('input[name=password]').waitFor();
      } finally {
        await browser.close();
      }
    });
  });
});
