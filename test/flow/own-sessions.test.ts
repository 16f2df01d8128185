// A person's own sessions on a page, and a person who is blocked: through a whole bouncer.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  blockPerson,
  erasePerson,
  exportPerson,
  unblockPerson,
} from '../../src/identity/persons/person-operations.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { type CodeSite, codeFor, emailProvider, loginIn, send, startCodeSite } from './code-site.ts';

const rules = `
applications:
  - name: wiki
    label: The wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: all, action: allow, include: [authenticated] }]
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    policies: [{ name: all, action: allow, include: [authenticated] }]
`;
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';

let site: Site;
beforeAll(async () => {
  site = await startSite({ rules });
});
afterAll(() => site.close());

/** As another process would: `bouncer person` and the like. */
async function withStore<T>(of: Site, run: (store: Store) => Promise<T>): Promise<T> {
  const store = createStore(`${of.folder}/data`);
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

const pageUrl = () => site.at('auth.localhost', '/.bouncer/sessions');

/** The rows of the page: what they say, and the id that their button sends. */
function rowsOf({ body }: BrowserResponse): readonly { readonly text: string; readonly id: string }[] {
  return [...body.matchAll(/<li class="row still">(.*?)<\/li>/gs)].map(([, row = '']) => ({
    text: row
      .replaceAll(/<svg.*?<\/svg>/gs, '')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    id: /name="end" value="([^"]+)"/.exec(row)?.[1] ?? '',
  }));
}

async function isIn(browser: BrowserClient, host = 'wiki.localhost'): Promise<boolean> {
  return (await browser.get(site.at(host, '/.bouncer/identity'))).status === 200;
}

