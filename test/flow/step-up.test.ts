// Asking a logged-in person for more, through the whole product: a hardware key or a fresh login, by the provider's word.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ group: staff }] }
    paths:
      - path: /admin
        policies:
          - { name: administrators with a key, action: allow, include: [{ group: admins }], require: [hardware_key] }
      - path: /recent
        policies:
          - { name: just logged in, action: allow, include: [{ group: staff }], require: [{ login_age: 4s }] }
      - path: /vault
        policies:
          - { name: a key just now, action: allow, include: [{ group: staff }], require: [{ hardware_key: { max_age: 12h } }] }
`;

/** A program: no page is shown to it. */
const program = {
  headers: { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
};

/** What the provider was asked for on the way to its login page. */
function askedFor(site: Site, response: BrowserResponse): Readonly<Record<string, string>> {
  expect(response.url).toMatch(/\/login\/[\w-]+$/);
  const url = response.trail.findLast((one) => one.startsWith(`${site.provider.issuer}/auth?`));
  return Object.fromEntries(new URL(url ?? '').searchParams);
}

describe('with a provider that knows acr_values', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ rules });
  });
  afterAll(() => site.close());

  test('a page that needs a key sends the person to the provider, and they come back to it with a new token', async () => {
    const { browser } = await site.logIn('admin', site.at('wiki.localhost'));
    const old = browser.cookiesOf('wiki.localhost').get('bouncer_session') ?? '';
    const asked = await browser.get(site.at('wiki.localhost', '/admin/users?page=2'));
    expect(askedFor(site, asked)).toMatchObject({ acr_values: 'phrh' });

    const back = await logInAtProvider(browser, asked, 'admin', 'hwk');
    expect(back.status).toBe(200);
    expect(back.url).toBe(site.at('wiki.localhost', '/admin/users?page=2'));
    const now = browser.cookiesOf('wiki.localhost').get('bouncer_session') ?? '';
    expect(now).toMatch(/^[\w-]{43}$/);
    expect(now).not.toBe(old);

    const thief = site.browser();
    const stolen = await thief.get(site.at('wiki.localhost', '/admin/users'), {
      headers: { cookie: `bouncer_session=${old}` },
      stopAt: () => true,
    });
    expect(stolen.status).toBe(302);
    expect(site.records().find((record) => record['event'] === 'step_up')).toMatchObject({
      email: 'admin@example.com',
      amr: ['hwk', 'user'],
    });
    const challenge = site
      .records()
      .find((record) => record['path'] === '/admin/users' && record['status'] === 302);
    expect(challenge).toMatchObject({
      decision: 'step_up',
      reason: 'hardware-key-required',
      policy: 'administrators with a key',
    });
  });

  test('who could not get in with a key either is told at once, and asked for none', async () => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    const before = site.provider.requests.length;
    const denied = await browser.get(site.at('wiki.localhost', '/admin'));
    expect(denied.status).toBe(403);
    expect(denied.body).toContain('alice@example.com');
    expect(site.provider.requests.length).toBe(before);
  });

  test('no key was used: a page explains, the session is what it was, and nothing goes round in circles', async () => {
    const { browser } = await site.logIn('admin', site.at('wiki.localhost'));
    const asked = await browser.get(site.at('wiki.localhost', '/admin'));
    const refused = await logInAtProvider(browser, asked, 'admin', 'pwd');
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('No security key was used');
    expect(refused.body).toContain(site.at('wiki.localhost', '/admin'));
    expect((await browser.get(site.at('wiki.localhost'))).status).toBe(200);
  });

  test('a login that is too old is asked for again with max_age, and only then', async () => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    expect((await browser.get(site.at('wiki.localhost', '/recent'))).status).toBe(200);
    await wait(4_100);
    expect((await browser.get(site.at('wiki.localhost'))).status).toBe(200);
    const asked = await browser.get(site.at('wiki.localhost', '/recent'));
    // Never more than the page wants: the provider's clock is another one.
    const { max_age: maxAge } = askedFor(site, asked);
    expect(Number(maxAge)).toBeGreaterThan(0);
    expect(Number(maxAge)).toBeLessThanOrEqual(4);
    const back = await logInAtProvider(browser, asked, 'alice');
    expect([back.status, back.url]).toEqual([200, site.at('wiki.localhost', '/recent')]);
  });

  test('a program is answered as RFC 9470 says, with what it takes', async () => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    const answer = await browser.get(site.at('wiki.localhost', '/vault'), program);
    expect(answer.status).toBe(401);
    const challenge = String(answer.headers['www-authenticate']);
    expect(challenge).toMatch(/^Bearer error="insufficient_user_authentication", /);
    expect(challenge).toContain('acr_values="phrh"');
    expect(challenge).toContain('max_age="43200"');
    const body = JSON.parse(answer.body);
    expect(body).toMatchObject({
      error: 'insufficient_user_authentication',
      reason: 'hardware-key-required',
    });
    // Where a script may send the person.
    const asked = await browser.get(body.login_url);
    const { acr_values: acrValues, max_age: maxAge } = askedFor(site, asked);
    expect(acrValues).toBe('phrh');
    expect(Number(maxAge)).toBeLessThanOrEqual(43_200);
    await logInAtProvider(browser, asked, 'alice', 'hwk');
    expect((await browser.get(site.at('wiki.localhost', '/vault'), program)).status).toBe(200);
  });

  test('two things that are missing are asked for at once', async () => {
    const fresh = site.browser();
    const first = await fresh.get(site.at('wiki.localhost', '/vault'));
    const pwd = await logInAtProvider(fresh, first, 'alice', 'pwd');
    // The login itself asked for nothing more; the page then does.
    expect(askedFor(site, pwd)).toMatchObject({ acr_values: 'phrh' });
    const end = await logInAtProvider(fresh, pwd, 'alice', 'hwk');
    expect([end.status, end.url]).toEqual([200, site.at('wiki.localhost', '/vault')]);
  });
});

test('a provider that ignores acr_values ends on a page that explains, every time', async () => {
  const site = await startSite({ rules, provider: { isHonouringAcr: false } });
  try {
    const { browser } = await site.logIn('admin', site.at('wiki.localhost'));
    for (let time = 0; time < 2; time++) {
      const before = site.provider.requests.length;
      const end = await browser.get(site.at('wiki.localhost', '/admin'));
      expect(end.status).toBe(403);
      expect(end.body).toContain('No security key was used');
      // Once there and once for the tokens: no circle.
      expect(site.provider.requests.length - before).toBeLessThanOrEqual(4);
    }
    expect(
      site
        .records()
        .filter((record) => record['event'] === 'login_failed')
        .at(-1),
    ).toMatchObject({
      reason: 'hardware-key-not-confirmed',
    });
    expect((await browser.get(site.at('wiki.localhost'))).status).toBe(200);
  } finally {
    await site.close();
  }
});

describe('what is asked of a provider', () => {
  const askAdmin = async (options: {
    readonly settings?: string;
    readonly acrValues?: readonly string[];
  }): Promise<{ readonly site: Site; readonly params: Readonly<Record<string, unknown>> }> => {
    const site = await startSite({
      rules,
      ...(options.settings === undefined ? {} : { settings: options.settings }),
      provider: options.acrValues === undefined ? {} : { acrValues: options.acrValues },
    });
    const { browser } = await site.logIn('admin', site.at('wiki.localhost'));
    const asked = await browser.get(site.at('wiki.localhost', '/admin'));
    return { site, params: askedFor(site, asked) };
  };

  test('nothing by name with `acr_values: none`, but a login in which they may take the key', async () => {
    const { site, params } = await askAdmin({ settings: '    hardware_key: { acr_values: none }' });
    try {
      expect(params).toMatchObject({ prompt: 'login' });
      expect(params).not.toHaveProperty('acr_values');
    } finally {
      await site.close();
    }
  });

  test('not our own word, when it lists its words and that is not among them', async () => {
    const { site, params } = await askAdmin({ acrValues: ['gold', 'silver'] });
    try {
      expect(params).toMatchObject({ prompt: 'login' });
      expect(params).not.toHaveProperty('acr_values');
    } finally {
      await site.close();
    }
  });

  test('a word of the settings, and their words count as a key', async () => {
    const settings = '    hardware_key: { amr: [sc], acr: [pwd], acr_values: pwd }';
    const site = await startSite({ rules, settings });
    try {
      // This provider says `pwd` for a password, and the settings say that this means a key.
      const { response } = await site.logIn('admin', site.at('wiki.localhost', '/admin'));
      expect([response.status, response.url]).toEqual([200, site.at('wiki.localhost', '/admin')]);
    } finally {
      await site.close();
    }
  });
});
