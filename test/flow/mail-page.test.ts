// A try on one machine through a whole bouncer: all mail is on a page, and nowhere else, and the page is there in no other bouncer.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { codeIn } from '../fixtures/mail-server.ts';
import { askedForAddress, type CodeSite, goesOnTo, loginIn, startCodeSite } from './code-site.ts';

const page = '/.bouncer/mail';
const asPage = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

let site: CodeSite;
beforeAll(async () => {
  // A mail server is named: nothing may be sent by it all the same.
  site = await startCodeSite({ dev: true });
});
afterAll(() => site.close());

const mailPage = () => site.at('auth.localhost', page);

/** The newest letter, as text. */
async function newest(browser: BrowserClient): Promise<string> {
  const { body } = await browser.get(mailPage());
  return /<pre class="code">([^<]*)<\/pre>/.exec(body)?.[1] ?? '';
}

async function logIn(browser: BrowserClient, email: string): Promise<string> {
  const login = loginIn(await askedForAddress(site, browser));
  const form = site.at('auth.localhost', '/.bouncer/code');
  const waits = await browser.post(form, { login, email });
  expect(waits.body).toContain(`href="${page}"`);
  await expect.poll(async () => (await browser.get(mailPage())).body).toContain(`To <bdi>${email}</bdi>`);
  const code = codeIn({ text: await newest(browser) } as Parameters<typeof codeIn>[0]);
  return (await browser.get(goesOnTo(await browser.post(form, { login, code })))).url;
}

describe('the mail of a try', () => {
  it('says that there is none yet, and where to look', async () => {
    const { status, body } = await site.browser().get(mailPage());
    expect([status, body]).toEqual([200, expect.stringContaining('There is no mail yet')]);
    expect(body).toContain('code_not_sent');
  });

  it('is on the page, codes and letters about logins alike, and logs in', async () => {
    const mom = site.browser();
    expect(await logIn(mom, 'mom@family.example')).toBe(site.at('photos.localhost', '/albums?of=2026'));
    const sessions = site.at('auth.localhost', '/.bouncer/sessions');
    expect((await mom.get(sessions, { headers: asPage })).body).toContain('You can have a mail sent to');
    await mom.post(sessions, { letters: 'on' });
    await logIn(site.browser(), 'mom@family.example');
    await expect.poll(() => newest(mom)).toContain('Somebody logged in as you');
    expect(site.mail.connections()).toBe(0);
  });

  it('shows a letter as HTML in a frame of nobody’s origin, and other letters in a list', async () => {
    const browser = site.browser();
    await logIn(browser, 'dad@family.example');
    const { body, headers } = await browser.get(mailPage());
    const number = Number(/<iframe[^>]* sandbox [^>]*src="\/\.bouncer\/mail\?html=(\d+)"/.exec(body)?.[1]);
    expect(headers['content-security-policy']).toContain("frame-src 'self'");
    expect(body).toContain(`href="/.bouncer/mail?letter=${number - 1}"`);
    const letter = await browser.get(`${mailPage()}?html=${number}`);
    expect(letter.headers['content-security-policy']).toMatch(/^default-src 'none';.* sandbox;/);
    expect(letter.headers['x-frame-options']).toBe('SAMEORIGIN');
    expect(letter.body).toContain('is your code to log in to Family photos');
    expect((await browser.get(`${mailPage()}?letter=1`)).body).toContain('To <bdi>mom@family.example</bdi>');
  });

  it.each(['?letter=999999', '?html=999999', '?html=x', '?letter=1&letter=2', '?html=1.html', '?letter=-1'])(
    'answers nonsense calmly: %s',
    async (query) => {
      const { status, body } = await site.browser().get(mailPage() + query);
      expect([200, 404]).toContain(status);
      expect(body).toContain('<title>');
    },
  );

  it('takes no form, and is on the login host alone', async () => {
    expect((await site.browser().post(mailPage(), {})).status).toBe(405);
    expect((await site.browser().get(site.at('photos.localhost', page))).status).toBe(404);
  });

  it.each([
    ['x-forwarded-for', '198.51.100.7'],
    ['x-forwarded-for', '127.0.0.1, 198.51.100.7'],
    ['x-forwarded-for', `${'127.0.0.1, '.repeat(64)}198.51.100.7`],
    ['x-forwarded-for', 'nonsense'],
    ['x-real-ip', '198.51.100.7'],
    ['cf-connecting-ip', '2001:db8::7'],
    ['forwarded', 'for=198.51.100.7'],
  ])(
    'is not for who came from elsewhere through something in front, trusted or not: %s: %s',
    async (name, value) => {
      const headers = { [name]: value };
      const { status, body } = await site.browser().get(mailPage(), { headers });
      expect([status, body.includes('To <bdi>')]).toEqual([404, false]);
      expect((await site.browser().get(`${mailPage()}?html=1`, { headers })).status).toBe(404);
    },
  );

  it('is for who came through something in front on this machine', async () => {
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '::1' };
    expect((await site.browser().get(mailPage(), { headers })).status).toBe(200);
  });

  it('goes on when settings are read again, and settings that others could reach are not taken', async () => {
    const file = join(site.folder, 'bouncer.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(/auth_url: .*/, 'auth_url: https://auth.example.com'));
    expect(await site.bouncer.reload()).toBe(false);
    expect(site.bouncer.readiness().warnings['reload']).toContain('is for one machine alone');
    writeFileSync(file, before);
    expect(await site.bouncer.reload()).toBe(true);
    expect((await site.browser().get(mailPage())).status).toBe(200);
  });
});

describe('a bouncer in earnest', () => {
  it('has no such page, and no link to it', async () => {
    const own = await startCodeSite();
    try {
      expect((await own.browser().get(own.at('auth.localhost', page))).status).toBe(404);
      expect((await own.browser().get(`${own.at('auth.localhost', page)}?html=1`)).status).toBe(404);
      const browser = own.browser();
      const login = loginIn(await askedForAddress(own, browser));
      const form = own.at('auth.localhost', '/.bouncer/code');
      const waits = await browser.post(form, { login, email: 'mom@family.example' });
      expect(waits.body).not.toContain('/.bouncer/mail');
      await expect.poll(() => own.mail.mails.length, { timeout: 60_000 }).toBe(1);
    } finally {
      await own.close();
    }
  });
});