describe('the page of a person’s own sessions', () => {
  it('says what came of the first of two clicks on the end of this very session', async () => {
    const { browser: here } = await site.logIn('alice', site.at('wiki.localhost'));
    const mine = rowsOf(await here.get(pageUrl()))[0]?.id ?? '';
    const press = (form: Readonly<Record<string, string>>) =>
      here.post(pageUrl(), form, { stopAt: () => true });
    const first = await press({ end: mine });
    expect(first.headers['location']).toContain(site.provider.issuer);
    for (const form of [{ end: mine }, { end: 'others' }, { letters: 'on' }]) {
      const second = await press(form);
      expect([second.status, second.body]).toEqual([200, expect.stringContaining('You are logged out')]);
    }
    expect(await isIn(here)).toBe(false);
  });

  it('shows theirs and nobody else’s, with browser, address and applications in words', async () => {
    const here = site.browser();
    const at = await here.get(site.at('wiki.localhost'), { headers: { 'user-agent': firefox } });
    const form = { person: 'alice', method: 'pwd' };
    await here.post(at.url, form, { headers: { 'user-agent': firefox } });
    const { browser: there } = await site.logIn('alice', site.at('photos.localhost'));
    await there.get(site.at('wiki.localhost'));
    await site.logIn('mallory', site.at('wiki.localhost'));
    const page = await here.get(pageUrl());
    const rows = rowsOf(page);
    expect(rows).toHaveLength(2);
    expect(rows[0]?.text).toBe(
      'Firefox on Windows Logged in just now from 127.0.0.1 Used just now: The wiki this browser Log out',
    );
    expect(rows[1]?.text).toBe(
      'A browser Logged in just now from 127.0.0.1 Used just now: The wiki, photos End',
    );
    // Ids of rows let nobody in.
    const cookies = [...here.cookiesOf('auth.localhost').values()];
    expect(cookies).not.toContain(rows[0]?.id);
    expect((await here.get(site.at('auth.localhost', '/.bouncer/'))).body).toContain(
      'href="/.bouncer/sessions"',
    );
  });

  it('ends one of them at once, on every host', async () => {
    const { browser: here } = await site.logIn('admin', site.at('wiki.localhost'));
    const { browser: there } = await site.logIn('admin', site.at('wiki.localhost'));
    const { browser: elsewhere } = await site.logIn('admin', site.at('wiki.localhost'));
    await there.get(site.at('photos.localhost'));
    const rows = rowsOf(await here.get(pageUrl()));
    expect(rows).toHaveLength(3);
    const [, second] = rowsOf(await there.get(pageUrl())).filter(
      ({ text }) => !text.includes('this browser'),
    );
    const mine = rowsOf(await there.get(pageUrl()))[0]?.id ?? '';
    const page = await here.post(pageUrl(), { end: mine });
    expect(page.url).toBe(`${pageUrl()}?ended=1`);
    expect(page.body).toContain('One session has ended.');
    expect([
      await isIn(here),
      await isIn(there),
      await isIn(there, 'photos.localhost'),
      await isIn(elsewhere),
    ]).toEqual([true, false, false, true]);
    expect(second).toBeDefined();
    const told = site.records().findLast(({ reason }) => reason === 'ended-by-person');
    expect(told).toMatchObject({ event: 'session_revoked', sub: 'admin', session: mine, ip: '127.0.0.1' });
    // Once more, it is gone already.
    expect((await here.post(pageUrl(), { end: mine })).body).toContain('It had ended already.');
    const others = await here.post(pageUrl(), { end: 'others' });
    expect(rowsOf(others)).toHaveLength(1);
    expect([await isIn(here), await isIn(elsewhere)]).toEqual([true, false]);
    expect((await here.get(pageUrl())).body).not.toContain('End all others');
  });

  it('ends nobody else’s, whatever is sent', async () => {
    const { browser: alice } = await site.logIn('alice', site.at('wiki.localhost'));
    const { browser: mallory } = await site.logIn('mallory', site.at('wiki.localhost'));
    const hers = rowsOf(await alice.get(pageUrl()))[0]?.id ?? '';
    for (const end of [hers, 'all', '', "' OR 1=1"]) await mallory.post(pageUrl(), { end });
    expect(await isIn(alice)).toBe(true);
    // Not from a page of another origin, and not without a word of where it comes from.
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: site.at('wiki.localhost', ''), 'sec-fetch-site': 'same-site' },
    ]) {
      const page = await alice.post(pageUrl(), { end: 'others' }, { headers });
      expect(page.status).toBe(403);
    }
  });

  it('logs this browser out by its own row', async () => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    const [row] = rowsOf(await browser.get(pageUrl()));
    const page = await browser.post(pageUrl(), { end: row?.id ?? '' });
    expect(page.url).toMatch(new RegExp(`^${site.provider.issuer}|/logout$`));
    expect(await isIn(browser)).toBe(false);
  });

  it('asks who is nobody to log in, is there on auth_url alone, and answers no script', async () => {
    const nobody = await site.browser().get(pageUrl());
    expect(nobody.url).toContain('/login/');
    // And leads back, as the letter about a login sends people here.
    const coming = site.browser();
    const back = await logInAtProvider(coming, await coming.get(pageUrl()), 'alice');
    expect([back.url, rowsOf(back).length > 0]).toEqual([pageUrl(), true]);
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    expect((await browser.get(site.at('wiki.localhost', '/.bouncer/sessions'))).status).toBe(404);
    const script = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' };
    expect((await browser.get(pageUrl(), { headers: script })).status).toBe(404);
  });
});

/** A stream of this browser that sends. @returns `cut` resolves when it was */
async function openStream(browser: BrowserClient): Promise<{ readonly cut: Promise<void> }> {
  const url = site.at('wiki.localhost', '/stream');
  const headers = { host: new URL(url).host, cookie: browser.cookieFor(url) ?? '' };
  const request = get({ host: '127.0.0.1', port: site.port, path: '/stream', headers });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  expect(response.statusCode).toBe(200);
  await once(response, 'data');
  response.resume();
  const cut = new Promise<void>((resolve) => {
    response.once('close', () => resolve());
    response.once('error', () => resolve());
  });
  return { cut };
}

