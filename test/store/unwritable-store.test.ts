// A store that can be read and not written, from the first moment on: what is stored counts, what needs a write fails and says why, and
// all is well by itself as soon as it can be written.
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { noListener } from '../../src/store/store-listener.ts';
import { addressOf, hasPostgres, startPostgres } from '../fixtures/postgres.ts';
import { canMount, mountSmallDisk, type SmallDisk } from '../fixtures/small-disk.ts';
import { login, token } from './session-store-contract.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Heard {
  readonly store: Store;
  readonly heard: string[];
}

function open(folder: string): Heard {
  const heard: string[] = [];
  const store = createStore(folder, {
    ...noListener,
    unwritable: () => heard.push('unwritable'),
    writable: () => heard.push('writable'),
  });
  closing.push(() => store.close());
  return { store, heard };
}

function newDisk(): SmallDisk {
  const disk = mountSmallDisk();
  closing.push(() => disk.close());
  return disk;
}

/** One login that goes on, and one that has ended. */
async function writeLogins(store: Store): Promise<{ readonly kept: string; readonly ended: string }> {
  const [kept, ended] = [token(), token()];
  await store.sessions.createLogin(login(), kept, null);
  const over = login();
  await store.sessions.createLogin(over, ended, null);
  await store.sessions.endLogins({ by: 'id', id: over.id });
  return { kept: kept.hash, ended: ended.hash };
}

const tryToWrite = async (store: Store): Promise<void> => store.sessions.createLogin(login(), token(), null);

async function expectReadAlone({ store, heard }: Heard, hint: string): Promise<void> {
  expect(store.isWritable()).toBe(false);
  expect(store.status().failure).toBeNull();
  expect(store.status().warnings['store']).toMatch(/^nobody can log in/);
  expect(store.status().warnings['store']).toContain(hint);
  await expect((async () => tryToWrite(store))()).rejects.toMatchObject({ code: 'store_unavailable' });
  await vi.waitFor(() => expect(heard).toEqual(['unwritable']), { timeout: 30_000 });
}

async function expectWellAgain({ store, heard }: Heard): Promise<void> {
  await vi.waitFor(() => expect(store.status().warnings).toEqual({}), { timeout: 10_000, interval: 50 });
  expect(store.isWritable()).toBe(true);
  await tryToWrite(store);
  await vi.waitFor(() => expect(heard).toEqual(['unwritable', 'writable']), { timeout: 10_000 });
}

const writableHint = 'make the data folder and its files writable';

