import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import {
  type LoginSite,
  providerSettings,
  sessionIn,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

const quarter = 15 * 60_000;

async function until(isDone: () => Promise<boolean> | boolean): Promise<void> {
  for (let n = 0; n < 100; n++) {
    if (await isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not happen');
}

describe('checking a login again (oidc-provider)', () => {
  let provider: TestOidcProvider;
  let site: LoginSite;
  let one: BrowserClient;
  const claims = {
    email: 'alice@example.com',
    email_verified: true,
    name: 'Alice',
    groups: ['staff', 'admins'],
  };

  beforeAll(async () => {
    site = await startLoginSite({
      providers: async (authUrl) => {
        provider = await startOidcProvider({
          clients: [{ clientId: 'bouncer', clientSecret: 'a secret of the client', authUrl }],
          people: [{ id: 'alice', claims }],
          issuesRefreshTokens: true,
        });
        return [providerSettings({ id: 'idp', issuer: provider.issuer })];
      },
    });
  });
  beforeEach(() => {
    one = new BrowserClient();
  });
  afterEach(() => one.close());
  afterAll(async () => {
    await site.close();
    await provider.close();
  });

  const tokenRequests = (): number => provider.requests.filter((line) => line === 'POST /token').length;
  const page = () => one.get(`${site.at('wiki.localhost')}/page`);

  it('brings new groups to a session that goes on, without a request waiting for it', async () => {
    const first = sessionIn(await logInAtProvider(one, await visitApplication(site, one), 'alice'));
    const before = tokenRequests();
    await page();
    expect(tokenRequests()).toBe(before);
    provider.setClaims('alice', { ...claims, groups: ['staff'] });
    site.advance(quarter);
    await Promise.all([page(), page(), page()]);
    await until(async () => sessionIn(await page())?.identity.groups.length === 1);
    const now = sessionIn(await page());
    expect(now).toMatchObject({
      id: first?.id,
      identity: { groups: ['staff'], amr: ['pwd'], authTimeMs: first?.identity.authTimeMs },
    });
    expect(now?.revision).toBeGreaterThan(first?.revision ?? 0);
    expect(tokenRequests()).toBe(before + 1);
  });

  it('works again and again, with the refresh tokens that come back', async () => {
    await logInAtProvider(one, await visitApplication(site, one), 'alice');
    for (const groups of [['a'], ['b'], ['c']]) {
      provider.setClaims('alice', { ...claims, groups });
      site.advance(quarter);
      await until(async () => sessionIn(await page())?.identity.groups[0] === groups[0]);
    }
  });

  it('carries on while the provider is down, and finds out when it is back', async () => {
    await logInAtProvider(one, await visitApplication(site, one), 'alice');
    await provider.stop();
    site.advance(quarter);
    await page();
    await until(() =>
      site.events.some(
        ({ name, fields }) => name === 'session_refreshed' && fields['is_refreshed'] === false,
      ),
    );
    expect((await page()).status).toBe(200);
    expect(site.logins.unreachableProviders()).toEqual(['idp']);
    await provider.start();
    provider.setClaims('alice', { ...claims, groups: ['back'] });
    site.advance(61_000);
    await until(async () => sessionIn(await page())?.identity.groups[0] === 'back');
    expect(site.logins.unreachableProviders()).toEqual([]);
  });

  it('ends the session when the provider says that the grant is gone', async () => {
    await logInAtProvider(one, await visitApplication(site, one), 'alice');
    provider.forgetGrants();
    site.advance(quarter);
    await page();
    await until(async () => (await page()).status === 401);
    expect(
      site.events.some(
        ({ name, fields }) => name === 'session_revoked' && fields['reason'] === 'provider-ended',
      ),
    ).toBe(true);
  });
});

describe('a provider that lies when a login is checked again', () => {
  let hostile: HostileProvider;
  let site: LoginSite;
  let one: BrowserClient;
  const refreshToken = 'a refresh token';
  beforeAll(async () => {
    hostile = await startHostileProvider('bouncer');
    site = await startLoginSite({
      providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer })],
    });
  });
  beforeEach(async () => {
    one = new BrowserClient();
    hostile.tell({ refreshToken });
    await visitApplication(site, one);
  });
  afterEach(() => one.close());
  afterAll(async () => {
    await site.close();
    await hostile.close();
  });
  const page = () => one.get(`${site.at('wiki.localhost')}/page`);

  it('and answers for somebody else ends the session', async () => {
    hostile.tell({ refreshToken, claims: { sub: 'admin', groups: ['admins'] } });
    site.advance(quarter);
    await page();
    await until(async () => (await page()).status === 401);
  });

  it.each([
    ['another issuer', { claims: { iss: 'https://evil-idp.test' } }],
    ['another audience', { claims: { aud: 'other', groups: ['admins'] } }],
    ['alg none', { signing: 'none' as const, header: { alg: 'none' } }],
    ['alg None and a signature', { header: { alg: 'None' } }],
    ['no signature', { signing: 'none' as const }],
    ['another person in UserInfo', { claims: { email: null }, userInfo: { sub: 'admin' } }],
    [
      'another person in UserInfo and no ID token',
      { tokenMembers: { id_token: null }, userInfo: { sub: 'x' } },
    ],
    ['invalid_grant', { tokenBody: '{"error":"invalid_grant"}', tokenStatus: 400 }],
    ['invalid_grant as if all were well', { tokenBody: '{"error":"invalid_grant"}' }],
    [
      'invalid_grant beside tokens that are null',
      { tokenBody: '{"error":"invalid_grant","access_token":null,"refresh_token":null}' },
    ],
    [
      'invalid_grant as a text',
      { tokenBody: '{"error":"invalid_grant"}', tokenStatus: 400, tokenType: 'text/plain' },
    ],
    ['invalid_grant as a refusal', { tokenBody: '{"error":"invalid_grant"}', tokenStatus: 403 }],
  ])('and answers with %s ends the session', async (_, lies) => {
    hostile.tell({ refreshToken, ...lies });
    site.advance(quarter);
    await page();
    await until(async () => (await page()).status === 401);
    expect(site.events.at(-1)).toMatchObject({
      name: 'session_revoked',
      fields: { reason: 'provider-ended', cause: expect.any(String) },
    });
  });

  it.each([
    ['a foreign signature', { signing: 'foreign' as const }],
    ['an ID token that has expired', { claims: { exp: 1, groups: ['admins'] } }],
    ['rubbish', { tokenBody: '{' }],
    ['another error as if all were well', { tokenBody: '{"error":"temporarily_unavailable"}' }],
    ['an error that nobody knows', { tokenBody: '{"error":"such_is_life"}', tokenStatus: 400 }],
    ['a page', { tokenBody: '<!doctype html><title>Log in</title>' }],
    ['an error of its own', { tokenBody: '{"error":"server_error"}', tokenStatus: 500 }],
  ])('and answers with %s changes nothing', async (_, lies) => {
    hostile.tell({ refreshToken, ...lies });
    const before = site.events.filter(({ fields }) => fields['is_refreshed'] === false).length;
    site.advance(quarter);
    await page();
    await until(() => site.events.filter(({ fields }) => fields['is_refreshed'] === false).length > before);
    expect(sessionIn(await page())?.identity.groups).toEqual(['staff']);
    // No address in it may be an empty one.
    expect(String(site.events.at(-1)?.fields['cause'])).not.toContain('``');
  });
});

