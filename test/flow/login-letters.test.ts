// The letter that tells a person of a login in a new browser: only who asked for it gets it, and only where it can arrive.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { erasePerson, exportPerson } from '../../src/identity/persons/person-operations.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { chooseWay } from '../fixtures/choose-way.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { person, testProvider } from '../fixtures/running-site.ts';
import {
  type CodeSite,
  codeRules,
  emailProvider,
  eventsOf,
  logInByCode,
  startCodeSite,
} from './code-site.ts';

let site: CodeSite;
beforeAll(async () => {
  site = await startCodeSite({
    rules: codeRules,
    people: [
      person('ada', 'ada@example.com', []),
      person('octo', '1+octo@users.noreply.github.com', []),
      person('bob', 'bob@example.com', []),
    ],
    providers: async ({ issuer }) => `${testProvider(issuer)}\n${emailProvider}`,
  });
});
afterAll(() => site.close());

const page = '/.bouncer/sessions';
const url = () => site.at('auth.localhost', page);
const wiki = () => site.at('wiki.localhost', '/.bouncer/login?return_to=/');
const asPage = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

async function logIn(who: string, browser?: BrowserClient): Promise<BrowserClient> {
  const one = browser ?? site.browser();
  const chooser = await one.get(wiki());
  const at = await chooseWay(one, chooser, 'test');
  if (at.url.includes('/login/')) await logInAtProvider(one, at, who);
  return one;
}

const lettersTo = (address: string) =>
  site.mail.mails.filter(
    ({ to, headers }) => to.includes(address) && String(headers.get('subject')).startsWith('A new login'),
  );
/** What was asked for before this has been sent: letters go one by one. */
const settled = async (address: string, count: number): Promise<void> => {
  await expect.poll(() => lettersTo(address).length, { timeout: 30_000 }).toBe(count);
};

it('comes only to who asked for it, once for each new browser, until they want none any more', async () => {
  const first = await logIn('ada');
  const shown = await first.get(url(), { headers: asPage });
  expect(shown.body).toContain('You can have a mail sent to');
  const changed = await first.post(url(), { letters: 'on' });
  expect(changed.url).toBe(url());
  expect((await first.get(url(), { headers: asPage })).body).toContain('Send me no such mail');

  const phone = await logIn('ada');
  await settled('ada@example.com', 1);
  const [letter] = lettersTo('ada@example.com');
  for (const part of [letter?.text, letter?.html]) {
    expect(part).toContain('Somebody logged in as you');
    expect(part).toContain(`auth.localhost:${site.port}`);
    expect(part).toMatch(/UTC/);
    expect(part).toContain('Test');
    expect(part).not.toMatch(/https?:|href/);
  }
  // The same browser again, logged out here: it was told of.
  for (const host of ['wiki.localhost', 'auth.localhost']) phone.dropCookies(host, /session/);
  await logIn('ada', phone);
  // Somebody else is told of nothing.
  await logIn('bob');
  await logIn('ada');
  await settled('ada@example.com', 2);
  expect(lettersTo('bob@example.com')).toHaveLength(0);

  await first.post(url(), { letters: 'off' });
  await logIn('ada');
  await first.post(url(), { letters: 'on' });
  await logIn('ada');
  await settled('ada@example.com', 3);
});

it('is offered to nobody whose address takes no mail, and a wish of theirs is none', async () => {
  const octo = await logIn('octo');
  expect((await octo.get(url(), { headers: asPage })).body).not.toContain('mail sent to');
  await octo.post(url(), { letters: 'on' });
  await logIn('octo');
  expect(lettersTo('1+octo@users.noreply.github.com')).toHaveLength(0);
  expect(eventsOf(site, 'mail_lost')).toHaveLength(0);
});

it('is not asked for by a form of another site', async () => {
  const bob = await logIn('bob');
  const answer = await bob.post(url(), { letters: 'on' }, { headers: { origin: 'https://evil.example' } });
  expect(answer.status).toBe(403);
  expect((await bob.get(url(), { headers: asPage })).body).toContain('Send me such mail');
});

it('comes for a login by code too, and is part of what is exported and erased', async () => {
  const mom = site.browser();
  const photos = site.at('photos.localhost', '/albums');
  const byCode = async (browser: BrowserClient) => {
    const chooser = await browser.get(photos);
    const href = /href="(\/\.bouncer\/login\?[^"]*provider=email[^"]*)"/.exec(chooser.body)?.[1];
    await logInByCode(
      site,
      browser,
      'mom@family.example',
      new URL(String(href).replaceAll('&amp;', '&'), chooser.url).href,
    );
  };
  await byCode(mom);
  await mom.post(url(), { letters: 'on' });
  const store = createStore(`${site.folder}/data`);
  try {
    expect(await exportPerson(store, 'mom@family.example')).toMatchObject({ wantsLoginLetters: true });
    await byCode(site.browser());
    await settled('mom@family.example', 1);
    await erasePerson(store, 'mom@family.example');
    const again = site.browser();
    await byCode(again);
    expect((await again.get(url(), { headers: asPage })).body).toContain('Send me such mail');
    expect(lettersTo('mom@family.example')).toHaveLength(1);
  } finally {
    await store.close();
  }
});
