// An application that is being worked on, and one that wants credentials of its own from bouncer: through the whole product.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = (mode: string, secret = 'grafana'): string => `applications:
  - name: wiki
    label: The wiki
    contact: wiki@example.com
    mode: ${mode}
    host: wiki.localhost
    upstream: UPSTREAM
    request_headers: { set: { Authorization: { secret: ${secret} }, X-Plain: as-it-is } }
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
tests:
  - { name: staff gets in, url: "http://wiki.localhost/", as: { email: a@example.com, groups: [staff] }, expect: allow }
`;
const canary = 'Bearer canary-of-grafana-7f3a';

let site: Site;
beforeAll(async () => {
  site = await startSite({ rules: rules('enforce'), settings: `secrets: { grafana: "${canary}" }` });
});
afterAll(() => site.close());

test('a secret of the settings is the value of a header, whatever the client sends, and in no log', async () => {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  await browser.get(site.at('wiki.localhost', '/page'), { headers: { authorization: 'Basic bWluZTptaW5l' } });
  const seen = site.upstream.seen.at(-1);
  expect(seen?.headers['authorization']).toBe(canary);
  expect(seen?.headers['x-plain']).toBe('as-it-is');
  expect(site.logText()).not.toContain('canary-of-grafana');
});

test('a secret that the settings do not have is a problem with its place, and the old rules stay', async () => {
  site.writeRules(rules('enforce', 'grafan'));
  expect(await site.bouncer.reload()).toBe(false);
  const failed = site.records().findLast((one) => one['event'] === 'reload_failed');
  expect(JSON.stringify(failed)).toMatch(/rules\.yaml:8:\d+: error: the settings have no secret `grafan`/);
  expect(JSON.stringify(failed)).toContain('did you mean `grafana`?');
  site.writeRules(rules('enforce'));
  expect(await site.bouncer.reload()).toBe(true);
});

test('who would get in reads that it is being worked on, others are answered as ever, and nothing reaches it', async () => {
  const { browser: alice } = await site.logIn('alice', site.at('wiki.localhost'));
  site.writeRules(rules('maintenance'));
  // Its tests say who gets in when it is open again, so they go on to hold.
  expect(await site.bouncer.reload()).toBe(true);
  const before = site.upstream.seen.length;
  const page = await alice.get(site.at('wiki.localhost'));
  expect(page.status).toBe(503);
  expect(page.body).toContain('Being worked on');
  expect(page.body).toContain('<bdi>The wiki</bdi>');
  expect(page.body).toContain('mailto:wiki@example.com');
  const program = await alice.get(site.at('wiki.localhost'), {
    headers: { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  });
  expect(JSON.parse(program.body)).toMatchObject({ error: 'unavailable', reason: 'maintenance' });
  const { response } = await site.logIn('mallory', site.at('wiki.localhost'));
  expect(response.status).toBe(403);
  expect(site.upstream.seen.length).toBe(before);
  const told = await runCommand(
    ['explain', '--url', site.at('wiki.localhost'), '--email', 'a@example.com', '--group', 'staff'],
    { cwd: site.folder },
  );
  expect(told.stdout).toContain('is being worked on: `mode: maintenance`');
  site.writeRules(rules('enforce'));
  expect(await site.bouncer.reload()).toBe(true);
  expect((await alice.get(site.at('wiki.localhost'))).status).toBe(200);
});
