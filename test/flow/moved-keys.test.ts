// Keys that were enrolled for another host than that of now: the operator hears of them, and their owner reads what to do.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inviteToEnrol } from '../../src/identity/hardware-keys/key-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { runCommand } from '../cli/run-command.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { enrolKey, readKeyPage } from '../fixtures/key-answers.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: keys, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: { source: bouncer } }] }
`;

let site: Site;
let authUrl: string;
let store: Store;

beforeAll(async () => {
  site = await startSite({ rules, settings: 'hardware_keys: {}' });
  ({ authUrl } = site.bouncer.settings);
  store = await openStore(site.bouncer.settings);
}, 60_000);
afterAll(async () => {
  await store.close();
  await site.close();
});

const titleOf = ({ status, body }: BrowserResponse) => [status, /<h1>([^<]*)/.exec(body)?.[1]];
const moved = [403, 'Your keys are for an earlier address of this service'];
const found = () => site.records().filter(({ code }) => code === 'keys-of-another-host');

/** As somebody who is logged in anew and used no key. */
async function logIn(): Promise<BrowserClient> {
  return (await site.logIn('alice', `${authUrl}/.bouncer/login`)).browser;
}

test('are told at the start and by check, are not asked for, and let nobody enrol another', {
  timeout: 120_000,
}, async () => {
  await enrolKey(site.bouncer.settings, await logIn(), 'alice@example.com');
  const [key] = await store.hardwareKeys.listKeys();
  if (key === undefined) throw new Error('no key was enrolled');
  expect(key.rpId).toBe('auth.localhost');
  await site.bouncer.lookAround();
  expect(found()).toEqual([]);

  // As if `auth_url` had been another then.
  const old = { ...key, rpId: 'auth.old.example' };
  await store.hardwareKeys.removeKey(key.idp, key.sub, key.id);
  await store.hardwareKeys.addKey(old, 5);
  await site.bouncer.lookAround();
  const warning = {
    severity: 'warning',
    code: 'keys-of-another-host',
    cause: '1 key of 1 person was enrolled for `auth.old.example` and cannot be used for `auth.localhost`',
    hint: expect.stringContaining('`hardware_keys.rp_id`'),
  };
  expect(found()).toEqual([expect.objectContaining({ event: 'outside_finding', level: 'warn', ...warning })]);
  const checked = await runCommand(['check', '--online', '--json'], { cwd: site.folder });
  expect(JSON.parse(checked.stdout).looks).toContainEqual({
    about: 'hardware keys',
    seen: '1 key enrolled',
    findings: [warning],
  });
  expect(checked.code).toBe(0);

  const browser = await logIn();
  expect(titleOf(await browser.get(site.at('wiki.localhost')))).toEqual(moved);
  const invitation = await inviteToEnrol(store, { email: 'alice@example.com', authUrl });
  expect(titleOf(await browser.get(invitation))).toEqual(moved);
  expect(site.records().filter(({ reason }) => reason === 'keys-of-another-host')).toHaveLength(2);

  const now = { ...key, id: 'bmV3', rpId: 'auth.localhost' };
  const before = { ...key, id: 'b2xk', rpId: null };
  for (const one of [now, before]) await store.hardwareKeys.addKey(one, 5);
  const page = await browser.get(`${authUrl}/.bouncer/hardware-key?use=1`);
  readKeyPage(page, authUrl);
  expect([now, before, old].map(({ id }) => page.body.includes(`&quot;${id}&quot;`))).toEqual([
    true,
    true,
    false,
  ]);
});

test('give way to the same key, invited anew after the operator removed them', async () => {
  const removed = await runCommand(['hardware-key', 'remove', '--email', 'alice@example.com'], {
    cwd: site.folder,
  });
  expect(removed.stdout).toContain('keys are removed');
  const browser = await logIn();
  await enrolKey(site.bouncer.settings, browser, 'alice@example.com');
  expect((await browser.get(site.at('wiki.localhost'))).status).toBe(200);
});
