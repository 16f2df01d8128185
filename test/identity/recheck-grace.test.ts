// How long a login stands whose provider cannot be asked, and how many a person may have.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import {
  hasSession,
  type LoginSite,
  providerSettings,
  type SiteEvent,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

const minute = 60_000;
const quarter = 15 * minute;
const claims = { email: 'alice@example.com', email_verified: true, name: 'Alice', groups: ['staff'] };

let provider: TestOidcProvider;
let site: LoginSite;
let one: BrowserClient;

beforeAll(async () => {
  site = await startLoginSite({
    providers: async (authUrl) => {
      provider = await startOidcProvider({
        clients: [{ clientId: 'bouncer', clientSecret: 'a secret of the client', authUrl }],
        people: ['alice', 'bob'].map((id) => ({ id, claims })),
        issuesRefreshTokens: true,
      });
      return [providerSettings({ id: 'idp', issuer: provider.issuer })];
    },
    session: { recheckGraceMs: 20 * minute, maxPerPerson: 3 },
  });
});
beforeEach(() => {
  one = new BrowserClient();
});
afterEach(async () => {
  await one.close();
});
afterAll(async () => {
  await site.close();
  await provider.close();
});

const logIn = async (browser: BrowserClient, who = 'alice') => {
  const at = await visitApplication(site, browser);
  // Who is still logged in there is not asked.
  return at.url.includes('/login/') ? logInAtProvider(browser, at, who) : at;
};

/** A use of the session after this time, and what the check that it brings about says. */
async function checkAfter(ms: number): Promise<string> {
  const before = site.events.length;
  site.advance(ms);
  await one.get(`${site.at('wiki.localhost')}/page`);
  const said = () =>
    site.events.slice(before).find(({ name }) => name === 'session_refreshed' || name === 'session_revoked');
  await expect.poll(() => said() !== undefined, { timeout: 20_000 }).toBe(true);
  const { name, fields = {} }: Partial<SiteEvent> = said() ?? {};
  return name === 'session_revoked' ? String(fields['reason']) : String(fields['is_refreshed'] ?? true);
}

describe('a provider that cannot be asked', () => {
  afterEach(async () => {
    await provider.start().catch(() => {});
    // Whoever was silent just now is not asked.
    site.advance(minute);
  });

  it('ends nobody’s session before the time, and everybody’s at the first check after it', async () => {
    await logIn(one);
    await provider.stop();
    // The time counts from here, not from the login.
    expect(await checkAfter(quarter)).toBe('false');
    expect(await checkAfter(10 * minute)).toBe('false');
    expect(await checkAfter(9 * minute)).toBe('false');
    expect(await hasSession(site, one)).toBe(true);
    expect(await checkAfter(2 * minute)).toBe('recheck-grace-over');
    expect(await hasSession(site, one)).toBe(false);
  });

  it('does not count the time in which nobody asked: who comes back after hours has all of it', async () => {
    await logIn(one);
    await provider.stop();
    expect(await checkAfter(5 * 60 * minute)).toBe('false');
    expect(await hasSession(site, one)).toBe(true);
    expect(await checkAfter(21 * minute)).toBe('recheck-grace-over');
  });

  it('starts the time anew once it has answered', async () => {
    await logIn(one);
    await provider.stop();
    expect(await checkAfter(quarter)).toBe('false');
    expect(await checkAfter(15 * minute)).toBe('false');
    await provider.start();
    expect(await checkAfter(2 * minute)).toBe('true');
    expect((await site.store.sessions.list())[0]?.login.unansweredSinceMs).toBeNull();
    await provider.stop();
    expect(await checkAfter(quarter)).toBe('false');
    expect(await checkAfter(15 * minute)).toBe('false');
    expect(await hasSession(site, one)).toBe(true);
  });

  it('is asked once a minute at most meanwhile, whoever uses the session', async () => {
    await logIn(one);
    await provider.stop();
    expect(await checkAfter(quarter)).toBe('false');
    const before = site.events.length;
    for (let n = 0; n < 20; n++) await one.get(`${site.at('wiki.localhost')}/page`);
    expect(site.events.slice(before).filter(({ name }) => name === 'session_refreshed')).toEqual([]);
  });

  it('ends the login at the first check where the time is none, and never where none is set', async () => {
    const session = site.settings().session;
    site.change({ session: { ...session, recheckGraceMs: 0 } });
    await logIn(one);
    await provider.stop();
    expect(await checkAfter(quarter)).toBe('recheck-grace-over');
    await provider.start();
    site.advance(minute);
    site.change({ session: { ...session, recheckGraceMs: null } });
    await logIn(one);
    await provider.stop();
    for (const ms of [quarter, 60 * minute, 120 * minute]) expect(await checkAfter(ms)).toBe('false');
    expect(await hasSession(site, one)).toBe(true);
    site.change({ session });
  });
});

describe('a person whom the provider does not know any more', () => {
  it('is out at the next check', async () => {
    await logIn(one);
    provider.forgetGrants();
    expect(await checkAfter(quarter)).toBe('provider-ended');
    expect(await hasSession(site, one)).toBe(false);
  });
});

describe('a person with more logins than they may have', () => {
  it('loses the one that was used longest ago, and nobody else does', async () => {
    const browsers = Array.from({ length: 4 }, () => new BrowserClient());
    const bob = new BrowserClient();
    try {
      await logIn(bob, 'bob');
      const [first, second, third, fourth] = browsers as [
        BrowserClient,
        BrowserClient,
        BrowserClient,
        BrowserClient,
      ];
      for (const browser of [first, second, third]) {
        await logIn(browser);
        site.advance(2 * minute);
      }
      // The first one is in use; the second is the one that nobody misses.
      expect(await hasSession(site, first)).toBe(true);
      await site.sessions.lastUseMs({ id: 'none' } as never, site.now());
      await logIn(fourth);
      expect(await Promise.all(browsers.map((browser) => hasSession(site, browser)))).toEqual([
        true,
        false,
        true,
        true,
      ]);
      expect(await hasSession(site, bob)).toBe(true);
      expect(site.events.findLast(({ name }) => name === 'session_revoked')).toMatchObject({
        name: 'session_revoked',
        fields: { reason: 'max-per-person', sub: 'alice' },
      });
    } finally {
      for (const browser of [...browsers, bob]) await browser.close();
    }
  });
});