describe('a provider that says less at a refresh', () => {
  let hostile: HostileProvider;
  let site: LoginSite;
  let one: BrowserClient;
  const claims = { department: 'it', name: 'Alice' };
  beforeAll(async () => {
    hostile = await startHostileProvider('bouncer');
    site = await startLoginSite({
      providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer, claims: ['department'] })],
    });
  });
  beforeEach(() => {
    one = new BrowserClient();
  });
  afterEach(() => one.close());
  afterAll(async () => {
    await site.close();
    await hostile.close();
  });
  const page = () => one.get(`${site.at('wiki.localhost')}/page`);
  const tokenOf = async (id: string): Promise<string> =>
    String((await site.store.sessions.findLogin(id))?.secrets);

  /** Logs in by what `login` says, checks again by what `refresh` says. @returns the identity before and after */
  async function checkedAgain(login: Lies, refresh: Lies): Promise<readonly [Session, Session]> {
    hostile.tell({ refreshToken: 'first', ...login });
    const before = sessionIn(await visitApplication(site, one));
    if (before === null) throw new Error('nobody is logged in');
    hostile.tell({ refreshToken: 'second', ...refresh });
    const requests = hostile.requests.length;
    const events = site.events.length;
    site.advance(quarter);
    await page();
    await until(() => site.events.length > events && hostile.requests.length > requests);
    const now = sessionIn(await page());
    if (now === null) throw new Error('the session ended');
    return [before, now];
  }

  const everywhere = { department: 'hr', name: 'Somebody', groups: ['admins'], email: 'x@example.com' };
  it.each<[string, Lies, Lies]>([
    ['no ID token, where the ID token said it', { claims }, { tokenMembers: { id_token: null } }],
    [
      'no ID token, and something else in UserInfo',
      { claims },
      { tokenMembers: { id_token: null }, userInfo: { ...everywhere, email_verified: true } },
    ],
    [
      'no UserInfo, where UserInfo said it',
      {
        claims: { groups: null, name: null, email: null, email_verified: null },
        userInfo: { groups: ['staff'], email: 'alice@example.com', email_verified: true, ...claims },
      },
      { claims: { groups: null, name: null, email: null, email_verified: null }, userInfoStatus: 500 },
    ],
    [
      'UserInfo that refuses the token, where UserInfo said it',
      { claims: { groups: null }, userInfo: { groups: ['staff'], ...claims } },
      { claims: { groups: null }, userInfoStatus: 401, userInfo: '{"error":"invalid_token"}' },
    ],
    [
      'rubbish as UserInfo, where UserInfo said it',
      { claims: { groups: null }, userInfo: { groups: ['staff'], ...claims } },
      { claims: { groups: null }, userInfo: '[]' },
    ],
    ['nothing at all', { claims }, { tokenMembers: { id_token: null }, userInfoStatus: 503 }],
    [
      'null for each token that it could leave out',
      { claims },
      { tokenMembers: { id_token: { toJSON: () => null }, refresh_token: { toJSON: () => null } } },
    ],
    [
      'no ID token and no UserInfo endpoint asked for by anything',
      { claims },
      { tokenMembers: { id_token: '' }, userInfo: {} },
    ],
  ])('%s: changes nothing', async (_, login, refresh) => {
    const [before, now] = await checkedAgain(login, refresh);
    expect(now.identity).toEqual(before.identity);
    expect(now.identity).toMatchObject({ groups: ['staff'], claims: { department: 'it' } });
  });

  it('a claim that something without claims hides: nobody knows, as at a login', async () => {
    const [before, now] = await checkedAgain(
      { claims },
      { claims: { department: 'it', groups: { 0: 'admins' } } },
    );
    expect(before.identity.unsettled?.groups).toBeNull();
    expect(now.identity).toMatchObject({ groups: [], unsettled: { groups: 'odd-items' } });
  });

  it('the same document without the claim: it is gone', async () => {
    const [before, now] = await checkedAgain({ claims }, { claims: { groups: null, name: null } });
    expect(before.identity).toMatchObject({ groups: ['staff'], claims: { department: 'it' }, name: 'Alice' });
    expect(now.identity).toMatchObject({ groups: [], claims: {}, name: null });
    expect(Object.keys(now.identity.claims)).toEqual([]);
  });

  it('one document again and the other not: each stands for what it said', async () => {
    const [, now] = await checkedAgain(
      { claims: { groups: ['a'] }, userInfo: { department: 'it' } },
      { claims: { groups: ['b'] }, userInfoStatus: 500 },
    );
    expect(now.identity).toMatchObject({ groups: ['b'], claims: { department: 'it' } });
  });

  it('a claim that moved from UserInfo into the ID token is read there', async () => {
    const [, now] = await checkedAgain(
      { claims: { groups: null }, userInfo: { groups: ['a'] } },
      { claims: { groups: ['b'] } },
    );
    expect(now.identity.groups).toEqual(['b']);
  });

  it('the new refresh token is stored even when nothing that comes after it works', async () => {
    for (const refresh of [
      { userInfoStatus: 500, claims: { email: null } },
      { signing: 'foreign' as const },
      { idToken: () => 'rubbish' },
      { tokenMembers: { expires_in: 'never', scope: 7, token_type: null } },
      { tokenMembers: { access_token: null } },
      { tokenMembers: { access_token: 7, token_type: 'mac' } },
      { tokenMembers: { expires_in: { toJSON: () => null }, scope: ['openid'], id_token: 7 } },
    ]) {
      const [before] = await checkedAgain({}, refresh);
      const forms = hostile.tokenRequests;
      hostile.tell({ refreshToken: 'third', claims: { groups: ['later'] } });
      site.advance(quarter);
      await until(async () => sessionIn(await page())?.identity.groups[0] === 'later');
      expect(forms.at(-1)?.form.get('refresh_token')).toBe('second');
      expect(await tokenOf(before.id)).not.toBe('null');
      await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    }
  });

  it.each(['interaction_required', 'login_required', 'consent_required', 'mfa_required'])(
    '%s asks the person, once, and ends nothing by itself',
    async (error) => {
      const [, now] = await checkedAgain({}, { tokenStatus: 400, tokenBody: JSON.stringify({ error }) });
      expect(now.mustAskPerson).toBe(true);
      const asked = hostile.tokenRequests.length;
      const reported = site.events.length;
      for (let n = 0; n < 3; n++) {
        site.advance(quarter);
        expect((await page()).status).toBe(200);
      }
      expect([hostile.tokenRequests.length, site.events.length]).toEqual([asked, reported]);
      // The next login goes to the provider although there is a session, and makes a new one.
      hostile.tell({ refreshToken: 'first' });
      const end = await visitApplication(site, one);
      expect(end.trail.some((url) => url.startsWith(hostile.issuer))).toBe(true);
      expect(sessionIn(end)).toMatchObject({ mustAskPerson: false, revision: 1 });
      expect(sessionIn(end)?.id).not.toBe(now.id);
    },
  );
});

