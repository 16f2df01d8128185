// The OpenID Foundation's tests of relying parties, by their names, for the profiles Basic, Config, RP-Initiated Logout and Back-Channel
// Logout with the code flow, and for refresh tokens: what the suite's provider does, and what it wants to see of us. They are mirrored
// here as its source listed them in August 2026; the suite itself was not run.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { goesOnTo } from '../flow/code-site.ts';
import {
  hasSession,
  type LoginSite,
  problemIn,
  providerSettings,
  type SiteEvent,
  sessionIn,
  startLoginSite,
  visitApplication,
} from '../identity/login-site.ts';

let provider: HostileProvider;
let site: LoginSite;
let browser: BrowserClient;
let settings: Partial<OidcProviderSettings>;

beforeEach(async () => {
  settings = {};
  provider = await startHostileProvider('bouncer');
  site = await startLoginSite({
    providers: () => [providerSettings({ id: 'op', issuer: provider.issuer })],
  });
  browser = new BrowserClient();
});
afterEach(async () => {
  await browser.close();
  await site.close();
  await provider.close();
});

async function logIn(lies: Lies = {}): Promise<BrowserResponse> {
  provider.tell(lies);
  if (Object.keys(settings).length > 0)
    site.change({
      identityProviders: [providerSettings({ id: 'op', issuer: provider.issuer, ...settings })],
    });
  return visitApplication(site, browser);
}

/** The login is refused, with a cause in the log, and there is no session on any host. */
async function expectRefused(lies: Lies): Promise<void> {
  const end = await logIn(lies);
  expect(problemIn(end).problem).toBe('provider-answer-invalid');
  expect(site.events.findLast(({ name }) => name === 'login_failed')?.fields['cause']).toEqual(
    expect.any(String),
  );
  for (const host of ['wiki.localhost', 'auth.localhost'])
    expect(await hasSession(site, browser, host)).toBe(false);
  expect(await site.store.sessions.list()).toEqual([]);
}

async function expectAdmitted(lies: Lies = {}): Promise<void> {
  expect(sessionIn(await logIn(lies))?.identity).toMatchObject({ idp: 'op', sub: 'alice' });
}

describe('Basic', () => {
  it('oidcc-client-test', async () => {
    await expectAdmitted();
    const asked = provider.authorizations.at(-1);
    expect(asked?.get('response_type')).toBe('code');
    expect(asked?.get('scope')?.split(' ')).toContain('openid');
    expect(asked?.get('state')).toBeTruthy();
    expect(asked?.get('nonce')).toBeTruthy();
  });

  it('oidcc-client-test-invalid-iss', () => expectRefused({ claims: { iss: 'https://other.example' } }));
  it('oidcc-client-test-missing-sub', () => expectRefused({ claims: { sub: null } }));
  it('oidcc-client-test-invalid-aud', () => expectRefused({ claims: { aud: 'somebody-else' } }));
  it('oidcc-client-test-missing-iat', () => expectRefused({ claims: { iat: null } }));

  it('oidcc-client-test-kid-absent-single-jwks', async () => {
    const jwks = (await (await fetch(`${provider.issuer}/jwks`)).json()) as {
      keys: Record<string, unknown>[];
    };
    const { kid: _, ...key } = jwks.keys[0] ?? {};
    await expectAdmitted({ jwks: { keys: [key] }, header: { kid: null } });
  });

  it('oidcc-client-test-kid-absent-multiple-jwks', async () => {
    // Either outcome is right; what verifies with one key of several is taken, and what verifies with none is not.
    const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: object[] };
    const nameless = { keys: keys.map((key) => ({ ...key, kid: undefined })) };
    await expectRefused({ jwks: nameless, header: { kid: null }, signing: 'foreign' });
  });

  it('oidcc-client-test-idtoken-sig-rs256', () => expectAdmitted({ signing: 'own' }));
  it('oidcc-client-test-idtoken-sig-none', () => expectRefused({ signing: 'none', header: { alg: 'none' } }));
  it('oidcc-client-test-invalid-sig-rs256', () => expectRefused({ signing: 'foreign' }));

  it('oidcc-client-test-userinfo-invalid-sub', () =>
    expectRefused({
      claims: { email: null, groups: null },
      userInfo: { sub: 'mallory', email: 'm@example.com' },
    }));

  it('oidcc-client-test-nonce-invalid', () => expectRefused({ claims: { nonce: 'of another login' } }));

  it('oidcc-client-test-scope-userinfo-claims', async () => {
    const end = await logIn({
      claims: { email: null, email_verified: null, groups: null },
      userInfo: { email: 'alice@example.com', email_verified: true, groups: ['staff'], name: 'Alice' },
    });
    expect(sessionIn(end)?.identity).toMatchObject({
      ...{ email: 'alice@example.com', groups: ['staff'], name: 'Alice' },
    });
    expect(provider.requests).toContain('GET /userinfo');
  });

  it('oidcc-client-test-client-secret-basic', async () => {
    settings = { tokenEndpointAuth: 'client_secret_basic', clientSecret: 'a secret: of % the client' };
    await expectAdmitted();
    const { authorization, form } = provider.tokenRequests.at(-1) ?? {};
    const [id = '', secret = ''] = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64')
      .toString()
      .split(':');
    // RFC 6749 section 2.3.1: each is form-encoded first.
    const plain = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
    expect([plain(id), plain(secret)]).toEqual(['bouncer', 'a secret: of % the client']);
    expect(form?.has('client_secret')).toBe(false);
  });
});

