import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listSessions, revokeSessions } from '../../src/identity/sessions/session-operations.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { type HostileProvider, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import {
  hasSession,
  type LoginSite,
  providerSettings,
  sessionIn,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

let provider: TestOidcProvider;
let hostile: HostileProvider;
let site: LoginSite;
const browsers: BrowserClient[] = [];

function browser(): BrowserClient {
  const made = new BrowserClient();
  browsers.push(made);
  return made;
}

beforeAll(async () => {
  hostile = await startHostileProvider('bouncer');
  site = await startLoginSite({
    applications: { 'wiki.localhost': {}, 'photos.localhost': {}, 'a.apps.localhost': {} },
    providers: async (authUrl) => {
      provider = await startOidcProvider({
        clients: [{ clientId: 'bouncer', clientSecret: 'a secret of the client', authUrl }],
        people: ['alice', 'bob'].map((id) => ({
          id,
          claims: { email: `${id}@example.com`, email_verified: true, name: id },
        })),
      });
      return [
        providerSettings({ id: 'real', issuer: provider.issuer }),
        providerSettings({ id: 'hostile', issuer: hostile.issuer }),
      ];
    },
  });
});
afterEach(() => Promise.all(browsers.splice(0).map((one) => one.close())));
afterAll(async () => {
  await site.close();
  await provider.close();
  await hostile.close();
});

/** Logs in at a provider chosen on the chooser page. */
async function logIn(
  one: BrowserClient,
  providerId: 'real' | 'hostile' | 'again',
  person = 'alice',
  host = 'wiki.localhost',
): Promise<BrowserResponse> {
  const chooser = await visitApplication(site, one, '/page', host);
  const step = JSON.parse(chooser.body) as {
    kind: string;
    providers: { id: string; href: string }[];
    applicationName: string;
  };
  expect([step.kind, step.applicationName]).toEqual(['choose', host]);
  const href = step.providers.find(({ id }) => id === providerId)?.href ?? '';
  const next = await one.get(new URL(href, chooser.url).href);
  return providerId === 'real' ? logInAtProvider(one, next, person) : next;
}

describe('several providers', () => {
  it('are offered on a chooser page, and either logs people in', async () => {
    expect(sessionIn(await logIn(browser(), 'real'))?.identity).toMatchObject({ idp: 'real', sub: 'alice' });
    expect(sessionIn(await logIn(browser(), 'hostile'))?.identity).toMatchObject({
      idp: 'hostile',
      sub: 'alice',
    });
  });

  it('have a redirect URI each, so that the answer of one never counts for another (mix-up)', async () => {
    const one = browser();
    const chooser = await visitApplication(site, one);
    const { providers } = JSON.parse(chooser.body) as { providers: { id: string; href: string }[] };
    const isAtHostile = (url: string): boolean => url.startsWith(hostile.issuer);
    const href = new URL(providers.find(({ id }) => id === 'hostile')?.href ?? '', chooser.url).href;
    const asked = await one.get(href, { stopAt: isAtHostile });
    const authorization = new URL(String(asked.headers['location'])).searchParams;
    expect(authorization.get('redirect_uri')).toBe(`${site.authUrl}/.bouncer/callback/hostile`);
    const before = hostile.requests.length;
    // The hostile provider has sent the person to the honest one, with its own state: the honest one answers at its own address.
    const state = authorization.get('state') ?? '';
    for (const path of ['real', 'nobody', '']) {
      const query = new URLSearchParams({ code: 'a code of the honest provider', state });
      const end = await one.get(`${site.authUrl}/.bouncer/callback/${path}?${query}`);
      expect(JSON.parse(end.body)).toMatchObject({ kind: 'problem', problem: 'bad-request', status: 400 });
    }
    expect(await hasSession(site, one)).toBe(false);
    expect(hostile.requests.slice(before)).toEqual([]);
  });

  it('whose settings changed while somebody was there do not log them in', async () => {
    const one = browser();
    const chooser = await visitApplication(site, one);
    const { providers } = JSON.parse(chooser.body) as { providers: { id: string; href: string }[] };
    const href = new URL(providers.find(({ id }) => id === 'hostile')?.href ?? '', chooser.url).href;
    const asked = await one.get(href, { stopAt: (url) => url.includes('/.bouncer/callback/') });
    const before = site.settings().identityProviders;
    site.change({
      identityProviders: before.map((each) =>
        each.id === 'hostile' ? { ...each, groupsClaim: 'roles' } : each,
      ),
    });
    const end = await one.get(String(asked.headers['location']));
    expect(JSON.parse(end.body)).toMatchObject({ kind: 'problem', problem: 'unknown-provider' });
    site.change({ identityProviders: before });
    expect(await hasSession(site, one)).toBe(false);
  });

  it('that are unknown are named as such', async () => {
    const end = await browser().get(`${site.authUrl}/.bouncer/login?provider=nobody`);
    expect(JSON.parse(end.body)).toMatchObject({ kind: 'problem', problem: 'unknown-provider', status: 400 });
  });

  it('are not asked for again when a session needs more: the one that knows the person is', async () => {
    const one = browser();
    await logIn(one, 'hostile');
    hostile.tell({ claims: { amr: ['hwk'] } });
    const end = await visitApplication(site, one, '/admin', 'wiki.localhost', [
      { what: 'hardware_key', maxAgeMs: null, source: 'any' },
    ]);
    expect(sessionIn(end)?.identity).toMatchObject({ idp: 'hostile', amr: ['hwk'] });
    hostile.tell({});
  });
});