describe('two processes with one store', () => {
  it('check a login again once, and both see what came of it', async () => {
    const hostile = await startHostileProvider('bouncer');
    const dataDir = mkdtempSync(join(tmpdir(), 'bouncer-recheck-'));
    const options = { dataDir, providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer })] };
    const sites = [await startLoginSite(options), await startLoginSite(options)];
    const one = new BrowserClient();
    try {
      hostile.tell({ refreshToken: 'a refresh token' });
      await visitApplication(sites[0]!, one);
      const pages = () => Promise.all(sites.map((site) => one.get(`${site.at('wiki.localhost')}/page`)));
      expect((await pages()).map(({ status }) => status)).toEqual([200, 200]);
      const before = hostile.requests.filter((line) => line === 'POST /token').length;
      hostile.tell({ refreshToken: 'the next refresh token', claims: { groups: ['new'] } });
      for (const site of sites) site.advance(quarter);
      await until(async () => (await pages()).every((page) => sessionIn(page)?.identity.groups[0] === 'new'));
      expect(hostile.requests.filter((line) => line === 'POST /token').length).toBe(before + 1);
    } finally {
      await one.close();
      for (const site of sites) await site.close();
      await hostile.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe('a check that cannot be made', () => {
  const person = { id: 'alice', claims: { email: 'alice@example.com', email_verified: true } };

  /** A site whose store fails in this way when the background asks for the login, once it is told to. */
  async function siteThatThrows(error: () => Error) {
    let provider: TestOidcProvider | null = null;
    let isBroken = false;
    const site = await startLoginSite({
      providers: async (authUrl) => {
        provider = await startOidcProvider({
          clients: [{ clientId: 'bouncer', clientSecret: 'a secret of the client', authUrl }],
          people: [person],
          issuesRefreshTokens: true,
        });
        return [providerSettings({ id: 'idp', issuer: provider.issuer })];
      },
      wrapStore: (store) => ({
        ...store,
        sessions: new Proxy(store.sessions, {
          get: (target, name) => {
            if (isBroken && name === 'findLogin') throw error();
            const value: unknown = Reflect.get(target, name);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
        close: () => store.close(),
      }),
    });
    onTestFinished(async () => {
      await site.close();
      await provider?.close();
    });
    const breakStore = (): void => {
      isBroken = true;
    };
    return { site, breakStore };
  }

  it.each([
    [
      'a fault of our own',
      () => new TypeError('cannot read the impossible'),
      'internal_error',
      { action: 'recheck', message: expect.stringContaining('TypeError: cannot read the impossible') },
    ],
    [
      'the store’s silence',
      () => new BouncerError('store_unavailable', 'the disk is full', { hint: 'make room' }),
      'store_failed',
      { action: 'recheck', cause: 'the disk is full', hint: 'make room' },
    ],
  ] as const)('says in the log that it was %s, and the session goes on', async (_, error, name, fields) => {
    const { site, breakStore } = await siteThatThrows(error);
    const one = new BrowserClient();
    onTestFinished(() => one.close());
    await logInAtProvider(one, await visitApplication(site, one), 'alice');
    breakStore();
    site.advance(quarter);
    const page = () => one.get(`${site.at('wiki.localhost')}/page`);
    expect(sessionIn(await page())?.identity.email).toBe('alice@example.com');
    await until(() => site.events.some((event) => event.name === name));
    expect(site.events.find((event) => event.name === name)?.fields).toEqual(fields);
    expect(sessionIn(await page())?.identity.email).toBe('alice@example.com');
  });
});
