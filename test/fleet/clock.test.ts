// Two processes on one PostgreSQL, one of them on a machine whose clock is five seconds off, before or behind: nobody notices, but whoever
// reads its warnings.
import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeTime, hasFakeTime, underFakeTime } from '../fixtures/fake-time.ts';
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
`;
const main = join(import.meta.dirname, '../../src/main.ts');
const people = Array.from({ length: 40 }, (_, number) => person(`p${number}`, `p${number}@example.com`, []));

let postgres: TestPostgres;
let database: string;
let two: TwoProcesses;
let next = 0;

/** Process 1 is the one whose clock is off. */
async function start(offSeconds: number): Promise<void> {
  const url = await postgres.createDatabase();
  database = url.split('/').at(-1) ?? '';
  next = 0;
  two = await prepareTwoProcesses({
    store: postgresSettings(url),
    rules,
    settings: 'management: unix:management.sock',
    provider: { people },
  });
  await two.start(0);
  await two.start(1, `${underFakeTime(offSeconds)} exec $BOUNCER`);
}

interface Visit {
  readonly cookie: string | undefined;
  readonly kid: string;
  readonly issuedAtMs: number;
}

/** Somebody who never was there logs in, the steps at the processes in turn, and lands at `last`. */
async function logIn(first: number, last: number): Promise<Visit> {
  const { browser, goTo } = two.browser();
  goTo(first);
  const wiki = two.at('wiki.localhost', '/page');
  const asked = await browser.get(wiki);
  goTo(last);
  const response = await logInAtProvider(browser, asked, `p${next++}`);
  expect([response.status, response.url]).toEqual([200, wiki]);
  const token = JSON.parse(response.body).headers['x-bouncer-jwt-assertion'] as string;
  const keys = await keysOf(1 - last);
  // As the application does that asks the other process for the keys, with no tolerance for a clock.
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    currentDate: new Date(await databaseMs()),
  });
  return {
    cookie: browser.cookieFor(wiki),
    kid: decodeProtectedHeader(token).kid ?? '',
    issuedAtMs: Number(payload.iat) * 1000,
  };
}

async function keysOf(process: number): Promise<JSONWebKeySet> {
  const { browser, goTo } = two.browser();
  goTo(process);
  return JSON.parse((await browser.get(two.at('auth.localhost', '/.bouncer/certs'))).body);
}

async function databaseMs(): Promise<number> {
  const [row] = await postgres.run('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
  return Number(row?.['ms']);
}

function readiness(process: number): Promise<{ readonly warnings?: Readonly<Record<string, string>> }> {
  const socketPath = join(two.folder, `../process-${process}/management.sock`);
  return new Promise((resolve, reject) => {
    get({ socketPath, path: '/readyz' }, async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      resolve(JSON.parse(text));
    }).on('error', reject);
  });
}

describe.runIf(hasPostgres && hasFakeTime).each([5, -5])(
  'a process whose clock is %i s off',
  (offSeconds) => {
    beforeAll(async () => {
      postgres ??= await startPostgres();
      await start(offSeconds);
    }, 120_000);
    afterAll(() => two.close());

    it('says so, and it alone', async () => {
      expect((await readiness(1)).warnings?.['clock']).toMatch(
        offSeconds > 0 ? /5 s ahead of the database's/ : /5 s behind the database's/,
      );
      expect((await readiness(0)).warnings?.['clock']).toBeUndefined();
    });

    it('loses no login, whichever steps of it go where, and issues assertions of the right time', async () => {
      for (const [first, last] of [
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        const beforeMs = await databaseMs();
        const { cookie, issuedAtMs } = await logIn(first, last);
        // Whole seconds, and what two answers may differ.
        expect(issuedAtMs).toBeGreaterThan(beforeMs - 2_000);
        expect(issuedAtMs).toBeLessThan((await databaseMs()) + 1_000);
        for (const process of [0, 1])
          expect(await two.statusFor(process, two.at('wiki.localhost'), cookie)).toBe(200);
      }
    });

    it('lets nobody in a second after they were ended, wherever that was', async () => {
      for (const by of [0, 1]) {
        const { browser, goTo } = two.browser();
        goTo(by);
        const wiki = two.at('wiki.localhost');
        await logInAtProvider(browser, await browser.get(wiki), `p${next++}`);
        const cookie = browser.cookieFor(wiki);
        for (const process of [0, 1]) expect(await two.statusFor(process, wiki, cookie)).toBe(200);
        const origin = wiki.replace(/\/$/, '');
        await browser.post(
          two.at('wiki.localhost', '/.bouncer/logout'),
          {},
          { headers: { origin, 'sec-fetch-site': 'same-origin' } },
        );
        const endedMs = performance.now();
        expect(await two.statusFor(by, wiki, cookie)).toBe(302);
        // Whatever is sent later than a second after the end is refused.
        for (;;) {
          const sentMs = performance.now();
          const status = await two.statusFor(1 - by, wiki, cookie);
          if (status === 302) break;
          expect([status, sentMs - endedMs < 1_000]).toEqual([200, true]);
        }
      }
    });

    it('signs with no key that the other does not publish, though an operator changes keys by a wrong clock', async () => {
      const before = (await logIn(1, 1)).kid;
      // A machine whose clock is hours behind would have the new key sign at once.
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [main, 'signing-key', 'rotate', '-c', join(two.folder, 'bouncer.yaml')],
        { env: { ...process.env, ...fakeTime(-3 * 3600) } },
      );
      const kid = /new key (\S+) for assertions: /.exec(stdout)?.[1] ?? '';
      const [row] = await postgres.run(
        `SELECT signs_from, created_at FROM bouncer.signing_key WHERE kid = '${kid}'`,
        database,
      );
      expect(Number(row?.['signs_from'])).toBeGreaterThanOrEqual((await databaseMs()) + 59 * 60_000);
      for (const process of [0, 1])
        await expect.poll(async () => (await keysOf(process)).keys.map((key) => key.kid)).toContain(kid);
      expect((await logIn(0, 1)).kid).toBe(before);
      // The hour goes by.
      const switchMs = Math.ceil(((await databaseMs()) + 9_000) / 1000) * 1000;
      await postgres.run(
        `UPDATE bouncer.signing_key SET signs_from = ${switchMs} WHERE kid = '${kid}';
       UPDATE bouncer.counter SET value = value + 1 WHERE name = 'keys'`,
        database,
      );
      const seen = new Map<number, Set<string>>([
        [0, new Set()],
        [1, new Set()],
      ]);
      const isDone = (): boolean => [...seen.values()].every((kids) => kids.has(kid));
      for (let process = 0; !isDone() && next < people.length; process = 1 - process) {
        const visit = await logIn(process, process);
        seen.get(process)?.add(visit.kid);
        expect(visit.kid).toBe(visit.issuedAtMs >= switchMs ? kid : before);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(isDone()).toBe(true);
    });
  },
);

afterAll(() => postgres?.close());
