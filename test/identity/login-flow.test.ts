import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loginUrl } from '../../src/identity/login/login-needs.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { startHostileProvider } from '../fixtures/hostile-provider.ts';
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

const people = ['alice', 'bob'].map((id) => ({
  id,
  claims: { email: `${id}@example.com`, email_verified: true, name: id, groups: ['staff'] },
}));

let provider: TestOidcProvider;
let site: LoginSite;
const browsers: BrowserClient[] = [];

function browser(): BrowserClient {
  const made = new BrowserClient();
  browsers.push(made);
  return made;
}

/** Logs in up to the provider's answer, which is not delivered: the callback URL. */
async function callbackOf(one: BrowserClient, person = 'alice', path = '/page'): Promise<string> {
  const login = await visitApplication(site, one, path);
  const answer = await one.post(
    login.url,
    { person, method: 'pwd' },
    { stopAt: (url) => url.includes('/.bouncer/callback') },
  );
  return String(answer.headers['location']);
}

async function logIn(
  one: BrowserClient,
  person = 'alice',
  path = '/page',
  host = 'wiki.localhost',
): Promise<BrowserResponse> {
  return logInAtProvider(one, await visitApplication(site, one, path, host), person);
}

beforeAll(async () => {
  site = await startLoginSite({
    applications: {
      'wiki.localhost': {},
      'photos.localhost': {},
      'short.localhost': { durationMs: 3_600_000 },
      'idle.localhost': { idleTimeoutMs: 600_000 },
    },
    providers: async (authUrl) => {
      provider = await startOidcProvider({
        clients: [{ clientId: 'bouncer', clientSecret: 'a secret of the client', authUrl }],
        people,
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

describe('where a login ends', () => {
  it.each([
    '//evil.test',
    '///evil.test',
    'https://evil.test',
    'https:/evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\n/evil.test',
    '/%09/evil.test',
    'javascript:alert(1)',
    '/..//evil.test',
    'http://wiki.localhost@evil.test/',
    '/ /evil.test',
    '?\r\nLocation: //evil.test',
    '',
  ])('is the start of the application for the return address %j', async (address) => {
    const one = browser();
    const end = await logInAtProvider(one, await visitApplication(site, one, address), 'alice');
    expect(end.url).toBe(`${site.at('wiki.localhost')}/`);
    expect(end.status).toBe(200);
  });

  it.each([2000, 3500, 6000, 8192])('is an address of %i characters', async (length) => {
    const path = `/a//b?next=https://example.org/&x=%26${'x'.repeat(length)}`.slice(0, length);
    const one = browser();
    const login = await visitApplication(site, one, path);
    expect([...one.cookiesOf('wiki.localhost').values()].every((value) => value.length <= 3800)).toBe(true);
    const end = await logInAtProvider(one, login, 'alice');
    expect(end.url).toBe(site.at('wiki.localhost') + path);
    expect([...one.cookiesOf('wiki.localhost').keys()]).toEqual(['bouncer_session']);
  });

  it('is the start of the application when the address is longer than a request line, or the browser has no room for it', async () => {
    const one = browser();
    const long = await logInAtProvider(
      one,
      await visitApplication(site, one, `/${'x'.repeat(8192)}`),
      'alice',
    );
    expect(long.url).toBe(`${site.at('wiki.localhost')}/`);
    const full = browser();
    full.setCookie('wiki.localhost', 'big', 'b'.repeat(4000));
    const end = await logInAtProvider(
      full,
      await visitApplication(site, full, `/${'x'.repeat(8000)}`),
      'alice',
    );
    expect(end.url).toBe(`${site.at('wiki.localhost')}/`);
  });

  it('of long addresses leaves room for all other fields, however many are begun', async () => {
    const one = browser();
    for (let n = 0; n < 8; n++) await visitApplication(site, one, `/${n}${'x'.repeat(6000)}`);
    const cookie = one.cookieFor(`${site.at('wiki.localhost')}/`) ?? '';
    expect(cookie.length).toBeLessThan(13_000);
    const end = await logIn(one, 'alice', `/last${'x'.repeat(6000)}`);
    expect(end.url).toBe(`${site.at('wiki.localhost')}/last${'x'.repeat(6000)}`);
  });

  it('is not readable or changeable on the way to the provider', async () => {
    const login = await visitApplication(site, browser(), '/secret-project?x=1');
    for (const url of login.trail.slice(1)) expect(decodeURIComponent(url)).not.toContain('secret-project');
  });

  it('is the start page for a login at auth_url itself', async () => {
    const one = browser();
    const end = await logInAtProvider(
      one,
      await one.get(`${site.authUrl}/.bouncer/login?return_to=/elsewhere`),
      'alice',
    );
    expect([end.url, end.status]).toEqual([`${site.authUrl}/.bouncer/`, 200]);
    const again = await one.get(`${site.authUrl}/.bouncer/login`);
    expect(again.trail).toHaveLength(2);
  });
});

describe('cookies', () => {
  it('have the promised attributes on every response of a login', async () => {
    const one = browser();
    const lines: string[] = [];
    const step = async (url: string): Promise<string> => {
      const response = await one.get(url, { stopAt: () => true });
      if (!url.startsWith(provider.issuer)) lines.push(...response.setCookies);
      return String(response.headers['location'] ?? '');
    };
    const callback = await callbackOf(one);
    const handoff = await step(callback);
    await step(handoff);
    await one
      .get(`${site.at('photos.localhost')}/.bouncer/login?return_to=/`, { stopAt: () => true })
      .then((r) => lines.push(...r.setCookies));
    expect(lines.filter((line) => line.startsWith('bouncer_session='))).toHaveLength(2);
    for (const line of lines) {
      const [pair, ...attributes] = line.split('; ');
      expect(pair).toMatch(/^bouncer_(session|login_[\w-]{22})=/);
      expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Lax']));
      expect(attributes.some((text) => /^domain/i.test(text))).toBe(false);
      const maxAge = Number(attributes.find((text) => text.startsWith('Max-Age='))?.slice(8));
      // A session's for a day beyond its end, so that a form which meets that is known for its person's.
      expect(maxAge).toBeLessThanOrEqual(pair?.startsWith('bouncer_login_') ? 600 : 2 * 86_400);
    }
  });

  it('of logins that were never finished are at most six a host, however many begin; a finished one leaves none', async () => {
    const one = browser();
    for (let n = 0; n < 20; n++) await visitApplication(site, one, `/page-${n}`);
    for (const host of ['wiki.localhost', 'auth.localhost'])
      expect(
        [...one.cookiesOf(host).keys()].filter((name) => name.startsWith('bouncer_login_')).length,
      ).toBeLessThanOrEqual(6);
    const fresh = browser();
    await logIn(fresh);
    for (const host of ['wiki.localhost', 'auth.localhost'])
      expect([...fresh.cookiesOf(host).keys()]).toEqual(['bouncer_session']);
  });

  it('of the newest logins survive', async () => {
    const one = browser();
    for (let n = 0; n < 9; n++) await visitApplication(site, one, `/page-${n}`);
    expect((await logIn(one, 'alice', '/last')).url).toBe(`${site.at('wiki.localhost')}/last`);
  });
});

describe('more tabs than a browser has cookies for', () => {
  const tabs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  /** Goes to a page in a tab of its own, as far as this address. */
  async function openTab(one: BrowserClient, tab: number, until: string): Promise<string> {
    const to = `${site.at('wiki.localhost')}${loginUrl(`/page-${tab}`, [{ what: 'login' }])}`;
    const there = await one.get(to, { stopAt: (url) => url.includes(until) });
    return String(there.headers['location']);
  }

  it('all come to where they were going once one of them logged in', async () => {
    const one = browser();
    const callbacks = [await callbackOf(one, 'alice', '/page-0')];
    for (const tab of tabs.slice(1)) callbacks.push(await openTab(one, tab, '/.bouncer/callback/'));
    for (const [tab, callback] of [...callbacks.entries()].reverse())
      expect((await one.get(callback)).url).toBe(`${site.at('wiki.localhost')}/page-${tab}`);
  });

  it('all come there by a login that is there already', async () => {
    const one = browser();
    await logIn(one);
    one.dropCookies('wiki.localhost');
    const handoffs: string[] = [];
    for (const tab of tabs) handoffs.push(await openTab(one, tab, 'handoff='));
    for (const [tab, handoff] of [...handoffs.entries()].reverse())
      expect((await one.get(handoff)).url).toBe(`${site.at('wiki.localhost')}/page-${tab}`);
  });

  it('go nowhere by the hand-off of another login, and ask again where more than a login is wanted', async () => {
    const [one, other] = [browser(), browser()];
    await logIn(one);
    await logIn(other, 'bob');
    other.dropCookies('wiki.localhost');
    const handoff = await openTab(other, 1, 'handoff=');
    expect((await one.get(handoff)).url).toBe(`${site.at('wiki.localhost')}/`);
    const stepUp = loginUrl('/keys', [{ what: 'hardware_key', maxAgeMs: null, source: 'any' }]);
    const asked = await one.get(site.at('wiki.localhost') + stepUp, {
      stopAt: (url) => url.startsWith(provider.issuer),
    });
    const state = new URL(String(asked.headers['location'])).searchParams.get('state') ?? '';
    one.dropCookies('auth.localhost', /login/);
    const query = new URLSearchParams({ code: 'a', state, iss: provider.issuer });
    const end = await one.get(`${site.authUrl}/.bouncer/callback/idp?${query}`);
    expect(problemIn(end).problem).toBe('other-browser');
  });
});

describe('a callback is refused', () => {
  it('in a browser that did not begin the login (login CSRF)', async () => {
    const [attacker, victim] = [browser(), browser()];
    await visitApplication(site, victim);
    const end = await victim.get(await callbackOf(attacker, 'bob'));
    expect(problemIn(end)).toMatchObject({
      problem: 'other-browser',
      continueUrl: `${site.at('wiki.localhost')}/page`,
    });
    expect(await hasSession(site, victim)).toBe(false);
    expect(await hasSession(site, victim, 'auth.localhost')).toBe(false);
  });

  it('without the cookie of its login', async () => {
    const one = browser();
    const callback = await callbackOf(one);
    one.dropCookies('auth.localhost', /login/);
    expect(problemIn(await one.get(callback)).problem).toBe('other-browser');
    expect(await hasSession(site, one)).toBe(false);
  });

  it('with the cookie of another login under its name', async () => {
    const one = browser();
    const callback = await callbackOf(one);
    const [mine] = [...one.cookiesOf('auth.localhost').keys()];
    const other = browser();
    await callbackOf(other, 'bob');
    const [[, theirs] = ['', '']] = [...other.cookiesOf('auth.localhost')];
    one.setCookie('auth.localhost', mine ?? '', theirs);
    expect(problemIn(await one.get(callback)).problem).toBe('other-browser');
  });

  it('a second time in a browser without a session, which is told so', async () => {
    const one = browser();
    const callback = await callbackOf(one);
    await one.get(callback);
    one.dropCookies('auth.localhost');
    expect(problemIn(await one.get(callback))).toMatchObject({
      problem: 'already-used',
      status: 400,
      continueUrl: `${site.at('wiki.localhost')}/page`,
    });
  });

  it.each([
    ['a second time', 0],
    ['after its ten minutes', 601_000],
  ])('%s, and the session that is there goes on to where the login led', async (_, laterMs) => {
    const one = browser();
    const callback = await callbackOf(one, 'alice', '/deep?link=1');
    const first = await one.get(callback);
    site.advance(laterMs);
    const again = await one.get(callback);
    expect(again.url).toBe(`${site.at('wiki.localhost')}/deep?link=1`);
    expect(sessionIn(again)?.id).toBe(sessionIn(first)?.id);
    expect(again.setCookies).toEqual([]);
  });

  it('when it comes twice at once: one of them wins', async () => {
    const one = browser();
    const callback = await callbackOf(one);
    const cookie = one.cookieFor(callback) ?? '';
    const ends = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const same = browser();
        same.setCookie(
          'auth.localhost',
          cookie.slice(0, cookie.indexOf('=')),
          cookie.slice(cookie.indexOf('=') + 1),
        );
        return same.get(callback, { stopAt: () => true });
      }),
    );
    expect(ends.filter(({ status }) => status === 302)).toHaveLength(1);
    for (const end of ends.filter(({ status }) => status !== 302))
      expect(problemIn(end).problem).toBe('already-used');
  });

  it('with the code of an earlier login under a fresh state', async () => {
    const one = browser();
    const old = await callbackOf(one);
    await one.get(old);
    const two = browser();
    const fresh = new URL(await callbackOf(two, 'bob'));
    fresh.searchParams.set('code', new URL(old).searchParams.get('code') ?? '');
    expect(problemIn(await two.get(fresh.href)).problem).toBe('provider-answer-invalid');
    expect(await hasSession(site, two, 'auth.localhost')).toBe(false);
  });

  it('after ten minutes, with a way on to where the person was going', async () => {
    const one = browser();
    const callback = await callbackOf(one, 'alice', '/deep?link=1');
    site.advance(601_000);
    expect(problemIn(await one.get(callback))).toMatchObject({
      problem: 'expired',
      continueUrl: `${site.at('wiki.localhost')}/deep?link=1`,
    });
    expect(await hasSession(site, one)).toBe(false);
  });

  it('when it was begun by a clock that ran ahead and was put back since', async () => {
    const one = browser();
    site.advance(2 * 3_600_000);
    const callback = await callbackOf(one);
    site.advance(-2 * 3_600_000);
    expect(problemIn(await one.get(callback)).problem).toBe('expired');
    expect(await hasSession(site, one)).toBe(false);
  });

  it('when its state was sealed for another purpose', async () => {
    const one = browser();
    const begun = await one.get(`${site.at('wiki.localhost')}/.bouncer/login`, { stopAt: () => true });
    const request = new URL(String(begun.headers['location'])).searchParams.get('request');
    const end = await one.get(`${site.authUrl}/.bouncer/callback/idp?code=x&state=${request}`);
    expect(problemIn(end).problem).toBe('bad-request');
  });
});

describe('a handoff', () => {
  /** Up to the redirect from auth_url back to the application. */
  async function handoffOf(one: BrowserClient, host = 'photos.localhost'): Promise<string> {
    const response = await one.get(`${site.at(host)}/.bouncer/login?return_to=/album`, {
      stopAt: (url) => url.includes('handoff='),
    });
    return String(response.headers['location']);
  }

  it('works once, and the session that it made goes on when the browser asks again', async () => {
    const one = browser();
    await logIn(one);
    const url = await handoffOf(one);
    const first = await one.get(url);
    expect(first.status).toBe(200);
    const again = await one.get(url);
    expect([again.url, again.status]).toEqual([`${site.at('photos.localhost')}/`, 200]);
    expect(sessionIn(again)?.id).toBe(sessionIn(first)?.id);
    one.dropCookies('photos.localhost');
    expect(problemIn(await one.get(url)).problem).toBe('expired');
  });

  it('is worth nothing in another browser, and not used up by the try: a link scanner may look', async () => {
    const [one, thief, scanner] = [browser(), browser(), browser()];
    await logIn(one);
    const url = await handoffOf(one);
    await thief.get(`${site.at('photos.localhost')}/.bouncer/login`, { stopAt: () => true });
    for (const other of [thief, scanner]) {
      expect(problemIn(await other.get(url)).problem).toBe('other-browser');
      expect(await hasSession(site, other, 'photos.localhost')).toBe(false);
    }
    expect((await one.get(url)).url).toBe(`${site.at('photos.localhost')}/album`);
    expect(await hasSession(site, one, 'photos.localhost')).toBe(true);
  });

  it('that comes twice at once makes one session', async () => {
    const one = browser();
    await logIn(one);
    const url = await handoffOf(one);
    const cookies = [...one.cookiesOf('photos.localhost')];
    const ends = await Promise.all(
      [1, 2, 3].map(async () => {
        const same = browser();
        for (const [name, value] of cookies) same.setCookie('photos.localhost', name, value);
        return same.get(url, { stopAt: () => true });
      }),
    );
    expect(ends.filter(({ status }) => status === 302)).toHaveLength(1);
  });

  it('from ahead of the clock is worth nothing', async () => {
    const one = browser();
    await logIn(one);
    site.advance(3_600_000);
    const url = await handoffOf(one);
    site.advance(-3_600_000);
    expect(problemIn(await one.get(url)).problem).toBe('expired');
  });

  it('is worth nothing on another host', async () => {
    const one = browser();
    await logIn(one);
    const url = await handoffOf(one);
    const other = url.replace('photos.localhost', 'short.localhost');
    expect(problemIn(await one.get(other)).problem).toBe('other-browser');
    expect(await hasSession(site, one, 'short.localhost')).toBe(false);
  });

  it('is worth nothing after a minute, and says so with a way on', async () => {
    const one = browser();
    await logIn(one);
    const url = await handoffOf(one);
    site.advance(61_000);
    expect(problemIn(await one.get(url))).toMatchObject({ problem: 'expired', continueUrl: '/album' });
  });

  it('is worth nothing when the session ended meanwhile, and leads to a new login', async () => {
    const one = browser();
    await logIn(one);
    const url = await handoffOf(one);
    await site.store.sessions.endLogins({ by: 'all' });
    const end = await one.get(url);
    expect([end.url, end.status]).toEqual([`${site.at('photos.localhost')}/album`, 401]);
  });

  it.each([
    'handoff=',
    'handoff=x&login=y',
    `handoff=${'a'.repeat(43)}&handoff=b`,
    `handoff=${'a'.repeat(43)}`,
  ])('of rubbish is a bad request: %s', async (query) => {
    expect(
      problemIn(await browser().get(`${site.at('wiki.localhost')}/.bouncer/callback?${query}`)).problem,
    ).toBe('bad-request');
  });
});

describe('a request to log in at auth_url is refused', () => {
  it.each([
    'request=',
    'request=rubbish',
    `request=${'A'.repeat(300)}`,
    'request=a&request=b',
    'step_up=everything',
    'max_age=-1',
    'max_age=1e9',
  ])('when it says %s', async (query) => {
    expect(problemIn(await browser().get(`${site.authUrl}/.bouncer/login?${query}`))).toMatchObject({
      problem: 'bad-request',
      status: 400,
    });
  });

  it('when it is older than ten minutes', async () => {
    const one = browser();
    const begun = await one.get(`${site.at('wiki.localhost')}/.bouncer/login?return_to=/x`, {
      stopAt: () => true,
    });
    site.advance(601_000);
    expect(problemIn(await one.get(String(begun.headers['location'])))).toMatchObject({
      problem: 'expired',
      continueUrl: `${site.at('wiki.localhost')}/x`,
    });
  });
});

describe('tabs', () => {
  it('may log in at once, each back to its own page', async () => {
    // A provider that asks nobody: the real one merges the logins of several tabs.
    const hostile = await startHostileProvider('bouncer');
    const other = await startLoginSite({
      providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer })],
    });
    try {
      const one = browser();
      const atProvider: string[] = [];
      for (const path of ['/one', '/two', '/three']) {
        const begun = await one.get(`${other.at('wiki.localhost')}/.bouncer/login?return_to=${path}`, {
          stopAt: (url) => url.startsWith(hostile.issuer),
        });
        atProvider.push(String(begun.headers['location']));
      }
      const ends = [];
      for (const url of atProvider.reverse()) ends.push(await one.get(url));
      expect(ends.map(({ url, status }) => [url, status])).toEqual(
        ['/three', '/two', '/one'].map((path) => [other.at('wiki.localhost') + path, 200]),
      );
      expect(await hasSession(other, one)).toBe(true);
    } finally {
      await other.close();
      await hostile.close();
    }
  });

  it('that log in as somebody else end everything of the first person', async () => {
    const one = browser();
    const second = await callbackOf(one, 'bob', '/bobs');
    one.dropCookies(new URL(provider.issuer).hostname);
    const first = await logIn(one, 'alice');
    await visitApplication(site, one, '/album', 'photos.localhost');
    expect(await hasSession(site, one, 'photos.localhost')).toBe(true);
    const alices = one.cookiesOf('wiki.localhost').get('bouncer_session') ?? '';
    const end = await one.get(second);
    expect(sessionIn(end)?.identity.sub).toBe('bob');
    expect(sessionIn(end)?.id).not.toBe(sessionIn(first)?.id);
    expect(await hasSession(site, one, 'photos.localhost')).toBe(false);
    const replay = browser();
    replay.setCookie('wiki.localhost', 'bouncer_session', alices);
    expect(await hasSession(site, replay)).toBe(false);
  });
});

describe('session tokens', () => {
  it('are new at every login, whatever the browser had before (fixation)', async () => {
    const one = browser();
    const planted = 'A'.repeat(43);
    for (const host of ['wiki.localhost', 'auth.localhost']) one.setCookie(host, 'bouncer_session', planted);
    await logIn(one);
    for (const host of ['wiki.localhost', 'auth.localhost'])
      expect(one.cookiesOf(host).get('bouncer_session')).not.toBe(planted);
    expect(one.cookiesOf('wiki.localhost').get('bouncer_session')).not.toBe(
      one.cookiesOf('auth.localhost').get('bouncer_session'),
    );
  });

  it('of one host are worth nothing on another', async () => {
    const one = browser();
    await logIn(one);
    const thief = browser();
    thief.setCookie(
      'photos.localhost',
      'bouncer_session',
      one.cookiesOf('wiki.localhost').get('bouncer_session') ?? '',
    );
    expect(await hasSession(site, thief, 'photos.localhost')).toBe(false);
  });
});

describe("an application's own limits", () => {
  it('ask for a new login at the provider when the session is older than its duration', async () => {
    const one = browser();
    const first = await logIn(one, 'alice', '/', 'short.localhost');
    site.advance(3_601_000);
    expect(await hasSession(site, one, 'short.localhost')).toBe(false);
    const again = await visitApplication(site, one, '/', 'short.localhost');
    expect(again.trail.some((url) => url.startsWith(provider.issuer))).toBe(true);
    expect(again.url).toBe(`${site.at('short.localhost')}/`);
    expect(sessionIn(again)?.id).not.toBe(sessionIn(first)?.id);
  });

  it('ask for a new login at the provider when the session idled there, but not when it was used elsewhere', async () => {
    const one = browser();
    await logIn(one, 'alice', '/', 'idle.localhost');
    await visitApplication(site, one, '/', 'photos.localhost');
    site.advance(500_000);
    expect(await hasSession(site, one, 'photos.localhost')).toBe(true);
    site.advance(200_000);
    expect(await hasSession(site, one, 'idle.localhost')).toBe(true);
    site.advance(601_000);
    expect(await hasSession(site, one, 'idle.localhost')).toBe(false);
    const again = await visitApplication(site, one, '/', 'idle.localhost');
    expect(again.trail.some((url) => url.startsWith(provider.issuer))).toBe(true);
  });
});

describe('visitors without a session', () => {
  it('make the server store nothing', async () => {
    const before = (await site.store.sessions.list()).length;
    await site.store.once.removeExpired(Number.MAX_SAFE_INTEGER);
    for (let n = 0; n < 50; n++) await visitApplication(site, browser(), `/page-${n}`);
    expect(await site.store.sessions.list()).toHaveLength(before);
    expect(await site.store.once.removeExpired(Number.MAX_SAFE_INTEGER)).toBe(0);
  });
});

describe('what is reported', () => {
  it('holds no token, code, cookie or secret', async () => {
    const one = browser();
    await callbackOf(one).then((callback) => one.get(callback));
    const [cookie] = [...one.cookiesOf('wiki.localhost').values()];
    const text = JSON.stringify(site.events);
    expect(text).toContain('"login"');
    for (const secret of [cookie ?? '', 'a secret of the client', 'state=', 'code=', 'handoff='])
      expect(text.includes(secret)).toBe(false);
  });
});
