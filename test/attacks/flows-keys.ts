// Attacks on bouncer's own ceremony with hardware keys: a key in software that lies, logs in as itself, and must open nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inviteToEnrol } from '../../src/identity/hardware-keys/key-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createMaker } from '../fixtures/attestation-maker.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type Ask, flags, type Lies, SoftwareKey } from '../fixtures/software-key.ts';
import type { AttackCase } from './attack-case.ts';
import { type AttackSite, appHost, attackRules, authUrl } from './attack-site.ts';
import { type Flow, nothing, type Sites } from './flow.ts';
import { clock, withClock } from './moved-clock.ts';

const rp = { rpId: new URL(authUrl).hostname, origin: authUrl };
const vault = `https://${appHost}/vault`;
const keyUrl = `${authUrl}/.bouncer/hardware-key`;

/** @param selector what the vault asks for */
function keyRules(selector: string): string {
  const path = `      - path: /vault
        policies:
          - { name: own key, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: ${selector} }] }
`;
  return attackRules.replace('    paths:\n', `    paths:\n${path}`);
}

function keySite(
  sites: Sites,
  selector = '{ source: bouncer, max_age: 5m }',
  keys = '{}',
): Promise<AttackSite> {
  return sites.own({ provider: 'honest', rules: keyRules(selector), settings: `hardware_keys: ${keys}` });
}

/** What the page asks the key, as its script would read it. */
interface KeyPage {
  readonly ceremony: string;
  readonly ask: Ask;
}

function pageOf({ status, url, body }: BrowserResponse): KeyPage {
  const ceremony = /name="ceremony" value="([^"]+)"/.exec(body)?.[1];
  const challenge = /&quot;challenge&quot;:&quot;([\w-]+)&quot;/.exec(body)?.[1];
  if (ceremony === undefined || challenge === undefined)
    throw new Error(`no page of a key but ${status} at ${url}`);
  return { ceremony, ask: { ...rp, challenge } };
}

function answer(browser: BrowserClient, { ceremony }: KeyPage, text: string): Promise<BrowserResponse> {
  return browser.post(
    keyUrl,
    { ceremony, answer: text, label: 'a key' },
    { stopAt: (url) => url.startsWith(vault) },
  );
}

async function invitation(site: AttackSite, email: string): Promise<string> {
  const store = await openStore(site.bouncer.settings);
  try {
    return await inviteToEnrol(store, { email, authUrl });
  } finally {
    await store.close();
  }
}

/** Somebody who is logged in and has a key. */
async function withKey(site: AttackSite, who = 'alice', key = new SoftwareKey()) {
  const { browser } = await site.logIn(who);
  const page = pageOf(await browser.get(await invitation(site, `${who}@example.com`)));
  const done = await answer(browser, page, key.create(page.ask));
  if (done.status !== 200) throw new Error(`the key of ${who} was not enrolled: ${done.status}`);
  return { browser, key };
}

/** What is wrong when this answer must open nothing. */
async function problemsOfRefused(
  one: AttackCase,
  {
    browser,
    response,
    site,
  }: { readonly browser: BrowserClient; readonly response: BrowserResponse; readonly site: AttackSite },
): Promise<string[]> {
  const problems: string[] = [];
  const wanted = one.expected.status ?? [400, 403];
  if (!wanted.includes(response.status)) problems.push(`status ${response.status} at ${response.url}`);
  if (/node_modules|\.ts:\d|at async/.test(response.body)) problems.push('the page tells details');
  const before = site.upstream.bytes();
  const again = await browser.get(vault, { stopAt: (url) => url.startsWith(authUrl) });
  if (again.status === 200 || site.upstream.bytes() > before) problems.push('the vault is open');
  return problems;
}

/** A use of a key that lies, by somebody whose enrolment counts no more. */
function lyingUse(lie: Lies, waitMs = 0): Flow {
  return withClock(async (one, sites) => {
    const site = await keySite(sites);
    const { browser, key } = await withKey(site);
    // Its enrolment was a use. From here on another one is asked for.
    clock.aheadMs = 6 * 60_000;
    const page = pageOf(await browser.get(vault));
    clock.aheadMs += waitMs;
    const response = await answer(browser, page, key.use(page.ask, lie));
    return problemsOfRefused(one, { browser, response, site });
  });
}

/** An enrolment that lies. */
function lyingEnrolment(lies: readonly Lies[]): Flow {
  return async (one, sites) => {
    const site = await keySite(sites);
    const { browser } = await site.logIn('alice');
    const problems: string[] = [];
    for (const lie of lies) {
      const page = pageOf(await browser.get(await invitation(site, 'alice@example.com')));
      const response = await answer(browser, page, new SoftwareKey().create(page.ask, lie));
      problems.push(...(await problemsOfRefused(one, { browser, response, site })));
    }
    return problems;
  };
}

