// Whose door it is: the name, label and contact of the settings and rules, as people who come to it read them.

import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const logoFile = join(tmpdir(), `bouncer-logo-${process.pid}.svg`);
const drawing = (path: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="${path}"/></svg>`;

let site: Site;
beforeAll(async () => {
  writeFileSync(logoFile, drawing('M0 0h9v9z'));
  site = await startSite({
    watch: true,
    settings: `branding: { name: Acme, logo_file: ${logoFile}, color: "#0a4fd6" }
tunnel: { listen: "127.0.0.1:${await findFreePort(0, 1)}", addresses: ["localhost:7844"] }
`,
    rules: `applications:
  - name: wiki-prod
    label: The Acme wiki
    contact: wiki@example.com
    denied_text: The wiki is for staff.
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
  - name: dead
    label: Travel
    contact: https://help.example.com
    host: travel.localhost
    upstream: http://127.0.0.1:1
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
${[
  ['slow', 'upstream: UPSTREAM\n    upstream_options: { response_timeout: 1s }'],
  ['away', 'upstream: tunnel:office/wiki'],
  ['closed', 'mode: maintenance\n    upstream: UPSTREAM'],
]
  .map(
    ([name, more]) => `  - name: ${name}-prod
    label: The ${name} site
    contact: ${name}@example.com
    host: ${name}.localhost
    ${more}
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
`,
  )
  .join('')}`,
  });
});
afterAll(async () => {
  await site.close();
  rmSync(logoFile);
});

const firstButton = (page: string): string | undefined =>
  /<(?:a|button) class="button"[^>]*>([^<]+)</.exec(page)?.[1];
const numberOf = (page: string): string | undefined => /<[^>]*class="code number">([^<]+)</.exec(page)?.[1];

test('who is refused reads it, and is offered another account first where this one opens nothing', async () => {
  const { response } = await site.logIn('mallory', site.at('wiki.localhost'));
  expect(response.status).toBe(403);
  const page = response.body;
  expect(page).toContain('· Acme</title>');
  expect(page).toContain('The wiki is for staff.');
  expect(page).toContain('<bdi>The Acme wiki</bdi>');
  expect(page).toContain('mailto:wiki@example.com');
  expect(page).not.toContain('wiki-prod');
  expect(firstButton(page)).toBe('Log in as someone else');
  const record = site.records().find((one) => one['status'] === 403);
  expect(String(record?.['request_id'])).toContain(numberOf(page) ?? 'none');
});

test('who comes to log in and cannot reads whose site it is and whom to ask, on the login’s own host', async () => {
  const browser = site.browser();
  const asked = await browser.get(site.at('wiki.localhost', '/page'));
  const page = await logInAtProvider(browser, asked, null);
  expect([page.status, new URL(page.url).hostname]).toEqual([403, 'auth.localhost']);
  for (const words of ['<bdi>The Acme wiki</bdi>', 'mailto:wiki@example.com', '· Acme</title>'])
    expect(page.body).toContain(words);
  expect(page.body).not.toContain('wiki-prod');
  expect(numberOf(page.body)).toMatch(/^[0-9a-f]{8}$/);
});

test('a page of bouncer’s own on an application’s host says so too, and the login’s own host names nobody', async () => {
  const browser = site.browser();
  const there = await browser.get(site.at('wiki.localhost', '/.bouncer/nothing'));
  expect([there.status, there.body.includes('mailto:wiki@example.com')]).toEqual([404, true]);
  const here = await browser.get(site.at('auth.localhost', '/.bouncer/nothing'));
  expect([here.status, here.body.includes('mailto:')]).toEqual([404, false]);
});

test('the start page offers it too', async () => {
  const { response } = await site.logIn('mallory', site.at('auth.localhost', '/.bouncer/login'));
  expect(response.body).toContain('Nothing is open to this account');
  expect(firstButton(response.body)).toBe('Log in as someone else');
});

test('who meets trouble reads whom to ask, and a number; who meets none reads no number', async () => {
  const { browser, response } = await site.logIn('alice', site.at('travel.localhost'));
  expect(response.status).toBe(502);
  expect(response.body).toContain('<bdi>Travel</bdi>');
  expect(response.body).toContain('href="https://help.example.com"');
  expect(numberOf(response.body)).toMatch(/^[0-9a-f]{8}$/);
  const start = await browser.get(site.at('auth.localhost'));
  expect(start.body).toContain('<strong>The Acme wiki</strong>');
  expect(numberOf(start.body)).toBeUndefined();
});

test('the logo is there for every host, and a new one without a restart', async () => {
  const browser = site.browser();
  const logoIn = async (url: string) => {
    const { body } = await browser.get(url, { headers: { accept: 'text/html' } });
    return /<img class="logo" src="([^"]+)"/.exec(body)?.[1] ?? '';
  };
  const first = await logoIn(site.at('auth.localhost'));
  expect(await logoIn(site.at('nowhere.localhost'))).toBe(first);
  const shown = await browser.get(first);
  expect([shown.status, shown.headers['content-type'], shown.body]).toEqual([
    200,
    'image/svg+xml',
    drawing('M0 0h9v9z'),
  ]);
  writeFileSync(logoFile, drawing('M0 0h9L0 9z'));
  await expect.poll(() => logoIn(site.at('auth.localhost')), { timeout: 30_000 }).not.toBe(first);
  expect((await browser.get(await logoIn(site.at('auth.localhost')))).body).toBe(drawing('M0 0h9L0 9z'));
});
test.each([
  ['slow', '/hang', 504],
  ['away', '/', 502],
  ['closed', '/', 503],
])(
  'whatever the trouble is, the page says whose site it is and whom to ask: %s%s, %d',
  async (name, path, status) => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    const page = await browser.get(site.at(`${name}.localhost`, path));
    expect(page.status).toBe(status);
    expect(page.body).toContain('· Acme</title>');
    expect(page.body).toContain(`<bdi>The ${name} site</bdi>`);
    expect(page.body).toContain(`mailto:${name}@example.com`);
    expect(page.body).not.toContain(`${name}-prod`);
    expect(numberOf(page.body)).toMatch(/^[0-9a-f]{8}$/);
  },
);
