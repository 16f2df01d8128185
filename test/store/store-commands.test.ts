// `bouncer store migrate` and `bouncer store copy` on a real database.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { openPostgresDatabase } from '../../src/store/postgres/open-postgres-store.ts';
import { migrations } from '../../src/store/postgres/schema.ts';
import { copiedColumns } from '../../src/store/postgres/write-sessions.ts';
import { sealingKeyOf } from '../../src/store/sealing-key.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type CommandRun, runCommand } from '../cli/run-command.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { form } from './form-store-contract.ts';
import { hardwareKey } from './hardware-key-store-contract.ts';
import { login, token } from './session-store-contract.ts';
import { connectorOf, joinToken } from './tunnel-store-contract.ts';

const masterKey = randomBytes(32).toString('base64');
const nextKey = randomBytes(32).toString('base64');
let postgres: TestPostgres;
let url: string;
let folder: string;

function writeSettings(more = `master_key: "${masterKey}"`): void {
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: https://auth.example.com
data_dir: data
store: { postgres: { url: "${url}" } }
identity_providers: [{ id: g, type: oidc, issuer: https://accounts.example.com, client_id: abc }]
${more}
`,
  );
}

function writeRules(): void {
  writeFileSync(
    join(folder, 'rules.yaml'),
    'applications:\n  - name: wiki\n    host: wiki.example.com\n    upstream: http://127.0.0.1:1\n    policies: [{ name: programs, action: allow, include: [{ service_token: [ci, backup] }] }]\n',
  );
}

const run = (...args: readonly string[]): Promise<CommandRun> => runCommand(args, { cwd: folder });

function openShared(masterKeys = [masterKey]): Promise<Store> {
  return openStore({
    dataDir: '',
    postgres: { address: addressOf(url), listenAddress: null, caFile: null },
    masterKeys,
  });
}

describe.runIf(hasPostgres)('the store commands', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bouncer-store-commands-'));
    url = await postgres.createDatabase();
    writeSettings();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(() => postgres.close());

  it('tell `check --online` which tokens the rules name and nobody made', async () => {
    writeRules();
    writeSettings(`master_key: "${masterKey}"\nrules: rules.yaml`);
    const store = await openShared();
    await issueToken(store.tokens, { name: 'ci', applications: null, lifetimeMs: null }, Date.now());
    await store.close();
    expect((await run('check')).stderr).not.toContain('backup');
    const { stderr } = await run('check', '--online');
    expect(stderr).toContain('`backup`');
    expect(stderr).not.toContain('`ci`');
  });

  it('make the tables, once, however many ask at a time', async () => {
    const runs = await Promise.all([
      run('store', 'migrate'),
      run('store', 'migrate'),
      run('store', 'migrate'),
    ]);
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(runs.filter(({ stdout }) => stdout.includes('from version 0'))).toHaveLength(1);
    expect((await run('store', 'migrate')).stdout).toBe(
      `the tables are up to date: version ${migrations.length}\n`,
    );
  });

  it('go forward only, and refuse tables of a version that this one cannot work with', async () => {
    await run('store', 'migrate');
    const step = (oldest: number) => ({ sql: 'ALTER TABLE bouncer.login ADD COLUMN later text', oldest });
    const { db } = await openPostgresDatabase({ address: addressOf(url), listenAddress: null, caFile: null });
    const next = migrations.length + 1;
    // The next version adds a column: this one goes on, and leaves it alone.
    expect(await migrate(db, { migrations: [...migrations, step(1)], oldestUsable: 1 })).toEqual({
      from: next - 1,
      to: next,
    });
    const held = token();
    const store = await openShared();
    const stored = login();
    await store.sessions.createLogin(stored, held, null);
    expect((await store.sessions.findByToken(held.hash))?.login).toEqual(stored);
    await store.close();
    expect((await run('store', 'migrate')).stdout).toBe(`the tables are up to date: version ${next}\n`);
    // One after it says that this version cannot go on.
    await migrate(db, {
      migrations: [...migrations, step(1), { sql: 'SELECT 1', oldest: next + 1 }],
      oldestUsable: 1,
    });
    await db.close();
    const refused = await run('store', 'migrate');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('a newer bouncer')]);
    await expect(openShared()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('tell `check --online` what does not go together: a master key that opens nothing, another site', async () => {
    writeRules();
    writeSettings(`master_key: "${masterKey}"\nrules: rules.yaml`);
    const store = await openShared();
    await sealingKeyOf(store.secrets);
    await store.nodes.announce(
      {
        ...{ id: 'x', name: 'elsewhere/1', version: '1', rulesHash: '', rulesFailure: null, startedAtMs: 1 },
        authUrl: 'https://auth.elsewhere.example',
      },
      store.now(),
      0,
    );
    await store.close();
    const seen = await run('check', '--online');
    expect(seen.stdout).toContain('seen: store in PostgreSQL: answers');
    expect(seen.stdout).toMatch(
      /bouncer elsewhere\/1: .*`auth_url: https:\/\/auth.elsewhere.example`, not `https:\/\/auth.example.com`/,
    );
    writeSettings(`master_key: "${nextKey}"\nrules: rules.yaml`);
    const { code, stdout } = await run('check', '--online');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/the secret `sealing` in the store is sealed with another master key/),
    ]);
  });

  it('seal anew with the next master key', async () => {
    const store = await openShared();
    const key = await sealingKeyOf(store.secrets);
    await store.close();
    writeSettings(`master_key: "${nextKey}"\nfurther_master_keys: ["${masterKey}"]`);
    expect((await run('store', 'migrate')).stdout).toContain('1 key is sealed with the new master key');
    expect((await run('store', 'migrate')).stdout).not.toContain('sealed');
    const after = await openShared([nextKey]);
    expect([...(await sealingKeyOf(after.secrets))]).toEqual([...key]);
    await after.close();
    writeSettings();
    const refused = await run('session', 'list');
    expect(refused.code).toBe(0);
    expect((await run('signing-key', 'list')).code).toBe(0);
  });

  it('copy everything out of the data folder, and once', async () => {
    const source = createStore(join(folder, 'data'));
    const stored = login({ email: 'a@example.com', secrets: 'sealed', isRefreshable: true });
    const tokens = [token('a.example'), token('a.example'), token('b.example')] as const;
    source.sessions.createLogin(stored, tokens[0], null);
    source.sessions.addToken(stored.id, tokens[1], 5_000);
    source.sessions.addToken(stored.id, tokens[2], 5_000);
    source.once.mark('used', 9_000, 1);
    source.once.put('code', 'value', 9_000);
    source.keys.addKey({
      kid: 'k',
      algorithm: 'ES256',
      privateJwk: '{"d":"private"}',
      createdAtMs: 1,
      signsFromMs: 2,
      retiredAtMs: 3,
    });
    const held = hardwareKey();
    source.hardwareKeys.addKey(held, 5);
    const forms = [5, 4_000_000, 3_000_000].map((length) =>
      form({ body: new Uint8Array(randomBytes(length)) }),
    );
    for (const one of forms) source.forms.keepForm(one, { perPerson: 1, total: 9, totalBytes: 9_000_000 }, 1);
    const joined = joinToken({ spentAtMs: 7 });
    const connector = connectorOf(joined);
    source.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
    source.tunnels.addToken(joined);
    source.tunnels.addConnector(connector);
    source.secrets.addSecret('tunnel-edge', Buffer.from('the keys of the edge'));
    const sealing = await sealingKeyOf(source.secrets);
    const before = tokens.map(({ hash }) => source.sessions.findByToken(hash));
    const keys = source.keys.listKeys();
    source.close();

    const copied = await run('store', 'copy');
    expect([copied.code, copied.stdout, copied.stderr]).toEqual([
      0,
      'copied 1 session and 1 signing key\n',
      '',
    ]);
    const target = await openShared();
    expect(await Promise.all(tokens.map(({ hash }) => target.sessions.findByToken(hash)))).toEqual(before);
    expect(await target.keys.listKeys()).toEqual(keys);
    expect(await target.hardwareKeys.listKeys()).toEqual([held]);
    for (const one of forms)
      expect(isDeepStrictEqual(await target.forms.takeForm(one.key, 1), one)).toBe(true);
    expect(await target.tunnels.read()).toMatchObject({ tokens: [joined], connectors: [connector] });
    expect(Buffer.from((await target.secrets.findSecret('tunnel-edge')) ?? []).toString()).toBe(
      'the keys of the edge',
    );
    await target.tunnels.removeConnector(connector.id);
    expect([...(await sealingKeyOf(target.secrets))]).toEqual([...sealing]);
    expect(await target.once.mark('used', 9_000, 1)).toBe(false);
    expect(await target.once.take('code', 1)).toBe('value');

    // What ended since does not come back.
    await target.sessions.endLogins({ by: 'id', id: stored.id });
    expect((await run('store', 'copy')).stdout).toContain('copied before');
    expect(await target.sessions.findByToken(tokens[0].hash)).toBeNull();
    expect(await target.once.take('code', 1)).toBeNull();
    expect((await target.tunnels.read()).connectors).toEqual([]);
    await target.close();
  });

  it('copy all or nothing, however late it fails', async () => {
    const source = createStore(join(folder, 'data'));
    const held = token();
    source.sessions.createLogin(login(), held, null);
    const joined = joinToken();
    source.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
    source.tunnels.addToken(joined);
    const connector = connectorOf(joined);
    source.tunnels.addConnector(connector);
    source.close();
    await run('store', 'migrate');
    const database = url.split('/').at(-1);
    await postgres.run('ALTER TABLE bouncer.tunnel_connector ADD CHECK (false)', database);
    expect((await run('store', 'copy')).code).toBe(1);
    await postgres.run(
      'ALTER TABLE bouncer.tunnel_connector DROP CONSTRAINT tunnel_connector_check',
      database,
    );
    expect((await run('store', 'copy')).stdout).toContain('copied 1 session');
    const target = await openShared();
    expect(await target.sessions.findByToken(held.hash)).not.toBeNull();
    expect((await target.tunnels.read()).connectors).toEqual([connector]);
    await target.close();
  });

  it('know every table and column of both stores', async () => {
    await run('store', 'migrate');
    const rows = await postgres.run(
      `SELECT table_name AS name, array_agg(column_name::text ORDER BY column_name) AS columns
       FROM information_schema.columns WHERE table_schema = 'bouncer' AND is_identity = 'NO' GROUP BY 1`,
      url.split('/').at(-1),
    );
    // Of these, what is copied is copied otherwise, or is nobody's.
    const others = ['change', 'counter', 'node', 'schema_version', 'secret', 'signing_key'];
    expect(
      Object.fromEntries(Object.entries(copiedColumns).map(([name, columns]) => [name, [...columns].sort()])),
    ).toEqual(
      Object.fromEntries(
        rows.flatMap(({ name, columns }) => (others.includes(String(name)) ? [] : [[name, columns]])),
      ),
    );
  });

  it('copy nothing while a bouncer works on the folder, or into a database that has been worked on', async () => {
    const source = createStore(join(folder, 'data'));
    await sealingKeyOf(source.secrets);
    source.nodes.announce(
      { id: 'x', name: 'this-machine', version: '1', rulesHash: '', rulesFailure: null, startedAtMs: 1 },
      Date.now(),
      0,
    );
    expect(await run('store', 'copy')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('this-machine'),
    });
    source.nodes.withdraw('x');
    source.close();
    const used = await openShared();
    await sealingKeyOf(used.secrets);
    await used.close();
    expect(await run('store', 'copy')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already worked'),
    });
  });

  it('say what is missing', async () => {
    expect(await run('store', 'copy')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no data folder'),
    });
    url = url.replace(/\w+$/, 'nowhere');
    writeSettings();
    expect(await run('store', 'migrate')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('createdb'),
    });
  });
});
