// What flows share: the sites that they play on, steps of a login, and the judgement that nobody got in.
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import type { Lies } from '../fixtures/hostile-provider.ts';
import type { AttackCase } from './attack-case.ts';
import { type AttackSite, type AttackSiteOptions, appHost, authUrl, cookieName } from './attack-site.ts';

/** The sites of a run. Flows that change a site for good start one of their own. */
export interface Sites {
  readonly honest: AttackSite;
  readonly hostile: AttackSite;
  /** A site of one's own, closed after the flow; what its close says counts against the case. */
  own(options: AttackSiteOptions): Promise<AttackSite>;
}

/** Plays one case and says what went wrong; empty when the attack was held. */
export type Flow = (one: AttackCase, sites: Sites) => Promise<readonly string[]>;

export const nothing: readonly string[] = [];

/** The statuses of a refusal, where a case names none. */
const refusals: readonly number[] = [400, 401, 403];

/** The first step of a case that has this member, and its value. */
export function stepOf(one: AttackCase, name: string): unknown {
  const steps = (one.request['steps'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  return steps.find((step) => name in step)?.[name];
}

/** On a hostile site: log in while the provider tells these lies, at a path of the application. */
export async function logInWithLies(
  site: AttackSite,
  lies: Lies,
  path = '/private',
): Promise<{
  readonly browser: BrowserClient;
  readonly response: BrowserResponse;
  readonly upstreamBytes: number;
}> {
  site.hostile().tell(lies);
  const before = site.upstream.bytes();
  try {
    const { browser, response } = await site.logIn('alice', path);
    return { browser, response, upstreamBytes: site.upstream.bytes() - before };
  } finally {
    site.hostile().tell({});
  }
}

/** What is wrong when this login must not have made a session. */
export async function problemsOfRefusedLogin(
  one: AttackCase,
  browser: BrowserClient,
  response: BrowserResponse,
  upstreamBytes: number,
): Promise<string[]> {
  const wanted = one.expected.status ?? refusals;
  const problems: string[] = [];
  const isStartRefused = one.expected.outcome === 'fail-closed-start' && response.status >= 400;
  if (!wanted.includes(response.status) && !isStartRefused) problems.push(`status ${response.status}`);
  for (const url of [`https://${appHost}`, authUrl])
    if (browser.cookiesOf(new URL(url).hostname).has(cookieName)) problems.push(`a session at ${url}`);
  if (upstreamBytes > 0) problems.push(`the upstream saw ${upstreamBytes} bytes`);
  if (/eyJ[\w-]{8}|\.ts:\d|node_modules|signature/i.test(response.body))
    problems.push('the page tells details');
  const again = await browser.get(`https://${appHost}/private`, { stopAt: () => true });
  if (again.status === 200) problems.push('the browser is let in');
  return problems;
}

/** A login that was begun and stands before its callback. @returns the URL of the callback with code and state */
export async function beginLogin(browser: BrowserClient, path = '/private'): Promise<URL> {
  const callback = `${authUrl}/.bouncer/callback/`;
  const response = await browser.get(`https://${appHost}${path}`, {
    stopAt: (url) => url.startsWith(callback),
  });
  const { location } = response.headers;
  if (typeof location !== 'string') throw new Error(`no callback but ${response.status} at ${response.url}`);
  return new URL(location);
}

/** Whether a session cookie is worth anything. */
export async function isSession(site: AttackSite, token: string, path = '/private'): Promise<boolean> {
  const browser = site.browser();
  browser.setCookie(appHost, cookieName, token);
  return (await browser.get(`https://${appHost}${path}`, { stopAt: () => true })).status === 200;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits for what comes true by itself; a busy machine gets a minute. @returns whether it did */
export async function until(isSo: () => boolean | Promise<boolean>, everyMs = 20): Promise<boolean> {
  const endMs = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) return false;
    await sleep(everyMs);
  }
  return true;
}
