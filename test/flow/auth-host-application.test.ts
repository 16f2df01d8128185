// `auth_url` may be an application's own host: the application gets its paths, the issuer keeps its keys.
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    authHost: 'wiki.localhost',
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
`,
  });
});

afterAll(() => site.close());

test('one host is login, issuer and application at once', async () => {
  const { response, browser } = await site.logIn('alice', site.at('wiki.localhost', '/page?x=1'));
  expect(response.url).toBe(site.at('wiki.localhost', '/page?x=1'));
  const token = JSON.parse(response.body).headers['x-bouncer-jwt-assertion'];
  const before = site.upstream.seen.length;
  const keys = await site.browser().get(site.at('wiki.localhost', '/.well-known/jwks.json'));
  expect(keys.status).toBe(200);
  expect(site.upstream.seen.length).toBe(before);
  const { payload } = await jwtVerify(token, createLocalJWKSet(JSON.parse(keys.body)), { audience: 'wiki' });
  expect(payload.iss).toBe(site.at('wiki.localhost', ''));
  expect(payload['email']).toBe('alice@example.com');
  expect((await browser.get(site.at('wiki.localhost', '/.well-known/other'))).status).toBe(200);
});
