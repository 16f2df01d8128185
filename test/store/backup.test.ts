// Backups as docs/operations.md and docs/scaling.md tell to make them: what comes back, and what a copy alone gives away.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maintainKeys } from '../../src/assertion/maintain-keys.ts';
import { sealLoginSecrets } from '../../src/identity/login/login-secrets.ts';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { createSealer } from '../../src/identity/sealer.ts';
import { openStore } from '../../src/store/open-store.ts';
import { sealingKeyOf } from '../../src/store/sealing-key.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { login } from './session-store-contract.ts';

const masterKey = randomBytes(32).toString('base64');
const refreshToken = `refresh-${randomBytes(16).toString('hex')}`;
let folder: string;
const opened: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-backup-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A store in which somebody is logged in. */
async function fill(store: Store): Promise<{ token: string; kid: string; privateJwk: string }> {
  opened.push(store);
  const sealer = createSealer(await sealingKeyOf(store.secrets));
  const token = createToken();
  const one = login();
  const secrets = sealLoginSecrets(sealer, one.id, { idToken: null, refreshToken, sources: {} });
  await store.sessions.createLogin(
    { ...one, secrets },
    { hash: hashToken(token), host: 'a.example', createdAtMs: 1 },
    null,
  );
  const telemetry = { request: () => {}, event: () => {} };
  await maintainKeys({ keyStore: store.keys, telemetry, lifetimeMs: 300_000, nowMs: Date.now() });
  const [key] = await store.keys.listKeys();
  return { token, kid: key?.kid ?? '', privateJwk: key?.privateJwk ?? '' };
}

it('a copy of the data folder, made while bouncer runs, brings everybody back', async () => {
  const source = createStore(join(folder, 'data'));
  const { token, kid } = await fill(source);
  const db = new DatabaseSync(join(folder, 'data', 'bouncer.sqlite'));
  const target = join(folder, 'restored');
  createStore(target).close();
  await backup(db, join(target, 'bouncer.sqlite'));
  db.close();
  const restored = createStore(target);
  opened.push(restored);
  expect(await restored.sessions.findByToken(hashToken(token))).not.toBeNull();
  expect((await restored.keys.listKeys()).map((key) => key.kid)).toEqual([kid]);
  expect([...(await sealingKeyOf(restored.secrets))]).toEqual([...(await sealingKeyOf(source.secrets))]);
});

describe.runIf(hasPostgres)('a dump of the database', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  afterAll(() => postgres.close());

  const open = (url: string, keys: readonly string[]): Promise<Store> =>
    openStore({
      dataDir: '',
      postgres: { address: addressOf(url), listenAddress: null, caFile: null },
      masterKeys: keys,
    });

  it('brings everybody back with the master key, and gives nothing away without it', async () => {
    const url = await postgres.createDatabase();
    const { token, kid, privateJwk } = await fill(await open(url, [masterKey]));
    const file = join(folder, 'dump.sql');
    execFileSync(postgres.program('pg_dump'), ['--file', file, url]);
    const dump = readFileSync(file, 'utf8');
    expect(dump).toContain(hashToken(token));
    for (const secret of [token, refreshToken, masterKey, JSON.parse(privateJwk).d as string])
      expect(dump).not.toContain(secret);

    const elsewhere = await postgres.createDatabase();
    execFileSync(
      postgres.program('psql'),
      ['--quiet', '--set', 'ON_ERROR_STOP=1', '--file', file, elsewhere],
      { stdio: 'ignore' },
    );
    const restored = await open(elsewhere, [masterKey]);
    opened.push(restored);
    expect(await restored.sessions.findByToken(hashToken(token))).not.toBeNull();
    expect((await restored.keys.listKeys()).map((key) => key.kid)).toEqual([kid]);
    // It goes on from there: what changes now gets a number that nobody has read yet.
    expect(await restored.sessions.removeToken(hashToken(token))).toBe(true);

    const thief = await open(elsewhere, [randomBytes(32).toString('base64')]);
    opened.push(thief);
    await expect(Promise.resolve(thief.keys.listKeys())).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(sealingKeyOf(thief.secrets)).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
