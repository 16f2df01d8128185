import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import { formBounds } from '../../src/identity/forms/kept-forms.ts';
import { sealingKeyOf } from '../../src/store/sealing-key.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { migrations } from '../../src/store/sqlite/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { canMount, mount } from '../fixtures/small-disk.ts';
import { accessStoreContract } from './access-store-contract.ts';
import { actStoreContract } from './act-store-contract.ts';
import { form, formStoreContract } from './form-store-contract.ts';
import { hardwareKeyStoreContract } from './hardware-key-store-contract.ts';
import { keyStoreContract } from './key-store-contract.ts';
import { nodeStoreContract } from './node-store-contract.ts';
import { onceStoreContract } from './once-store-contract.ts';
import { passkeyStoreContract } from './passkey-store-contract.ts';
import { personStoreContract } from './person-store-contract.ts';
import { secretStoreContract } from './secret-store-contract.ts';
import { login, sessionStoreContract, token } from './session-store-contract.ts';
import { tokenStoreContract } from './token-store-contract.ts';
import { tunnelStoreContract } from './tunnel-store-contract.ts';

const folders: string[] = [];
const opened: Store[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'bouncer-store-'));
  folders.push(made);
  return made;
}

function open(dataDir: string): Store {
  const store = createStore(dataDir);
  opened.push(store);
  return store;
}

/** Two connections to one file are to SQLite what two processes are. */
function twoViews(): { readonly here: Store; readonly there: Store } {
  const dataDir = folder();
  return { here: open(dataDir), there: open(dataDir) };
}

function failureOf(work: () => unknown): BouncerError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(BouncerError);
    return error as BouncerError;
  }
  throw new Error('it did not fail');
}

afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

sessionStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.sessions, there: there.sessions };
});
onceStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.once, there: there.once };
});
keyStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.keys, there: there.keys };
});
secretStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.secrets, there: there.secrets };
});
tokenStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.tokens, there: there.tokens };
});
personStoreContract(twoViews);
accessStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.access, there: there.access };
});
formStoreContract(twoViews);
hardwareKeyStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.hardwareKeys, there: there.hardwareKeys };
});
passkeyStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.passkeys, there: there.passkeys };
});
actStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.acts, there: there.acts };
});
tunnelStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.tunnels, there: there.tunnels };
});
nodeStoreContract(() => {
  const { here, there } = twoViews();
  return { here: here.nodes, there: there.nodes };
});

