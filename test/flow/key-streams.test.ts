// Whose word on a hardware key opens what, and for how long: a stream that a key let in ends when that key's use is older than the
// rules say.
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { enrolKey } from '../fixtures/key-answers.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

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

test('by either word, and no stream whose rules want less', { timeout: 120_000 }, async () => {
  const { browser, response } = await site.logIn('alice', site.at('theirs.localhost'), 'hwk');
  expect(response.status).toBe(200);
  await enrolKey(site.bouncer.settings, browser, 'alice@example.com');
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

test('whatever a provider says of a key, it opens nothing where one of bouncer’s own is asked for', async () => {
  aheadMs = 0;
  const { browser, response } = await site.logIn('admin', site.at('theirs.localhost'), 'hwk');
  expect(response.status).toBe(200);
  const before = site.upstream.seen.length;
  const own = await browser.get(site.at('own.localhost'));
  expect([own.status, /<h1>([^<]*)/.exec(own.body)?.[1]]).toEqual([403, 'You have no security key here yet']);
  expect(site.upstream.seen.length).toBe(before);
});
