// Several identity providers at one site: who is asked where, what the chooser says, and who speaks for an address.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import { clientSecret, person, testProvider } from '../fixtures/running-site.ts';
import { type CodeSite, codeFor, goesOnTo, loginIn, send, startCodeSite } from './code-site.ts';

const rules = `
applications:
  - name: Payroll
    host: payroll.localhost
    upstream: UPSTREAM
    login_methods: test
    policies: [{ name: all, action: allow, include: [authenticated] }]
    paths: [{ path: /open, policies: [{ name: open, action: bypass, include: [everyone] }] }]
  - name: Photos
    host: photos.localhost
    upstream: UPSTREAM
    login_methods: [email, test, real]
    policies: [{ name: family, action: allow, include: [{ email: alice@example.com }] }]
  - name: Wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: all, action: allow, include: [authenticated] }]
`;

let partner: TestOidcProvider;
let site: CodeSite;

beforeAll(async () => {
  site = await startCodeSite({
    rules,
    providers: async ({ issuer, authUrl }) => {
      partner = await startOidcProvider({
        clients: [{ clientId: 'bouncer', clientSecret, authUrl }],
        people: [person('alice', 'alice@example.com', []), person('pat', 'pat@partner.test', [])],
      });
      return `${testProvider(issuer)}
    email_domains: [example.com]
  - id: real
    type: oidc
    label: Partner
    issuer: ${partner.issuer}
    client_id: bouncer
    client_secret: ${clientSecret}
    groups_claim: none
  - id: email
    type: email_pin
    email_domains: [example.com]`;
    },
  });
});
afterAll(async () => {
  await site.close();
  await partner.close();
});

/** The ways that a page offers, from top to bottom. */
function waysOf({ body }: BrowserResponse): string[] {
  return [...body.matchAll(/<a class="row" href="[^"]*provider=([a-z]+)[^"]*"/g)].map(([, id = '']) => id);
}

