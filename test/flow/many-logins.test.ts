// Many people who log in at once, over three kinds of provider: each gets their own session, and nobody another's. `BOUNCER_LOGINS=1000`
// makes it a thousand.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTurns } from '../../src/identity/turns.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type GithubServer, startGithubServer } from '../fixtures/github-server.ts';
import { codeIn } from '../fixtures/mail-server.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { clientSecret, person, testProvider } from '../fixtures/running-site.ts';
import { type CodeSite, goesOnTo, loginIn, send, startCodeSite } from './code-site.ts';

const count = Number(process.env['BOUNCER_LOGINS'] ?? 90);
/** Requests at a time. Whoever has made a step stands behind all who wait for theirs, so that all logins go on side by side. */
const turns = createTurns(30, 900_000);
async function step<T>(take: () => Promise<T>): Promise<T> {
  const end = await turns.take();
  return take().finally(() => end?.());
}

const kinds = ['test', 'github', 'email'] as const;
const kindOf = (index: number) => kinds[index % kinds.length] ?? 'test';
const addressOf = (index: number) => `p${index}@example.com`;
const githubId = (index: number) => 10_000 + index;

let github: GithubServer;
let site: CodeSite;

beforeAll(async () => {
  const all = Array.from({ length: count }, (_, index) => index);
  site = await startCodeSite({
    people: all
      .filter((index) => kindOf(index) === 'test')
      .map((index) => person(`p${index}`, addressOf(index), [])),
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email, X-Forwarded-Sub: sub, X-Forwarded-Idp: idp }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email, X-Forwarded-Sub: sub, X-Forwarded-Idp: idp }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`,
    providers: async ({ issuer, authUrl }) => {
      github = await startGithubServer({
        accounts: all
          .filter((index) => kindOf(index) === 'github')
          .map((index) => ({
            id: githubId(index),
            login: `p${index}`,
            emails: [{ email: addressOf(index), primary: true, verified: true }],
          })),
        redirectUris: [`${authUrl}/.bouncer/callback/github`],
      });
      return `${testProvider(issuer)}
  - { id: github, type: github, url: "${github.url}", client_id: Ov23github, client_secret: ${clientSecret} }
  - { id: email, type: email_pin }`;
    },
  });
}, 60_000);
afterAll(async () => {
  await site.close();
  await github.close();
});

async function take(
  browser: BrowserClient,
  chooser: BrowserResponse,
  id: string,
  stopAt?: (url: string) => boolean,
) {
  const href = new RegExp(`href="(/\\.bouncer/login\\?[^"]*provider=${id}[^"]*)"`).exec(chooser.body)?.[1];
  if (href === undefined)
    throw new Error(`no way ${id} at ${chooser.url}: ${chooser.status} ${chooser.body}`);
  const url = new URL(href.replaceAll('&amp;', '&'), chooser.url).href;
  return browser.get(url, stopAt === undefined ? {} : { stopAt });
}

/** A plain wait: what a test library makes of each try that fails would keep the process busy with hundreds who wait. */
async function mailTo(address: string) {
  const giveUpMs = performance.now() + 300_000;
  for (;;) {
    const found = site.mail.mails.find(({ to }) => to.includes(address));
    if (found !== undefined) return found;
    if (performance.now() > giveUpMs) throw new Error(`no mail to ${address}`);
    await wait(200);
  }
}

/** What the application saw, or why the person did not get there. */
function seenIn({ url, status, body }: BrowserResponse): Record<string, unknown> {
  if (!body.startsWith('{'))
    throw new Error(
      `${status} at ${url.slice(0, 60)}: ${/<h1[^>]*>[^<]*/.exec(body)?.[0] ?? body.slice(0, 500)} ${JSON.stringify(site.records().findLast(({ event }) => event === 'login_failed'))}`,
    );
  return JSON.parse(body);
}

/** The whole way of one person. @returns what the application saw of the request that they came for */
async function logIn(
  browser: BrowserClient,
  chooser: BrowserResponse,
  index: number,
): Promise<Record<string, unknown>> {
  const kind = kindOf(index);
  if (kind === 'test') {
    const at = await step(() => take(browser, chooser, kind));
    return seenIn(await step(() => logInAtProvider(browser, at, `p${index}`)));
  }
  if (kind === 'github') {
    const sent = await step(() => take(browser, chooser, kind, (url) => url.startsWith(github.url)));
    // Who comes there is said by the very request: `who` of the server is one for all.
    const url = new URL(String(sent.headers['location']));
    url.searchParams.set('login', `p${index}`);
    return seenIn(await step(() => browser.get(url.href)));
  }
  const asked = await step(() => take(browser, chooser, kind));
  const login = loginIn(asked);
  await step(() => send(site, browser, { login, email: addressOf(index) }));
  const mail = await mailTo(addressOf(index));
  const done = await step(() => send(site, browser, { login, code: codeIn(mail) }));
  return seenIn(await step(() => browser.get(goesOnTo(done))));
}

test(`${count} people log in at the same time over three kinds of provider, and each is who they are on every host`, {
  timeout: 900_000,
}, async () => {
  const browsers = Array.from({ length: count }, () => site.browser());
  const seen: Record<string, unknown>[] = [];
  // All of them stand before the chooser when the first goes on.
  const choosers = await Promise.all(
    browsers.map((browser, index) => step(() => browser.get(site.at('wiki.localhost', `/desk/${index}`)))),
  );
  const startedMs = performance.now();
  await Promise.all(
    browsers.map(async (browser, index) => {
      const chooser = choosers[index];
      if (chooser !== undefined) seen[index] = await logIn(browser, chooser, index);
    }),
  );
  const tookMs = performance.now() - startedMs;
  const elsewhere: Record<string, unknown>[] = [];
  for (const [index, browser] of browsers.entries())
    elsewhere[index] = JSON.parse((await browser.get(site.at('photos.localhost', `/album/${index}`))).body);
  for (let index = 0; index < count; index++) {
    const kind = kindOf(index);
    const sub = { test: `p${index}`, github: String(githubId(index)), email: addressOf(index) }[kind];
    const headers = expect.objectContaining({
      'x-forwarded-email': addressOf(index),
      'x-forwarded-sub': sub,
      'x-forwarded-idp': kind,
    });
    expect(seen[index]).toMatchObject({ url: `/desk/${index}`, headers });
    expect(elsewhere[index]).toMatchObject({ url: `/album/${index}`, headers });
  }
  const logins = site.records().filter(({ event }) => event === 'login');
  expect(new Set(logins.map(({ session }) => session)).size).toBe(count);
  if (process.env['BOUNCER_LOGINS'] !== undefined)
    console.info(
      `${count} logins under way at once, ${Math.ceil(count / 3)} of a kind, in ${Math.round(tookMs / 1000)} s; none mixed up`,
    );
});
