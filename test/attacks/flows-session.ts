// Sessions and cookies: what is set, what ends, what a reload, a store that is away and a full log change.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AttackSite, appHost, attackRules, authUrl, cookieName, otherHost } from './attack-site.ts';
import { beginLogin, type Flow, isSession, nothing } from './flow.ts';
import { clock, withClock } from './moved-clock.ts';

/** Every `Set-Cookie` on the way of a login, and of a logout. */
async function cookiesOnTheWay(site: AttackSite): Promise<readonly string[]> {
  const browser = site.browser();
  const lines: string[] = [];
  let url = `https://${appHost}/private`;
  for (let hop = 0; hop < 12; hop++) {
    const response = await browser.get(url, { stopAt: () => true });
    lines.push(...response.setCookies);
    const { location } = response.headers;
    if (typeof location !== 'string') break;
    url = new URL(location, url).href;
  }
  const out = await browser.post(`https://${appHost}/.bouncer/logout`, {}, { stopAt: () => true });
  return [...lines, ...out.setCookies];
}

const attributes: Flow = async (_, { hostile }) => {
  const lines = await cookiesOnTheWay(hostile);
  const problems = lines.length >= 5 ? [] : [`only ${lines.length} cookies on the way`];
  for (const line of lines) {
    const [pair = '', ...rest] = line.split('; ');
    const names = rest.map((text) => text.toLowerCase());
    for (const wanted of ['secure', 'httponly', 'path=/', 'samesite=lax'])
      if (!names.includes(wanted)) problems.push(`${pair.split('=')[0]} lacks ${wanted}`);
    if (!pair.startsWith('__Host-')) problems.push(`${pair.split('=')[0]} has no __Host-`);
    if (names.some((text) => text.startsWith('domain='))) problems.push('a Domain');
    const age = Number(names.find((text) => text.startsWith('max-age='))?.slice(8) ?? Number.NaN);
    if (pair.includes('login_') && !(age <= 600)) problems.push(`a login cookie lives ${age} s`);
  }
  return problems;
};

/** A login as somebody else over a living session. */
const switchUser: Flow = async (_, { hostile }) => {
  const browser = hostile.browser();
  const second = await beginLogin(browser);
  hostile.hostile().tell({});
  const first = await browser.get(`https://${appHost}/private`);
  const alice = browser.cookiesOf(appHost).get(cookieName) ?? '';
  await browser.get(`https://${otherHost}/private`);
  const alicesOther = browser.cookiesOf(otherHost).get(cookieName) ?? '';
  hostile.hostile().tell({
    claims: { sub: 'admin', email: 'admin@example.com' },
    userInfo: { sub: 'admin' },
  });
  const end = await browser.get(second.href);
  hostile.hostile().tell({});
  const replay = hostile.browser();
  replay.setCookie(otherHost, cookieName, alicesOther);
  const elsewhere = await replay.get(`https://${otherHost}/private`, { stopAt: () => true });
  return [
    ...(first.status === 200 && alicesOther !== '' ? nothing : [`alice was not let in: ${first.status}`]),
    ...(end.status === 200 ? nothing : [`the second person ends with ${end.status}`]),
    ...((await isSession(hostile, alice)) ? ['the first session lives on'] : nothing),
    ...(elsewhere.status === 200 ? ['the first session lives on, on the other host'] : nothing),
  ];
};

const idle: Flow = withClock(async (_, sites) => {
  const site = await sites.own({ provider: 'hostile', settings: 'session: { idle_timeout: 2m }' });
  const token = await site.token('alice');
  const isLive = await isSession(site, token);
  clock.aheadMs = 121_000;
  return [
    ...(isLive ? nothing : ['the session never lived']),
    ...((await isSession(site, token)) ? ['the session outlives its idle time'] : nothing),
  ];
});

