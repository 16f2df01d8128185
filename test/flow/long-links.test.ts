// Whoever comes by a link gets to where it leads, however long it is and whatever stands in it, as far as a request line holds it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const policies = '{ name: staff, action: allow, include: [{ email_domain: example.com }] }';
let site: Site;

beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - { name: wiki, host: wiki.localhost, upstream: UPSTREAM, policies: [${policies}] }
  - { name: start, host: auth.localhost, upstream: UPSTREAM, policies: [${policies}] }
`,
  });
});

afterAll(() => site.close());

/** A path of that length, most of which grows when it is encoded into another address. */
const linkOf = (length: number): string =>
  `/a//b?next=https://example.org/${'&x=%2F%26'.repeat(1000)}`
    .slice(0, length)
    .replace(/%[0-9A-F]?$/, 'xx')
    .slice(0, length);

test.each([1000, 3000, 4097, 6000, 8192])(
  'a link of %i characters comes back after the login, byte for byte',
  async (length) => {
    const path = linkOf(length);
    expect(path).toHaveLength(length);
    for (const host of ['wiki.localhost', 'auth.localhost']) {
      const { response, browser } = await site.logIn('alice', site.at(host, path));
      expect([response.status, response.url]).toEqual([200, site.at(host, path)]);
      expect(site.upstream.seen.at(-1)?.url).toBe(path);
      expect([...browser.cookiesOf(host).keys()]).toEqual(['bouncer_session']);
    }
  },
);

test('the log says of a long link what it says of every other', async () => {
  const path = linkOf(8192);
  const browser = site.browser();
  const begun = await browser.get(site.at('wiki.localhost', path), { stopAt: () => true });
  expect(begun.status).toBe(302);
  const record = site
    .records()
    .filter(({ application, decision }) => application === 'wiki' && decision === 'login');
  expect(record.at(-1)).toMatchObject({ reason: 'login-required', status: 302 });
});

test('a second long link while the first login is under way takes its place', async () => {
  const browser = site.browser();
  await browser.get(site.at('wiki.localhost', `${linkOf(7000)}&first`));
  const second = await browser.get(site.at('wiki.localhost', `${linkOf(7000)}&second`));
  expect((browser.cookieFor(site.at('wiki.localhost')) ?? '').length).toBeLessThan(13_000);
  const end = await logInAtProvider(browser, second, 'alice');
  expect(end.url).toBe(site.at('wiki.localhost', `${linkOf(7000)}&second`));
});
