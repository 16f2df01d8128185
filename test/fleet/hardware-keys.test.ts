// Hardware keys at two processes on one store: a question that one of them asks is answered at the other, once; and what an operator
// removes is gone at both.
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { bothStores, type StoreOfTest } from '../fixtures/both-stores.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { readKeyPage, sendKeyAnswer } from '../fixtures/key-answers.ts';
import { type MailServer, startMailServer } from '../fixtures/mail-server.ts';
import { SoftwareKey } from '../fixtures/software-key.ts';
import { sendToBoth } from './send-to-both.ts';
import { startTwoProcesses, type TwoProcesses } from './two-processes.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /stream
        policies:
          - { name: with a key, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: { source: bouncer } }] }
`;

let store: StoreOfTest;
let two: TwoProcesses;
let mail: MailServer;

async function until(isSo: () => Promise<boolean> | boolean, limitMs = 20_000): Promise<void> {
  const startedMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedMs > limitMs) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const keyUrl = (): string => `${two.authUrl}/.bouncer/hardware-key`;

async function command(...args: string[]): Promise<string> {
  const done = await runCommand(args, { cwd: two.folder });
  expect(done).toMatchObject({ code: 0 });
  return done.stdout.trim();
}

const readPage = (page: BrowserResponse) => readKeyPage(page, two.authUrl);
const send = (browser: BrowserClient, ceremony: string, answer: string) =>
  sendKeyAnswer(browser, two.authUrl, ceremony, answer);

/** A stream that goes on at one process, and its end. */
function openStream(process: number, cookie: string): Promise<{ readonly ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const headers = { host: new URL(two.at('wiki.localhost')).host, cookie };
    const where = { host: '127.0.0.1', port: two.ports[process], path: '/stream', headers, agent: false };
    get(where, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`));
      const ended = new Promise<void>((done) => response.once('close', () => done()));
      response.on('error', () => {});
      response.once('data', () => resolve({ ended }));
      return response.resume();
    }).on('error', reject);
  });
}

describe.each(bothStores)('two processes on one %s', (_name, openStore) => {
  beforeAll(async () => {
    store = await openStore();
    mail = await startMailServer();
    two = await startTwoProcesses({
      store: store.settings,
      rules,
      settings: `hardware_keys: {}\nsmtp: { url: "smtp://127.0.0.1:${mail.port}", from: "Wiki <wiki@example.com>" }`,
    });
  }, 240_000);
  afterAll(async () => {
    await two?.close();
    await mail?.close();
    await store?.close();
  });

  it('take at one the answer to what the other asked, once, and lose the key at both when an operator removes it', {
    timeout: 120_000,
  }, async () => {
    const { browser, goTo } = await two.logIn('alice', two.at('wiki.localhost'));
    const key = new SoftwareKey();
    const enrolment = readPage(
      await browser.get(await command('hardware-key', 'invite', 'alice@example.com')),
    );
    goTo(1);
    const added = await send(browser, enrolment.ceremony, key.create(enrolment.ask));
    expect([added.status, added.body.includes('The key was added.')]).toEqual([200, true]);

    const asked = readPage(await browser.get(`${keyUrl()}?use=1`));
    goTo(0);
    const answer = key.use(asked.ask);
    const statuses = await sendToBoth(two, '/.bouncer/hardware-key', {
      cookie: browser.cookieFor(keyUrl()) ?? '',
      form: { ceremony: asked.ceremony, answer },
    });
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    // The others come too late, or with a token that the one replaced.
    expect(statuses.filter((status) => status !== 303 && (status < 400 || status > 403))).toEqual([]);
    await until(() => two.events('step_up').length >= 2);
    expect(two.events('step_up')).toHaveLength(2);

    // With the token that is good now: it is the answer that was used.
    const { browser: again, goTo: goAgainTo } = await two.logIn('alice', two.at('wiki.localhost'));
    const late = readPage(await again.get(`${keyUrl()}?use=1`));
    const used = key.use(late.ask);
    goAgainTo(1);
    expect((await send(again, late.ceremony, used)).status).toBe(200);
    for (const process of [0, 1]) {
      goAgainTo(process);
      const second = await send(again, late.ceremony, used);
      expect([second.status, second.body.includes('already used')]).toEqual([400, true]);
    }

    const cookies = async (process: number): Promise<string> => {
      goAgainTo(process);
      expect((await again.get(two.at('wiki.localhost'))).status).toBe(200);
      return again.cookieFor(two.at('wiki.localhost')) ?? '';
    };
    const ends = [await openStream(0, await cookies(0)), await openStream(1, await cookies(1))];
    expect(await command('hardware-key', 'remove', '--email', 'alice@example.com')).toBe(
      '1 key is removed, and the owner is logged out everywhere; the running bouncer sends a mail about it\ninvitations for this address that were not used yet are over',
    );
    await Promise.all(ends.map(({ ended }) => ended));
    await until(() => mail.mails.length >= 2 && two.events('hardware_key_removed').length > 0);
    expect(two.events('hardware_key_removed')).toMatchObject([
      { by: 'operator', email: 'alice@example.com', is_attested: false },
    ]);
    expect(mail.mails.map(({ text }) => text).join('\n')).toContain('By: whoever runs this site');
  });
});
