// While the store cannot be written: who logs out is out, who is logged in goes on, and operators are told.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { request } from 'undici';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;
let other: DatabaseSync;

beforeEach(async () => {
  site = await startSite({
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`,
  });
  other = new DatabaseSync(join(site.folder, 'data', 'bouncer.sqlite'), { timeout: 5_000 });
});

afterEach(async () => {
  if (other.isTransaction) other.exec('ROLLBACK');
  other.close();
  await site.close();
});

it('logs out at once, clears the cookie, says so, and writes it down when it can', async () => {
  const url = site.at('wiki.localhost');
  const { browser } = await site.logIn('alice', url);
  const stolen = browser.cookieFor(url) ?? '';
  other.exec('BEGIN IMMEDIATE');
  const answer = await browser.post(site.at('wiki.localhost', '/.bouncer/logout'), {});
  expect(answer.status).toBe(200);
  expect(answer.body).toContain('could not be written down yet');
  expect(browser.cookieFor(url) ?? '').not.toContain('bouncer_session');
  // Whoever kept the cookie is out too.
  const kept = await request(`http://127.0.0.1:${site.port}/x`, {
    headers: { host: `wiki.localhost:${site.port}`, cookie: stolen, accept: 'application/json' },
  });
  await kept.body.dump();
  expect(kept.statusCode).toBe(401);
  other.exec('ROLLBACK');
  await vi.waitFor(() => expect(other.prepare('SELECT count(*) AS n FROM login').get()).toEqual({ n: 0 }), {
    timeout: 20_000,
    interval: 100,
  });
});

it('serves who is logged in, says what cannot be done within seconds, and takes it back by itself', async () => {
  const url = site.at('wiki.localhost');
  const { browser } = await site.logIn('alice', url);
  other.exec('BEGIN IMMEDIATE');
  await vi.waitFor(() => expect(site.bouncer.readiness().warnings['store']).toContain('nobody can log in'), {
    timeout: 20_000,
    interval: 100,
  });
  expect((await browser.get(url)).status).toBe(200);
  expect(site.bouncer.readiness().isReady).toBe(true);
  expect(Object.keys(site.bouncer.readiness().warnings)).not.toContain('identity_provider:test');
  other.exec('ROLLBACK');
  await vi.waitFor(() => expect(site.bouncer.readiness().warnings).toEqual({}), {
    timeout: 20_000,
    interval: 100,
  });
});