describe.runIf(canMount)('SQLite on a folder that cannot be written', () => {
  it('reads what is there, says what cannot be done, and writes as soon as it can be written', async () => {
    const disk = newDisk();
    const before = createStore(disk.folder);
    const { kept, ended } = await writeLogins(before);
    await before.close();
    disk.setWritable(false);
    const opened = open(disk.folder);
    expect(await opened.store.sessions.findByToken(kept)).not.toBeNull();
    expect(await opened.store.sessions.findByToken(ended)).toBeNull();
    await expectReadAlone(opened, writableHint);
    disk.setWritable(true);
    await expectWellAgain(opened);
    expect(await opened.store.sessions.findByToken(kept)).not.toBeNull();
  }, 60_000);

  it('reads the log that a crash left behind, so that no ended login comes back', async () => {
    const disk = newDisk();
    const crashed = createStore(disk.folder);
    closing.push(() => crashed.close());
    const { kept, ended } = await writeLogins(crashed);
    const opened = open(disk.readOnlyView);
    expect(await opened.store.sessions.findByToken(kept)).not.toBeNull();
    expect(await opened.store.sessions.findByToken(ended)).toBeNull();
    await expectReadAlone(opened, writableHint);
  }, 60_000);

  it('does not read a file whose log cannot be read with it', async () => {
    const from = newDisk();
    const crashed = createStore(from.folder);
    closing.push(() => crashed.close());
    await writeLogins(crashed);
    const disk = newDisk();
    for (const ending of ['', '-wal'])
      copyFileSync(`${from.folder}/bouncer.sqlite${ending}`, `${disk.folder}/bouncer.sqlite${ending}`);
    expect(() => createStore(disk.readOnlyView)).toThrow(/cannot be opened/);
  });

  it('sees at once what another process changes where it could write', async () => {
    const disk = newDisk();
    const before = createStore(disk.folder);
    const first = login();
    const held = token();
    await before.sessions.createLogin(first, held, null);
    await before.close();
    const { store } = open(disk.readOnlyView);
    const version = await store.sessions.version();
    expect(store.sessions.isUnchangedSince(first.id, version)).toBe(true);
    const other = createStore(disk.folder);
    await other.sessions.endLogins({ by: 'id', id: first.id });
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.sessions.isUnchangedSince(first.id, version)).toBe(false);
    expect(await store.sessions.findByToken(held.hash)).toBeNull();
    await other.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await store.sessions.findByToken(held.hash)).toBeNull();
  });

  it('reads where the disk is so full that not even an index fits, and goes on when there is room', async () => {
    const disk = newDisk();
    const before = createStore(disk.folder);
    const { kept } = await writeLogins(before);
    await before.close();
    disk.fill();
    const opened = open(disk.folder);
    expect(await opened.store.sessions.findByToken(kept)).not.toBeNull();
    await expectReadAlone(opened, 'free some space there');
    disk.empty();
    await expectWellAgain(opened);
  }, 60_000);

  it('is not begun on where there is nothing to read, and says what to do', () => {
    const disk = newDisk();
    expect(() => createStore(disk.readOnlyView)).toThrow(
      expect.objectContaining({ code: 'store_unavailable', hint: expect.stringContaining(writableHint) }),
    );
    expect(existsSync(join(disk.folder, 'bouncer.sqlite'))).toBe(false);
  });

  it('is not begun on with the tables of another version', async () => {
    const disk = newDisk();
    await createStore(disk.folder).close();
    const db = new DatabaseSync(join(disk.folder, 'bouncer.sqlite'));
    db.exec('PRAGMA user_version = 1');
    db.close();
    expect(() => createStore(disk.readOnlyView)).toThrow(/cannot be opened/);
  });
});

describe.runIf(hasPostgres)('PostgreSQL that takes no writes', () => {
  it('is served from, says what cannot be done, and is written as soon as it takes writes', async () => {
    const postgres = await startPostgres();
    closing.push(() => postgres.close());
    const url = await postgres.createDatabase();
    const heard: string[] = [];
    const openOne = (): Promise<Store> =>
      openPostgresStore({
        ...{
          address: addressOf(url),
          listenAddress: null,
          caFile: null,
          keepMs: () => 60_000,
          mode: 'follow',
        },
        listener: {
          ...noListener,
          unwritable: () => heard.push('unwritable'),
          writable: () => heard.push('writable'),
        },
      });
    const before = await openOne();
    const { kept, ended } = await writeLogins(before);
    await before.close();
    const database = url.split('/').at(-1) ?? '';
    const setReadOnly = async (state: 'on' | 'off'): Promise<void> => {
      await postgres.run(`ALTER DATABASE "${database}" SET default_transaction_read_only = ${state}`);
      await postgres.run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
      );
    };
    await setReadOnly('on');
    const store = await openOne();
    closing.push(() => store.close());
    expect(await store.sessions.findByToken(kept)).not.toBeNull();
    expect(await store.sessions.findByToken(ended)).toBeNull();
    await expect(tryToWrite(store)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(store.isWritable()).toBe(false);
    expect(store.status().warnings['store']).toMatch(/^nobody can log in.*the server takes no writes/);
    await vi.waitFor(() => expect(heard).toEqual(['unwritable']), { timeout: 30_000 });
    await setReadOnly('off');
    await vi.waitFor(() => tryToWrite(store), { timeout: 20_000, interval: 200 });
    await vi.waitFor(() => expect(heard).toEqual(['unwritable', 'writable']), { timeout: 30_000 });
    expect(store.isWritable()).toBe(true);
    // The connection that listens is mended by itself, a little later.
    await vi.waitFor(() => expect(store.status().warnings).toEqual({}), { timeout: 60_000 });
  }, 120_000);
});
