// Logins by passkey, with a passkey in software that does as it is told: who gets in, as whom and for how long, and everybody who does not.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { userHandleOf } from '../../src/identity/hardware-keys/ceremony-options.ts';
import { blockPerson, unblockPerson } from '../../src/identity/persons/person-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type CommandRun, runCommand } from '../cli/run-command.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type KeyQuestion, readKeyPage } from '../fixtures/key-answers.ts';
import { type MailServer, startMailServer } from '../fixtures/mail-server.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite, testProvider } from '../fixtures/running-site.ts';
import { flags, type Lies, SoftwareKey } from '../fixtures/software-key.ts';

const rules = `
applications:
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email }
    policies:
      - { name: family, action: allow, include: [{ email_domain: family.example }], require: [{ login_method: passkey }] }
  - name: vault
    host: vault.localhost
    upstream: UPSTREAM
    policies:
      - { name: keys, action: allow, include: [{ email_domain: family.example }], require: [hardware_key] }
  - name: staff
    host: staff.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }], require: [{ login_method: test }] }]
`;

const synced = flags.up | flags.uv | flags.be | flags.bs;

let site: Site;
let mail: MailServer;
let store: Store;
let authUrl: string;
let aheadMs = 0;

beforeAll(async () => {
  const now = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
  mail = await startMailServer();
  site = await startSite({
    rules,
    providers: async ({ issuer }) =>
      `${testProvider(issuer)}\n  - { id: passkey, type: passkey, email_domains: [family.example] }`,
    settings: `hardware_keys: {}\nsmtp: { url: "smtp://127.0.0.1:${mail.port}", from: "Photos <photos@family.example>" }`,
  });
  ({ authUrl } = site.bouncer.settings);
  store = await openStore(site.bouncer.settings);
}, 60_000);
afterAll(async () => {
  await store.close();
  await site.close();
  await mail.close();
  vi.restoreAllMocks();
});

const page = () => `${authUrl}/.bouncer/passkey`;
const photos = (path = '/') => site.at('photos.localhost', path);
const events = (name: string) => site.records().filter(({ event }) => event === name);
const lastFailure = () => events('login_failed').at(-1);
const headingOf = ({ body }: BrowserResponse) => /<h1>([^<]*)/.exec(body)?.[1];

function command(...args: string[]): Promise<CommandRun> {
  return runCommand([...args, '--config', join(site.folder, 'bouncer.yaml')], { cwd: site.folder });
}
async function invite(email: string, ...more: string[]): Promise<string> {
  const done = await command('passkey', 'invite', email, ...more);
  expect(done).toMatchObject({ code: 0 });
  return done.stdout.trim();
}

/** A passkey of a phone: copied to the owner's other devices, and it says whose it is. */
class Passkey {
  readonly key = new SoftwareKey();
  readonly #handle: string;
  constructor(email: string) {
    this.#handle = userHandleOf({ idp: 'bouncer-passkey', sub: email });
  }
  create = ({ ask }: KeyQuestion, lies: Lies = {}): string =>
    this.key.create(ask, { flags: synced, attachment: 'platform', transports: ['internal'], ...lies });
  use = ({ ask }: KeyQuestion, lies: Lies = {}): string =>
    this.key.use(ask, { flags: synced, counter: 0, userHandle: this.#handle, ...lies });
}

const questionOf = (response: BrowserResponse): KeyQuestion => {
  const challenge = /&quot;challenge&quot;:&quot;([\w-]+)&quot;/.exec(response.body)?.[1];
  if (challenge === undefined)
    throw new Error(`no page of a passkey but ${response.status} at ${response.url}`);
  const login = /name="login" value="([^"]+)"/.exec(response.body)?.[1];
  const ask = { challenge, rpId: 'auth.localhost', origin: authUrl };
  return login === undefined ? readKeyPage(response, authUrl) : { ceremony: login, ask };
};

