// A site whose people log in by codes, its mail server, and the steps that they take.
import { expect } from 'vitest';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { codeIn, type MailServer, startMailServer } from '../fixtures/mail-server.ts';
import { type Site, type SiteOptions, startSite } from '../fixtures/running-site.ts';

export const codeRules = `
applications:
  - name: Family photos
    contact: dad@family.example
    host: photos.localhost
    upstream: UPSTREAM
    policies:
      - name: family
        action: allow
        include: [{ email: [mom@family.example, dad@family.example] }, { email_domain: [friends.example, xn--bcher-kva.example] }]
      - name: not him
        action: deny
        include: [{ email: denied@else.example }]
  - name: Wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: everybody, action: allow, include: [authenticated] }
`;

export const emailProvider = `  - id: email
    type: email_pin`;

export interface CodeSite extends Site {
  readonly mail: MailServer;
}

export async function startCodeSite(options: Partial<SiteOptions> = {}): Promise<CodeSite> {
  const mail = await startMailServer();
  const site = await startSite({
    rules: codeRules,
    providers: emailProvider,
    ...options,
    settings: `smtp: { url: "smtp://127.0.0.1:${mail.port}", from: "Photos <photos@example.com>" }\ntrusted_proxies: [127.0.0.1/32]\n${options.settings ?? ''}`,
  });
  return {
    ...site,
    mail,
    close: async () => {
      await site.close();
      await mail.close();
    },
  };
}

/** The id of the login that a page belongs to. */
export function loginIn({ body, url }: BrowserResponse): string {
  const id = /name="login" value="([\w-]{22})"/.exec(body)?.[1];
  if (id === undefined) throw new Error(`no login in the page ${url}: ${body.slice(0, 2000)}`);
  return id;
}

/** From an application to the page that asks for an address. */
export async function askedForAddress(
  site: CodeSite,
  browser: BrowserClient,
  url = site.at('photos.localhost', '/albums?of=2026'),
): Promise<BrowserResponse> {
  const page = await browser.get(url);
  expect(page.url).toMatch(/\/\.bouncer\/code\?login=/);
  expect(page.body).toContain('Send me a code');
  return page;
}

export function send(
  site: CodeSite,
  browser: BrowserClient,
  form: Readonly<Record<string, string>>,
): Promise<BrowserResponse> {
  return browser.post(site.at('auth.localhost', '/.bouncer/code'), form, {
    headers: fromItsAddress(browser),
  });
}

const addresses = new WeakMap<BrowserClient, string>();
let browsers = 0;

/** Each browser comes from an address of its own: what one client may do does not concern the others. */
export function fromItsAddress(browser: BrowserClient): Readonly<Record<string, string>> {
  let address = addresses.get(browser);
  if (address === undefined) {
    browsers += 1;
    address = `198.51.${100 + Math.floor(browsers / 250)}.${1 + (browsers % 250)}`;
    addresses.set(browser, address);
  }
  return { 'x-forwarded-for': address };
}

/** Asks for a code and waits for its mail. */
export async function codeFor(
  site: CodeSite,
  browser: BrowserClient,
  login: string,
  email = 'mom@family.example',
): Promise<string> {
  const before = site.mail.mails.length;
  await send(site, browser, { login, email });
  await expect.poll(() => site.mail.mails.length, { timeout: 60_000 }).toBe(before + 1);
  return codeIn(site.mail.mails.at(-1));
}

/** Where the page of a finished login leads by itself. */
export function goesOnTo({ body, status, url: at }: BrowserResponse): string {
  const url = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
  if (url === undefined)
    throw new Error(`${status} at ${at} goes nowhere: ${body.slice(body.indexOf('<h1>'))}`);
  return url;
}

/** The whole way, to the application's page. */
export async function logInByCode(
  site: CodeSite,
  browser: BrowserClient,
  email = 'mom@family.example',
  url?: string,
): Promise<BrowserResponse> {
  const login = loginIn(await askedForAddress(site, browser, url));
  const code = await codeFor(site, browser, login, email);
  return browser.get(goesOnTo(await send(site, browser, { login, code })));
}

export function eventsOf(site: CodeSite, name: string): readonly Readonly<Record<string, unknown>>[] {
  return site.records().filter(({ event }) => event === name);
}