/** What stands beside a way. */
function wordsOf({ body }: BrowserResponse, id: string): string {
  const row = new RegExp(`<a class="row" href="[^"]*provider=${id}[^"]*">(.*?)</a>`).exec(body)?.[1] ?? '';
  return row
    .replaceAll(/<span class="initial"[^>]*>[^<]*<\/span>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
}

function take(browser: BrowserClient, page: BrowserResponse, id: string): Promise<BrowserResponse> {
  const href = new RegExp(`href="(/\\.bouncer/login\\?[^"]*provider=${id}[^"]*)"`).exec(page.body)?.[1];
  if (href === undefined) throw new Error(`no way ${id} at ${page.url}: ${page.body}`);
  return browser.get(new URL(href.replaceAll('&amp;', '&'), page.url).href);
}

async function logInWith(
  browser: BrowserClient,
  id: string,
  url: string,
  who = 'alice',
): Promise<BrowserResponse> {
  const chooser = await browser.get(url);
  return logInAtProvider(browser, await take(browser, chooser, id), who);
}

/** The head of the last request that reached an application, in lower case. */
function lastSeen(): string {
  return JSON.stringify(site.upstream.seen.at(-1)).toLowerCase();
}

async function withRules(other: string, run: () => Promise<void>): Promise<void> {
  site.writeRules(other);
  await site.bouncer.reload();
  try {
    await run();
  } finally {
    site.writeRules(rules);
    await site.bouncer.reload();
  }
}

async function whoAt(browser: BrowserClient, host: string): Promise<Record<string, unknown>> {
  return JSON.parse((await browser.get(site.at(host, '/.bouncer/identity'))).body);
}

it('lets who decides about access do so by a login that the application takes, and says so', async () => {
  const asking = rules.replace(
    'login_methods: test\n    policies: [{ name: all, action: allow, include: [authenticated] }]',
    `login_methods: test
    requests: { from: [authenticated], approvers: [{ email: alice@example.com }] }
    policies: [{ name: for a time, action: allow, include: [granted] }]`,
  );
  expect(asking).not.toBe(rules);
  await withRules(asking, async () => {
    const asker = site.browser();
    await logInAtProvider(asker, await asker.get(site.at('payroll.localhost')), 'admin');
    const { mails } = site.mail;
    const before = mails.length;
    await asker.post(site.at('payroll.localhost', '/.bouncer/access'), { to: '/', purpose: 'a report' });
    await expect.poll(() => mails.length, { timeout: 60_000 }).toBe(before + 1);
    const link = /http:\S+approvals\?request=([\w-]{22})/.exec(mails.at(-1)?.text ?? '');
    const alice = site.browser();
    const asked = await take(alice, await alice.get(site.at('photos.localhost')), 'email');
    const code = await codeFor(site, alice, loginIn(asked), 'alice@example.com');
    await alice.get(goesOnTo(await send(site, alice, { login: loginIn(asked), code })));
    const page = await alice.get(link?.[0] ?? '');
    expect(page.body).toContain('with another login than the one that you have now');
    expect(page.body).not.toContain('a report');
    const answer = { request: link?.[1] ?? '', answer: 'give' };
    const approvals = site.at('auth.localhost', '/.bouncer/approvals');
    expect((await alice.post(approvals, answer)).url).toContain('said=otherLogin');
    expect((await asker.get(site.at('payroll.localhost'))).status).toBe(403);
    const href = /href="(\/\.bouncer\/login\?[^"]*account=other[^"]*)"/.exec(page.body)?.[1] ?? '';
    const chooser = await alice.get(new URL(href.replaceAll('&amp;', '&'), page.url).href);
    const back = await logInAtProvider(alice, await take(alice, chooser, 'test'), 'alice');
    expect(back.url).toBe(link?.[0]);
    // It leads to a page and opens nothing: the log names requests by it.
    alice.secrets.delete(answer.request);
    expect(back.body).toContain('a report');
    expect((await alice.post(approvals, answer)).url).toContain('said=given');
    expect((await asker.get(site.at('payroll.localhost'))).status).toBe(200);
  });
});

describe('the chooser', () => {
  it('shows the ways that the application takes, in its order, and says which applications name a way', async () => {
    const page = await site.browser().get(site.at('photos.localhost'));
    expect(waysOf(page)).toEqual(['email', 'test', 'real']);
    expect(wordsOf(page, 'email')).toBe('Code by e-mail');
    expect(wordsOf(page, 'test')).toBe('Test Also opens Payroll');
    expect(page.body).toContain('<strong>Photos</strong>');
  });

  it('shows all ways to an application that names none, and to the start page', async () => {
    const all = ['test', 'real', 'email'];
    expect(waysOf(await site.browser().get(site.at('wiki.localhost')))).toEqual(all);
    expect(waysOf(await site.browser().get(site.at('auth.localhost', '/.bouncer/login')))).toEqual(all);
  });

  it('is left out where there is one way alone', async () => {
    const page = await site.browser().get(site.at('payroll.localhost'));
    expect(page.url).toMatch(new RegExp(`^${site.provider.issuer}/login/`));
  });

  it('has a way that the application does not take for no way', async () => {
    const browser = site.browser();
    const chooser = await browser.get(site.at('photos.localhost'));
    const request = new URL(chooser.url).searchParams.get('request') ?? '';
    expect(request).not.toBe('');
    const payroll = await browser.get(site.at('payroll.localhost'), {
      stopAt: (url) => url.startsWith(site.provider.issuer),
    });
    const asked = payroll.trail.find((url) => url.includes('request=')) ?? '';
    const page = await browser.get(`${asked}&provider=email`);
    expect(page.status).toBe(400);
    expect(page.body).toContain('This way to log in is gone');
  });

  it('remembers the way that was taken last, for this browser, and nothing else', async () => {
    const browser = site.browser();
    await logInWith(browser, 'real', site.at('wiki.localhost'));
    await browser.post(site.at('auth.localhost', '/.bouncer/logout'), {});
    const cookies = browser.cookiesOf('auth.localhost');
    expect(cookies.get('bouncer_method')).toBe('real');
    const again = await browser.get(site.at('wiki.localhost'));
    expect(waysOf(again)).toEqual(['real', 'test', 'email']);
    expect(wordsOf(again, 'real')).toContain('used last time');
    expect(wordsOf(again, 'test')).not.toContain('used last time');
    // It is worth nothing by itself, and anything else in it changes nothing.
    for (const value of ['email', 'nobody', '"><script>', 'real; real']) {
      const other = site.browser();
      other.setCookie('auth.localhost', 'bouncer_method', value);
      const page = await other.get(site.at('wiki.localhost'));
      expect(waysOf(page).sort()).toEqual(['email', 'real', 'test']);
      expect(page.body).not.toContain('<script>');
    }
  });
});

describe('a login that is not one of those that an application takes', () => {
  it('counts as none there: the person is asked again, and gets in', async () => {
    const browser = site.browser();
    await logInWith(browser, 'real', site.at('wiki.localhost'));
    const asked = await browser.get(site.at('payroll.localhost', '/slips'));
    expect(asked.url).toMatch(new RegExp(`^${site.provider.issuer}/login/`));
    const there = await logInAtProvider(browser, asked, 'alice');
    expect(there.url).toBe(site.at('payroll.localhost', '/slips'));
    expect(await whoAt(browser, 'payroll.localhost')).toMatchObject({ idp: 'test' });
  });

  it('tells the application nothing where it opens to everybody', async () => {
    const { browser } = await site.logIn('alice', site.at('payroll.localhost', '/'));
    await browser.get(site.at('payroll.localhost', '/open/1'));
    expect(lastSeen()).toContain('x-bouncer-jwt-assertion');
    await withRules(rules.replace('login_methods: test', 'login_methods: real'), async () => {
      expect((await browser.get(site.at('payroll.localhost', '/open/2'))).status).toBe(200);
      expect(lastSeen()).toContain('/open/2');
      expect(lastSeen()).not.toContain('x-bouncer-jwt-assertion');
      const asked = await browser.get(site.at('payroll.localhost', '/slips'));
      expect(asked.url).toMatch(new RegExp(`^${partner.issuer}/login/`));
    });
  });
});

describe('after rules that name other methods', () => {
  it('a login that was good counts no more, at once', async () => {
    const browser = site.browser();
    await logInWith(browser, 'real', site.at('wiki.localhost'));
    expect((await browser.get(site.at('wiki.localhost'))).status).toBe(200);
    const narrow = rules.replace('host: wiki.localhost', 'host: wiki.localhost\n    login_methods: test');
    await withRules(narrow, async () => {
      const asked = await browser.get(site.at('wiki.localhost'));
      expect(asked.url).toMatch(new RegExp(`^${site.provider.issuer}/login/`));
      const here = await browser.get(site.at('wiki.localhost', '/.bouncer/identity'));
      expect(here.status).toBe(401);
    });
  });
});

describe('one address at several providers', () => {
  it('is several identities, and counts from who speaks for its domain alone', async () => {
    const browsers = { test: site.browser(), real: site.browser(), email: site.browser() };
    await logInWith(browsers.test, 'test', site.at('wiki.localhost'));
    await logInWith(browsers.real, 'real', site.at('wiki.localhost'));
    const asked = await take(browsers.email, await browsers.email.get(site.at('wiki.localhost')), 'email');
    const code = await codeFor(site, browsers.email, loginIn(asked), 'alice@example.com');
    const sent = await send(site, browsers.email, { login: loginIn(asked), code });
    await browsers.email.get(goesOnTo(sent));
    const people = {
      test: await whoAt(browsers.test, 'wiki.localhost'),
      real: await whoAt(browsers.real, 'wiki.localhost'),
      email: await whoAt(browsers.email, 'wiki.localhost'),
    };
    expect(people.test).toMatchObject({ idp: 'test', sub: 'alice', email: 'alice@example.com' });
    expect(people.real).toMatchObject({ idp: 'real', sub: 'alice', email: null });
    expect(people.email).toMatchObject({
      idp: 'email',
      sub: 'alice@example.com',
      email: 'alice@example.com',
    });
    const outside = site.records().filter(({ shape }) => shape === 'email-outside-provider');
    expect(outside.map(({ provider }) => provider)).toContain('real');
    // The policy names the address: it means whom the provider of that domain vouches for.
    expect((await browsers.test.get(site.at('photos.localhost'))).status).toBe(200);
    expect((await browsers.real.get(site.at('photos.localhost'))).status).toBe(403);
    // A logout at one is a logout of that identity.
    await browsers.test.post(site.at('auth.localhost', '/.bouncer/logout'), {});
    expect((await browsers.real.get(site.at('wiki.localhost', '/.bouncer/identity'))).status).toBe(200);
    expect((await browsers.email.get(site.at('wiki.localhost', '/.bouncer/identity'))).status).toBe(200);
  });

  it('of a domain that nobody names counts from who sends it', async () => {
    const browser = site.browser();
    await logInWith(browser, 'real', site.at('wiki.localhost'), 'pat');
    expect(await whoAt(browser, 'wiki.localhost')).toMatchObject({ idp: 'real', email: 'pat@partner.test' });
  });
});

describe('a provider that fails', () => {
  it('leaves a way to log in by another one, which the chooser says', async () => {
    const browser = site.browser();
    const chooser = await browser.get(site.at('wiki.localhost'));
    await partner.stop();
    try {
      // An answer of the last seconds still counts as a sign of life.
      const down = async () => take(browser, chooser, 'real').catch(() => null);
      await expect.poll(async () => (await down())?.status, { timeout: 20_000, interval: 500 }).toBe(503);
      const page = await take(browser, chooser, 'real');
      expect(page.body).toContain('The login service does not answer');
      const on = /<a class="button" href="([^"]+)">Choose how to log in<\/a>/.exec(page.body)?.[1] ?? '';
      const again = await browser.get(on);
      expect(waysOf(again)).toContain('test');
      expect(wordsOf(again, 'real')).toContain('does not answer now');
      const there = await logInAtProvider(browser, await take(browser, again, 'test'), 'alice');
      expect(there.url).toBe(site.at('wiki.localhost', '/'));
      expect(there.status).toBe(200);
    } finally {
      await partner.start();
    }
  });

  it('or where the person said no there', async () => {
    const browser = site.browser();
    const asked = await take(browser, await browser.get(site.at('photos.localhost')), 'test');
    const page = await logInAtProvider(browser, asked, null);
    expect(page.status).toBe(403);
    expect(page.body).toContain('Choose how to log in');
    // Where there is no other way, the page does not promise one.
    const only = await browser.get(site.at('payroll.localhost'));
    const refused = await logInAtProvider(browser, only, null);
    expect(refused.body).not.toContain('Choose how to log in');
    expect(refused.body).toContain('Try again');
  });
});
