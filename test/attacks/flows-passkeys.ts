// Attacks on logins by passkey: answers that lie, answers and invitations that come twice or from elsewhere, and what a stolen session
// can do about somebody's passkeys.

import { userHandleOf } from '../../src/identity/hardware-keys/ceremony-options.ts';
import { inviteToEnrol } from '../../src/identity/hardware-keys/key-operations.ts';
import { inviteToPasskey, removePasskeys } from '../../src/identity/passkey/passkey-operations.ts';
import { blockPerson, erasePerson, unblockPerson } from '../../src/identity/persons/person-operations.ts';
import type { PasskeyProviderSettings } from '../../src/settings/settings.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type Ask, flags, type Lies, SoftwareKey } from '../fixtures/software-key.ts';
import type { AttackCase } from './attack-case.ts';
import { type AttackSite, appHost, attackRules, authUrl, cookieName } from './attack-site.ts';
import type { Flow, Sites } from './flow.ts';
import { clock, withClock } from './moved-clock.ts';

const passkeyUrl = `${authUrl}/.bouncer/passkey`;
const keyUrl = `${authUrl}/.bouncer/hardware-key`;
const home = `https://${appHost}/family`;
const vault = `https://${appHost}/family-vault`;
const mom = 'mom@family.example';
const synced = flags.up | flags.uv | flags.be | flags.bs;

const rules = attackRules.replace(
  '    paths:\n',
  `    paths:
      - path: /family
        policies:
          - { name: family, action: allow, include: [{ email_domain: family.example }], require: [{ login_method: passkey }] }
      - path: /family-vault
        policies:
          - { name: family with a key, action: allow, include: [{ email_domain: family.example }], require: [hardware_key] }
`,
);

function passkeySite(sites: Sites): Promise<AttackSite> {
  return sites.own({
    provider: 'honest',
    rules,
    settings: '  - { id: passkey, type: passkey, email_domains: [family.example] }\nhardware_keys: {}\n',
  });
}

function providerOf({ bouncer }: AttackSite): PasskeyProviderSettings {
  const provider = bouncer.settings.identityProviders.find(({ type }) => type === 'passkey');
  if (provider?.type !== 'passkey') throw new Error('the site has no passkeys');
  return provider;
}

async function inStore<T>(site: AttackSite, act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(site.bouncer.settings);
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

function invite(site: AttackSite, email = mom, endsAtMs: number | null = null): Promise<string> {
  return inStore(site, (store) => inviteToPasskey(store, authUrl, { email, endsAtMs, isBreakGlass: false }));
}

/** What a page asks, and the field that says which question it is. */
interface Question {
  readonly field: Readonly<Record<string, string>>;
  readonly ask: Ask;
}

function questionOf({ status, url, body }: BrowserResponse): Question {
  const challenge = /&quot;challenge&quot;:&quot;([\w-]+)&quot;/.exec(body)?.[1];
  const [, name, value] = /name="(login|ceremony)" value="([^"]+)"/.exec(body) ?? [];
  if (challenge === undefined || name === undefined || value === undefined)
    throw new Error(`no page of a passkey but ${status} at ${url}`);
  return { field: { [name]: value }, ask: { challenge, rpId: new URL(authUrl).hostname, origin: authUrl } };
}