describe('logout', () => {
  it('ends the session on every host, goes on to the provider, and comes back to the signed-out page', async () => {
    const one = browser();
    await logIn(one, 'real');
    await visitApplication(site, one, '/', 'photos.localhost');
    const copies = ['wiki.localhost', 'photos.localhost', 'auth.localhost'].map(
      (host) => [host, one.cookiesOf(host).get('bouncer_session') ?? ''] as const,
    );
    const end = await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    expect(end.trail[1]).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`));
    const asked = new URL(end.trail[1] ?? '').searchParams;
    expect(asked.get('post_logout_redirect_uri')).toBe(`${site.authUrl}/.bouncer/logout`);
    expect(asked.get('id_token_hint')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(one.cookiesOf('wiki.localhost').has('bouncer_session')).toBe(false);
    for (const [host, token] of copies) {
      expect(await hasSession(site, one, host)).toBe(false);
      const thief = browser();
      thief.setCookie(host, 'bouncer_session', token);
      expect(await hasSession(site, thief, host)).toBe(false);
    }
  });

  it('without a session, or with a provider that has no logout, ends on the signed-out page', async () => {
    const one = browser();
    for (const prepare of [async () => {}, () => logIn(one, 'hostile')]) {
      await prepare();
      const end = await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
      expect(JSON.parse(end.body)).toMatchObject({ kind: 'signed-out' });
      expect(await hasSession(site, one)).toBe(false);
    }
  });

  it('leaves other browsers of the same person alone', async () => {
    const [one, two] = [browser(), browser()];
    await logIn(one, 'real');
    await logIn(two, 'real');
    await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    expect(await hasSession(site, two)).toBe(true);
  });
});

describe('the provider', () => {
  async function send(token: string): Promise<number> {
    const sender = browser();
    return (await sender.post(`${site.authUrl}/.bouncer/backchannel-logout`, { logout_token: token })).status;
  }

  it('ends the session by back-channel logout when the person logs out there (oidc-provider)', async () => {
    const one = browser();
    const end = await logIn(one, 'real');
    expect((await site.store.sessions.findLogin(sessionIn(end)?.id ?? ''))?.providerSid).toEqual(
      expect.any(String),
    );
    const form = await one.get(`${provider.issuer}/session/end`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(form.body)?.[1] ?? '';
    await one.post(`${provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    for (let n = 0; n < 50 && (await hasSession(site, one)); n++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await hasSession(site, one)).toBe(false);
    expect(
      site.events.some(
        ({ name, fields }) => name === 'session_revoked' && fields['reason'] === 'backchannel-logout',
      ),
    ).toBe(true);
  });

  it('ends all sessions of a person by sub, and only those', async () => {
    const [alice, also, bob] = [browser(), browser(), browser()];
    await logIn(alice, 'hostile');
    await logIn(also, 'hostile');
    hostile.tell({ claims: { sub: 'bob' } });
    await logIn(bob, 'hostile');
    hostile.tell({});
    expect(await send(hostile.logoutToken({ sub: 'alice' }))).toBe(200);
    expect([
      await hasSession(site, alice),
      await hasSession(site, also),
      await hasSession(site, bob),
    ]).toEqual([false, false, true]);
  });

  it('ends one session by sid', async () => {
    const [one, two] = [browser(), browser()];
    hostile.tell({ claims: { sid: 'sid-1' } });
    await logIn(one, 'hostile');
    hostile.tell({ claims: { sid: 'sid-2' } });
    await logIn(two, 'hostile');
    hostile.tell({});
    expect(await send(hostile.logoutToken({ sid: 'sid-1', sub: 'somebody-else' }))).toBe(200);
    expect(await hasSession(site, one)).toBe(true);
    expect(await send(hostile.logoutToken({ sid: 'sid-1' }))).toBe(200);
    expect([await hasSession(site, one), await hasSession(site, two)]).toEqual([false, true]);
  });

  it('may write the type of its token in any of its spellings', async () => {
    for (const typ of ['logout+jwt', 'LOGOUT+JWT', 'application/logout+jwt', 'JWT', null]) {
      const one = browser();
      await logIn(one, 'hostile');
      expect([typ, await send(hostile.logoutToken({ sub: 'alice' }, { typ }))]).toEqual([typ, 200]);
      expect(await hasSession(site, one)).toBe(false);
    }
  });

  it('ends what may be meant: by sid and sub also the logins of that person whose session it never told', async () => {
    const [told, untold, other] = [browser(), browser(), browser()];
    hostile.tell({ claims: { sid: 'sid-3' } });
    await logIn(told, 'hostile');
    hostile.tell({});
    await logIn(untold, 'hostile');
    hostile.tell({ claims: { sub: 'bob' } });
    await logIn(other, 'hostile');
    hostile.tell({});
    expect(await send(hostile.logoutToken({ sid: 'sid-4', sub: 'alice' }))).toBe(200);
    expect([
      await hasSession(site, told),
      await hasSession(site, untold),
      await hasSession(site, other),
    ]).toEqual([true, false, true]);
  });

  it('ends the logins of every entry in the settings that is this provider', async () => {
    const before = site.settings().identityProviders;
    site.change({
      identityProviders: [...before, providerSettings({ id: 'again', issuer: hostile.issuer })],
    });
    const [one, two] = [browser(), browser()];
    await logIn(one, 'hostile');
    await logIn(two, 'again');
    expect(await send(hostile.logoutToken({ sub: 'alice' }))).toBe(200);
    expect([await hasSession(site, one), await hasSession(site, two)]).toEqual([false, false]);
    site.change({ identityProviders: before });
  });

  it('cannot end anything with a token that is not a fresh logout token of its own', async () => {
    const one = browser();
    await logIn(one, 'hostile');
    const seconds = Math.floor(Date.now() / 1000);
    const { logoutToken } = hostile;
    const refused: readonly (readonly [string, string])[] = [
      ['rubbish', 'x'],
      ['nothing', ''],
      ['without iat', logoutToken({ sub: 'alice', iat: null })],
      ['an old one', logoutToken({ sub: 'alice', iat: seconds - 3600 })],
      ['one of the future', logoutToken({ sub: 'alice', iat: seconds + 3600 })],
      ['an expired one', logoutToken({ sub: 'alice', exp: seconds - 120 })],
      ['without jti', logoutToken({ sub: 'alice', jti: null })],
      ['without events', logoutToken({ sub: 'alice', events: null })],
      ['with other events', logoutToken({ sub: 'alice', events: { other: {} } })],
      [
        'with events that are a list',
        logoutToken({ sub: 'alice', events: ['http://schemas.openid.net/event/backchannel-logout'] }),
      ],
      ['with a nonce', logoutToken({ sub: 'alice', nonce: 'n' })],
      [
        'with a nonce of null',
        logoutToken({ sub: 'alice' }).replace(
          /\.[^.]+\./,
          `.${Buffer.from('{"nonce":null}').toString('base64url')}.`,
        ),
      ],
      ['without sub and sid', logoutToken({})],
      ['with a sub that is a list', logoutToken({ sub: ['alice'] })],
      ['for another client', logoutToken({ sub: 'alice', aud: 'other' })],
      ['of another issuer', logoutToken({ sub: 'alice', iss: 'https://evil.test' })],
      ['of the other provider', logoutToken({ sub: 'alice', iss: provider.issuer })],
      ['of type at+jwt', logoutToken({ sub: 'alice' }, { typ: 'at+jwt' })],
      ['with alg none', logoutToken({ sub: 'alice' }, { alg: 'none' }, 'none')],
      ['with a foreign key', logoutToken({ sub: 'alice' }, {}, 'foreign')],
      ['with an HMAC', logoutToken({ sub: 'alice' }, { alg: 'HS256' }, 'hmac-of-public-key')],
    ];
    for (const [what, token] of refused) expect([what, await send(token)]).toEqual([what, 400]);
    expect(await hasSession(site, one)).toBe(true);
  });

  it('cannot send one token twice', async () => {
    const token = hostile.logoutToken({ sub: 'alice' });
    expect(await send(token)).toBe(200);
    const one = browser();
    await logIn(one, 'hostile');
    expect(await send(token)).toBe(400);
    expect(await hasSession(site, one)).toBe(true);
  });
});

describe('an operator', () => {
  let toldBefore = 0;

  it('lists sessions with the ids of the log', async () => {
    const one = browser();
    const session = sessionIn(await logIn(one, 'real', 'bob'));
    const listed = (await listSessions(site.store, site.now())).find(({ id }) => id === session?.logId);
    expect(listed).toMatchObject({
      email: 'bob@example.com',
      sub: 'bob',
      idp: 'real',
      hosts: ['auth.localhost', 'wiki.localhost'],
    });
    expect(JSON.stringify(listed)).not.toContain(session?.id);
  });

  it.each([
    ['by address', async () => ({ email: 'BOB@example.com' }), [false, true]],
    ['by id', async (logId: string) => ({ id: logId }), [false, true]],
    ['by the hosts of an application', async () => ({ hosts: ['*.apps.localhost'] }), [true, false]],
    ['by hosts that nobody is on', async () => ({ hosts: ['*.localhost', 'apps.localhost'] }), [false, true]],
    ['all at once', async () => 'all' as const, [false, false]],
  ])('ends sessions %s, at the next request', async (what, revocation, expected) => {
    const [bob, alice] = [browser(), browser()];
    const session = sessionIn(await logIn(bob, 'real', 'bob'));
    await logIn(alice, 'hostile', 'alice', 'a.apps.localhost');
    const ended = await revokeSessions(site.store, await revocation(session?.logId ?? ''));
    const now = [await hasSession(site, bob), await hasSession(site, alice, 'a.apps.localhost')];
    // `*.localhost` is one label: the wiki is on it, a.apps.localhost is not; but alice's login is on auth.localhost too.
    expect(now).toEqual(what.includes('nobody') ? [false, false] : expected);
    const told = () => site.events.filter(({ fields }) => fields?.['reason'] === 'ended-by-operator').length;
    toldBefore += ended;
    await expect.poll(told, { timeout: 30_000 }).toBe(toldBefore);
  });
});