async function anotherKey(one: AttackCase, sites: Sites): Promise<readonly string[]> {
  const site = await keySite(sites);
  const { browser } = await withKey(site);
  const other = await withKey(site, 'admin');
  clock.aheadMs = 6 * 60_000;
  const page = pageOf(await browser.get(vault));
  const response = await answer(browser, page, other.key.use(page.ask));
  return problemsOfRefused(one, { browser, response, site });
}

/** Keys whose attestation proves nothing, where a make is asked for. */
async function unprovenMake(one: AttackCase, sites: Sites): Promise<readonly string[]> {
  const make = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
  const [maker, stranger] = [await createMaker(), await createMaker('Stranger')];
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-roots-'));
  writeFileSync(join(folder, 'maker.pem'), maker.rootPem);
  const by = async (from: typeof maker) => {
    const { certificate, key } = await from.certificateOf(make);
    return { certificates: [certificate], key };
  };
  const attestations = ['none', 'self', await by(stranger)] as const;
  const problems: string[] = [];
  for (const attestation of attestations) {
    const site = await keySite(sites, `{ aaguid: ${make} }`, `{ attestation_roots: ${folder} }`);
    const { browser } = await withKey(site, 'alice', new SoftwareKey(make, attestation));
    const response = await browser.get(vault);
    problems.push(...(await problemsOfRefused(one, { browser, response, site })));
  }
  const site = await keySite(sites, `{ aaguid: ${make} }`, `{ attestation_roots: ${folder} }`);
  const { browser } = await withKey(site, 'alice', new SoftwareKey(make, await by(maker)));
  if ((await browser.get(vault)).status !== 200) problems.push('a key of the right make opens nothing');
  rmSync(folder, { recursive: true });
  return problems;
}

/** A login that somebody stole: a second key without the first, and a first one long after the login. */
async function stolenLogin(one: AttackCase, sites: Sites): Promise<readonly string[]> {
  const site = await keySite(sites);
  const { browser } = await withKey(site);
  const problems: string[] = [];
  clock.aheadMs = 6 * 60_000;
  const asked = await browser.get(`${keyUrl}?add=1`, { stopAt: (url) => url.startsWith(site.issuer) });
  if (!/^30[23]$/.test(String(asked.status)))
    problems.push(`a stale login gets ${asked.status} for a second key`);
  const link = await invitation(site, 'alice@example.com');
  const invited = await browser.get(link, { stopAt: (url) => url.startsWith(site.issuer) });
  if (/name="ceremony"/.test(invited.body)) problems.push('an invitation lets a second key in');
  const fresh = await site.logIn('admin');
  const page = pageOf(await fresh.browser.get(await invitation(site, 'admin@example.com')));
  clock.aheadMs += 6 * 60_000;
  const response = await answer(fresh.browser, page, new SoftwareKey().create(page.ask));
  return [...problems, ...(await problemsOfRefused(one, { browser: fresh.browser, response, site }))];
}

/** A form of another site, with everything that a browser would send along. */
async function crossSite(_one: AttackCase, sites: Sites): Promise<readonly string[]> {
  const site = await keySite(sites);
  const { browser, key } = await withKey(site);
  const page = pageOf(await browser.get(`${keyUrl}?use=1`));
  const response = await browser.post(
    keyUrl,
    { ceremony: page.ceremony, answer: key.use(page.ask) },
    { headers: { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' } },
  );
  return response.status === 403 ? nothing : [`status ${response.status}`];
}

export const keyFlows: Readonly<Record<string, Flow>> = {
  'CSRF-008': crossSite,
  'WAN-003': lyingUse({}, 121_000),
  'WAN-004': lyingUse({ origin: `https://${appHost}.evil.test` }),
  'WAN-005': lyingUse({ rpId: 'evil.test' }),
  'WAN-008': lyingUse({ flags: 0 }),
  'WAN-009': lyingUse({ flags: flags.up }),
  'WAN-010': withClock(anotherKey),
  'WAN-011': lyingUse({ userHandle: Buffer.from('bob').toString('base64url') }),
  'WAN-014': lyingEnrolment([{ algorithm: -257 }, { algorithm: -35 }]),
  'WAN-015': lyingUse({ signature: Buffer.from('3006020100020100', 'hex') }),
  'WAN-016': lyingEnrolment([
    { mangle: (bytes) => Buffer.concat([bytes, Buffer.from([0])]) },
    { mangle: (bytes) => Buffer.concat([Buffer.from([0xbf]), bytes.subarray(1), Buffer.from([0xff])]) },
    { mangle: () => Buffer.alloc(10_000, 0x81) },
    {
      mangle: (bytes) =>
        Buffer.concat([Buffer.from([0xa4]), bytes.subarray(1), Buffer.from('63666d74646e6f6e65', 'hex')]),
    },
  ]),
  'WAN-018': lyingEnrolment([
    { flags: flags.up | flags.uv | flags.be },
    { flags: flags.up | flags.uv | flags.be | flags.bs },
  ]),
  'WAN-020': unprovenMake,
  'WAN-022': withClock(stolenLogin),
};