/** A passkey of a phone: copied to the owner's other devices, and it says whose it is. */
class Passkey {
  readonly key = new SoftwareKey();
  readonly #owner: string;
  constructor(email = mom) {
    this.#owner = userHandleOf({ idp: 'bouncer-passkey', sub: email });
  }
  create = ({ ask }: Question, lies: Lies = {}): string =>
    this.key.create(ask, { flags: synced, attachment: 'platform', transports: ['internal'], ...lies });
  use = ({ ask }: Question, lies: Lies = {}): string =>
    this.key.use(ask, { flags: synced, counter: 0, userHandle: this.#owner, ...lies });
}

function send(browser: BrowserClient, { field }: Question, answer: string): Promise<BrowserResponse> {
  return browser.post(
    passkeyUrl,
    { ...field, answer },
    { stopAt: (url) => url.startsWith(`https://${appHost}`) },
  );
}

async function enrol(site: AttackSite, email = mom, lies: Lies = {}): Promise<Passkey> {
  const browser = site.browser();
  const passkey = new Passkey(email);
  const question = questionOf(await browser.get(await invite(site, email)));
  const done = await send(browser, question, passkey.create(question, lies));
  if (done.status !== 200) throw new Error(`the passkey of ${email} was not made: ${done.status}`);
  return passkey;
}

/** On the page that asks for a passkey. */
async function asked(site: AttackSite, browser = site.browser()) {
  const chooser = await browser.get(home);
  const href = /href="(\/\.bouncer\/login\?[^"]*provider=passkey[^"]*)"/.exec(chooser.body)?.[1];
  if (href === undefined) throw new Error(`no chooser but ${chooser.status} at ${chooser.url}`);
  return { browser, question: questionOf(await browser.get(authUrl + href.replaceAll('&amp;', '&'))) };
}

async function logIn(site: AttackSite, passkey: Passkey, as: Lies = {}): Promise<BrowserClient> {
  const { browser, question } = await asked(site);
  await send(browser, question, passkey.use(question, as));
  if ((await browser.get(home)).status !== 200) throw new Error('an honest passkey logs nobody in');
  return browser;
}

/** What is wrong when nobody must have been logged in by this. */
async function problemsOfRefused(
  one: AttackCase,
  site: AttackSite,
  browser: BrowserClient,
  response: BrowserResponse,
): Promise<string[]> {
  const problems: string[] = [];
  if (!(one.expected.status ?? [400, 403]).includes(response.status))
    problems.push(`status ${response.status} at ${response.url}`);
  if (/node_modules|\.ts:\d|at async/.test(response.body)) problems.push('the page tells details');
  if (browser.cookiesOf(new URL(authUrl).hostname).has(cookieName)) problems.push('a session');
  const before = site.upstream.bytes();
  const again = await browser.get(home, { stopAt: (url) => url.startsWith(authUrl) });
  if (again.status === 200 || site.upstream.bytes() > before) problems.push('the browser is let in');
  return problems;
}

/**
 * Logins by a passkey that is enrolled, each with a lie.
 *
 * @param enrolledWith, usedWith what is no lie, at the enrolment and at the use that lets its owner in at the end
 */
function lyingLogin(lies: readonly Lies[], enrolledWith: Lies = {}, usedWith: Lies = {}): Flow {
  return async (one, sites) => {
    const site = await passkeySite(sites);
    const passkey = await enrol(site, mom, enrolledWith);
    const problems: string[] = [];
    for (const lie of lies) {
      const { browser, question } = await asked(site);
      const response = await send(browser, question, passkey.use(question, lie));
      problems.push(...(await problemsOfRefused(one, site, browser, response)));
    }
    await logIn(site, passkey, usedWith);
    return problems;
  };
}

/** The key of a stranger under the id of somebody's passkey, and under one of its own. */
const strangersKey: Flow = async (one, sites) => {
  const site = await passkeySite(sites);
  const passkey = await enrol(site);
  const problems: string[] = [];
  for (const lie of [{ id: passkey.key.id }, {}]) {
    const { browser, question } = await asked(site);
    const response = await send(browser, question, new Passkey().use(question, lie));
    problems.push(...(await problemsOfRefused(one, site, browser, response)));
  }
  return problems;
};

/** An answer a second time, with all that the browser had; and a first time by a browser that was not asked. */
const replayed: Flow = async (one, sites) => {
  const site = await passkeySite(sites);
  const passkey = await enrol(site);
  const { browser, question } = await asked(site);
  const cookies = [...browser.cookiesOf(new URL(authUrl).hostname)];
  const answer = passkey.use(question);
  const other = site.browser();
  const elsewhere = await send(other, question, answer);
  const problems = await problemsOfRefused(one, site, other, elsewhere);
  await send(browser, question, answer);
  if ((await browser.get(home)).status !== 200) problems.push('the one who was asked is not let in');
  const thief = site.browser();
  for (const [name, value] of cookies) thief.setCookie(new URL(authUrl).hostname, name, value);
  return [...problems, ...(await problemsOfRefused(one, site, thief, await send(thief, question, answer)))];
};

/** A passkey where a hardware key is asked for, and the other way round. */
const takenForTheOther: Flow = async (_one, sites) => {
  const site = await passkeySite(sites);
  const passkey = await enrol(site);
  const browser = await logIn(site, passkey);
  const problems: string[] = [];
  const isOpen = async () => (await browser.get(vault)).status === 200;
  if (await isOpen()) problems.push('a passkey opens what asks for a hardware key');
  const link = await inStore(site, (store) => inviteToEnrol(store, { email: mom, authUrl }));
  const refused = questionOf(await browser.get(link));
  const answer = passkey.create(refused, { attachment: 'cross-platform', transports: ['usb'] });
  const synced = await browser.post(keyUrl, { ...refused.field, answer });
  if (synced.status !== 403 || (await isOpen())) problems.push('a passkey is enrolled as a hardware key');
  const page = questionOf(await browser.get(link));
  const key = new SoftwareKey();
  await browser.post(keyUrl, { ...page.field, answer: key.create(page.ask) });
  if (!(await isOpen())) problems.push('a hardware key beside it opens nothing');
  // The passkey's answer to a question for a hardware key, and the hardware key's to one for a passkey.
  const use = questionOf(await browser.get(`${keyUrl}?use=1`));
  const asKey = await browser.post(keyUrl, { ...use.field, answer: passkey.use(use) });
  if (asKey.status !== 403) problems.push(`a passkey as a hardware key: ${asKey.status}`);
  const login = await asked(site);
  const asPasskey = await send(
    login.browser,
    login.question,
    key.use(login.question.ask, { userHandle: userHandleOf({ idp: 'bouncer-passkey', sub: mom }) }),
  );
  if (asPasskey.status !== 403) problems.push(`a hardware key as a passkey: ${asPasskey.status}`);
  return problems;
};

/** What a session, an invitation to something else and an invention enrol: nothing. */
const enrolledByNobody: Flow = async (_one, sites) => {
  const site = await passkeySite(sites);
  const browser = await logIn(site, await enrol(site));
  const toKey = await inStore(site, (store) => inviteToEnrol(store, { email: mom, authUrl }));
  const problems: string[] = [];
  const text = new URL(toKey).searchParams.get('invitation') ?? '';
  const outside = await inStore(site, (store) =>
    inviteToPasskey(store, authUrl, { email: 'admin@example.com', endsAtMs: null, isBreakGlass: false }),
  );
  for (const address of [
    passkeyUrl,
    `${passkeyUrl}?invitation=${text}`,
    `${passkeyUrl}?invitation=AAAA`,
    outside,
  ])
    if (/name="ceremony"/.test((await browser.get(address)).body))
      problems.push(`a question at ${address.slice(0, 60)}`);
  const keyPage = questionOf(await browser.get(toKey));
  const crossed = await browser.post(passkeyUrl, { ...keyPage.field, answer: new Passkey().create(keyPage) });
  if (crossed.status !== 400)
    problems.push(`a question for a hardware key is taken for a passkey: ${crossed.status}`);
  const count = await inStore(site, async (store) => (await store.passkeys.listPasskeys()).length);
  return count === 1 ? problems : [...problems, `${count} passkeys`];
};

/** An invitation that was used, taken back, or whose address is blocked or erased; each with a page of it that was open before. */
const invitationOver: Flow = async (_one, sites) => {
  const site = await passkeySite(sites);
  const problems: string[] = [];
  const ends: Readonly<Record<string, (link: string) => Promise<unknown>>> = {
    used: async (link) => {
      const question = questionOf(await site.browser().get(link));
      return send(site.browser(), question, new Passkey('gran@family.example').create(question));
    },
    'taken back': () =>
      inStore(site, (store) => removePasskeys(store, providerOf(site), { email: 'gran@family.example' })),
    erased: () => inStore(site, (store) => erasePerson(store, 'gran@family.example')),
    blocked: () => inStore(site, (store) => blockPerson(store, 'gran@family.example')),
  };
  for (const [how, end] of Object.entries(ends)) {
    const link = await invite(site, 'gran@family.example');
    const browser = site.browser();
    const open = questionOf(await browser.get(link));
    await end(link);
    const late = await send(browser, open, new Passkey('gran@family.example').create(open));
    const again = await browser.get(link);
    if (late.status !== 403) problems.push(`${how}: the open page gets ${late.status}`);
    if (again.status !== 403) problems.push(`${how}: the link gets ${again.status}`);
  }
  await inStore(site, (store) => unblockPerson(store, 'gran@family.example'));
  const made = await inStore(
    site,
    async (store) => (await store.passkeys.listPasskeys('gran@family.example')).length,
  );
  return made === 0 ? problems : [...problems, `${made} passkeys`];
};

/** A passkey that was removed or whose time is over; and what it logged in before. */
const passkeyOver: Flow = withClock(async (one, sites) => {
  const site = await passkeySite(sites);
  const [removed, temporary] = [await enrol(site), new Passkey()];
  const question = questionOf(await site.browser().get(await invite(site, mom, Date.now() + 3_600_000)));
  await send(site.browser(), question, temporary.create(question));
  const problems: string[] = [];
  const isIn = async (browser: BrowserClient) =>
    (await browser.get(home, { stopAt: (url) => url.startsWith(authUrl) })).status === 200;
  const before = await logIn(site, removed);
  await inStore(site, (store) => removePasskeys(store, providerOf(site), { id: removed.key.id }));
  if (await isIn(before)) problems.push('a session outlives its passkey that was removed');
  const guest = await logIn(site, temporary);
  clock.aheadMs = 3_601_000;
  if (await isIn(guest)) problems.push('a session outlives the time of its passkey');
  for (const gone of [removed, temporary]) {
    const login = await asked(site);
    const response = await send(login.browser, login.question, gone.use(login.question));
    problems.push(...(await problemsOfRefused(one, site, login.browser, response)));
  }
  return problems;
});

/** A thief with a session: they remove no passkey of an old login, no other person's, and never the last one. */
const stolenSession: Flow = withClock(async (_one, sites) => {
  const site = await passkeySite(sites);
  const [passkey, second] = [await enrol(site), await enrol(site)];
  const dads = await enrol(site, 'dad@family.example');
  const problems: string[] = [];
  const count = () => inStore(site, async (store) => (await store.passkeys.listPasskeys()).length);
  const remove = (browser: BrowserClient, of: Passkey, headers: Readonly<Record<string, string>> = {}) =>
    browser.post(passkeyUrl, { remove: of.key.id }, { headers, stopAt: () => true });
  const browser = await logIn(site, passkey);
  await remove(browser, second, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' });
  await remove(browser, dads);
  if ((await count()) !== 3) problems.push('a passkey is removed by another site, or by another person');
  clock.aheadMs = 6 * 60_000;
  await remove(browser, second);
  if ((await count()) !== 3) problems.push('a passkey is removed by an old login');
  const fresh = await logIn(site, passkey);
  if ((await remove(fresh, second)).status !== 200 || (await count()) !== 2)
    problems.push('the owner cannot remove one');
  const last = await logIn(site, passkey);
  if ((await remove(last, passkey)).status !== 403 || (await count()) !== 2)
    problems.push('the last one is removed');
  return problems;
});

export const passkeyFlows: Readonly<Record<string, Flow>> = {
  'PSK-001': lyingLogin([
    { flags: flags.up | flags.be | flags.bs },
    { flags: flags.uv | flags.be | flags.bs },
    { origin: `https://${appHost}` },
    { origin: `${authUrl}.evil.test` },
    { rpId: 'evil.test' },
    { rpId: 'bouncer.test' },
    { challenge: 'A'.repeat(43) },
    { type: 'webauthn.create' },
    { crossOrigin: true },
    { trailing: Buffer.from([0]) },
  ]),
  'PSK-002': lyingLogin([
    { userHandle: userHandleOf({ idp: 'bouncer-passkey', sub: 'dad@family.example' }) },
    { userHandle: userHandleOf({ idp: 'test', sub: 'alice' }) },
    { userHandle: '' },
  ]),
  'PSK-003': lyingLogin([
    { signature: Buffer.from('3006020100020100', 'hex') },
    { signature: Buffer.alloc(0) },
    { signature: Buffer.alloc(70) },
    { flags: flags.up | flags.uv },
  ]),
  'PSK-004': strangersKey,
  'PSK-005': replayed,
  'PSK-006': takenForTheOther,
  'PSK-007': enrolledByNobody,
  'PSK-008': invitationOver,
  'PSK-009': passkeyOver,
  'PSK-010': stolenSession,
  'PSK-011': lyingLogin(
    [{ flags: flags.up | flags.uv, counter: 9 }],
    { flags: flags.up | flags.uv, counter: 9 },
    { flags: flags.up | flags.uv, counter: 10 },
  ),
};
