// Callbacks with invented codes: each that a browser's own cookie fits costs a request to the provider with our secret, and a row in
// the store.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallbackShares } from '../../src/identity/login/callback-shares.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { type HostileProvider, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { type LoginSite, problemIn, providerSettings, sessionIn, startLoginSite } from './login-site.ts';

let provider: HostileProvider;
let site: LoginSite;
const browsers: BrowserClient[] = [];

beforeEach(async () => {
  provider = await startHostileProvider('bouncer');
  site = await startLoginSite({
    providers: () => [providerSettings({ id: 'idp', issuer: provider.issuer })],
    limits: { failedLoginsPerAddress: 5, failedLoginsPerProvider: 12 },
  });
});
afterEach(async () => {
  for (const browser of browsers.splice(0)) await browser.close();
  await site.close();
  await provider.close();
});

const from = (ip: string) => ({ 'x-forwarded-for': ip });

/** Begins a login and goes to its callback with a code that nobody gave out. */
async function forge(ip: string, keepsCookie = true): Promise<BrowserResponse> {
  const browser = new BrowserClient();
  browsers.push(browser);
  const callback = (url: string): boolean => url.includes('/.bouncer/callback/');
  const begun = await browser.get(`${site.at('wiki.localhost')}/.bouncer/login`, { stopAt: callback });
  const url = new URL(String(begun.headers['location']));
  url.searchParams.set('code', 'invented');
  if (!keepsCookie) browser.dropCookies('auth.localhost');
  return browser.get(url.href, { headers: from(ip) });
}

const logIn = (ip: string): Promise<BrowserResponse> => {
  const browser = new BrowserClient();
  browsers.push(browser);
  return browser.get(`${site.at('wiki.localhost')}/.bouncer/login?return_to=/page`, { headers: from(ip) });
};

const limitsMet = (): readonly unknown[] =>
  site.events.filter(({ name }) => name === 'limit_reached').map(({ fields }) => fields);

describe('callbacks with invented codes', () => {
  beforeEach(() => provider.tell({ tokenStatus: 400, tokenBody: '{"error":"invalid_grant"}' }));

  it('ask the provider nothing where the browser’s own cookie does not fit', async () => {
    for (let i = 0; i < 10; i++)
      expect(problemIn(await forge('192.0.2.1', false)).problem).toBe('other-browser');
    expect(provider.tokenRequests).toHaveLength(0);
    expect(limitsMet()).toEqual([]);
  });

  it('ask the provider as often as one address may fail, also all at once, and mark no more logins as used', async () => {
    const answers = await Promise.all(Array.from({ length: 15 }, () => forge('192.0.2.1')));
    const problems = answers.map((answer) => problemIn(answer).problem);
    expect(problems.filter((problem) => problem === 'provider-answer-invalid')).toHaveLength(5);
    expect(problems.filter((problem) => problem === 'too-many-failures')).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
    expect(provider.tokenRequests).toHaveLength(5);
    expect(limitsMet()).toEqual([{ limit: 'failed_logins_per_address', address: '192.0.2.1', count: 1 }]);
    site.advance(3_100);
    expect(problemIn(await forge('192.0.2.1')).problem).toBe('provider-answer-invalid');
    expect(problemIn(await forge('192.0.2.1')).problem).toBe('too-many-failures');
  });

  it('from many addresses ask a provider once each when its share is used up, and who never failed is still let in', async () => {
    const startedMs = performance.now();
    const attack = () => Promise.all(Array.from({ length: 30 }, (_, index) => forge(`192.0.2.${index}`)));
    await attack();
    expect(provider.tokenRequests.length).toBe(30);
    await attack();
    // One more each 0.2 s, and what was asked by addresses that none had failed from before.
    const refilled = Math.ceil((performance.now() - startedMs) / 200) + 1;
    expect(provider.tokenRequests.length).toBeLessThanOrEqual(30 + refilled);
    provider.tell({});
    expect(sessionIn(await logIn('198.51.100.7'))?.identity.sub).toBe('alice');
    expect(limitsMet()).toMatchObject([{ limit: 'failed_logins_per_provider', count: 1 }]);
  });
});

describe('nobody is slowed down', () => {
  it('whose logins come to something, however many come from one address', async () => {
    for (let i = 0; i < 20; i++) expect(sessionIn(await logIn('192.0.2.1'))).not.toBeNull();
    expect(limitsMet()).toEqual([]);
  });

  it('whose logins come to something, also many at the same moment from one address at a provider that takes its time', async () => {
    provider.tell({ delayMs: 300 });
    const all = await Promise.all(Array.from({ length: 25 }, () => logIn('192.0.2.1')));
    expect(all.map((one) => sessionIn(one)?.identity.sub)).toEqual(all.map(() => 'alice'));
    expect(limitsMet()).toEqual([]);
  });

  it('for a provider that does not answer', async () => {
    provider.tell({ tokenStatus: 503, tokenBody: 'down' });
    for (let i = 0; i < 10; i++) await logIn('192.0.2.1');
    provider.tell({});
    site.advance(60_000);
    expect(sessionIn(await logIn('192.0.2.1'))).not.toBeNull();
    expect(limitsMet()).toEqual([]);
  });

  it('for long after the clock was put back', async () => {
    const limits = { failedLoginsPerAddress: 3, failedLoginsPerProvider: 3 };
    const shares = new CallbackShares(limits, { note: () => {} });
    for (let i = 0; i < 10; i++) (await shares.begin('idp', null, 1_000_000_000))?.end();
    expect(await shares.begin('idp', null, 1_000_000_000)).toBeNull();
    expect(await shares.begin('idp', null, 1_000_000)).not.toBeNull();
  });
});
