// GitHub through a whole bouncer: rules by organisation and team, the page that says what to click, and a look before anybody logs in.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type GithubServer, startGithubServer } from '../fixtures/github-server.ts';
import { clientSecret, type Site, startSite } from '../fixtures/running-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: members, action: allow, include: [{ group: acme }, { email: mona@example.com }] }]
    paths: [{ path: /ops, policies: [{ name: ops, action: allow, include: [{ group: acme/ops }] }] }]
`;

const account = {
  id: 583_231,
  login: 'octocat',
  name: 'Mona',
  emails: [{ email: 'mona@example.com', primary: true, verified: true }],
  organizations: { acme: 'active' },
  teams: ['acme/ops'],
} as const;

let github: GithubServer;
let site: Site;

beforeAll(async () => {
  site = await startSite({
    rules,
    providers: async ({ authUrl }) => {
      github = await startGithubServer({
        accounts: [account],
        redirectUris: [`${authUrl}/.bouncer/callback/github`],
      });
      return `  - id: github
    type: github
    url: ${github.url}
    client_id: Ov23github
    client_secret: ${clientSecret}
    organizations: [{ name: acme, id: 1004 }]`;
    },
  });
});
afterEach(() => {
  github.mood = {};
  github.account('octocat', account);
});
afterAll(async () => {
  await site.close();
  await github.close();
});

it('lets in by organisation and by team, and tells the application who it is', async () => {
  const browser = site.browser();
  expect((await browser.get(site.at('wiki.localhost', '/page'))).url).toBe(
    site.at('wiki.localhost', '/page'),
  );
  expect((await browser.get(site.at('wiki.localhost', '/ops'))).status).toBe(200);
  const seen = site.upstream.seen.at(-1)?.headers['x-bouncer-jwt-assertion'];
  const claims = JSON.parse(Buffer.from(String(seen).split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({
    ...{ sub: '583231', email: 'mona@example.com', email_verified: true, idp: 'github' },
    groups: ['acme', 'acme/ops'],
  });
});

it('keeps out who is in another team, or was invited and has not said yes', async () => {
  github.account('octocat', { teams: ['acme/other'] });
  const browser = site.browser();
  expect((await browser.get(site.at('wiki.localhost', '/ops'))).status).toBe(403);
  github.account('octocat', { organizations: { acme: 'pending' }, emails: [] });
  const other = site.browser();
  expect((await other.get(site.at('wiki.localhost', '/page'))).status).toBe(403);
});

it('says what to click where an organisation keeps its people back, and goes on either way', async () => {
  github.mood = { organizations: { acme: 'single-sign-on' } };
  const browser = site.browser();
  const page = await browser.get(site.at('wiki.localhost', '/ops'));
  expect(page.status).toBe(200);
  expect(page.body).toContain(
    'You are logged in. But GitHub does not tell us whether you belong to <strong>acme</strong>',
  );
  const buttons = new Map(
    [...page.body.matchAll(/<a class="button[^"]*" href="([^"]+)"[^>]*>([^<]+)</g)].map(
      ([, href = '', label = '']) => [label, href.replaceAll('&amp;', '&')],
    ),
  );
  expect(buttons.get('Log in to acme')).toBe(`${github.url}/orgs/acme/sso?authorization_request=AZSCKtL4`);
  // Without it only what does not need it.
  const on = await browser.get(buttons.get('Go on without it') ?? '');
  expect([on.url, on.status]).toEqual([site.at('wiki.localhost', '/ops'), 403]);
  expect((await browser.get(site.at('wiki.localhost', '/page'))).status).toBe(200);
  github.mood = {};
  const again = await browser.get(buttons.get('Done: log in again') ?? '');
  expect([again.url, again.status]).toEqual([site.at('wiki.localhost', '/ops'), 200]);
  const told = site.records().filter(({ shape }) => shape === 'withheld');
  expect(told.length).toBeGreaterThan(0);
  expect(told[0]?.['hint']).toContain('docs/providers.md');
});

it('says the other thing to click where an owner has to approve it', async () => {
  github.mood = { organizations: { acme: 'not-approved' } };
  const page = await site.browser().get(site.at('wiki.localhost', '/ops'));
  expect(page.body).toContain('Ask acme to approve it');
  expect(page.body).toContain(`href="${github.url}/settings/connections/applications/Ov23github"`);
});

it('is looked at before anybody logs in: whether it knows the client, its secret and the redirect URI', async () => {
  const [look] = await site.bouncer.lookAround();
  expect(look).toMatchObject({
    about: 'identity provider `github`',
    seen: 'knows this client and its secret',
    findings: [],
  });
  github.mood = { token: { body: { error: 'incorrect_client_credentials' } } };
  expect((await site.bouncer.lookAround())[0]?.findings).toMatchObject([
    { severity: 'error', code: 'client-not-known', hint: expect.stringContaining('client_secret') },
  ]);
  github.mood = { token: { body: { error: 'redirect_uri_mismatch' } } };
  expect((await site.bouncer.lookAround())[0]?.findings).toMatchObject([
    { hint: expect.stringContaining('/.bouncer/callback/github` must be registered') },
  ]);
  await github.stop();
  expect((await site.bouncer.lookAround())[0]).toMatchObject({
    seen: null,
    findings: [{ severity: 'error' }],
  });
  await github.start();
});

it('has a logout of its own alone', async () => {
  const browser = site.browser();
  await browser.get(site.at('wiki.localhost', '/page'));
  const out = await browser.post(site.at('wiki.localhost', '/.bouncer/logout'), {});
  expect(out.body).toContain('You are logged out');
});