describe('Config', () => {
  it('oidcc-client-test-discovery-openid-config', async () => {
    await expectAdmitted();
    expect(provider.requests[0]).toBe('GET /.well-known/openid-configuration');
  });

  it('oidcc-client-test-discovery-jwks-uri-keys', async () => {
    await expectAdmitted();
    expect(provider.requests).toContain('GET /jwks');
  });

  it('oidcc-client-test-discovery-issuer-mismatch', async () => {
    const end = await logIn({ metadata: { issuer: 'https://other.example' } });
    expect(problemIn(end).problem).toMatch(/^provider-/);
    expect(provider.requests).not.toContain('GET /authorize');
    expect(await hasSession(site, browser)).toBe(false);
  });

  it('oidcc-client-test-idtoken-sig-none', () => expectRefused({ signing: 'none', header: { alg: 'none' } }));

  it('oidcc-client-test-signing-key-rotation-just-before-signing', async () => {
    await expectAdmitted();
    site.advance(60_000);
    const other = new BrowserClient();
    try {
      const asked = await visitApplicationUntilCallback(other);
      provider.rotateKeys();
      const end = await other.get(String(asked.headers['location']));
      expect(sessionIn(end)?.identity).toMatchObject({ sub: 'alice' });
    } finally {
      await other.close();
    }
  });

  it('oidcc-client-test-signing-key-rotation', async () => {
    await expectAdmitted();
    provider.rotateKeys();
    site.advance(60_000);
    const other = new BrowserClient();
    try {
      expect(sessionIn(await visitApplication(site, other))?.identity).toMatchObject({ sub: 'alice' });
    } finally {
      await other.close();
    }
  });
});

/** Up to the redirect that brings the code. */
async function visitApplicationUntilCallback(who: BrowserClient): Promise<BrowserResponse> {
  return who.get(`${site.at('wiki.localhost')}/.bouncer/login?return_to=%2F`, {
    stopAt: (url) => url.includes('/.bouncer/callback/'),
  });
}

const withLogout = (): Lies => ({ metadata: { end_session_endpoint: `${provider.issuer}/end` } });

