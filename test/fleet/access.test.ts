// Access for a time at several bouncers that are one: what one of them is told counts at all.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Fleet, startFleet } from '../fixtures/fleet.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    requests: { from: [{ email_domain: example.com }], approvers: [{ email: admin@example.com }] }
    policies:
      - { name: admins, action: allow, include: [{ group: admins }] }
      - { name: for a time, action: allow, include: [granted] }
`;

describe.runIf(hasPostgres)('a grant in a fleet', () => {
  let postgres: TestPostgres;
  let fleet: Fleet;
  beforeAll(async () => {
    postgres = await startPostgres();
    fleet = await startFleet(postgres, { nodes: 2, database: await postgres.createDatabase(), rules });
  }, 180_000);
  afterAll(async () => {
    await fleet?.close();
    await postgres?.close();
  });

  it('counts at every node, and so does its end', { timeout: 120_000 }, async () => {
    const wiki = fleet.at('wiki.localhost', '/page');
    const approvals = fleet.at('auth.localhost', '/.bouncer/approvals');
    const alice = await fleet.logIn('alice', wiki, 0);
    const admin = await fleet.logIn('admin', wiki, 1);
    expect(alice.response.status).toBe(403);
    const asked = { to: '/page', purpose: 'the report', duration: '3600000' };
    await alice.browser.post(fleet.at('wiki.localhost', '/.bouncer/access'), asked);
    const page = await admin.browser.get(approvals);
    const request = /name="request" value="([\w-]{22})"/.exec(page.body)?.[1] ?? '';
    const cookie = alice.browser.cookieFor(wiki);
    const statuses = () => Promise.all([0, 1].map((node) => fleet.statusFor(node, wiki, cookie)));
    expect(await statuses()).toEqual([403, 403]);
    const given = await admin.browser.post(approvals, { request, answer: 'give' });
    await vi.waitFor(async () => expect(await statuses()).toEqual([200, 200]), {
      timeout: 20_000,
      interval: 20,
    });
    admin.goTo(0);
    const end = /name="end" value="([\w-]{22})"/.exec(given.body)?.[1] ?? '';
    await admin.browser.post(approvals, { end });
    await vi.waitFor(async () => expect(await statuses()).toEqual([403, 403]), {
      timeout: 20_000,
      interval: 20,
    });
  });
});
