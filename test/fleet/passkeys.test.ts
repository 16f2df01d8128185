// Passkeys at two processes on one store: an invitation makes one passkey, an answer logs in once, wherever they are sent, and what an
// operator takes away is gone at both.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { userHandleOf } from '../../src/identity/hardware-keys/ceremony-options.ts';
import { runCommand } from '../cli/run-command.ts';
import { bothStores, type StoreOfTest } from '../fixtures/both-stores.ts';
import type { BrowserResponse } from '../fixtures/browser-client.ts';
import { type Ask, flags, SoftwareKey } from '../fixtures/software-key.ts';
import { sendToBoth } from './send-to-both.ts';
import { startTwoProcesses, type TwoProcesses } from './two-processes.ts';

const rules = `
applications:
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    policies: [{ name: family, action: allow, include: [{ email_domain: family.example }] }]
`;

const email = 'mom@family.example';
const synced = flags.up | flags.uv | flags.be | flags.bs;
const path = '/.bouncer/passkey';

let store: StoreOfTest;
let two: TwoProcesses;

async function command(...args: string[]): Promise<string> {
  const done = await runCommand(args, { cwd: two.folder });
  expect(done).toMatchObject({ code: 0 });
  return done.stdout.trim();
}

function questionOf({ body, status, url }: BrowserResponse): { readonly id: string; readonly ask: Ask } {
  const challenge = /&quot;challenge&quot;:&quot;([\w-]+)&quot;/.exec(body)?.[1];
  const id = /name="(?:login|ceremony)" value="([^"]+)"/.exec(body)?.[1];
  if (challenge === undefined || id === undefined)
    throw new Error(`no page of a passkey but ${status} at ${url}`);
  return { id, ask: { challenge, rpId: 'auth.localhost', origin: two.authUrl } };
}

const use = (key: SoftwareKey, ask: Ask): string =>
  key.use(ask, {
    ...{ flags: synced, counter: 0 },
    userHandle: userHandleOf({ idp: 'bouncer-passkey', sub: email }),
  });

/** On the page that asks for a passkey, at one process. */
async function asked(process: number) {
  const { browser, goTo } = two.browser();
  goTo(process);
  const question = questionOf(await browser.get(`${two.authUrl}/.bouncer/login?provider=passkey`));
  return { browser, goTo, question, cookie: browser.cookieFor(two.authUrl + path) ?? '' };
}

describe.each(bothStores)('two processes on one %s', (_name, openStore) => {
  beforeAll(async () => {
    store = await openStore();
    two = await startTwoProcesses({
      store: store.settings,
      rules,
      settings: '  - { id: passkey, type: passkey, email_domains: [family.example] }',
    });
  }, 240_000);
  afterAll(async () => {
    await two?.close();
    await store?.close();
  });

  it('make one passkey of an invitation, log in once by an answer, and know at once what is taken away', {
    timeout: 120_000,
  }, async () => {
    const { browser } = two.browser();
    const invited = questionOf(await browser.get(await command('passkey', 'invite', email)));
    const key = new SoftwareKey();
    const made = await sendToBoth(two, path, {
      cookie: '',
      form: { ceremony: invited.id, answer: key.create(invited.ask, { flags: synced }), label: 'phone' },
    });
    expect([...made].sort()).toEqual([200, 403, 403, 403, 403, 403]);

    const { question, cookie } = await asked(0);
    const form = { login: question.id, answer: use(key, question.ask) };
    const statuses = await sendToBoth(two, path, { cookie, form });
    expect([...statuses].sort()).toEqual([303, 400, 400, 400, 400, 400]);
    await vi.waitFor(() => expect(two.events('login')).toHaveLength(1), { timeout: 20_000 });

    // Asked by the one, answered at the other.
    const other = await asked(1);
    other.goTo(0);
    const fields = { login: other.question.id, answer: use(key, other.question.ask) };
    expect((await other.browser.post(two.authUrl + path, fields)).status).toBe(200);
    const photos = two.at('photos.localhost');
    expect((await other.browser.get(photos)).status).toBe(200);
    const session = other.browser.cookieFor(photos);

    const link = await command('passkey', 'invite', email);
    expect(await command('passkey', 'remove', '--email', email)).toContain('1 passkey is removed');
    for (const process of [0, 1]) {
      // The other process hears of it within a second.
      await vi.waitFor(async () => expect(await two.statusFor(process, photos, session)).not.toBe(200), {
        timeout: 20_000,
      });
      const late = two.browser();
      late.goTo(process);
      expect((await late.browser.get(link)).body).toContain('This invitation is over');
      const gone = await asked(process);
      const refused = { login: gone.question.id, answer: use(key, gone.question.ask) };
      expect((await gone.browser.post(two.authUrl + path, refused)).status).toBe(403);
    }
  });
});
