// What metadata says of the make of a key: by name in the rules, at the enrolment, and at every use after the file was replaced.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createMaker, type Maker, metadataEntry, signMetadata } from '../fixtures/attestation-maker.ts';
import { enrolKey, offerKey, readKeyPage, sendKeyAnswer } from '../fixtures/key-answers.ts';
import { people, person, type Site, startSite } from '../fixtures/running-site.ts';
import { SoftwareKey } from '../fixtures/software-key.ts';

const [first, second, other] = [
  '2fc0579f-8113-47ea-b116-bb5a8db9202a',
  'fa2b99dc-9e39-4257-8f92-4a30d23c4118',
  'cb69481e-8ff7-4039-93ec-0a2729a154a8',
];
const selector = (name: string) => `{ aaguid: "${name}" }`;
const rules = (name: string) => `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: keys, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: ${selector(name)} }] }
`;

let folder: string;
let maker: Maker;
let site: Site;
let authUrl: string;

/** Long overdue: what it says counts all the same. */
async function writeMetadata(statuses: readonly string[]): Promise<void> {
  const entry = (aaguid = '', name = 'Test Key 5', own = statuses) =>
    metadataEntry(maker, { aaguid, name, statuses: own });
  const entries = [entry(first), entry(second), entry(other, 'Other Key', [])];
  const text = await signMetadata(maker, { no: 7, nextUpdate: '2024-01-01', entries });
  writeFileSync(join(folder, 'blob.jwt'), text);
}

async function keyOf(aaguid = ''): Promise<SoftwareKey> {
  const { certificate, key } = await maker.certificateOf(aaguid);
  return new SoftwareKey(aaguid, { certificates: [certificate], key });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-makes-'));
  maker = await createMaker();
  writeFileSync(join(folder, 'root.pem'), maker.rootPem);
  await writeMetadata(['FIDO_CERTIFIED_L1']);
  site = await startSite({
    people: [...people, person('mallet', 'mallet@example.com', [])],
    rules: rules('Test Key 5'),
    settings: `hardware_keys: { attestation_metadata: { file: ${folder}/blob.jwt, root_file: ${folder}/root.pem } }`,
  });
  ({ authUrl } = site.bouncer.settings);
}, 60_000);
afterAll(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

test('every make of a name counts, and another does not', async () => {
  const wiki = site.at('wiki.localhost');
  for (const [who, aaguid] of [
    ['alice', first],
    ['admin', second],
  ] as const) {
    const { browser } = await site.logIn(who, `${authUrl}/.bouncer/login`);
    await enrolKey(site.bouncer.settings, browser, `${who}@example.com`, await keyOf(aaguid));
    expect([who, (await browser.get(wiki)).status]).toEqual([who, 200]);
  }
});

test('a key of the wrong make leads to another one, and nobody in circles', async () => {
  const wiki = site.at('wiki.localhost', '/page?x=1');
  const { browser } = await site.logIn('mallet', `${authUrl}/.bouncer/login`);
  const wrong = await enrolKey(site.bouncer.settings, browser, 'mallet@example.com', await keyOf(other));
  const refused = await browser.get(wiki);
  expect([refused.status, /<h1>([^<]*)/.exec(refused.body)?.[1]]).toEqual([
    403,
    'Another kind of key is asked for',
  ]);
  const right = await keyOf(first);
  const adding = readKeyPage(await browser.get(`${authUrl}/.bouncer/hardware-key?add=1`), authUrl);
  await sendKeyAnswer(browser, authUrl, adding.ceremony, right.create(adding.ask));
  expect((await browser.get(wiki)).status).toBe(200);
  // The wrong one is used again: its owner reads so, and is asked for another when they say that they have one.
  const using = readKeyPage(await browser.get(`${authUrl}/.bouncer/hardware-key?use=1`), authUrl);
  await sendKeyAnswer(browser, authUrl, using.ceremony, wrong.use(using.ask));
  const again = await browser.get(wiki);
  expect(again.status).toBe(403);
  const href = /href="([^"]*key=other[^"]*)"/.exec(again.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const asked = readKeyPage(await browser.get(new URL(href, wiki).href), authUrl);
  await sendKeyAnswer(browser, authUrl, asked.ceremony, wrong.use(asked.ask));
  expect((await browser.get(wiki)).status).toBe(403);
  const last = readKeyPage(await browser.get(new URL(href, wiki).href), authUrl);
  const done = await sendKeyAnswer(browser, authUrl, last.ceremony, right.use(last.ask));
  // The page that leads on from a form.
  const next = /http-equiv="refresh" content="[^"]*url=([^"]+)"/i.exec(done.body)?.[1] ?? '';
  const opened = await browser.get(next.replaceAll('&amp;', '&'));
  expect([opened.status, opened.url]).toEqual([200, wiki]);
});

test('a name that no make has gets a hint, and changes nothing', async () => {
  site.writeRules(rules('Test Key 4'));
  expect(await site.bouncer.reload()).toBe(false);
  expect(site.bouncer.readiness().warnings['reload']).toContain('did you mean `Test Key 5`?');
  site.writeRules(rules('Test Key 5'));
  expect(await site.bouncer.reload()).toBe(true);
});

test('a make that is revoked later is refused at every use, and at the enrolment', async () => {
  const { browser } = await site.logIn('alice', `${authUrl}/.bouncer/login`);
  const wiki = site.at('wiki.localhost');
  const store = await openStore(site.bouncer.settings);
  for (const { idp, sub, id } of await store.hardwareKeys.listKeys())
    await store.hardwareKeys.removeKey(idp, sub, id);
  await store.close();
  const key = await enrolKey(site.bouncer.settings, browser, 'alice@example.com', await keyOf(first));
  const use = async () => {
    const again = await site.logIn('alice', `${authUrl}/.bouncer/login`);
    const { ceremony, ask } = readKeyPage(await again.browser.get(wiki), authUrl);
    const done = await sendKeyAnswer(again.browser, authUrl, ceremony, key.use(ask));
    return { done, opened: await again.browser.get(wiki) };
  };
  expect((await use()).opened.status).toBe(200);

  await writeMetadata(['FIDO_CERTIFIED_L1', 'USER_KEY_REMOTE_COMPROMISE']);
  expect(await site.bouncer.reload()).toBe(true);
  const refused = await use();
  expect(refused.done.status).toBe(403);
  expect(refused.opened.url).toContain('/.bouncer/hardware-key');
  const admin = await site.logIn('admin', `${authUrl}/.bouncer/login`);
  const offered = await offerKey(
    site.bouncer.settings,
    admin.browser,
    'admin@example.com',
    await keyOf(second),
  );
  expect(offered.status).toBe(403);
  expect(site.records().filter(({ reason }) => reason === 'key-make-refused')).toMatchObject([
    { cause: 'its make is `USER_KEY_REMOTE_COMPROMISE`' },
    { cause: 'its make is `USER_KEY_REMOTE_COMPROMISE`' },
  ]);

  // Whoever takes the report back takes it back.
  await writeMetadata([]);
  expect(await site.bouncer.reload()).toBe(true);
  expect((await use()).opened.status).toBe(200);
});
