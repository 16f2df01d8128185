import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Missing } from '../../src/rules/model/decision.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { type HostileProvider, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import {
  hasSession,
  type LoginSite,
  problemIn,
  providerSettings,
  sessionIn,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

const hardwareKey: readonly Missing[] = [{ what: 'hardware_key', maxAgeMs: null, source: 'any' }];
const people = ['alice', 'bob'].map((id) => ({
  id,
  claims: { email: `${id}@example.com`, email_verified: true, name: id },
}));

let provider: TestOidcProvider;
let site: LoginSite;
const browsers: BrowserClient[] = [];

function browser(): BrowserClient {
  const made = new BrowserClient();
  browsers.push(made);
  return made;
}

/** The parameters of the authorization request that led here. */
function askedOf(response: BrowserResponse): Readonly<Record<string, string>> {
  const url = response.trail.find((text) => text.startsWith(`${provider.issuer}/auth?`));
  return Object.fromEntries(new URL(url ?? 'none:').searchParams);
}

beforeAll(async () => {
  site = await startLoginSite({
    providers: async (authUrl) => {
      provider = await startOidcProvider({
        clients: [{ clientId: 'bouncer', clientSecret: 'a secret of the client', authUrl }],
        people,
        issuesRefreshTokens: true,
      });
      return [providerSettings({ id: 'idp', issuer: provider.issuer })];
    },
  });
});
afterEach(() => Promise.all(browsers.splice(0).map((one) => one.close())));
afterAll(async () => {
  await site.close();
  await provider.close();
});

describe('a step-up to a hardware key', () => {
  it('asks the provider with acr_values, comes back to the page, and keeps the session with new facts and new tokens', async () => {
    const one = browser();
    const first = await logInAtProvider(one, await visitApplication(site, one), 'alice');
    await visitApplication(site, one, '/', 'photos.localhost');
    const old = Object.fromEntries(
      ['wiki.localhost', 'photos.localhost', 'auth.localhost'].map((host) => [
        host,
        one.cookiesOf(host).get('bouncer_session') ?? '',
      ]),
    );

    const asked = await visitApplication(site, one, '/admin?x=1', 'wiki.localhost', hardwareKey);
    expect(askedOf(asked)).toMatchObject({ acr_values: 'phrh', login_hint: 'alice@example.com' });
    const end = await logInAtProvider(one, asked, 'alice', 'hwk');
    expect(end.url).toBe(`${site.at('wiki.localhost')}/admin?x=1`);
    const [before, after] = [sessionIn(first), sessionIn(end)];
    expect(after?.id).toBe(before?.id);
    expect(after?.expiresAtMs).toBe(before?.expiresAtMs);
    expect(after?.revision).toBeGreaterThan(before?.revision ?? 0);
    expect(after?.identity).toMatchObject({ acr: 'phrh', amr: ['hwk', 'user'] });
    expect(after?.identity.hardwareKey?.usedAtMs).toBeGreaterThan(0);

    // No old token has gained the key.
    for (const [host, token] of Object.entries(old)) {
      const thief = browser();
      thief.setCookie(host, 'bouncer_session', token);
      expect(await hasSession(site, thief, host)).toBe(false);
    }
    // And the second application is only a redirect away.
    const second = await visitApplication(site, one, '/', 'photos.localhost');
    expect(sessionIn(second)?.id).toBe(after?.id);
    expect(site.events.some(({ name }) => name === 'step_up')).toBe(true);
  });

  it('is not asked for again in another application', async () => {
    const one = browser();
    await logInAtProvider(
      one,
      await visitApplication(site, one, '/', 'wiki.localhost', hardwareKey),
      'alice',
      'hwk',
    );
    const second = await visitApplication(site, one, '/', 'photos.localhost', hardwareKey);
    expect(second.trail.some((url) => url.startsWith(provider.issuer))).toBe(false);
    expect(sessionIn(second)?.identity.hardwareKey).not.toBeNull();
  });

  it('ends on a page, not in a loop, when no key was used; the session stays as it was', async () => {
    const one = browser();
    const first = await logInAtProvider(one, await visitApplication(site, one), 'alice');
    const end = await logInAtProvider(
      one,
      await visitApplication(site, one, '/admin', 'wiki.localhost', hardwareKey),
      'alice',
      'pwd',
    );
    expect(problemIn(end)).toMatchObject({
      problem: 'hardware-key-not-confirmed',
      status: 403,
      continueUrl: `${site.at('wiki.localhost')}/admin`,
    });
    const now = sessionIn(await one.get(`${site.at('wiki.localhost')}/page`));
    expect(now).toMatchObject({ id: sessionIn(first)?.id, revision: 1, identity: { hardwareKey: null } });
  });

  it('of somebody who is not logged in is one login', async () => {
    const one = browser();
    const end = await logInAtProvider(
      one,
      await visitApplication(site, one, '/admin', 'wiki.localhost', [{ what: 'login' }, ...hardwareKey]),
      'alice',
      'hwk',
    );
    expect([end.url, end.status]).toEqual([`${site.at('wiki.localhost')}/admin`, 200]);
  });

  it('of somebody who is not logged in and used no key logs in, and says what is missing', async () => {
    const one = browser();
    const end = await logInAtProvider(
      one,
      await visitApplication(site, one, '/admin', 'wiki.localhost', hardwareKey),
      'alice',
      'pwd',
    );
    expect(problemIn(end).problem).toBe('hardware-key-not-confirmed');
    expect(await hasSession(site, one, 'auth.localhost')).toBe(true);
  });

  it('that a policy asks for although the session has it ends on a page, not in a circle', async () => {
    const one = browser();
    await logInAtProvider(
      one,
      await visitApplication(site, one, '/', 'wiki.localhost', hardwareKey),
      'alice',
      'hwk',
    );
    const end = await visitApplication(site, one, '/admin', 'wiki.localhost', hardwareKey);
    expect(problemIn(end)).toMatchObject({ problem: 'hardware-key-not-confirmed', continueUrl: '/admin' });
    expect(end.trail).toHaveLength(1);
  });

  it('keeps the refresh token and the ID token of the login', async () => {
    const one = browser();
    await logInAtProvider(one, await visitApplication(site, one), 'alice');
    const end = await logInAtProvider(
      one,
      await visitApplication(site, one, '/', 'wiki.localhost', hardwareKey),
      'alice',
      'hwk',
    );
    expect(await site.store.sessions.findLogin(sessionIn(end)?.id ?? '')).toMatchObject({
      isRefreshable: true,
      secrets: expect.any(String),
    });
  });
});