/** Another process holds the store: who is not known is never let in, nobody logs in, who is logged in goes on. */
const storeDown: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const token = await site.token('alice');
  const [name = ''] = readdirSync(join(site.folder, 'data')).filter((file) => /\.(?:db|sqlite)$/.test(file));
  const lock = new DatabaseSync(join(site.folder, 'data', name));
  lock.exec('BEGIN IMMEDIATE');
  const problems: string[] = [];
  try {
    const before = site.upstream.bytes();
    const browser = site.browser();
    browser.setCookie(appHost, cookieName, `${token.slice(0, -2)}AA`);
    const unknown = await browser.get(`https://${appHost}/private`, { stopAt: () => true });
    if (![302, 401, 503].includes(unknown.status)) problems.push(`an unknown session: ${unknown.status}`);
    const { response } = await site.logIn();
    if (response.status !== 503) problems.push(`a login: ${response.status}`);
    if (site.upstream.bytes() !== before) problems.push('the upstream was reached');
    if (!(await isSession(site, token))) problems.push('who was logged in is not let in any more');
  } finally {
    lock.exec('ROLLBACK');
    lock.close();
  }
  const { response } = await site.logIn();
  if (response.status !== 200) problems.push(`with the store back, a login: ${response.status}`);
  return problems;
};

const removeAccess: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const { browser, response } = await site.logIn();
  site.writeRules(attackRules.replaceAll('email_domain: example.com', 'email_domain: example.org'));
  const isLoaded = await site.bouncer.reload();
  const next = await browser.get(`https://${appHost}/private`, { stopAt: () => true });
  return [
    ...(response.status === 200 && isLoaded ? nothing : ['the rules are not in force']),
    ...(next.status === 403 ? nothing : [`status ${next.status}`]),
  ];
};

const badReload: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const { browser } = await site.logIn();
  site.writeRules('applications: [');
  const isLoaded = await site.bouncer.reload();
  const admin = await browser.get(`https://${appHost}/admin`, { stopAt: () => true });
  const own = await browser.get(`https://${appHost}/private`, { stopAt: () => true });
  const isTold = site.records().some(({ event }) => event === 'reload_failed');
  return [
    ...(isLoaded ? ['a syntax error was loaded'] : nothing),
    ...(admin.status === 403 ? nothing : [`/admin: ${admin.status}`]),
    ...(own.status === 200 ? nothing : [`/private: ${own.status}`]),
    ...(isTold ? nothing : ['the log does not say so']),
  ];
};

const notCacheable: Flow = async (_, { hostile }) => {
  const { browser, response } = await hostile.logIn();
  const page = await browser.get(`${authUrl}/.bouncer/logout`);
  const cache = String(response.headers['cache-control'] ?? '');
  const ofPage = String(page.headers['cache-control'] ?? '');
  return [
    ...(/private|no-store/.test(cache) ? nothing : [`an answer to alice: Cache-Control: ${cache}`]),
    ...(ofPage.includes('no-store') ? nothing : [`a page of ours: Cache-Control: ${ofPage}`]),
  ];
};

/** The disk that takes the log is full: nobody gets in by it, nothing crashes, and with the disk back all is well. */
const logFull: Flow = async (_, sites) => {
  let isFull = false;
  const site = await sites.own({
    provider: 'hostile',
    onLog: () => {
      if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    },
  });
  const { browser } = await site.logIn();
  const before = site.upstream.seen.length;
  isFull = true;
  const denied = await browser.get(`https://${appHost}/admin`, { stopAt: () => true }).catch(() => null);
  const wasReached = site.upstream.seen.length - before;
  isFull = false;
  const after = await browser.get(`https://${appHost}/private`);
  return [
    ...(denied !== null && denied.status < 400 ? [`/admin: ${denied.status}`] : nothing),
    ...(wasReached === 0 ? nothing : ['a denied request reached the upstream']),
    ...(after.status === 200 ? nothing : [`with the disk back: ${after.status}`]),
  ];
};

export const sessionFlows: Readonly<Record<string, Flow>> = {
  'CK-020': attributes,
  'SES-003': switchUser,
  'SES-007': idle,
  'SES-010': storeDown,
  'SES-011': removeAccess,
  'SES-012': badReload,
  'SES-016': notCacheable,
  // Everything that was made to be kept secret so far, in everything that was logged so far; each site says the same again at its end.
  'LOG-006': async (_, { honest, hostile }) => [...honest.check(), ...hostile.check()],
  'LOG-008': logFull,
};
