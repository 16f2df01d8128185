// A rolling upgrade: an earlier version's code serves while this one migrates the tables, then both serve on one database, and then the
// earlier one is started once more, as whoever goes back does. Nobody is logged out, and whoever is ended at one is out at both.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../src/store/postgres/schema.ts';
import { runCommand } from '../cli/run-command.ts';
import type { ServeProcess } from '../fail-closed/serve-process.ts';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { type EarlierVersion, hasEarlierVersion, unpackEarlierVersion } from '../fixtures/earlier-version.ts';
import type { FleetBrowser } from '../fixtures/fleet.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { hasPostgres, postgresSettings, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { person } from '../fixtures/running-site.ts';
import { prepareTwoProcesses, type TwoProcesses } from './two-processes.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: people, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /vault
        policies: [{ name: key, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
  - name: shop
    host: shop.localhost
    upstream: UPSTREAM
    policies: [{ name: people, action: allow, include: [{ email_domain: example.com }] }]
`;
/** The processes by what they run. */
const [earlier, here] = [0, 1] as const;
const everywhere = [earlier, here] as const;
const people = Array.from({ length: 400 }, (_, number) => person(`p${number}`, `p${number}@example.com`, []));

let postgres: TestPostgres;
let database: string;
let code: EarlierVersion;
let two: TwoProcesses;
let running: ServeProcess;
let next = 0;

const startEarlier = async (): Promise<void> => {
  running = await two.start(earlier, `exec ${process.execPath} ${code.main} serve -c bouncer.yaml`);
};

interface Visitor extends FleetBrowser {
  readonly email: string;
  cookie(): string | undefined;
}

const wiki = (path = '/page'): string => two.at('wiki.localhost', path);

/** Somebody new; the first steps of the login are at `first`, the others at `last`. */
async function logIn(first: number, last = first): Promise<Visitor> {
  const one = two.browser();
  const id = `p${next++}`;
  one.goTo(first);
  const asked = await one.browser.get(wiki());
  one.goTo(last);
  const response = await logInAtProvider(one.browser, asked, id);
  expect([response.status, response.url]).toEqual([200, wiki()]);
  return { ...one, email: `${id}@example.com`, cookie: () => one.browser.cookieFor(wiki()) };
}

async function expectIn({ cookie }: Visitor): Promise<void> {
  for (const process of everywhere) expect(await two.statusFor(process, wiki(), cookie())).toBe(200);
}

/** Out at the process that ended them at once, and at the other within a second of it. */
async function expectOut(cookie: string | undefined, endedBy: number | null): Promise<void> {
  const endedMs = performance.now();
  for (const process of everywhere) {
    for (;;) {
      const sentMs = performance.now();
      const status = await two.statusFor(process, wiki(), cookie);
      if (status === 302) break;
      expect([status, process === endedBy, sentMs - endedMs < 1_000]).toEqual([200, false, true]);
    }
  }
}

async function logOut(browser: BrowserClient): Promise<void> {
  await browser.post(wiki('/.bouncer/logout'), {}, { stopAt: () => true });
}

async function keysOf(process: number): Promise<JSONWebKeySet> {
  const { browser, goTo } = two.browser();
  goTo(process);
  return JSON.parse((await browser.get(two.at('auth.localhost', '/.bouncer/certs'))).body);
}

/** @returns the id of the key of an assertion that is good for whoever asks the other process for the keys */
async function kidOfAssertion({ browser, goTo }: Visitor, process: number): Promise<string> {
  goTo(process);
  const { body } = await browser.get(wiki());
  const token = JSON.parse(body).headers['x-bouncer-jwt-assertion'] as string;
  await jwtVerify(token, createLocalJWKSet(await keysOf(1 - process)));
  return decodeProtectedHeader(token).kid ?? '';
}

const run = (...args: readonly string[]) => runCommand(args, { cwd: two.folder });

async function runEarlier(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [code.main, ...args], { cwd: two.folder });
  return stdout;
}

describe.runIf(hasPostgres && hasEarlierVersion)('an earlier version beside this one', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    code = unpackEarlierVersion();
    const url = await postgres.createDatabase();
    database = url.split('/').at(-1) ?? '';
    two = await prepareTwoProcesses({
      store: postgresSettings(url),
      rules,
      settings: 'session: { recheck: 1h }',
      provider: { people, issuesRefreshTokens: true },
    });
    await startEarlier();
  }, 120_000);
  afterAll(async () => {
    await two?.close();
    code?.remove();
    await postgres.close();
  });

  it('serves on while this one migrates its tables, before which this one does not start', async () => {
    const old = await logIn(earlier);
    const [before] = await postgres.run('SELECT version FROM bouncer.schema_version', database);
    const versionBefore = Number(before?.['version']);
    expect(versionBefore).toBeLessThan(migrations.length);
    await expect(two.start(here)).rejects.toThrow(/those of an old bouncer[\s\S]*store migrate/);
    let isOver = false;
    const statuses: number[] = [];
    const looking = (async () => {
      while (!isOver) statuses.push(await two.statusFor(earlier, wiki(), old.cookie()));
    })();
    const { code: exit, stdout } = await run('store', 'migrate');
    isOver = true;
    await looking;
    expect([exit, stdout]).toEqual([
      0,
      expect.stringContaining(`from version ${versionBefore} to ${migrations.length}`),
    ]);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await two.start(here);
    await expectIn(old);
    // Single sign-on at the new one, by the login of the old one.
    old.goTo(here);
    const { trail, status } = await old.browser.get(two.at('shop.localhost'));
    expect([status, trail.some((url) => url.startsWith(two.provider.issuer))]).toEqual([200, false]);
  });

  it('shares logins with it, whichever steps of them go where', async () => {
    for (const first of everywhere) for (const last of everywhere) await expectIn(await logIn(first, last));
  });

  it('shares the ends of logins with it, by the person and by an operator', async () => {
    for (const by of everywhere) {
      const visitor = await logIn(1 - by);
      await expectIn(visitor);
      const cookie = visitor.cookie();
      visitor.goTo(by);
      await logOut(visitor.browser);
      await expectOut(cookie, by);
    }
    for (const revoke of [run, runEarlier]) {
      const visitor = await logIn(earlier);
      await expectIn(visitor);
      await revoke('session', 'revoke', '--email', visitor.email);
      await expectOut(visitor.cookie(), null);
    }
  });

  it('shares with it who is blocked', async () => {
    const visitor = await logIn(earlier);
    await expectIn(visitor);
    expect(await run('person', 'block', visitor.email)).toMatchObject({ code: 0 });
    await expectOut(visitor.cookie(), null);
    for (const process of everywhere) {
      const { browser, goTo } = two.browser();
      goTo(process);
      const id = visitor.email.split('@')[0] ?? '';
      expect((await logInAtProvider(browser, await browser.get(wiki()), id)).status).toBe(403);
    }
  });

  it('shares step-ups with it: the token from before is worth nothing at either', async () => {
    for (const by of everywhere) {
      const visitor = await logIn(1 - by);
      await expectIn(visitor);
      const before = visitor.cookie();
      visitor.goTo(by);
      const asked = await visitor.browser.get(wiki('/vault'));
      const response = await logInAtProvider(
        visitor.browser,
        asked,
        visitor.email.split('@')[0] ?? '',
        'hwk',
      );
      expect(response.status).toBe(200);
      await expectIn(visitor);
      for (const process of everywhere)
        expect(await two.statusFor(process, wiki('/vault'), visitor.cookie())).toBe(200);
      await expectOut(before, by);
    }
  });

  it('renews a login that the other made or renewed before, by the refresh token that is there by then', async () => {
    const visitor = await logIn(earlier);
    const refreshes = (): number =>
      two.provider.requests.filter((request) => request.startsWith('POST /token')).length;
    for (const by of [here, earlier, here]) {
      const revisionOf = async (): Promise<number> => {
        const [row] = await postgres.run(
          `SELECT revision FROM bouncer.login WHERE email = '${visitor.email}'`,
          database,
        );
        return Number(row?.['revision']);
      };
      const [before, asked] = [await revisionOf(), refreshes()];
      // Two hours go by for this login.
      await postgres.run(
        `UPDATE bouncer.login SET checked_at = checked_at - 7200000 WHERE email = '${visitor.email}';
         INSERT INTO bouncer.change (login_id) VALUES (NULL)`,
        database,
      );
      await expect
        .poll(async () => {
          expect(await two.statusFor(by, wiki(), visitor.cookie())).toBe(200);
          return revisionOf();
        })
        .toBeGreaterThan(before);
      expect(refreshes()).toBeGreaterThan(asked);
      await expectIn(visitor);
    }
  });

  it('signs with no key that the other does not publish, whoever of them rotates', async () => {
    const visitor = await logIn(here);
    const kids = new Set<string>();
    for (const process of everywhere) kids.add(await kidOfAssertion(visitor, process));
    expect(kids.size).toBe(1);
    for (const rotate of [async (...args: readonly string[]) => (await run(...args)).stdout, runEarlier]) {
      const kid =
        /new key ([\w-]+)(?: for assertions)?: /.exec(await rotate('signing-key', 'rotate'))?.[1] ?? '';
      for (const process of everywhere)
        await expect.poll(async () => (await keysOf(process)).keys.map((key) => key.kid)).toContain(kid);
      // The hour goes by for this key.
      await postgres.run(
        `UPDATE bouncer.signing_key SET signs_from = created_at WHERE kid = '${kid}';
         UPDATE bouncer.counter SET value = value + 1 WHERE name = 'keys'`,
        database,
      );
      // An assertion that was made before is used again: somebody new gets a new one.
      for (const process of everywhere)
        await expect
          .poll(async () => kidOfAssertion(await logIn(process), process), { interval: 500 })
          .toBe(kid);
    }
  });

  it('can be gone back to: it starts on the tables of this one, and knows everybody', async () => {
    const visitor = await logIn(here);
    await running.stop();
    expect(await two.statusFor(here, wiki(), visitor.cookie())).toBe(200);
    await startEarlier();
    await expectIn(visitor);
    await expectIn(await logIn(earlier, here));
  });
});
