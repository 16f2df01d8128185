// Which language people meet, through a whole bouncer: on refusals and pages, in letters; and that programs and operators meet English.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BrowserClient } from '../fixtures/browser-client.ts';
import {
  type CodeSite,
  codeFor,
  fromItsAddress,
  goesOnTo,
  loginIn,
  send,
  startCodeSite,
} from './code-site.ts';

let site: CodeSite;
beforeAll(async () => {
  site = await startCodeSite();
});
afterAll(() => site.close());

const speaking = (language: string, browser: BrowserClient) => ({
  headers: { 'accept-language': language, ...fromItsAddress(browser) },
});

it('asks, writes and refuses in the language of the browser, each by itself', async () => {
  const [german, french] = [new BrowserClient(), new BrowserClient()];
  const page = await german.get(site.at('photos.localhost', '/'), speaking('de-AT,de;q=0.9', german));
  expect(page.body).toContain('Per E-Mail anmelden');
  const other = await french.get(site.at('photos.localhost', '/'), speaking('fr', french));
  expect(other.body).toContain('Se connecter par e-mail');

  const login = loginIn(page);
  const before = site.mail.mails.length;
  const asked = await german.post(
    site.at('auth.localhost', '/.bouncer/code'),
    { login, email: 'mom@family.example' },
    speaking('de', german),
  );
  expect(asked.body).toContain('Geben Sie den Code aus der E-Mail ein');
  await expect.poll(() => site.mail.mails.length, { timeout: 60_000 }).toBe(before + 1);
  const letter = site.mail.mails.at(-1);
  // RFC 2047: a header field is ASCII.
  expect(letter?.headers.get('subject')).toMatch(/^=\?UTF-8\?Q\?Ihr_Code_f=C3=BCr_Family_photos\?=$/);
  expect(letter?.text).toContain('Geben Sie ihn auf der Seite ein, die danach gefragt hat.');
  expect(letter?.html).toContain('<html lang="de">');
});

it('refuses in English where a program asks, and in the log', async () => {
  const browser = new BrowserClient();
  const refused = await browser.get(site.at('nowhere.localhost', '/'), {
    headers: { 'accept-language': 'de', accept: 'text/html' },
  });
  expect(refused.status).toBe(421);
  expect(refused.body).toContain('Unter dieser Adresse gibt es keine Anwendung');
  expect(refused.headers['content-language']).toBe('de');
  expect(refused.headers['vary']).toBe('Accept-Language');
  const told = await browser.get(site.at('photos.localhost', '/'), {
    headers: { 'accept-language': 'de', accept: 'application/json', 'sec-fetch-mode': 'cors' },
  });
  expect(told.status).toBe(401);
  expect(JSON.parse(told.body)).toMatchObject({ error: 'login_required', reason: 'login-required' });
  expect(told.headers['content-language']).toBeUndefined();
});

it('asks in English who says nothing, or more than a browser would', async () => {
  for (const language of [undefined, `de,${'x-'.repeat(2000)}`]) {
    const browser = new BrowserClient();
    const headers = {
      ...fromItsAddress(browser),
      ...(language === undefined ? {} : { 'accept-language': language }),
    };
    const page = await browser.get(site.at('photos.localhost', '/'), { headers });
    expect(page.body).toContain('<html lang="en">');
    const code = await codeFor(site, browser, loginIn(page));
    expect(goesOnTo(await send(site, browser, { login: loginIn(page), code }))).toContain('photos.localhost');
  }
});