describe('Refresh Token', () => {
  /** Logs in, and has the login checked again by a refresh in which the provider behaves so. @returns the event of it */
  async function refreshed(lies: Lies): Promise<SiteEvent> {
    await expectAdmitted({ tokenMembers: { refresh_token: 'refresh-1' } });
    provider.tell(lies);
    const before = site.events.length;
    site.advance(15 * 60_000);
    await browser.get(`${site.at('wiki.localhost')}/page`);
    const told = () =>
      site.events
        .slice(before)
        .find(({ name }) => name === 'session_refreshed' || name === 'session_revoked');
    await expect.poll(() => told() !== undefined, { timeout: 20_000 }).toBe(true);
    expect(provider.tokenRequests.at(-1)?.form.get('grant_type')).toBe('refresh_token');
    return told() as SiteEvent;
  }

  it('oidcc-client-test-refresh-token', async () => {
    settings = { claims: ['department'] };
    // UserInfo is asked with the new access token, and what it says is what the person is from then on.
    const event = await refreshed({ userInfo: { department: 'it' } });
    expect(event.name).toBe('session_refreshed');
    expect(event.fields['is_refreshed'] ?? true).toBe(true);
    expect((await site.store.sessions.list())[0]?.login.identity.claims).toEqual({ department: 'it' });
  });

  it.each([
    ['oidcc-client-test-refresh-token-invalid-issuer', { iss: 'https://other.example' }],
    ['oidcc-client-test-refresh-token-invalid-sub', { sub: 'somebody-else' }],
  ])('%s', async (_, claims) => {
    const event = await refreshed({ claims });
    expect(event.name).toBe('session_revoked');
    expect(await hasSession(site, browser)).toBe(false);
  });
});

describe('RP-Initiated Logout', () => {
  const logOut = () => browser.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});

  it('oidcc-client-test-rp-init-logout', async () => {
    await expectAdmitted(withLogout());
    const end = await logOut();
    const sent = provider.logouts.at(-1)?.fields;
    expect(sent?.get('id_token_hint')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(sent?.get('post_logout_redirect_uri')).toBe(`${site.authUrl}/.bouncer/logout`);
    expect(end.url).toBe(`${site.authUrl}/.bouncer/logout`);
    expect(JSON.parse(end.body)).toMatchObject({ kind: 'signed-out' });
    expect(await hasSession(site, browser)).toBe(false);
  });

  it.each([
    ['oidcc-client-test-rp-init-logout-other-state', '?state=of-somebody-else'],
    ['oidcc-client-test-rp-init-logout-no-state', ''],
  ])('%s', async (_, query) => {
    // The suite leaves these two out for who sends no state. Our logout is done before the provider is asked, and what comes back
    // decides nothing: there is no state to be mistaken.
    await expectAdmitted(withLogout());
    await logOut();
    expect(provider.logouts.at(-1)?.fields.has('state')).toBe(false);
    const end = await browser.get(`${site.authUrl}/.bouncer/logout${query}`);
    expect(JSON.parse(end.body)).toMatchObject({ kind: 'signed-out' });
    expect(end.setCookies).toEqual([]);
    expect(await hasSession(site, browser)).toBe(false);
  });
});

