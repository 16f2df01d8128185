// GitHub as a way to log in, against a server that speaks its published API: who the person is, and what a recheck makes of it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { githubAddresses } from '../../src/identity/github/github-addresses.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import type { GithubProviderSettings } from '../../src/settings/settings.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type GithubServer, startGithubServer } from '../fixtures/github-server.ts';
import {
  hasSession,
  type LoginSite,
  problemIn,
  sessionIn,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

const octocat = {
  id: 583_231,
  login: 'octocat',
  name: 'Mona',
  emails: [
    { email: 'old@else.example', primary: false, verified: true },
    { email: 'Mona@Example.com', primary: true, verified: true },
  ],
  organizations: { Acme: 'active', partner: 'pending', other: 'active' },
  teams: ['Acme/ops', 'Acme/on-call', 'other/admins', 'partner/admins'],
} as const;

let github: GithubServer;
let app: GithubServer;
let site: LoginSite;
let browser: BrowserClient;

function settingsOf(id: string, server: GithubServer): GithubProviderSettings {
  return {
    id,
    type: 'github',
    label: 'GitHub',
    url: server.url,
    clientId: 'Ov23github',
    clientSecret: 'canary-client-secret-5b1f',
    ca: null,
    organizations: [
      { name: 'acme', id: null },
      { name: 'partner', id: null },
    ],
    emailDomains: null,
    othersEmailDomains: ['taken.example'],
  };
}

beforeAll(async () => {
  site = await startLoginSite({
    asksAbout: ['group'],
    providers: async (authUrl) => {
      github = await startGithubServer({
        accounts: [octocat],
        redirectUris: [`${authUrl}/.bouncer/callback/github`],
      });
      app = await startGithubServer({
        accounts: [octocat],
        redirectUris: [`${authUrl}/.bouncer/callback/app`],
        isApp: true,
      });
      return [settingsOf('github', github), settingsOf('app', app)];
    },
  });
});
afterEach(async () => {
  for (const server of [github, app]) {
    server.mood = {};
    server.account('octocat', octocat);
    if (server.requests.at(-1) === 'stopped') await server.start();
  }
  await browser?.close();
});
afterAll(async () => {
  await site.close();
  await github.close();
  await app.close();
});

/** Logs in, and gives the last answer. */
async function logIn(id: 'github' | 'app' = 'github') {
  browser = new BrowserClient();
  const chooser = await visitApplication(site, browser);
  const { providers } = JSON.parse(chooser.body) as { providers: { id: string; href: string }[] };
  const href = providers.find((one) => one.id === id)?.href ?? '';
  return browser.get(new URL(href, chooser.url).href);
}

async function identityAfter(id?: 'github' | 'app'): Promise<Session['identity']> {
  const page = await logIn(id);
  const session = sessionIn(page);
  if (session === null) throw new Error(`no session: ${page.body}`);
  return session.identity;
}

const lastEvent = (name: string) => site.events.findLast((event) => event.name === name)?.fields;

describe('a login with GitHub', () => {
  it('is keyed by the number that stays, with the verified primary address and active memberships alone', async () => {
    expect(await identityAfter()).toEqual({
      sub: '583231',
      email: 'mona@example.com',
      name: 'Mona',
      groups: ['acme', 'acme/ops', 'acme/on-call'],
      claims: {},
      idp: 'github',
      amr: [],
      acr: null,
      authTimeMs: null,
      hardwareKey: null,
      unsettled: { email: null, groups: null, amr: null, claims: {} },
    });
  });

  it('asks with PKCE, state and no more scopes than it needs, and asks for another account where that is wanted', async () => {
    await logIn();
    const asked = github.authorizations.at(-1);
    expect(Object.fromEntries(asked ?? [])).toMatchObject({
      client_id: 'Ov23github',
      scope: 'read:user user:email read:org',
      code_challenge_method: 'S256',
      redirect_uri: `${site.authUrl}/.bouncer/callback/github`,
    });
    expect(asked?.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(asked?.get('state')?.length).toBeGreaterThan(40);
    expect(asked?.has('prompt')).toBe(false);
    const again = await browser.get(`${site.at('wiki.localhost')}/.bouncer/login?account=other`);
    const { providers } = JSON.parse(again.body) as { providers: { id: string; href: string }[] };
    await browser.get(new URL(providers[0]?.href ?? '', again.url).href);
    expect(github.authorizations.at(-1)?.get('prompt')).toBe('select_account');
  });

  it('tells an organisation from another one that took its name, where the settings say its number', async () => {
    const settings = settingsOf('github', github);
    const withId = (id: string) =>
      site.change({
        identityProviders: [{ ...settings, organizations: [{ name: 'acme', id }] }, settingsOf('app', app)],
      });
    try {
      withId('1004');
      expect(await identityAfter()).toMatchObject({ groups: ['acme', 'acme/ops', 'acme/on-call'] });
      expect(lastEvent('organization_renamed')).toBeUndefined();
      withId('999');
      const settled = { groups: [], unsettled: { groups: null } };
      expect(await identityAfter()).toMatchObject(settled);
      await identityAfter();
      expect(site.events.filter(({ name }) => name === 'organization_renamed')).toEqual([
        {
          name: 'organization_renamed',
          fields: { provider: 'github', organization: 'acme', number: '1004' },
        },
      ]);
    } finally {
      site.change({ identityProviders: [settings, settingsOf('app', app)] });
    }
  });

  it('names to who looks an organisation whose number nobody said', async () => {
    const provider = site.logins.providers.find('github');
    if (provider?.way !== 'redirect') throw new Error('GitHub is not there');
    const redirectUri = `${site.authUrl}/.bouncer/callback/github`;
    const { findings } = await provider.look({ redirectUri, asksAboutGroups: true });
    expect(findings).toMatchObject([
      {
        severity: 'note',
        code: 'organization-by-name',
        hint: expect.stringContaining(`${githubAddresses(github.url).api}/orgs/acme`),
      },
    ]);
    expect((await provider.look({ redirectUri, asksAboutGroups: false })).findings).toEqual([]);
  });

  it('goes on under the same number when the person takes another name', async () => {
    const before = await identityAfter();
    github.account('octocat', { login: 'renamed', name: null });
    const after = await identityAfter();
    expect([after.sub, after.name]).toEqual([before.sub, 'renamed']);
  });

  it.each([
    ['no address', [], 'email-missing'],
    ['no primary one', [{ email: 'a@b.example', primary: false, verified: true }], 'email-missing'],
    [
      'one that is not verified',
      [{ email: 'a@b.example', primary: true, verified: false }],
      'email-not-verified',
    ],
    ['one that is no address', [{ email: 'a"@"b@c', primary: true, verified: true }], 'email-malformed'],
    [
      'one that others speak for',
      [{ email: 'a@taken.example', primary: true, verified: true }],
      'email-outside-provider',
    ],
  ])('with %s has none', async (_, emails, fault) => {
    github.account('octocat', { emails });
    expect(await identityAfter()).toMatchObject({ email: null, unsettled: { email: fault } });
    expect(lastEvent('claim_unusable')).toMatchObject({ claim: 'email', shape: fault, provider: 'github' });
  });

  it('reads lists to their last page', async () => {
    const teams = Array.from({ length: 250 }, (_, index) => `Acme/team-${index}`);
    github.account('octocat', { teams });
    const { groups } = await identityAfter();
    expect(groups).toHaveLength(251);
    expect(groups.at(-1)).toBe('acme/team-249');
    expect(github.requests.filter((one) => one.includes('/user/teams?per_page=100')).length).toBeGreaterThan(
      2,
    );
  });

  it('knows no groups for certain where there are more teams than are read', async () => {
    github.mood = { pageSize: 10 };
    github.account('octocat', { teams: Array.from({ length: 250 }, (_, index) => `Acme/team-${index}`) });
    const { groups, unsettled } = await identityAfter();
    expect([groups.length, unsettled?.groups]).toEqual([201, 'too-large']);
  });

  it('sends the token to the API alone, wherever a next page is said to be', async () => {
    github.mood = { pageSize: 1, nextPage: 'http://localhost:9/api/v3/user/teams?page=2' };
    expect(problemIn(await logIn()).problem).toBe('provider-answer-invalid');
    expect(lastEvent('login_failed')?.['cause']).toContain('a next page somewhere else');
  });
});

describe('an organisation that keeps its people back', () => {
  const withheldAfter = async () => JSON.parse((await logIn()).body);

  it('for single sign-on: the person is logged in, and told where to allow it', async () => {
    github.mood = { organizations: { Acme: 'single-sign-on' } };
    const step = await withheldAfter();
    expect(step).toMatchObject({
      kind: 'withheld',
      provider: 'GitHub',
      withheld: [
        {
          organization: 'acme',
          why: 'single-sign-on',
          href: `${github.url}/orgs/Acme/sso?authorization_request=AZSCKtL4`,
        },
      ],
      continueUrl: `${site.at('wiki.localhost')}/page`,
    });
    expect(lastEvent('claim_unusable')).toMatchObject({ claim: 'groups', shape: 'withheld' });
    const page = await browser.get(step.continueUrl);
    // The login began at the wiki; what remains is a hop by the session on auth_url.
    const there = page.status === 200 ? page : await visitApplication(site, browser);
    expect(sessionIn(there)?.identity).toMatchObject({ groups: [], unsettled: { groups: 'withheld' } });
  });

  it('leads to GitHub alone, whatever address comes with it', async () => {
    github.mood = {
      api: { status: 403, headers: { 'x-github-sso': 'required; url=https://evil.example/sso' } },
      apiPath: '/user/memberships/',
    };
    const { withheld } = await withheldAfter();
    expect(withheld[0].href).toBe(`${github.url}/orgs/acme/sso`);
    github.mood = {
      api: { status: 403, headers: { 'x-github-sso': 'required; url=javascript:alert(1)' } },
      apiPath: '/user/memberships/',
    };
    expect((await withheldAfter()).withheld[0].href).toBe(`${github.url}/orgs/acme/sso`);
  });

  it('until an owner approves the app: says where to ask for it', async () => {
    github.mood = { organizations: { Acme: 'not-approved' } };
    const { withheld } = await withheldAfter();
    expect(withheld).toEqual([
      {
        organization: 'acme',
        why: 'not-approved',
        href: `${github.url}/settings/connections/applications/Ov23github`,
      },
    ]);
  });

  it('of its teams alone: the organisation counts, and it is known that teams are missing', async () => {
    github.mood = { organizations: { Acme: 'partial-teams' } };
    const step = await withheldAfter();
    expect(step.withheld).toMatchObject([{ organization: 'acme', why: 'single-sign-on' }]);
    const session = sessionIn(await visitApplication(site, browser));
    expect(session?.identity).toMatchObject({ groups: ['acme'], unsettled: { groups: 'withheld' } });
  });

  it('is no matter of who is not in it', async () => {
    github.account('octocat', { organizations: {}, teams: [] });
    github.mood = { organizations: { Acme: 'single-sign-on' } };
    expect(await identityAfter()).toMatchObject({ groups: [], unsettled: { groups: null } });
  });
});

describe('a token endpoint that', () => {
  it.each([
    [
      'does not know the client, with status 200',
      {
        body: {
          error: 'incorrect_client_credentials',
          error_description: 'The client_id and/or client_secret passed are incorrect.',
        },
      },
      /incorrect_client_credentials/,
      /client_secret/,
    ],
    [
      'has the code used up',
      { body: { error: 'bad_verification_code' } },
      /bad_verification_code/,
      /good once/,
    ],
    [
      'wants another redirect URI',
      { body: { error: 'redirect_uri_mismatch' } },
      /redirect_uri_mismatch/,
      /callback\/github` must be registered/,
    ],
    [
      'wants a verified address',
      { body: { error: 'unverified_user_email' } },
      /unverified_user_email/,
      /verifies/,
    ],
    ['answers with a page', { body: '<html>', type: 'text/html' }, /something else than a token/, /url/],
    ['answers with nothing that is a token', { body: {} }, /something else than a token/, /url/],
    [
      'answers with a form, as it does unasked',
      { body: 'access_token=gho_x&token_type=bearer', type: 'application/x-www-form-urlencoded' },
      /something else than a token/,
      /url/,
    ],
  ])('%s ends the login with a cause and a hint', async (_, token, cause, hint) => {
    github.mood = { token };
    expect(problemIn(await logIn()).problem).toBe('provider-answer-invalid');
    const failed = lastEvent('login_failed');
    expect(failed?.['cause']).toMatch(cause);
    expect(failed?.['hint']).toMatch(hint);
    expect(JSON.stringify(failed)).not.toContain('gho_x');
  });
});

describe('an API that', () => {
  it.each([
    [
      'answers with something else',
      { status: 200, body: [] },
      'provider-answer-invalid',
      /who the person is/,
    ],
    [
      'says no number',
      { status: 200, body: { id: '583231', login: 'octocat' } },
      'provider-answer-invalid',
      /who the person is/,
    ],
    [
      'leads elsewhere',
      { status: 301, headers: { location: 'http://localhost:9/' } },
      'provider-answer-invalid',
      /status 301/,
    ],
    ['fails', { status: 502 }, 'provider-unavailable', /status 502/],
    [
      'suspended the account',
      { status: 403, body: { message: 'Sorry. Your account was suspended.' } },
      'provider-answer-invalid',
      /suspended/,
    ],
    [
      'has had enough questions',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' } },
      'provider-unavailable',
      /no more questions/,
    ],
    ['wants a pause', { status: 429, headers: { 'retry-after': '17' } }, 'provider-unavailable', /for 17 s/],
    [
      'wants a pause and says so in words alone',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
      'provider-unavailable',
      /for 60 s/,
    ],
  ])('%s ends the login', async (_, api, problem, cause) => {
    github.mood = { api, apiPath: '/user' };
    expect(problemIn(await logIn()).problem).toBe(problem);
    expect(lastEvent('login_failed')?.['cause']).toMatch(cause);
    site.advance(5_000);
  });

  it('has had enough of one person is not down for the others', async () => {
    github.mood = { api: { status: 429, headers: { 'retry-after': '17' } }, apiPath: '/user' };
    await logIn();
    expect(site.logins.unreachableProviders()).toEqual([]);
    github.mood = {};
    expect((await identityAfter()).sub).toBe('583231');
  });

  it('is down sends nobody there, and is told of once', async () => {
    site.advance(120_000);
    await github.stop();
    try {
      expect(problemIn(await logIn()).problem).toBe('provider-unavailable');
      expect(problemIn(await logIn()).problem).toBe('provider-unavailable');
      expect(site.logins.unreachableProviders()).toEqual(['github']);
      expect(site.events.filter(({ name }) => name === 'provider_unreachable').at(-1)?.fields).toMatchObject({
        provider: 'github',
      });
    } finally {
      await github.start();
    }
    site.advance(5_000);
    expect((await identityAfter()).sub).toBe('583231');
    expect(site.logins.unreachableProviders()).toEqual([]);
  });
});

describe('a person who says no', () => {
  it('is told so, and the log names it', async () => {
    github.mood = { denies: true };
    expect(problemIn(await logIn()).problem).toBe('refused-by-provider');
    expect(lastEvent('login_failed')).toMatchObject({ cause: expect.stringContaining('access_denied') });
  });
});

describe.each(['github', 'app'] as const)('a recheck (%s)', (id) => {
  const server = () => (id === 'github' ? github : app);
  /** Makes a check due, and waits for it. */
  const recheck = async (): Promise<void> => {
    const before = site.events.length;
    site.advance(16 * 60_000);
    await browser.get(`${site.at('wiki.localhost')}/any`);
    await expect
      .poll(() => site.events.slice(before).some(({ name }) => /^session_(refreshed|revoked)$/.test(name)), {
        timeout: 20_000,
      })
      .toBe(true);
  };
  const now = async () => sessionIn(await browser.get(`${site.at('wiki.localhost')}/any`));

  it('has groups and address follow, again and again', async () => {
    await logIn(id);
    server().account('octocat', { organizations: { Acme: 'active' }, teams: ['Acme/ops'] });
    await recheck();
    expect((await now())?.identity.groups).toEqual(['acme', 'acme/ops']);
    server().account('octocat', { organizations: {}, teams: [], emails: [] });
    await recheck();
    expect((await now())?.identity).toMatchObject({ groups: [], email: null });
  });

  it('ends the login of who took the access away, or whose account is closed', async () => {
    await logIn(id);
    server().revokeTokens();
    await recheck();
    expect(await hasSession(site, browser)).toBe(false);
    expect(lastEvent('session_revoked')).toMatchObject({ reason: 'provider-ended', provider: id });
    await logIn(id);
    server().mood = {
      api: { status: 403, body: { message: 'Sorry. Your account was suspended.' } },
      apiPath: '/user',
    };
    await recheck();
    expect(await hasSession(site, browser)).toBe(false);
  });

  it.each([
    ['has had enough questions', { status: 403, headers: { 'x-ratelimit-remaining': '0' } }],
    ['fails', { status: 503 }],
    ['refuses without a word', { status: 403 }],
  ])('of a GitHub that %s ends nothing', async (_, api) => {
    await logIn(id);
    server().mood = { api, apiPath: '/user' };
    await recheck();
    expect(lastEvent('session_refreshed')).toMatchObject({ is_refreshed: false });
    expect((await now())?.identity.groups).toContain('acme/ops');
    server().mood = {};
    await recheck();
    expect(lastEvent('session_refreshed')).not.toHaveProperty('is_refreshed');
  });

  it('ends a login whose token turns out to be somebody else’s', async () => {
    await logIn(id);
    server().account('octocat', { id: 1 });
    await recheck();
    expect(await hasSession(site, browser)).toBe(false);
  });

  it('counts an organisation that closed meanwhile for the safe side', async () => {
    await logIn(id);
    server().mood = { organizations: { Acme: 'single-sign-on' } };
    await recheck();
    expect((await now())?.identity).toMatchObject({ groups: [], unsettled: { groups: 'withheld' } });
  });
});

describe('its tokens', () => {
  it('are sealed with the login', async () => {
    await logIn();
    const [stored] = await site.store.sessions.list();
    expect(stored?.login.isRefreshable).toBe(true);
    expect(stored?.login.secrets).toBeTypeOf('string');
    expect(JSON.stringify(stored)).not.toContain('gho_');
  });
});

describe('its addresses', () => {
  it.each([
    ['https://github.com', 'https://api.github.com'],
    ['https://acme.ghe.com', 'https://api.acme.ghe.com'],
    ['https://github.example.com', 'https://github.example.com/api/v3'],
    ['https://github.example.com:8443', 'https://github.example.com:8443/api/v3'],
    ['https://notgithub.com', 'https://notgithub.com/api/v3'],
  ])('for %s: %s', (url, api) => {
    expect(githubAddresses(url)).toEqual({
      api,
      authorize: `${url}/login/oauth/authorize`,
      token: `${url}/login/oauth/access_token`,
    });
  });
});