function enrol(email: string, ...more: string[]): Promise<Passkey> {
  return enrolAs(email, {}, ...more);
}

async function enrolAs(email: string, as: Lies, ...more: string[]): Promise<Passkey> {
  const browser = site.browser();
  const passkey = new Passkey(email);
  const question = questionOf(await browser.get(await invite(email, ...more)));
  const done = await browser.post(page(), {
    ceremony: question.ceremony,
    answer: passkey.create(question, as),
    label: 'phone',
  });
  expect([done.status, headingOf(done)]).toEqual([200, 'Your passkey is ready']);
  expect((await store.passkeys.listPasskeys(email)).at(-1)?.rpId).toBe('auth.localhost');
  return passkey;
}

/** On the page that asks, on the way to somewhere. */
async function asked(browser = site.browser(), url = photos('/album?x=1')) {
  const chosen = await browser.get(url);
  const href = /href="(\/\.bouncer\/login\?[^"]*provider=passkey[^"]*)"/.exec(chosen.body)?.[1];
  const shown = href === undefined ? chosen : await browser.get(authUrl + href.replaceAll('&amp;', '&'));
  return { browser, question: questionOf(shown) };
}
/** With the page that leads on to the application by itself. */
async function send(
  browser: BrowserClient,
  { ceremony }: KeyQuestion,
  answer: string,
): Promise<BrowserResponse> {
  const response = await browser.post(page(), { login: ceremony, answer });
  const next = /http-equiv="refresh" content="[^"]*url=([^"]+)"/i.exec(response.body)?.[1];
  return next === undefined ? response : browser.get(next.replaceAll('&amp;', '&'));
}

async function logIn(passkey: Passkey, url?: string) {
  const { browser, question } = await asked(site.browser(), url);
  return { browser, question, response: await send(browser, question, passkey.use(question)) };
}

describe('a passkey', () => {
  test('is made by invitation, without a login, and logs its owner in without a name', async () => {
    const before = mail.mails.length;
    const passkey = await enrol('mom@family.example');
    const { response } = await logIn(passkey);
    expect([response.status, response.url]).toEqual([200, photos('/album?x=1')]);
    expect(response.body).toContain('mom@family.example');
    expect(events('login').at(-1)).toMatchObject({
      ...{ provider: 'passkey', email: 'mom@family.example', amr: ['pop', 'user'] },
    });
    expect(events('passkey_enrolled').at(-1)).toMatchObject({
      ...{ email: 'mom@family.example', is_backup_eligible: true, is_break_glass: false, expires: null },
    });
    expect(events('break_glass_used')).toEqual([]);
    await vi.waitFor(() => expect(mail.mails.length).toBeGreaterThan(before), { timeout: 20_000 });
    expect(mail.mails.at(-1)).toMatchObject({
      to: ['mom@family.example'],
      text: expect.stringContaining('A passkey was added to your account'),
    });
  });

  test('is no hardware key, and one beside it is', async () => {
    const passkey = await enrol('aunt@family.example');
    const { browser, response } = await logIn(passkey, site.at('vault.localhost'));
    expect([response.status, headingOf(response)]).toEqual([403, 'You have no security key here yet']);
    const done = await command('hardware-key', 'invite', 'aunt@family.example');
    const question = questionOf(await browser.get(done.stdout.trim()));
    // A synced passkey is not taken for a key.
    const refused = await browser.post(`${authUrl}/.bouncer/hardware-key`, {
      ceremony: question.ceremony,
      answer: new SoftwareKey().create(question.ask, { flags: synced }),
    });
    expect([refused.status, headingOf(refused)]).toEqual([403, 'This key can be copied']);
    expect((await browser.get(site.at('vault.localhost'))).status).toBe(403);
    const again = questionOf(await browser.get(done.stdout.trim()));
    const key = new SoftwareKey();
    await browser.post(`${authUrl}/.bouncer/hardware-key`, {
      ceremony: again.ceremony,
      answer: key.create(again.ask),
    });
    expect((await browser.get(site.at('vault.localhost'))).status).toBe(200);
  });

  test.each<[string, Lies]>([
    ['without a finger or PIN', { flags: flags.up | flags.be | flags.bs }],
    ['of another page', { origin: 'http://evil.localhost' }],
    ['for another host', { rpId: 'evil.localhost' }],
    ['to another question', { challenge: 'A'.repeat(43) }],
    ['with a wrong signature', { signature: Buffer.from('3006020100020100', 'hex') }],
    [
      'that says it is somebody else’s',
      { userHandle: userHandleOf({ idp: 'bouncer-passkey', sub: 'x@y.z' }) },
    ],
    ['that names nobody', { userHandle: '' }],
    ['that cannot be copied any more', { flags: flags.up | flags.uv }],
    ['inside of another page', { crossOrigin: true }],
  ])('logs nobody in by an answer %s', async (_what, lies) => {
    const passkey = await enrol('dad@family.example');
    const { browser, question } = await asked();
    const response = await send(browser, question, passkey.use(question, lies));
    expect([response.status, headingOf(response)]).toEqual([403, 'The passkey did not log you in']);
    expect(lastFailure()).toMatchObject({ reason: 'passkey-answer-invalid', email: 'dad@family.example' });
    const next = await browser.get(photos(), { stopAt: (url) => url.startsWith(authUrl) });
    expect(next.status).toBe(302);
  });

  test('of nobody is not known, and an answer counts once, in the browser that was asked', async () => {
    const stranger = await logIn(new Passkey('mom@family.example'));
    expect([stranger.response.status, headingOf(stranger.response)]).toEqual([
      403,
      'This passkey is not known here',
    ]);
    const passkey = await enrol('son@family.example');
    const { browser, question } = await asked();
    const other = site.browser();
    const answer = passkey.use(question);
    expect((await send(other, question, answer)).status).toBe(400);
    expect((await send(browser, question, answer)).status).toBe(200);
    // The cookie of that login is gone; with it put back the answer is spent all the same.
    const { browser: third, question: late } = await asked();
    const cookies = third.cookiesOf('auth.localhost');
    const used = passkey.use(late);
    expect((await send(third, late, used)).status).toBe(200);
    const thief = site.browser();
    for (const [name, value] of cookies) thief.setCookie('auth.localhost', name, value);
    const replayed = await send(thief, late, used);
    expect(replayed.status).toBe(400);
    expect(lastFailure()).toMatchObject({ reason: 'already-used' });
  });

  test('that is bound to its device and whose counter goes back may be a copy, and is refused', async () => {
    const bound = { flags: flags.up | flags.uv };
    const passkey = await enrolAs('uncle@family.example', bound);
    const { browser, question } = await asked();
    expect((await send(browser, question, passkey.use(question, { ...bound, counter: 9 }))).status).toBe(200);
    const { browser: other, question: next } = await asked();
    expect((await send(other, next, passkey.use(next, { ...bound, counter: 9 }))).status).toBe(403);
    expect(lastFailure()).toMatchObject({ cause: expect.stringContaining('counter') });
  });

  test('that is copied counts on each device for itself', async () => {
    const passkey = await enrolAs('nephew@family.example', { counter: 7 });
    for (const counter of [20, 3, 3, 0]) {
      const { browser, question } = await asked();
      const response = await send(browser, question, passkey.use(question, { counter }));
      expect([counter, response.status]).toEqual([counter, 200]);
    }
  });

  test('that its keeper began to copy after it was made still logs its owner in', async () => {
    const passkey = await enrolAs('niece@family.example', { flags: flags.up | flags.uv });
    const { response } = await logIn(passkey);
    expect([response.status, response.url]).toEqual([200, photos('/album?x=1')]);
  });

  test('is seen and taken back by its owner, after a fresh login, and not the last one', async () => {
    const [phone, tablet] = [await enrol('sister@family.example'), await enrol('sister@family.example')];
    const others = await enrol('brother@family.example');
    const { browser } = await logIn(phone);
    const shown = await browser.get(page());
    expect([shown.status, headingOf(shown)]).toEqual([200, 'Your passkeys']);
    expect(shown.body.match(/name="remove"/g)).toHaveLength(2);
    expect(shown.body).not.toContain(others.key.id);
    expect((await browser.get(`${authUrl}/.bouncer/sessions`)).body).toContain('href="/.bouncer/passkey"');
    const remove = (by: BrowserClient, { key }: Passkey) =>
      by.post(page(), { remove: key.id }, { stopAt: (url) => !url.startsWith(authUrl) });
    expect((await remove(browser, others)).status).toBe(200);
    expect(await store.passkeys.findPasskey(others.key.id)).not.toBeNull();

    aheadMs = 6 * 60_000;
    try {
      const locked = await browser.get(page());
      expect(locked.body).not.toContain('name="remove"');
      expect(locked.body).toContain('log in with one of yours first');
      // Who insists is asked for the passkey, and comes back to the page.
      const question = questionOf(await remove(browser, tablet));
      const back = await send(browser, question, phone.use(question));
      expect([back.url, headingOf(back)]).toEqual([page(), 'Your passkeys']);
      const done = await remove(browser, tablet);
      expect([done.status, headingOf(done)]).toEqual([200, 'The passkey was removed']);
      expect(events('passkey_removed').at(-1)).toMatchObject({ by: 'owner', email: 'sister@family.example' });
      const letters = () => mail.mails.filter(({ to }) => to.includes('sister@family.example'));
      await vi.waitFor(
        () => expect(letters().at(-1)?.text).toContain('A passkey was removed from your account'),
        { timeout: 20_000 },
      );
      const after = await browser.get(photos(), { stopAt: (url) => url.startsWith(authUrl) });
      expect(after.status).toBe(302);
      const { browser: again } = await logIn(phone);
      expect((await again.get(page())).body).toContain('the only one that you can log in with');
      expect(headingOf(await remove(again, phone))).toBe('This is your only passkey');
      expect(await store.passkeys.listPasskeys('sister@family.example')).toHaveLength(1);
    } finally {
      aheadMs = 0;
    }
  });

  test('is shown to nobody who is not logged in by one', async () => {
    const nobody = await site.browser().get(page());
    expect(nobody.body).toContain('provider=passkey');
    const browser = site.browser();
    const chooser = await browser.get(`${authUrl}/.bouncer/login?provider=test`);
    expect((await logInAtProvider(browser, chooser, 'alice')).status).toBe(200);
    expect((await browser.get(page())).body).toContain('you logged in in another way');
    expect((await browser.get(`${authUrl}/.bouncer/sessions`)).body).not.toContain('/.bouncer/passkey');
  });

  test('that was invited and is not made yet is taken back with the others, and erased with its person', async () => {
    for (const end of [
      () => command('passkey', 'remove', '--email', 'gone@family.example'),
      () => command('person', 'erase', 'gone@family.example'),
    ]) {
      const link = await invite('gone@family.example');
      await end();
      expect(headingOf(await site.browser().get(link))).toBe('This invitation is over');
    }
    expect(headingOf(await site.browser().get(await invite('gone@family.example')))).toBe(
      'Make your passkey',
    );
  });

  test('of a blocked person logs nobody in, nor does an invitation', async () => {
    const passkey = await enrol('cousin@family.example');
    const link = await invite('cousin@family.example');
    await blockPerson(store, 'cousin@family.example');
    const { response } = await logIn(passkey);
    expect([response.status, headingOf(response)]).toEqual([403, 'This account cannot log in here']);
    expect(headingOf(await site.browser().get(link))).toBe('This invitation is over');
    expect(await command('passkey', 'invite', 'cousin@family.example')).toMatchObject({ code: 64 });
    await unblockPerson(store, 'cousin@family.example');
    expect((await logIn(passkey)).response.status).toBe(200);
  });

  test('a session lets nobody make one, and an invitation is used up by the first', async () => {
    const { browser } = await logIn(await enrol('thief@family.example'));
    expect((await browser.get(page())).url).not.toContain('invitation');
    const link = await invite('gran@family.example');
    const [one, two] = [site.browser(), site.browser()];
    const questions = [questionOf(await one.get(link)), questionOf(await two.get(link))];
    const [mine, theirs] = [new Passkey('gran@family.example'), new Passkey('gran@family.example')];
    const [first, second] = questions as [KeyQuestion, KeyQuestion];
    const done = await one.post(page(), { ceremony: first.ceremony, answer: mine.create(first) });
    expect(done.status).toBe(200);
    const late = await two.post(page(), { ceremony: second.ceremony, answer: theirs.create(second) });
    expect([late.status, headingOf(late)]).toEqual([403, 'This invitation is over']);
    expect(headingOf(await two.get(link))).toBe('This invitation is over');
    const made = await two.post(page(), { ceremony: 'made up', answer: theirs.create(second) });
    expect(made.status).toBe(400);
    const foreign = await two.post(
      page(),
      { ceremony: second.ceremony, answer: theirs.create(second) },
      { headers: { origin: 'http://evil.localhost', 'sec-fetch-site': 'cross-site' } },
    );
    expect(foreign.status).toBe(403);
  });

  test('is invited for addresses alone that its provider speaks for', async () => {
    expect(await command('passkey', 'invite', 'ceo@example.com')).toMatchObject({
      ...{ code: 64, stderr: expect.stringContaining('does not speak for this address') },
    });
  });

  test('ends with everything that it logged in when an operator removes it, or its owner is erased', async () => {
    for (const remove of [
      () => command('passkey', 'remove', '--email', 'guest@family.example'),
      () => command('person', 'erase', 'guest@family.example'),
    ]) {
      const passkey = await enrol('guest@family.example');
      const { browser } = await logIn(passkey);
      expect((await browser.get(photos())).status).toBe(200);
      expect((await command('person', 'export', 'guest@family.example')).stdout).toContain(
        '"label": "phone"',
      );
      expect((await remove()).stdout).toMatch(/1 passkey (is|was) removed/);
      const after = await browser.get(photos(), { stopAt: (url) => url.startsWith(authUrl) });
      expect(after.status).toBe(302);
      const { response } = await logIn(passkey);
      expect(headingOf(response)).toBe('This passkey is not known here');
    }
    const removedByOperator = () => events('passkey_removed').filter(({ by }) => by === 'operator');
    await vi.waitFor(() => expect(removedByOperator()).toHaveLength(1), { timeout: 20_000 });
    expect(removedByOperator()).toMatchObject([{ email: 'guest@family.example' }]);
  });
});

test('break glass needs an end, tells of each use, and ends with its time', async () => {
  expect(await command('passkey', 'invite', 'ops@family.example', '--break-glass')).toMatchObject({
    ...{ code: 64, stderr: expect.stringContaining('needs `--expires`') },
  });
  const passkey = await enrol('ops@family.example', '--break-glass', '--expires', '2h');
  // The day has come: the company's own provider is down.
  await site.provider.stop();
  const { browser, response } = await logIn(passkey);
  expect(response.status).toBe(200);
  expect(events('break_glass_used')).toMatchObject([{ level: 'warn', email: 'ops@family.example' }]);
  await site.provider.start();
  aheadMs = 121 * 60_000;
  try {
    // The session is good for a day, and its passkey is over.
    const after = await browser.get(photos(), { stopAt: (url) => url.startsWith(authUrl) });
    expect(after.status).toBe(302);
    const late = await logIn(passkey);
    expect([late.response.status, headingOf(late.response)]).toEqual([
      403,
      'The time of this passkey is over',
    ]);
  } finally {
    aheadMs = 0;
  }
});
