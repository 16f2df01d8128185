// docs/operations.md and docs/endpoints.md against a running site: every field, event, metric, status and path that they promise.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EventName, events } from '../../src/telemetry/events.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { readPage, root } from './pages.ts';

const operations = readPage('docs/operations.md');
const endpoints = readPage('docs/endpoints.md');
const asPage = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const asProgram = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };

let site: Site;
beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /keys
        policies: [{ name: keys, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
  - name: down
    host: down.localhost
    upstream: http://127.0.0.1:1
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
    settings: 'management: 127.0.0.1:0\n',
  });
});
afterAll(() => site.close());

test('docs/endpoints.md names every path of bouncer’s own', () => {
  const paths = globSync('src/**/*.ts', { cwd: root }).flatMap((name) =>
    [...readFileSync(join(root, name), 'utf8').matchAll(/'(\/\.bouncer\/[a-z/-]+)/g)].map(
      ([, path = '']) => path,
    ),
  );
  expect(paths.length).toBeGreaterThan(15);
  // The addresses of `bouncer login` are its own.
  for (const path of paths) if (!/\/terminal\/(?!edge)/.test(path)) expect(endpoints).toContain(path);
});

describe('docs/operations.md', () => {
  test('names every field of a request’s line, and every event', async () => {
    await site.logIn('alice', site.at('wiki.localhost'));
    const request = site.records().find((record) => 'request_id' in record) ?? {};
    for (const field of [...Object.keys(request), 'cause', 'reports'])
      expect(operations).toContain(`\`${field}\``);
    for (const event of Object.keys(events)) expect(operations).toContain(`\`${event}\``);
    for (const { event, ...fields } of site.records().filter((record) => 'event' in record)) {
      const known = Object.keys(events[event as EventName].fields).map((field) => field.replace('?', ''));
      expect(['time', 'level', ...known], String(event)).toEqual(expect.arrayContaining(Object.keys(fields)));
    }
  });

  test('names every reason that it promises as the log has it', async () => {
    const { browser } = await site.logIn('mallory', site.at('wiki.localhost'));
    await browser.get(site.at('down.localhost'));
    const { browser: alice } = await site.logIn('alice', site.at('wiki.localhost'));
    await alice.get(site.at('wiki.localhost'));
    const reasons = new Set(site.records().map((record) => record['reason']));
    for (const reason of ['policy-allowed', 'no-policy-matched', 'login-required']) {
      expect(reasons).toContain(reason);
      expect(operations).toContain(`\`${reason}\``);
    }
  });
});

describe('docs/endpoints.md', () => {
  test('/.bouncer/identity has the fields that the page shows', async () => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    const answer = JSON.parse((await browser.get(site.at('wiki.localhost', '/.bouncer/identity'))).body);
    const [, shown = ''] = /```json\n([\s\S]*?)```/.exec(endpoints) ?? [];
    expect(Object.keys(answer)).toEqual(Object.keys(JSON.parse(shown)));
  });

  test('every path of its table is there on both kinds of host', async () => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    const rows = [...endpoints.matchAll(/^\| `(\/\.bouncer\/[a-z-]*)` +\| `(GET|POST)`/gm)];
    expect(rows).toHaveLength(8);
    for (const [, path = '', method = ''] of rows) {
      for (const host of ['wiki.localhost', 'auth.localhost']) {
        const url = site.at(host, path);
        const answer =
          method === 'GET'
            ? await browser.get(url, { headers: asPage, stopAt: () => true })
            : await browser.post(
                url,
                {},
                { headers: { origin: 'https://elsewhere.example' }, stopAt: () => true },
              );
        expect([path, host, answer.status]).not.toEqual([path, host, 404]);
        expect([path, host, answer.status]).not.toEqual([path, host, 405]);
      }
    }
    expect((await browser.get(site.at('auth.localhost', '/.well-known/jwks.json'))).status).toBe(200);
  });

  test('a program learns in JSON what is the matter', async () => {
    const nobody = await site.browser().get(site.at('wiki.localhost', '/x'), { headers: asProgram });
    const { browser: alice } = await site.logIn('alice', site.at('wiki.localhost'));
    const { browser: mallory } = await site.logIn('mallory', site.at('wiki.localhost'));
    const answers = [
      nobody,
      await alice.get(site.at('wiki.localhost', '/keys'), { headers: asProgram }),
      await mallory.get(site.at('wiki.localhost', '/x'), { headers: asProgram }),
      await alice.get(site.at('down.localhost'), { headers: asProgram }),
    ];
    for (const answer of answers) {
      const { error, request_id: id } = JSON.parse(answer.body);
      expect(id).toBe(answer.headers['x-request-id']);
      expect(endpoints).toMatch(new RegExp(`^\\| ${answer.status} +\\| \`${error}\``, 'm'));
    }
    const [, shown = ''] = /^(\{"error":"login_required".*\})$/m.exec(endpoints) ?? [];
    expect(Object.keys(JSON.parse(nobody.body))).toEqual(Object.keys(JSON.parse(shown)));
    expect(nobody.headers['www-authenticate']).toBe('Bearer realm="wiki.localhost"');
  });
});
