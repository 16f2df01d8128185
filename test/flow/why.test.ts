// Why somebody was turned away, and what a policy would do before it does it: from the page to the log to `bouncer explain`.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderPrettyRequest } from '../../src/telemetry/pretty-line.ts';
import type { RequestRecord } from '../../src/telemetry/request-record.ts';
import { runCommand } from '../cli/run-command.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: no contractors soon, action: deny, mode: report, include: [{ group: contractors }] }
      - { name: staff, action: allow, include: [{ group: staff }] }
      - { name: partners soon, action: allow, mode: report, include: [{ email_domain: evil.test }] }
  - name: gone
    host: gone.localhost
    upstream: http://127.0.0.1:1
    policies:
      - { name: staff, action: allow, include: [{ group: staff }] }
  - name: trial
    host: trial.localhost
    upstream: UPSTREAM
    mode: report
    policies:
      - { name: staff, action: allow, include: [{ group: staff }] }
`;

let site: Site;
beforeAll(async () => {
  site = await startSite({
    rules,
    people: [
      { id: 'alice', claims: { email: 'alice@example.com', email_verified: true, groups: ['staff'] } },
      {
        id: 'carl',
        claims: { email: 'carl@example.com', email_verified: true, groups: ['staff', 'contractors'] },
      },
      { id: 'mallory', claims: { email: 'mallory@evil.test', email_verified: true, groups: [] } },
    ],
  });
});
afterAll(() => site.close());

/** The request number: of a refusal in its head, of a page in what the application got. */
function idOf({ status, headers, body }: BrowserResponse): string {
  const id: unknown = status === 200 ? JSON.parse(body).headers['x-request-id'] : headers['x-request-id'];
  expect(id).toMatch(/^[\w-]{36}$/);
  return String(id);
}

const recordOf = (id: string): Readonly<Record<string, unknown>> | undefined =>
  site.records().find((record) => record['request_id'] === id);

describe('a report-only policy', () => {
  test('that would deny lets through, and the log says what it would have done', async () => {
    const { response } = await site.logIn('carl', site.at('wiki.localhost', '/page'));
    expect(response.status).toBe(200);
    expect(recordOf(idOf(response))).toMatchObject({
      decision: 'allow',
      policy: 'staff',
      reports: [{ policy: 'no contractors soon', outcome: 'deny', reason: 'policy-denied' }],
    });
  });

  test('that would allow lets nobody in, and the log says what it would have done', async () => {
    const { response } = await site.logIn('mallory', site.at('wiki.localhost', '/page'));
    expect(response.status).toBe(403);
    expect(recordOf(idOf(response))).toMatchObject({
      decision: 'deny',
      reason: 'no-policy-matched',
      reports: [{ policy: 'partners soon', outcome: 'allow', reason: 'policy-allowed' }],
    });
    expect(site.upstream.seen.some(({ headers }) => JSON.stringify(headers).includes('mallory'))).toBe(false);
  });

  test('that says the same as those in force is not in the log', async () => {
    const { response } = await site.logIn('alice', site.at('wiki.localhost', '/page'));
    expect(response.status).toBe(200);
    expect(recordOf(idOf(response))).not.toHaveProperty('reports');
  });

  test('of a whole application lets nobody in, and tells who would', async () => {
    const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
    const refused = await browser.get(site.at('trial.localhost'));
    expect(refused.status).toBe(403);
    const record = site
      .records()
      .findLast((one) => one['host'] === 'trial.localhost' && one['status'] === 403);
    expect(record).toMatchObject({ decision: 'deny' });
  });
});

describe('bouncer explain --request', () => {
  const explain = (id: string, ...more: readonly string[]) =>
    runCommand(['explain', '--request', id, ...more], { cwd: site.folder, stdin: site.logText() });

  test('takes the number on the page of who was denied, and knows their groups from their session', async () => {
    const { response } = await site.logIn('mallory', site.at('wiki.localhost', '/secret/plan'));
    const id = idOf(response);
    // What people read and copy is the beginning of it.
    const short = /<dd class="code number">([^<]*)<\/dd>/.exec(response.body)?.[1] ?? '';
    expect([short.length, id.startsWith(short), response.body.includes(id)]).toEqual([8, true, false]);
    const { code, stdout } = await explain(short);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^in the log {3}\S+: GET wiki\.localhost\/secret\/plan: 403, deny \(no-policy-matched\)\ntoday {8}the same\n/,
    );
    expect(stdout).toContain('who asked is as their session has it now');
    expect(stdout).toMatch(/request +GET wiki\.localhost\/secret\/plan/);
    expect(stdout).toMatch(/who +mallory@evil\.test/);
    expect(stdout).toContain('report-only: partners soon would have said allow (policy-allowed)');
    expect(stdout).toContain('DENY  no policy lets them in  (no-policy-matched)');
  });

  test('leads from the page of a login that failed to what the provider said', async () => {
    const browser = new BrowserClient();
    const page = await browser.get(site.at('wiki.localhost', '/page'));
    const response = await logInAtProvider(browser, page, null);
    await browser.close();
    expect(response.status).toBe(403);
    const { code, stdout } = await explain(String(response.headers['x-request-id']).slice(0, 8));
    expect(code).toBe(1);
    expect(stdout).toContain('login_failed (reason refused-by-provider, provider test)');
    expect(stdout).toMatch(/^cause {8}the identity provider sent the person back with `access_denied`/m);
    expect(stdout).toMatch(/^hint {9}the person said no/m);
    expect(stdout).not.toMatch(/ALLOW|no application/);
  });

  test('says of an application that does not answer what happened, and not that it is allowed', async () => {
    const { response } = await site.logIn('alice', site.at('gone.localhost', '/page'));
    expect(response.status).toBe(502);
    const { code, stdout } = await explain(String(response.headers['x-request-id']).slice(0, 8));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^cause {8}.*ECONNREFUSED/m);
    expect(stdout).toContain('FAILED  the policy staff let the request through, and then it failed with 502');
    expect(stdout).not.toContain('ALLOW');
  });

  test('takes a log for people, which names no session, and claims nothing about one', async () => {
    const { response } = await site.logIn('carl', site.at('wiki.localhost', '/page'));
    const id = idOf(response);
    const record = recordOf(id) ?? {};
    const line = renderPrettyRequest(
      {
        ...(Object.fromEntries(
          ['host', 'method', 'path', 'status', 'decision', 'reason', 'policy', 'sub', 'email'].map((key) => [
            key,
            record[key],
          ]),
        ) as unknown as RequestRecord),
        ...{ requestId: id, durationMs: 1 },
      },
      { time: String(record['time']), isColored: true },
    );
    const { code, stdout } = await runCommand(['explain', '--request', id.slice(0, 8)], {
      cwd: site.folder,
      stdin: line,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('a log for people names no session; who asked is as a session of theirs has it');
    expect(stdout).toMatch(/who +carl@example\.com, login method test, groups staff, contractors/);
  });

  test('sees the groups that the log does not hold', async () => {
    const { response } = await site.logIn('carl', site.at('wiki.localhost', '/page'));
    const { code, stdout } = await explain(idOf(response));
    expect(code).toBe(0);
    expect(stdout).toMatch(/who +carl@example\.com, login method test, groups staff, contractors/);
  });

  test('says that the answer is another one since the rules changed', async () => {
    const { response } = await site.logIn('mallory', site.at('wiki.localhost', '/late'));
    site.writeRules(
      rules.replace('allow, mode: report, include: [{ email_domain', 'allow, include: [{ email_domain'),
    );
    try {
      const { code, stdout } = await explain(idOf(response));
      expect(code).toBe(0);
      expect(stdout).toContain('another answer');
      expect(stdout).toContain('ALLOW  by the policy: partners soon');
    } finally {
      site.writeRules(rules);
    }
  });

  test('explains by the log alone when the session is over, and says so', async () => {
    const { response, browser } = await site.logIn('carl', site.at('wiki.localhost', '/page'));
    const revoked = await runCommand(['session', 'revoke', '--email', 'carl@example.com'], {
      cwd: site.folder,
    });
    expect(revoked.stdout).toMatch(/sessions? ended/);
    expect((await browser.get(site.at('wiki.localhost'), { stopAt: () => true })).status).toBe(302);
    const id = idOf(response);
    expect((await explain(id)).stdout).toContain('they have no session any more');
    expect((await explain(id, '--group', 'staff')).code).toBe(0);
  });
});