describe('Back-Channel Logout', () => {
  const send = async (token: string): Promise<number> => {
    const sender = new BrowserClient();
    try {
      return (await sender.post(`${site.authUrl}/.bouncer/backchannel-logout`, { logout_token: token }))
        .status;
    } finally {
      await sender.close();
    }
  };
  /** The person logs out in one browser; another one of the same session at the provider is what the token would end. */
  const loggedOut = async (): Promise<BrowserClient> => {
    const lies: Lies = { ...withLogout(), claims: { sid: 'session-1' } };
    await expectAdmitted(lies);
    const other = new BrowserClient();
    await visitApplication(site, other);
    await browser.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    expect(await hasSession(site, other)).toBe(true);
    return other;
  };
  const meant = { sub: 'alice', sid: 'session-1' };

  it('oidcc-client-test-rp-backchannel-rpinitlogout', async () => {
    const other = await loggedOut();
    expect(await send(provider.logoutToken(meant))).toBe(200);
    expect(await hasSession(site, other)).toBe(false);
    await other.close();
  });

  it('oidcc-client-test-rp-backchannel-rpinitlogout, of a session that has ended already', async () => {
    await expectAdmitted({ ...withLogout(), claims: { sid: 'session-1' } });
    await browser.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    expect(await send(provider.logoutToken(meant))).toBe(200);
  });

  const event = 'http://schemas.openid.net/event/backchannel-logout';
  it.each<readonly [string, (op: HostileProvider) => string]>([
    ['alg-none', (op) => op.logoutToken(meant, { alg: 'none' }, 'none')],
    ['no-event', (op) => op.logoutToken({ ...meant, events: null })],
    ['with-nonce', (op) => op.logoutToken({ ...meant, nonce: 'a nonce' })],
    ['wrong-alg', (op) => op.logoutToken(meant, {}, 'rs384')],
    [
      'wrong-alg, HMAC with the public key',
      (op) => op.logoutToken(meant, { alg: 'HS256' }, 'hmac-of-public-key'),
    ],
    ['wrong-aud', (op) => op.logoutToken({ ...meant, aud: 'somebody-else' })],
    ['wrong-event', (op) => op.logoutToken({ ...meant, events: { [`${event}-not`]: {} } })],
    ['wrong-iss', (op) => op.logoutToken({ ...meant, iss: 'https://other.example' })],
  ])('oidcc-client-test-rp-backchannel-rpinitlogout-%s', async (_, token) => {
    const other = await loggedOut();
    expect(await send(token(provider))).toBe(400);
    expect(await hasSession(site, other)).toBe(true);
    // The honest one right after it counts: the refused one used nothing up.
    expect(await send(provider.logoutToken(meant))).toBe(200);
    expect(await hasSession(site, other)).toBe(false);
    await other.close();
  });
});

describe('Logout, through a whole bouncer', () => {
  let whole: Site;
  afterEach(() => whole.close());

  const start = async (): Promise<Site> => {
    whole = await startSite({
      rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: all, action: allow, include: [authenticated] }]
`,
      providers: async () =>
        `  - { id: op, type: oidc, issuer: "${provider.issuer}", client_id: bouncer, client_secret: s }`,
    });
    return whole;
  };

  it('has a page to come back to that says so, and ends no login by itself, whatever state comes with it', async () => {
    provider.tell(withLogout());
    await start();
    const one = whole.browser();
    await one.get(whole.at('wiki.localhost'));
    const back = whole.at('auth.localhost', '/.bouncer/logout?state=of-somebody-else');
    expect((await one.get(back)).body).toContain('Log out?');
    expect((await one.get(whole.at('wiki.localhost', '/.bouncer/identity'))).status).toBe(200);
    // A page that goes on by itself: browsers hold a form's redirects to the page's policy.
    const sent = await one.post(whole.at('wiki.localhost', '/.bouncer/logout'), {});
    const end = await one.get(goesOnTo(sent));
    expect(provider.logouts).toHaveLength(1);
    expect(end.body).toContain('You are logged out');
    expect((await one.get(back)).body).toContain('You are logged out');
    expect((await one.get(whole.at('wiki.localhost', '/.bouncer/identity'))).status).toBe(401);
  });

  it('answers with `Cache-Control: no-store`, accepted or not (section 2.8)', async () => {
    await start();
    const one = whole.browser();
    await one.get(whole.at('wiki.localhost'));
    const url = whole.at('auth.localhost', '/.bouncer/backchannel-logout');
    for (const [token, status] of [
      [provider.logoutToken({ sub: 'alice', aud: 'somebody-else' }), 400],
      [provider.logoutToken({ sub: 'alice' }), 200],
    ] as const) {
      const answer = await one.post(url, { logout_token: token });
      expect([answer.status, answer.headers['cache-control']]).toEqual([status, 'no-store']);
    }
    expect((await one.get(whole.at('wiki.localhost', '/.bouncer/identity'))).status).toBe(401);
  });
});
