// What lets a hardware key in and takes one away, through the whole product: invitations that were taken back, questions that were asked
// in another login, and removals.
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type CommandRun, runCommand } from '../cli/run-command.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { enrolKey, readKeyPage, sendKeyAnswer } from '../fixtures/key-answers.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { SoftwareKey } from '../fixtures/software-key.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /vault
        policies:
          - { name: alice with a key, action: allow, include: [{ email: alice@example.com }], require: [{ hardware_key: { source: bouncer, max_age: 5m } }] }
`;

let site: Site;
let authUrl: string;
let aheadMs = 0;
const keyUrl = () => `${authUrl}/.bouncer/hardware-key`;
const vault = () => site.at('wiki.localhost', '/vault');
const titleOf = ({ status, body }: BrowserResponse) => [status, /<h1>([^<]*)/.exec(body)?.[1]];

beforeAll(async () => {
  const now = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
  site = await startSite({ rules, settings: 'hardware_keys: {}' });
  ({ authUrl } = site.bouncer.settings);
}, 60_000);
afterAll(async () => {
  await site.close();
  vi.restoreAllMocks();
});
afterEach(async () => {
  for (const email of ['alice@example.com', 'admin@example.com'])
    await command('hardware-key', 'remove', '--email', email);
});

function command(...args: string[]): Promise<CommandRun> {
  return runCommand(args, { cwd: site.folder });
}
const invite = async (email = 'alice@example.com') =>
  (await command('hardware-key', 'invite', email)).stdout.trim();
const logIn = async (who = 'alice') => (await site.logIn(who, site.at('wiki.localhost'))).browser;
const enrol = (browser: BrowserClient, who = 'alice', key = new SoftwareKey()) =>
  enrolKey(site.bouncer.settings, browser, `${who}@example.com`, key);
const listed = async (): Promise<readonly { readonly id: string; readonly rpId: string }[]> =>
  JSON.parse((await command('hardware-key', 'list', '--json')).stdout);
const remove = (browser: BrowserClient, key: SoftwareKey) =>
  browser.post(keyUrl(), { remove: key.id }, { stopAt: (url) => !url.startsWith(authUrl) });

async function use(browser: BrowserClient, key: SoftwareKey): Promise<BrowserResponse> {
  const { ceremony, ask } = readKeyPage(await browser.get(`${keyUrl()}?use=1`), authUrl);
  return sendKeyAnswer(browser, authUrl, ceremony, key.use(ask));
}

/** A second key, let in by the first. */
async function enrolAnother(browser: BrowserClient): Promise<SoftwareKey> {
  const { ceremony, ask } = readKeyPage(await browser.get(`${keyUrl()}?add=1`), authUrl);
  const key = new SoftwareKey();
  expect((await sendKeyAnswer(browser, authUrl, ceremony, key.create(ask))).body).toContain(
    'The key was added.',
  );
  return key;
}

test('an invitation that was taken back is over, and one made afterwards is good', async () => {
  const browser = await logIn();
  const [open, link] = [await invite(), await invite()];
  const question = readKeyPage(await browser.get(open), authUrl);
  const taken = await command('hardware-key', 'remove', '--email', 'alice@example.com');
  expect(taken.stdout).toBe(
    'there is no such key\ninvitations for this address that were not used yet are over\n',
  );
  const late = await sendKeyAnswer(
    browser,
    authUrl,
    question.ceremony,
    new SoftwareKey().create(question.ask),
  );
  expect(titleOf(late)).toEqual([403, 'This invitation is over']);
  expect(titleOf(await browser.get(link))).toEqual([403, 'This invitation is over']);
  expect(await listed()).toEqual([]);
  await enrol(browser);
  expect(await listed()).toMatchObject([{ rpId: 'auth.localhost' }]);
});

test('nobody is invited who cannot log in', async () => {
  await command('person', 'block', 'admin@example.com');
  expect(await command('hardware-key', 'invite', 'admin@example.com')).toMatchObject({
    ...{ code: 64, stdout: '', stderr: expect.stringContaining('admin@example.com is blocked') },
  });
  await command('person', 'unblock', 'admin@example.com');
  expect(await invite('admin@example.com')).toContain('/.bouncer/hardware-key?invitation=');
});

test('what went wrong at an enrolment leads back to it, with the invitation', async () => {
  const browser = await logIn();
  const question = readKeyPage(await browser.get(await invite()), authUrl);
  const builtIn = new SoftwareKey().create(question.ask, { attachment: 'platform' });
  const refused = await sendKeyAnswer(browser, authUrl, question.ceremony, builtIn);
  expect(titleOf(refused)).toEqual([403, 'This key is part of your device']);
  const href = /href="([^"]*invitation=[^"]*)"/.exec(refused.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const again = readKeyPage(await browser.get(new URL(href, authUrl).href), authUrl);
  const done = await sendKeyAnswer(browser, authUrl, again.ceremony, new SoftwareKey().create(again.ask));
  expect(done.body).toContain('The key was added.');
});

test('an answer that comes too late is told as such, and leads to the question again', async () => {
  const browser = await logIn();
  const key = await enrol(browser);
  const question = readKeyPage(await browser.get(`${keyUrl()}?use=1`), authUrl);
  try {
    aheadMs = 121_000;
    const late = await sendKeyAnswer(browser, authUrl, question.ceremony, key.use(question.ask));
    expect(titleOf(late)).toEqual([400, 'That took too long']);
    expect(late.body).toContain('href="/.bouncer/hardware-key?use=1"');
    expect((await use(browser, key)).status).toBe(200);
  } finally {
    aheadMs = 0;
  }
});

test('the browser is told that a key of its own is wanted, at the enrolment and at the use', async () => {
  const browser = await logIn();
  const hint = '&quot;hints&quot;:[&quot;security-key&quot;]';
  expect((await browser.get(await invite())).body).toContain(hint);
  await enrol(browser);
  expect((await browser.get(`${keyUrl()}?use=1`)).body).toContain(hint);
});

test('a question is answered in the login that it was asked in, and as what it was asked for', async () => {
  const browser = await logIn();
  const key = await enrol(browser);
  const other = await logIn();
  const question = readKeyPage(await browser.get(`${keyUrl()}?use=1`), authUrl);
  const elsewhere = await sendKeyAnswer(other, authUrl, question.ceremony, key.use(question.ask));
  expect(titleOf(elsewhere)).toEqual([400, 'This login began somewhere else']);
  expect((await other.get(vault())).url).toContain('/.bouncer/hardware-key');
  // A new key in answer to a question for the use of one, and the other way round.
  const made = await sendKeyAnswer(
    browser,
    authUrl,
    question.ceremony,
    new SoftwareKey().create(question.ask),
  );
  expect(made.status).toBe(403);
  const enrolment = readKeyPage(await browser.get(`${keyUrl()}?add=1`), authUrl);
  const used = await sendKeyAnswer(browser, authUrl, enrolment.ceremony, key.use(enrolment.ask));
  expect(used.status).toBe(403);
  expect(await listed()).toHaveLength(1);
});

test('the tokens of before a use are nobody’s on any host', async () => {
  const browser = await logIn();
  const key = await enrol(browser);
  await browser.get(site.at('wiki.localhost'));
  const before = ['wiki.localhost', 'auth.localhost'].map(
    (host) => [host, browser.cookiesOf(host).get('bouncer_session') ?? ''] as const,
  );
  expect((await use(browser, key)).status).toBe(200);
  expect((await browser.get(vault())).status).toBe(200);
  for (const [host, token] of before) {
    expect(token).toMatch(/^[\w-]{43}$/);
    const thief = site.browser();
    thief.setCookie(host, 'bouncer_session', token);
    const answer = await thief.get(host === 'wiki.localhost' ? vault() : keyUrl(), {
      stopAt: (url) => url.startsWith(site.provider.issuer),
    });
    expect([host, answer.status]).toEqual([host, 302]);
  }
});

test('a key is removed by a fresh use of one’s own alone, and the only one that is asked for is not', async () => {
  const browser = await logIn();
  const key = await enrol(browser);
  const admin = await logIn('admin');
  const admins = await enrol(admin, 'admin');
  expect(titleOf(await remove(browser, key))).toEqual([403, 'This is your only key']);
  const another = await enrolAnother(browser);
  expect((await remove(browser, admins)).body).toContain('Your security keys');
  expect(await listed()).toHaveLength(3);
  try {
    aheadMs = 6 * 60_000;
    expect(titleOf(await remove(browser, another))).toEqual([403, 'Use one of your keys first']);
    expect(await listed()).toHaveLength(3);
    await use(browser, key);
    expect(titleOf(await remove(browser, another))).toEqual([200, 'The key was removed']);
    // Nothing asks the administrator for a key.
    await use(admin, admins);
    expect(titleOf(await remove(admin, admins))).toEqual([200, 'The key was removed']);
  } finally {
    aheadMs = 0;
  }
  expect(await listed()).toMatchObject([{ id: key.id }]);
  // The login of the removal ended with it; the provider knows her still, and the key that is left opens the page.
  const { ceremony, ask } = readKeyPage(await browser.get(vault()), authUrl);
  await sendKeyAnswer(browser, authUrl, ceremony, key.use(ask));
  expect((await browser.get(vault())).status).toBe(200);
});