describe('a fresh login', () => {
  it('is asked for with max_age, and its time is what policies see', async () => {
    const one = browser();
    const first = await logInAtProvider(
      one,
      await visitApplication(site, one, '/', 'wiki.localhost', hardwareKey),
      'alice',
      'hwk',
    );
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const asked = await visitApplication(site, one, '/pay', 'wiki.localhost', [
      { what: 'fresh_login', maxAgeMs: 1_500 },
    ]);
    expect(askedOf(asked)).toMatchObject({ max_age: '0' });
    const end = await logInAtProvider(one, asked, 'alice');
    // A second's precision at the provider and a limit of one second: it may or may not be met, but it never loops.
    if (end.status === 200) {
      const [before, after] = [sessionIn(first), sessionIn(end)];
      expect(after?.identity.authTimeMs).toBeGreaterThan(
        before?.identity.authTimeMs ?? Number.POSITIVE_INFINITY,
      );
      expect(after?.identity.hardwareKey).toEqual(before?.identity.hardwareKey);
    } else expect(problemIn(end).problem).toBe('fresh-login-not-confirmed');
  });
});

describe('a provider that does not do as it is asked', () => {
  let hostile: HostileProvider;
  let other: LoginSite;
  beforeAll(async () => {
    hostile = await startHostileProvider('bouncer');
    other = await startLoginSite({
      providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer })],
    });
  });
  afterAll(async () => {
    await other.close();
    await hostile.close();
  });
  const seconds = (): number => Math.floor(Date.now() / 1000);
  const fresh: readonly Missing[] = [{ what: 'fresh_login', maxAgeMs: 60_000 }];

  it.each([
    ['an old authentication time', { auth_time: 'old' }],
    ['no authentication time', { auth_time: null }],
  ])('and answers max_age with %s ends on a page', async (_, { auth_time }) => {
    const one = browser();
    hostile.tell({ claims: { auth_time: seconds() - 7200 } });
    expect((await visitApplication(other, one)).status).toBe(200);
    hostile.tell({ claims: { auth_time: auth_time === null ? null : seconds() - 7200 } });
    const end = await visitApplication(other, one, '/pay', 'wiki.localhost', fresh);
    expect(problemIn(end)).toMatchObject({ problem: 'fresh-login-not-confirmed', status: 403 });
    expect(end.trail.filter((url) => url.startsWith(hostile.issuer))).toHaveLength(1);
  });

  it('and answers a key of two hours ago where one of a minute is asked for ends on a page', async () => {
    const one = browser();
    hostile.tell({ claims: { auth_time: seconds() - 7200, amr: ['hwk'] } });
    const end = await visitApplication(other, one, '/', 'wiki.localhost', [
      { what: 'hardware_key', maxAgeMs: 60_000, source: 'any' },
    ]);
    expect(problemIn(end).problem).toBe('fresh-login-not-confirmed');
  });

  it('and says nothing of when the person logged in has no time, and a key without a time is not fresh', async () => {
    const one = browser();
    hostile.tell({ claims: { auth_time: null, amr: ['hwk'] } });
    const end = await visitApplication(other, one);
    expect(sessionIn(end)?.identity).toMatchObject({
      authTimeMs: null,
      hardwareKey: { usedAtMs: null, aaguid: null },
    });
    const asked = await visitApplication(other, one, '/', 'wiki.localhost', [
      { what: 'hardware_key', maxAgeMs: 86_400_000, source: 'any' },
    ]);
    expect(problemIn(asked).problem).toBe('fresh-login-not-confirmed');
  });

  it('is asked for the time with the first login where a policy looks at it, and is not held to it', async () => {
    const wish: readonly Missing[] = [{ what: 'login', maxAgeMs: 3_600_000 }];
    hostile.tell({ isAuthTimeOnlyWhenAsked: true });
    expect(sessionIn(await visitApplication(other, browser()))?.identity.authTimeMs).toBeNull();
    const end = await visitApplication(other, browser(), '/pay', 'wiki.localhost', wish);
    expect(sessionIn(end)?.identity.authTimeMs).toEqual(expect.any(Number));
    expect(hostile.authorizations.at(-1)?.get('max_age')).toBe('3569');
    hostile.tell({ claims: { auth_time: null } });
    const without = await visitApplication(other, browser(), '/pay', 'wiki.localhost', wish);
    expect([without.status, sessionIn(without)?.identity.authTimeMs]).toEqual([200, null]);
  });

  it('and is ahead of time does not make a login fresh for longer', async () => {
    const one = browser();
    hostile.tell({ claims: { auth_time: seconds() + 45 } });
    const end = await visitApplication(other, one);
    expect(sessionIn(end)?.identity.authTimeMs).toBeLessThanOrEqual(Date.now());
    hostile.tell({ claims: { auth_time: seconds() + 86_400 } });
    expect(sessionIn(await visitApplication(other, browser()))?.identity.authTimeMs).toBeNull();
  });

  it.each([
    ['with a key', ['hwk'], 200],
    ['without a key', ['pwd'], 403],
  ])(
    'and sends somebody else %s makes a new session, and nothing of the first person stays',
    async (_, amr, status) => {
      const one = browser();
      hostile.tell({});
      const first = await visitApplication(other, one);
      hostile.tell({ claims: { sub: 'bob', amr } });
      expect((await visitApplication(other, one, '/', 'wiki.localhost', hardwareKey)).status).toBe(status);
      expect(sessionIn(await one.get(`${other.authUrl}/any`))).toMatchObject({
        identity: { sub: 'bob' },
        revision: 1,
      });
      expect(await other.store.sessions.findLogin(sessionIn(first)?.id ?? '')).toBeNull();
    },
  );

  it('is believed when it answers as asked: the key now, or its word in acr', async () => {
    for (const claims of [{ amr: ['hwk'] }, { acr: 'phrh' }]) {
      const one = browser();
      hostile.tell({ claims });
      const end = await visitApplication(other, one, '/', 'wiki.localhost', [
        { what: 'hardware_key', maxAgeMs: 60_000, source: 'any' },
      ]);
      expect(sessionIn(end)?.identity.hardwareKey).not.toBeNull();
    }
  });
});
