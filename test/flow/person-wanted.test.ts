// A provider that wants to see the person before it vouches for them again: the next page asks, nothing else is stopped.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  });
});

afterAll(() => site.close());

test('the next page that the person opens goes to the provider; scripts and open paths go on', async () => {
  const at = (path: string): string => site.at('wiki.localhost', path);
  const { browser } = await site.logIn('alice', at('/page'));
  const store = createStore(join(site.folder, 'data'));
  const [listed] = await store.sessions.list();
  if (listed === undefined) throw new Error('there is no login');
  const { login } = listed;
  await store.sessions.updateLogin(login.id, login.revision, { ...login, mustAskPerson: true });

  const script = { headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' } };
  expect((await browser.get(at('/api'), script)).status).toBe(200);
  const open = await browser.get(at('/public'), { stopAt: () => true });
  expect(open.status).toBe(200);

  const page = await browser.get(at('/page?x=1'));
  expect(page.trail.some((url) => url.startsWith(site.provider.issuer))).toBe(true);
  expect([page.status, page.url]).toEqual([200, at('/page?x=1')]);
  expect(await store.sessions.findLogin(login.id)).toBeNull();
  expect((await browser.get(at('/page'), { stopAt: () => true })).status).toBe(200);
  await store.close();
});