describe('a person who is blocked', () => {
  it('is out within a second everywhere, streams included, and gets in no more until they are unblocked', async () => {
    const { browser } = await site.logIn('admin', site.at('wiki.localhost'));
    const { browser: bystander } = await site.logIn('alice', site.at('wiki.localhost'));
    const stream = await openStream(browser);
    const count = await withStore(site, (store) => blockPerson(store, 'Admin@Example.com'));
    expect(count).toBeGreaterThan(0);
    expect(await isIn(browser)).toBe(false);
    await stream.cut;
    expect(await isIn(bystander)).toBe(true);

    const again = site.browser();
    const page = await logInAtProvider(again, await again.get(site.at('wiki.localhost')), 'admin');
    expect(page.status).toBe(403);
    expect(page.body).toContain('This account cannot log in here');
    expect(await isIn(again)).toBe(false);
    expect(site.records().findLast(({ event }) => event === 'login_failed')).toMatchObject({
      reason: 'person-blocked',
      email: 'admin@example.com',
      cause: 'the address is blocked',
    });
    expect(await withStore(site, (store) => unblockPerson(store, 'admin@example.com'))).toBe(true);
    // The log tells what was done from outside of the process, once each.
    const told = () => site.records().filter(({ event }) => String(event).startsWith('person_'));
    await expect.poll(() => told().length, { timeout: 30_000 }).toBe(2);
    expect(told()).toMatchObject([
      { event: 'person_blocked', email: 'admin@example.com', sessions: count },
      { event: 'person_unblocked', email: 'admin@example.com' },
    ]);
    const ended = site
      .records()
      .filter(({ event, reason }) => event === 'session_revoked' && reason === 'person-blocked');
    expect(ended).toHaveLength(count);
    await site
      .logIn('admin', site.at('wiki.localhost'))
      .then(async (one) => expect(await isIn(one.browser)).toBe(true));
  });

  it('is told of in full by an export, without anything that lets somebody in, and leaves nothing behind', async () => {
    await site.logIn('mallory', site.at('wiki.localhost'));
    const stored = await withStore(site, (store) => exportPerson(store, 'mallory@evil.test'));
    expect(stored.blockedAtMs).toBeNull();
    expect(stored.sessions[0]).toMatchObject({
      ...{ email: 'mallory@evil.test', sub: 'mallory', idp: 'test', ip: '127.0.0.1', authMethods: ['pwd'] },
      hosts: ['auth.localhost', 'wiki.localhost'],
    });
    const text = JSON.stringify(stored);
    for (const word of ['secret', 'hash', 'token']) expect(text.toLowerCase()).not.toContain(word);
    await withStore(site, async (store) => {
      await blockPerson(store, 'mallory@evil.test');
      expect(await erasePerson(store, 'mallory@evil.test')).toMatchObject({ logins: 0, isBlocked: true });
      await unblockPerson(store, 'mallory@evil.test');
      expect(await exportPerson(store, 'mallory@evil.test')).toMatchObject({
        email: 'mallory@evil.test',
        blockedAtMs: null,
        sessions: [],
      });
    });
  });
});

describe('a blocked address and codes by mail', () => {
  let codes: CodeSite;
  beforeAll(async () => {
    codes = await startCodeSite({ providers: emailProvider });
  });
  afterAll(() => codes.close());

  const asked = async (browser: BrowserClient) => loginIn(await browser.get(codes.at('photos.localhost')));

  it('gets no mail, and no other page than anybody', async () => {
    await withStore(codes, (store) => blockPerson(store, 'mom@family.example'));
    const [mom, dad] = [codes.browser(), codes.browser()];
    const login = await asked(mom);
    const page = await send(codes, mom, { login, email: 'mom@family.example' });
    expect(page.body).toContain('a mail with a code is on its way');
    await expect
      .poll(() => codes.records().some(({ reason }) => reason === 'person-blocked'), { timeout: 20_000 })
      .toBe(true);
    expect(codes.mail.mails).toHaveLength(0);
    expect(await codeFor(codes, dad, await asked(dad), 'dad@family.example')).toMatch(/^\d{6}$/);
  });

  it('does not get in by a code that it had before', async () => {
    await withStore(codes, (store) => unblockPerson(store, 'mom@family.example'));
    const mom = codes.browser();
    const login = await asked(mom);
    const code = await codeFor(codes, mom, login);
    await withStore(codes, (store) => blockPerson(store, 'mom@family.example'));
    const page = await send(codes, mom, { login, code });
    expect(page.status).toBe(403);
    expect(page.body).toContain('This account cannot log in here');
    expect(mom.cookiesOf('auth.localhost').has('bouncer_session')).toBe(false);
  });
});
