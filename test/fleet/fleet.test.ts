// Several bouncers on one PostgreSQL as people meet them: log in at one, be known at the other, be out everywhere within a second.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { blockPerson, unblockPerson } from '../../src/identity/persons/person-operations.ts';
import { revokeSessions } from '../../src/identity/sessions/session-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../cli/run-command.ts';
import { type Fleet, startFleet } from '../fixtures/fleet.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: people, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /open
        policies: [{ name: open, action: bypass, include: [everyone] }]
      - path: /fresh
        policies: [{ name: fresh, action: allow, include: [{ email_domain: example.com }], require: [{ login_age: 1h }] }]
  - name: shop
    host: shop.localhost
    upstream: UPSTREAM
    policies: [{ name: people, action: allow, include: [{ email_domain: example.com }] }]
`;

let postgres: TestPostgres;
let fleet: Fleet | null = null;
let database = '';

async function start(nodes = 2, settings = ''): Promise<Fleet> {
  database = await postgres.createDatabase();
  fleet = await startFleet(postgres, { nodes, database, rules, settings });
  return fleet;
}

async function until(isSo: () => Promise<boolean> | boolean, limitMs = 15_000): Promise<number> {
  const startedMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedMs > limitMs) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - startedMs;
}

describe.runIf(hasPostgres)('several bouncers on one PostgreSQL', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  afterEach(async () => {
    await fleet?.close();
    fleet = null;
  });
  afterAll(() => postgres.close());

  it('know whoever logged in at one of them, whichever the steps of a login go to', async () => {
    const { at, browser, provider } = await start();
    const { browser: alice, goTo } = browser(0);
    const { logInAtProvider } = await import('../fixtures/oidc-provider.ts');
    const chosen = await alice.get(at('wiki.localhost', '/page'), {
      stopAt: (url) => url.startsWith(provider.issuer),
    });
    expect(chosen.status).toBe(302);
    goTo(1);
    const page = await logInAtProvider(
      alice,
      await alice.get(String(chosen.headers['location'])),
      'alice',
      'pwd',
    );
    expect([page.status, page.url]).toEqual([200, at('wiki.localhost', '/page')]);
    for (const node of [0, 1, 0]) {
      goTo(node);
      expect((await alice.get(at('wiki.localhost', '/page'))).status).toBe(200);
      // Single sign-on to another host needs no provider.
      expect(
        (await alice.get(at('shop.localhost'))).trail.some((url) => url.startsWith(provider.issuer)),
      ).toBe(false);
    }
  });

  it('let nobody in, a second after they logged out at one of them', async () => {
    const { at, logIn, statusFor } = await start();
    const { browser: alice, goTo } = await logIn('alice', at('wiki.localhost'), 0);
    const cookie = alice.cookieFor(at('wiki.localhost'));
    goTo(1);
    expect((await alice.get(at('wiki.localhost'))).status).toBe(200);
    expect(await statusFor(1, at('wiki.localhost'), cookie)).toBe(200);
    goTo(0);
    const page = await alice.get(at('wiki.localhost', '/.bouncer/logout'));
    expect(page.status).toBe(200);
    await alice.post(
      at('wiki.localhost', '/.bouncer/logout'),
      {},
      { headers: { origin: at('wiki.localhost').replace(/\/$/, ''), 'sec-fetch-site': 'same-origin' } },
    );
    await until(async () => (await statusFor(1, at('wiki.localhost'), cookie)) === 302, 1_000);
  });

  it('follow what an operator ends', async () => {
    const { at, logIn, masterKey } = await start();
    const { browser: alice, goTo } = await logIn('alice', at('wiki.localhost'), 1);
    for (const node of [0, 1]) {
      goTo(node);
      expect((await alice.get(at('wiki.localhost'))).status).toBe(200);
    }
    const store = await openStore({
      dataDir: '',
      postgres: { address: addressOf(database), listenAddress: null, caFile: null },
      masterKeys: [masterKey],
    });
    expect(await revokeSessions(store, { email: 'alice@example.com' })).toBe(1);
    await store.close();
    for (const node of [0, 1]) {
      goTo(node);
      await until(
        async () => (await alice.get(at('wiki.localhost'), { stopAt: () => true })).status === 302,
        1_000,
      );
    }
  });

  it('keep out whom an operator blocks, within a second at every one, until they are unblocked', async () => {
    const { at, logIn, browser, masterKey } = await start();
    const { browser: alice, goTo } = await logIn('alice', at('wiki.localhost'), 1);
    for (const node of [0, 1]) {
      goTo(node);
      expect((await alice.get(at('wiki.localhost'))).status).toBe(200);
    }
    const store = await openStore({
      dataDir: '',
      postgres: { address: addressOf(database), listenAddress: null, caFile: null },
      masterKeys: [masterKey],
    });
    expect(await blockPerson(store, 'alice@example.com')).toBe(1);
    for (const node of [0, 1]) {
      goTo(node);
      await until(
        async () => (await alice.get(at('wiki.localhost'), { stopAt: () => true })).status === 302,
        1_000,
      );
    }
    const { logInAtProvider } = await import('../fixtures/oidc-provider.ts');
    const { browser: again } = browser(0);
    const page = await logInAtProvider(again, await again.get(at('wiki.localhost')), 'alice', 'pwd');
    expect([page.status, page.body.includes('This account cannot log in here')]).toEqual([403, true]);
    expect(await unblockPerson(store, 'alice@example.com')).toBe(true);
    await store.close();
    expect(
      (await (await logIn('alice', at('wiki.localhost'), 1)).browser.get(at('wiki.localhost'))).status,
    ).toBe(200);
  });

  it('publish all keys that any of them signs with', async () => {
    const { at, nodes, browser } = await start(3);
    const published = await Promise.all(
      nodes.map(async (_, node) => {
        const { body } = await browser(node).browser.get(at('auth.localhost', '/.bouncer/certs'));
        return (JSON.parse(body) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid).sort();
      }),
    );
    expect(published[0]?.length).toBeGreaterThan(0);
    expect(published[1]).toEqual(published[0]);
    expect(published[2]).toEqual(published[0]);
  });

  it('say which rules each of them runs, and who refused newer ones', async () => {
    const { nodes, rulesFiles, masterKey } = await start();
    const folder = mkdtempSync(join(tmpdir(), 'bouncer-fleet-check-'));
    const first = nodes[0]?.bouncer.readiness().rulesHash;
    expect(nodes[1]?.bouncer.readiness().rulesHash).toBe(first);
    const text = readFileSync(rulesFiles[1] ?? '', 'utf8');
    writeFileSync(rulesFiles[1] ?? '', text.replace('name: people', 'name: others'));
    expect(await nodes[1]?.bouncer.reload()).toBe(true);
    expect(nodes[1]?.bouncer.readiness().rulesHash).not.toBe(first);
    writeFileSync(rulesFiles[1] ?? '', 'applications: []\n');
    expect(await nodes[1]?.bouncer.reload()).toBe(false);
    writeFileSync(join(folder, 'rules.yaml'), readFileSync(rulesFiles[0] ?? ''));
    writeFileSync(
      join(folder, 'bouncer.yaml'),
      `auth_url: http://auth.localhost\nrules: rules.yaml\nstore: { postgres: { url: "${database}" } }\nmaster_key: "${masterKey}"\nidentity_providers: [{ id: test, type: oidc, issuer: https://id.example, client_id: x }]\n`,
    );
    await until(async () => {
      const { code, stdout } = await runCommand(['check', '--online'], { cwd: folder });
      // Its provider is not there.
      expect(code).toBe(1);
      return (
        /runs these rules, [0-9a-f]{16}\n/.test(stdout) &&
        /runs other rules, [0-9a-f]{16}; it refused newer ones: /.test(stdout)
      );
    });
    rmSync(folder, { recursive: true, force: true });
  });

  it('serve who is logged in while the database is gone, and nobody else; then all again, and nobody is logged out', async () => {
    const { at, logIn, nodes, browser } = await start(1);
    const { browser: alice } = await logIn('alice', at('wiki.localhost'), 0);
    const relay = nodes[0]?.relay;
    relay?.refuse();
    relay?.cut();
    await until(() => (nodes[0]?.events('store_lost').length ?? 0) > 0);
    expect((await alice.get(at('wiki.localhost'))).status).toBe(200);
    expect((await alice.get(at('wiki.localhost', '/fresh'))).status).toBe(503);
    const stranger = browser(0).browser;
    expect((await stranger.get(at('wiki.localhost', '/open'))).status).toBe(200);
    expect((await alice.get(at('wiki.localhost', '/open'))).status).toBe(200);
    expect((await stranger.get(at('wiki.localhost'))).status).toBe(503);
    expect(nodes[0]?.bouncer.readiness()).toMatchObject({
      isReady: true,
      warnings: { store: expect.stringContaining('PostgreSQL') },
    });
    relay?.accept();
    await until(() => (nodes[0]?.events('store_found').length ?? 0) > 0);
    expect((await alice.get(at('wiki.localhost', '/fresh'))).status).toBe(200);
    expect((await stranger.get(at('wiki.localhost'), { stopAt: () => true })).status).toBe(302);
  });

  it('serve nobody but in open areas once the time is over that they may go without the database, and never ask for a login', async () => {
    const { at, logIn, nodes } = await start(1, 'store_loss: { keep: 1s }');
    const { browser: alice } = await logIn('alice', at('wiki.localhost'), 0);
    nodes[0]?.relay.blackHole();
    await until(async () => (await alice.get(at('wiki.localhost'), { stopAt: () => true })).status === 503);
    expect((await alice.get(at('wiki.localhost', '/open'))).status).toBe(200);
    await until(() => nodes[0]?.bouncer.readiness().isReady === false);
    nodes[0]?.relay.release();
    await until(async () => (await alice.get(at('wiki.localhost'), { stopAt: () => true })).status === 200);
  });
});