describe('the SQLite store', () => {
  it('keeps a bounded part of ten thousand forms, one of each session that ended', () => {
    const { forms } = open(folder());
    let kept = 0;
    for (let n = 0; n < 10_000; n++) {
      const own = { key: `form-${n}`, loginId: `login-${n}`, sub: `sub-${n}`, body: new Uint8Array(100) };
      if (forms.keepForm(form(own), formBounds, 2_000)) kept += 1;
    }
    expect(kept).toBe(formBounds.total);
    const large = { key: 'large', loginId: 'login-0', sub: 'sub-0', body: new Uint8Array(1024 ** 2) };
    expect(forms.keepForm(form(large), { ...formBounds, totalBytes: 1024 ** 2 }, 2_000)).toBe(false);
  });

  it('makes its folder and files for the owner alone', () => {
    const dataDir = join(folder(), 'deep', 'data');
    const store = open(dataDir);
    store.sessions.createLogin(login(), token(), null);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir).length).toBeGreaterThan(0);
    for (const file of readdirSync(dataDir)) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
  });

  it('takes a file that others can read back from them', () => {
    const dataDir = folder();
    open(dataDir).close();
    chmodSync(join(dataDir, 'bouncer.sqlite'), 0o644);
    open(dataDir);
    expect(statSync(join(dataDir, 'bouncer.sqlite')).mode & 0o777).toBe(0o600);
  });

  it.each([0o777, 0o770, 0o722])('refuses a folder of mode %o, which others can write', (mode) => {
    const dataDir = folder();
    chmodSync(dataDir, mode);
    const failure = failureOf(() => createStore(dataDir));
    expect(failure.code).toBe('store_unavailable');
    expect(failure.hint).toContain('chmod');
  });

  it.runIf(process.platform === 'linux')('refuses a data folder that cannot be made, by its name', () => {
    expect(() => createStore('/proc/nope/data')).toThrow('the folder `/proc/nope` cannot be made (ENOENT)');
  });

  it('refuses a data folder that is a file, a damaged file, and a file of a newer version', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect(failureOf(() => createStore(file)).code).toBe('store_unavailable');

    const damaged = folder();
    writeFileSync(join(damaged, 'bouncer.sqlite'), 'x'.repeat(8192), { mode: 0o600 });
    const failure = failureOf(() => createStore(damaged));
    expect(failure).toMatchObject({ code: 'store_unavailable', hint: expect.stringContaining('damaged') });

    const newer = folder();
    open(newer).close();
    const db = new DatabaseSync(join(newer, 'bouncer.sqlite'));
    db.exec('PRAGMA user_version = 999');
    db.close();
    expect(failureOf(() => createStore(newer)).message).toContain('newer');
  });

  it('reads the logins of a file from before digests were kept, and knows none for them', () => {
    const dataDir = folder();
    const db = new DatabaseSync(join(dataDir, 'bouncer.sqlite'));
    db.exec(migrations[0] ?? '');
    db.exec('PRAGMA user_version = 1');
    const { id, identity } = login();
    db.prepare(
      `INSERT INTO login (id, idp, sub, identity, is_refreshable, revision, created_at, expires_at, last_seen, checked_at)
       VALUES (?, 'idp', 'a', ?, 1, 1, 1, 2, 1, 1)`,
    ).run(id, JSON.stringify(identity));
    db.close();
    const store = open(dataDir);
    expect(store.sessions.findLogin(id)).toMatchObject({
      identity,
      isRefreshable: true,
      providerDigest: null,
      ip: null,
      userAgent: null,
      mustAskPerson: false,
    });
  });

  it('remembers everything when it is opened again', async () => {
    const dataDir = folder();
    const first = open(dataDir);
    const stored = login();
    const held = token();
    first.sessions.createLogin(stored, held, null);
    const key = await sealingKeyOf(first.secrets);
    first.close();
    const second = open(dataDir);
    expect(second.sessions.findByToken(held.hash)).toMatchObject({ login: stored, host: held.host });
    expect(await sealingKeyOf(second.secrets)).toEqual(key);
  });

  it('makes one random sealing key for all its processes', async () => {
    const { here, there } = twoViews();
    const key = await sealingKeyOf(here.secrets);
    expect(key).toHaveLength(32);
    expect(await sealingKeyOf(there.secrets)).toEqual(key);
    expect(await sealingKeyOf(twoViews().here.secrets)).not.toEqual(key);
  });

  it('writes a little later while another process writes: nobody who reads waits, and nobody at all after it was tried in vain', async () => {
    const dataDir = folder();
    const store = open(dataDir);
    const held = token();
    store.sessions.createLogin(login(), held, null);
    const other = new DatabaseSync(join(dataDir, 'bouncer.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const timed = <T>(ask: () => T): { readonly ms: number; readonly asked: T } => {
      const startedMs = performance.now();
      const asked = ask();
      return { ms: performance.now() - startedMs, asked };
    };
    const asks = [
      timed(() => store.sessions.createLogin(login(), token(), null)),
      timed(() => store.once.mark('m', Date.now() + 60_000, Date.now())),
      timed(() => store.sessions.touch([])),
    ];
    const written = asks.map(({ asked }) => asked);
    // Asking did not wait for the lock, which each would have done for a second. A busy machine delays one, hardly each.
    expect(asks.map(({ ms }) => ms).sort((a, b) => a - b)[1]).toBeLessThan(900);
    const before = performance.eventLoopUtilization();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(store.sessions.findByToken(held.hash)).not.toBeNull();
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.8);
    expect(store.status().warnings).toEqual({});
    other.exec('ROLLBACK');
    expect(await Promise.all(written)).toEqual([undefined, true, undefined]);
    expect(await store.sessions.list()).toHaveLength(2);
    expect(await store.once.mark('m', Date.now() + 60_000, Date.now())).toBe(false);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.sessions.createLogin(login(), token(), null)).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('another process'),
    });
    expect(failureOf(() => store.once.mark('n', 2, 1)).code).toBe('store_unavailable');
    expect(store.status().warnings['store']).toContain('nobody can log in');
    // Reading goes on.
    expect(store.sessions.findByToken(held.hash)).not.toBeNull();
    other.exec('ROLLBACK');
    other.close();
    await store.sessions.createLogin(login(), token(), null);
    expect(await store.sessions.list()).toHaveLength(3);
    expect(store.status().warnings).toEqual({});
  });

  it.runIf(canMount)(
    'goes on where 2 MB of disk were full of the log of changes, as soon as there is space again',
    async () => {
      const disk = folder();
      mount('-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', disk);
      try {
        const store = open(disk);
        const first = token();
        await store.sessions.createLogin(login(), first, null);
        const other = new DatabaseSync(join(disk, 'bouncer.sqlite'));
        // Whoever reads keeps the log from going back into the file, so that it grows until nothing is left.
        other.exec('BEGIN; SELECT count(*) FROM login');
        const fill = async (): Promise<string | null> => {
          try {
            for (let n = 0; n < 2_000; n++)
              await store.sessions.createLogin(login({ secrets: 'x'.repeat(1_000) }), token(), null);
            return null;
          } catch (error) {
            return (error as { code: string }).code;
          }
        };
        expect(await fill()).toBe('store_unavailable');
        expect(statSync(join(disk, 'bouncer.sqlite-wal')).size).toBeGreaterThan(1_000_000);
        expect(store.status().warnings['store']).toContain('free some disk space');
        expect(await store.sessions.findByToken(first.hash)).not.toBeNull();
        other.exec('COMMIT');
        other.close();
        mount('-o', 'remount,size=6m', disk);
        const late = token();
        await store.sessions.createLogin(login(), late, null);
        expect(await store.sessions.findByToken(late.hash)).not.toBeNull();
        expect(store.status().warnings).toEqual({});
      } finally {
        for (const store of opened.splice(0)) store.close();
        execFileSync('umount', [disk]);
      }
    },
  );

  it('gives the space of a log back that grew while somebody read', async () => {
    const dataDir = folder();
    const store = open(dataDir);
    const reader = new DatabaseSync(join(dataDir, 'bouncer.sqlite'));
    reader.exec('BEGIN; SELECT count(*) FROM login');
    const write = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++)
        await store.sessions.createLogin(login({ secrets: 'x'.repeat(20_000) }), token(), null);
    };
    await write(400);
    const log = join(dataDir, 'bouncer.sqlite-wal');
    expect(statSync(log).size).toBeGreaterThan(8 * 1024 ** 2);
    reader.exec('COMMIT');
    reader.close();
    await write(60);
    expect(statSync(log).size).toBeLessThan(6 * 1024 ** 2);
  });

  it.runIf(canMount)('says at the start that there is no room, where, and what to do', () => {
    const disk = folder();
    mount('-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', disk);
    try {
      writeFileSync(join(disk, 'other'), Buffer.alloc(60 * 1024));
      const failure = failureOf(() => open(join(disk, 'data')));
      expect(failure).toMatchObject({
        code: 'store_unavailable',
        message: expect.stringMatching(/data\/bouncer\.sqlite` cannot be opened: .*full/),
        hint: expect.stringContaining(`\`df -h ${disk}/data\``),
      });
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it.each<[string, (store: Store) => unknown]>([
    ['sessions', ({ sessions }) => sessions.version()],
    ['tokens', ({ tokens }) => tokens.version()],
    ['tunnels', ({ tunnels }) => tunnels.version()],
    ['grants', ({ access }) => access.version()],
    ['keys', ({ keys }) => keys.keysVersion()],
  ])('knows in the next turn what another process changed of its %s', async (name, versionOf) => {
    const dataDir = folder();
    const store = open(dataDir);
    // By hand: a second store here would count as one of this process.
    const other = new DatabaseSync(join(dataDir, 'bouncer.sqlite'));
    const change = other.prepare('UPDATE counter SET value = value + 1 WHERE name = ?');
    const before = Number(await versionOf(store));
    for (let times = 1; times <= 3; times++) {
      change.run(name);
      await new Promise((resolve) => setImmediate(resolve));
      expect(await versionOf(store)).toBe(before + times);
    }
    other.close();
  });

  it('never puts a value into the text of an error', () => {
    const { here } = twoViews();
    here.once.put('the-key', 'the-value', 1);
    const failure = failureOf(() => here.once.put('the-key', 'the-value', 1));
    expect(`${failure.message} ${failure.hint}`).not.toMatch(/the-key|the-value/);
  });
});
