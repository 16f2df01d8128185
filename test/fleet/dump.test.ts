// A copy of the database alone: nothing that anybody was given in a run with everything that hands something out is in it, neither as it is
// nor in what it holds as bytes; and what it holds sealed does not open without the master key.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { openStore } from '../../src/store/open-store.ts';
import { sealingKeyOf } from '../../src/store/sealing-key.ts';
import { runCommand } from '../cli/run-command.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { prepareTwoProcesses, type TwoProcesses } from './two-processes.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    clients: basic
    policies:
      - { name: people, action: allow, include: [{ email_domain: example.com }] }
      - { name: programs, action: allow, include: [{ service_token: ci }] }
`;
const masterKey = randomBytes(32).toString('base64');
const oldMasterKey = randomBytes(32).toString('base64');

let postgres: TestPostgres;
let two: TwoProcesses;
let url: string;

const secretPatterns = /\bbnc_[a-z]+_[0-9A-Za-z]{20,}|[A-Za-z0-9_.~-]{40,}/g;

async function command(...args: readonly string[]): Promise<string> {
  const done = await runCommand(args, { cwd: two.folder });
  expect(done).toMatchObject({ code: 0 });
  return done.stdout;
}

/** What a command or a page printed that looks like something to keep to oneself. */
function secretsIn(text: string): string[] {
  const found = text.match(secretPatterns) ?? [];
  if (found.length === 0) throw new Error(`no secret in ${text}`);
  return found;
}

/** The ids that redirects carry of a browser's own login: names of a record in its cookie, worth nothing. */
function loginIdsIn({ trail }: BrowserResponse): string[] {
  return trail.flatMap((each) => new URL(each).searchParams.get('login') ?? []);
}

/** To the provider's login page, by the page that lets people choose. */
async function askForLogin(browser: BrowserClient): Promise<BrowserResponse> {
  const chooser = await browser.get(two.at('wiki.localhost', '/page'));
  const href = /href="(\/\.bouncer\/login\?request=[^"]+provider=test)"/.exec(chooser.body)?.[1] ?? '';
  const asked = await browser.get(new URL(href.replaceAll('&amp;', '&'), chooser.url).href);
  return { ...asked, trail: [...chooser.trail, ...asked.trail] };
}

/** Everything that anybody was given, and what is no secret though it looks like one. */
async function useEverything(): Promise<{ readonly secrets: string[]; readonly ids: Set<string> }> {
  const secrets = [masterKey, 'a client secret'];
  const ids = new Set<string>();
  const { browser } = two.browser();
  const asked = await askForLogin(browser);
  const response = await logInAtProvider(browser, asked, 'alice');
  expect(response.status).toBe(200);
  for (const id of [...loginIdsIn(asked), ...loginIdsIn(response)]) ids.add(id);
  secrets.push(JSON.parse(response.body).headers['x-bouncer-jwt-assertion'].split('.')[2]);
  // Another login stops on the way back to the application: its code was not used.
  const { browser: halfway } = two.browser();
  const atProvider = await askForLogin(halfway);
  const stopped = await halfway.post(
    atProvider.url,
    { person: 'admin', method: 'pwd' },
    { stopAt: (next) => next.includes('handoff=') },
  );
  const location = String(stopped.headers['location']);
  expect(location).toContain('handoff=');
  ids.add(new URL(location).searchParams.get('login') ?? '');
  for (const id of loginIdsIn(atProvider)) ids.add(id);
  for (const id of loginIdsIn(stopped)) ids.add(id);
  const { body } = await browser.post(two.at('auth.localhost', '/.bouncer/tokens'), {
    ...{ name: 'calendar', 'application-0': 'wiki', days: '90' },
  });
  secrets.push(...(body.match(/bnc_p_[0-9A-Za-z]{49}/g) ?? ['no personal token was made']));
  const verifier = randomBytes(32).toString('base64url');
  const device = await browser.post(two.at('auth.localhost', '/.bouncer/terminal/device'), {
    code_challenge: randomBytes(32).toString('base64url'),
    name: 'a terminal',
  });
  const issued = JSON.parse(device.body) as Record<'device_code' | 'user_code', string>;
  secrets.push(issued.device_code, issued.user_code, issued.user_code.replaceAll('-', ''), verifier);
  secrets.push(...secretsIn(await command('token', 'create', 'ci')));
  secrets.push(...secretsIn(await command('tunnel', 'create', 'office')));
  secrets.push(...secretsIn(await command('passkey', 'invite', 'mom@example.com')));
  for (const one of [browser, halfway]) secrets.push(...one.secrets);
  secrets.push(...two.provider.givenOut);
  return { secrets, ids };
}

/** A dump as text, and what it holds as bytes beside it, as text too. */
function dumpOf(file: string): string {
  execFileSync(postgres.program('pg_dump'), ['--file', file, url]);
  const text = readFileSync(file, 'utf8');
  const bytes = [...text.matchAll(/\\\\x([0-9a-f]+)/g)].map(([, hex]) =>
    Buffer.from(hex ?? '', 'hex').toString('latin1'),
  );
  expect(bytes.length).toBeGreaterThan(0);
  return `${text}\n${bytes.join('\n')}`;
}

describe.runIf(hasPostgres)('a copy of the database', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
    two = await prepareTwoProcesses({
      store: `store: { postgres: { url: "${url}" } }\nmaster_key: "${masterKey}"\nfurther_master_keys: ["${oldMasterKey}"]`,
      rules,
      settings: `  - { id: passkey, type: passkey }
tunnel: { listen: "127.0.0.1:${await findFreePort(0, 1)}", addresses: ["127.0.0.1:7844"] }`,
      provider: { issuesRefreshTokens: true },
    });
    await two.start(0);
  }, 120_000);
  afterAll(async () => {
    await two?.close();
    await postgres.close();
  });

  it('holds nothing that anybody was given, and opens with the master key alone', async () => {
    const { secrets, ids } = await useEverything();
    const dump = dumpOf(join(two.folder, 'dump.sql'));
    const wanted = secrets.filter((secret) => !ids.has(secret));
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((secret) => dump.includes(secret))).toEqual([]);
    // Neither a JWT of anybody's nor a private key in any form.
    expect(dump).not.toMatch(/eyJ[A-Za-z0-9_-]{16,}|"d" *:|PRIVATE KEY/);
    // What was looked through is a copy of all of it.
    for (const table of [
      'login',
      'host_token',
      'once',
      'signing_key',
      'secret',
      'service_secret',
      'tunnel_token',
    ])
      expect(dump).toMatch(new RegExp(`COPY bouncer\\.${table} .*\\n(?!\\\\\\.)`));
    const place = { dataDir: '', postgres: { address: addressOf(url), listenAddress: null, caFile: null } };
    for (const keys of [[oldMasterKey], [randomBytes(32).toString('base64')]]) {
      const thief = await openStore({ ...place, masterKeys: keys });
      await expect(sealingKeyOf(thief.secrets)).rejects.toMatchObject({ code: 'store_unavailable' });
      await expect(Promise.resolve(thief.keys.listKeys())).rejects.toMatchObject({
        code: 'store_unavailable',
      });
      await thief.close();
    }
    const owner = await openStore({ ...place, masterKeys: [masterKey] });
    expect((await owner.keys.listKeys()).length).toBeGreaterThan(0);
    await owner.close();
  });
});
