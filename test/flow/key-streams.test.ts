// A stream that a hardware key let in ends when that key's use is older than the rules say, whoever's word it was.
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { inviteToEnrol } from '../../src/identity/hardware-keys/key-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { SoftwareKey } from '../fixtures/software-key.ts';

const area = (host: string, selector: string): string => `
  - name: ${host}
    host: ${host}.localhost
    upstream: UPSTREAM
    policies:
      - { name: keys, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: ${selector} }] }`;

const rules = `applications:${area('own', '{ source: bouncer, max_age: 10m }')}${area('theirs', '{ source: provider, max_age: 10m }')}${area('any', '{ max_age: 1h }')}`;

let site: Site;
let aheadMs = 0;

beforeAll(async () => {
  const now = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
  site = await startSite({ rules, settings: 'hardware_keys: {}' });
}, 60_000);
afterAll(async () => {
  await site.close();
  vi.restoreAllMocks();
});

/** An event stream at a host; what ended it in the log. */
function openStream(browser: BrowserClient, host: string): Promise<{ readonly ended: Promise<unknown> }> {
  return new Promise((resolve, reject) => {
    const name = `${host}.localhost`;
    const cookie = browser.cookieFor(site.at(name)) ?? '';
    const headers = { host: `${name}:${site.port}`, cookie };
    const where = { host: '127.0.0.1', port: site.port, path: '/stream', headers, agent: false };
    const req = request(where, (res) => {
      if (res.statusCode !== 200) return reject(new Error(`${host}: status ${res.statusCode}`));
      const ended = new Promise((done) => res.once('close', done)).then(() =>
        vi.waitFor(
          () => {
            const record = site.records().find((each) => each['host'] === name && each['path'] === '/stream');
            if (record === undefined) throw new Error('not written yet');
            return record['cause'];
          },
          { timeout: 20_000 },
        ),
      );
      res.on('error', () => {});
      res.once('data', () => resolve({ ended }));
      return res.resume();
    });
    req.on('error', reject);
    req.end();
  });
}

async function enrol(browser: BrowserClient): Promise<SoftwareKey> {
  const { authUrl } = site.bouncer.settings;
  const store = await openStore(site.bouncer.settings);
  const link = await inviteToEnrol(store, { email: 'alice@example.com', authUrl });
  await store.close();
  const page: BrowserResponse = await browser.get(link);
  const ceremony = /name="ceremony" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const challenge = /&quot;challenge&quot;:&quot;([\w-]+)&quot;/.exec(page.body)?.[1] ?? '';
  const key = new SoftwareKey();
  const answer = key.create({ challenge, rpId: 'auth.localhost', origin: authUrl });
  const done = await browser.post(`${authUrl}/.bouncer/hardware-key`, { ceremony, answer, label: 'blue' });
  expect([done.status, done.body.includes('The key was added.')]).toEqual([200, true]);
  return key;
}

test('by either word, and no stream whose rules want less', { timeout: 120_000 }, async () => {
  const { browser, response } = await site.logIn('alice', site.at('theirs.localhost'), 'hwk');
  expect(response.status).toBe(200);
  await enrol(browser);
  for (const host of ['own', 'theirs', 'any'])
    expect((await browser.get(site.at(`${host}.localhost`))).status).toBe(200);
  const own = await openStream(browser, 'own');
  const theirs = await openStream(browser, 'theirs');
  let isOver = false;
  const any = await openStream(browser, 'any');
  void any.ended.then(() => {
    isOver = true;
  });
  aheadMs = 11 * 60_000;
  expect(await Promise.all([own.ended, theirs.ended])).toEqual([
    'hardware-key-required',
    'hardware-key-required',
  ]);
  expect(isOver).toBe(false);
  aheadMs = 61 * 60_000;
  await any.ended;
});
