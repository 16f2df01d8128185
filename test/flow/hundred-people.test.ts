// A hundred people who come at once, through the whole product: each gets their own session, and nobody another's.
import { expect, test } from 'vitest';
import { person, startSite } from '../fixtures/running-site.ts';

const count = 100;
const everybody = Array.from({ length: count }, (_, i) =>
  person(`p${i}`, `p${i}@example.com`, [`group-${i}`]),
);

test('a hundred people log in at the same time, and each is who they are on every host', {
  timeout: 120_000,
}, async () => {
  const site = await startSite({
    people: everybody,
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email, X-Forwarded-Groups: groups }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`,
  });
  try {
    const visits = await Promise.all(
      everybody.map(async ({ id }, i) => {
        const { browser, response } = await site.logIn(id, site.at('wiki.localhost', `/desk/${i}?n=${i}`));
        return { browser, first: JSON.parse(response.body) };
      }),
    );
    for (const [i, { first }] of visits.entries()) {
      expect(first.url).toBe(`/desk/${i}?n=${i}`);
      expect(first.headers['x-forwarded-email']).toBe(`p${i}@example.com`);
      expect(first.headers['x-forwarded-groups']).toBe(`group-${i}`);
    }
    const seconds = await Promise.all(
      visits.map(async ({ browser }) => JSON.parse((await browser.get(site.at('photos.localhost'))).body)),
    );
    expect(seconds.map(({ headers }) => headers['x-forwarded-email'])).toEqual(
      everybody.map(({ claims }) => claims['email']),
    );
    const subjects = seconds.map(({ headers }) => {
      const [, payload = ''] = String(headers['x-bouncer-jwt-assertion']).split('.');
      return JSON.parse(Buffer.from(payload, 'base64url').toString());
    });
    expect(subjects.map(({ sub }) => sub)).toEqual(everybody.map(({ id }) => id));
    expect(new Set(subjects.map(({ sid }) => sid)).size).toBe(count);
    const tokens = visits.flatMap(({ browser }) =>
      ['auth.localhost', 'wiki.localhost', 'photos.localhost'].map((host) =>
        browser.cookiesOf(host).get('bouncer_session'),
      ),
    );
    expect(new Set(tokens).size).toBe(3 * count);
    expect(tokens).not.toContain(undefined);
    const logins = site.records().filter(({ event }) => event === 'login');
    expect(new Set(logins.map(({ sub }) => sub)).size).toBe(count);
    expect(logins).toHaveLength(count);
  } finally {
    await site.close();
  }
});
