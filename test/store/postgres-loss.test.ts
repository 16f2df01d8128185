// What the PostgreSQL store does when connections, servers and clocks fail it: it is never sure of what it cannot know.

import { spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { noListener, type StoreListener } from '../../src/store/store-listener.ts';
import { hasPooler, startPooler } from '../fixtures/pooler.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { type Relay, startRelay } from '../fixtures/relay.ts';
import { login, token } from './session-store-contract.ts';

let postgres: TestPostgres;
const closing: (() => unknown)[] = [];

interface Node {
  readonly store: Store;
  readonly relay: Relay;
  readonly heard: string[];
}

async function openNode(
  url: string,
  port: number,
  more: { keepMs?: number; listenUrl?: string } = {},
): Promise<Node> {
  const relay = await startRelay(port);
  closing.push(() => relay.close());
  const heard: string[] = [];
  const listener: StoreListener = {
    lost: () => heard.push('lost'),
    found: () => heard.push('found'),
    deaf: () => heard.push('deaf'),
    unwritable: () => heard.push('unwritable'),
    writable: () => heard.push('writable'),
  };
  const store = await openPostgresStore({
    address: addressOf(url.replace(`:${port}/`, `:${relay.port}/`)),
    listenAddress: more.listenUrl === undefined ? null : addressOf(more.listenUrl),
    caFile: null,
    keepMs: () => more.keepMs ?? 60_000,
    listener,
    mode: 'follow',
  });
  closing.push(() => store.close());
  return { store, relay, heard };
}

async function twoNodes(more: { keepMs?: number } = {}): Promise<{ here: Node; there: Node; url: string }> {
  const url = await postgres.createDatabase();
  const here = await openNode(url, postgres.port, more);
  return { here, there: await openNode(url, postgres.port, more), url };
}

async function until(isSo: () => Promise<boolean> | boolean, limitMs = 60_000): Promise<void> {
  const startedMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedMs > limitMs) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a request does: is the memory of this login, read at `version`, still good? Not without being sure. */
async function isStillGood({ store }: Node, loginId: string, version: number): Promise<boolean> {
  await store.sessions.version();
  return store.sessions.isUnchangedSince(loginId, version);
}

/** A login that both nodes remember. */
async function known(here: Node, there: Node): Promise<{ id: string; hash: string; version: number }> {
  const [one, held] = [login(), token()];
  await here.store.sessions.createLogin(one, held, null);
  const version = await there.store.sessions.version();
  expect((await there.store.sessions.findByToken(held.hash))?.login.id).toBe(one.id);
  expect(await isStillGood(there, one.id, version)).toBe(true);
  return { id: one.id, hash: held.hash, version };
}

describe.runIf(hasPostgres)('a PostgreSQL store that loses something', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => postgres.close());

  it.each(['cut', 'black-holed'] as const)(
    'learns after its connections were %s what ended meanwhile, before it serves from memory again',
    async (how) => {
      const { here, there } = await twoNodes();
      const session = await known(here, there);
      if (how === 'cut') {
        there.relay.refuse();
        there.relay.cut();
      } else there.relay.blackHole();
      await here.store.sessions.endLogins({ by: 'id', id: session.id });
      await until(() => there.heard.includes('lost'));
      // So long it goes on with what it knew.
      expect(await isStillGood(there, session.id, session.version)).toBe(true);
      await expect(async () => there.store.sessions.findByToken(session.hash)).rejects.toMatchObject({
        code: 'store_unavailable',
      });
      await expect(async () => there.store.once.mark('m', 2, 1)).rejects.toMatchObject({
        code: 'store_unavailable',
      });
      there.relay.accept();
      there.relay.release();
      await until(() => there.heard.includes('found'));
      expect(await isStillGood(there, session.id, session.version)).toBe(false);
      expect(await there.store.sessions.findByToken(session.hash)).toBeNull();
    },
  );

  it('forgets what it remembers when the log no longer reaches back to it', async () => {
    const { here, there, url } = await twoNodes();
    const session = await known(here, there);
    there.relay.blackHole();
    await until(() => there.heard.includes('lost'));
    await here.store.sessions.endLogins({ by: 'id', id: session.id });
    const database = url.split('/').at(-1);
    await postgres.run("UPDATE bouncer.change SET at = at - interval '1 hour'", database);
    // The last line stays, whatever its age.
    await here.store.sessions.removeExpired(1, 1);
    expect(await postgres.run('SELECT count(*)::int AS n FROM bouncer.change', database)).toEqual([{ n: 1 }]);
    const other = login();
    await here.store.sessions.createLogin(other, token(), null);
    await here.store.sessions.endLogins({ by: 'id', id: other.id });
    await here.store.sessions.removeExpired(1, 1);
    expect(await postgres.run('SELECT login_id FROM bouncer.change', database)).toEqual([
      { login_id: other.id },
    ]);
    there.relay.release();
    await until(() => there.heard.includes('found'));
    expect(await isStillGood(there, session.id, session.version)).toBe(false);
  });

  it('hears of a change though every notification gets lost', async () => {
    const url = await postgres.createDatabase();
    const here = await openNode(url, postgres.port);
    // Its listening connection leads to another database, where nobody calls.
    const there = await openNode(url, postgres.port, { listenUrl: url });
    const session = await known(here, there);
    await here.store.sessions.endLogins({ by: 'id', id: session.id });
    await until(async () => !(await isStillGood(there, session.id, session.version)));
  });

  it('asks the database while its listening connection alone is gone', async () => {
    const url = await postgres.createDatabase();
    const here = await openNode(url, postgres.port);
    const listening = await startRelay(postgres.port);
    closing.push(() => listening.close());
    const there = await openNode(url, postgres.port, {
      listenUrl: url.replace(`:${postgres.port}/`, `:${listening.port}/`),
    });
    const session = await known(here, there);
    listening.blackHole();
    await here.store.sessions.endLogins({ by: 'id', id: session.id });
    await until(async () => !(await isStillGood(there, session.id, session.version)));
    expect(there.heard).not.toContain('lost');
    await until(() => there.store.status().warnings['store_listener'] !== undefined);
    listening.release();
    await until(() => there.store.status().warnings['store_listener'] === undefined);
  });

  it('serves nothing from memory once the time for it is over', async () => {
    const { here, there } = await twoNodes({ keepMs: 500 });
    const session = await known(here, there);
    there.relay.blackHole();
    await until(async () => {
      try {
        await there.store.sessions.version();
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'store_unavailable' });
        return true;
      }
    });
    await until(() => there.store.status().failure !== null);
    there.relay.release();
    await until(() => there.store.status().failure === null);
    expect(await isStillGood(there, session.id, session.version)).toBe(true);
  });

  it('survives the server: what was acknowledged is there afterwards, and nobody is logged out', async () => {
    const own = await startPostgres('fsync = on');
    closing.push(() => own.close());
    const url = await own.createDatabase();
    const node = await openNode(url, own.port);
    const acknowledged: string[] = [];
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        const held = token();
        try {
          await node.store.sessions.createLogin(login(), held, null);
          acknowledged.push(held.hash);
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    })();
    await until(() => acknowledged.length > 20);
    await own.kill();
    await until(() => node.heard.includes('lost'));
    await own.start();
    await until(() => node.heard.includes('found'));
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 5);
    isOver = true;
    await writing;
    for (const hash of acknowledged) expect(await node.store.sessions.findByToken(hash)).not.toBeNull();
  });

  it('waits at its start for a server that is starting, and not for a password that is wrong', async () => {
    const own = await startPostgres();
    closing.push(() => own.close());
    const url = await own.createDatabase();
    await own.kill();
    const opening = openNode(url, own.port);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await own.start();
    const { store, heard } = await opening;
    expect(heard).toEqual(['lost', 'found']);
    expect(await store.sessions.list()).toEqual([]);
    const startedMs = performance.now();
    await expect(openNode(url.replace(/\w+$/, 'no_such_database'), own.port)).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('createdb'),
    });
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  it('goes on reading while the server takes no writes, and writes again afterwards', async () => {
    const { here } = await twoNodes();
    const held = token();
    await here.store.sessions.createLogin(login(), held, null);
    const database = (await postgres.run('SELECT datname FROM pg_database ORDER BY oid DESC LIMIT 1'))[0]?.[
      'datname'
    ];
    const end =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
      database +
      "' AND pid <> pg_backend_pid()";
    await postgres.run(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    await postgres.run(end);
    await until(async () => {
      const failure = await Promise.resolve(here.store.once.put(`k-${Math.random()}`, 'v', 9)).catch(
        (error: unknown) => error,
      );
      return String((failure as { hint?: string })?.hint).includes('takes no writes');
    });
    expect(await here.store.sessions.findByToken(held.hash)).not.toBeNull();
    await postgres.run(`ALTER DATABASE ${database} SET default_transaction_read_only = off`);
    await postgres.run(end);
    await until(async () => {
      try {
        await here.store.once.put('again', 'v', 9);
        return true;
      } catch {
        return false;
      }
    });
  });

  it('moves to the standby when that takes over, and forgets what it remembered of the old server', async () => {
    const first = await startPostgres('wal_level = replica\nmax_wal_senders = 4');
    closing.push(() => first.close());
    const second = await startPostgres();
    closing.push(() => second.close());
    const url = await first.createDatabase();
    const both = url.replace(`127.0.0.1:${first.port}`, `127.0.0.1:${first.port},127.0.0.1:${second.port}`);
    const open = await openPostgresStore({
      address: addressOf(both),
      listenAddress: null,
      caFile: null,
      keepMs: () => 60_000,
      listener: noListener,
      mode: 'follow',
    });
    closing.push(() => open.close());
    const held = token();
    const one = login();
    await open.sessions.createLogin(one, held, null);
    await second.becomeStandbyOf(first);
    await until(async () => {
      const rows = await second
        .run('SELECT count(*) AS n FROM bouncer.login', url.split('/').at(-1))
        .catch(() => []);
      return Number(rows[0]?.['n']) === 1;
    });
    const version = await open.sessions.version();
    // The standby is never read from, and nothing is lost while it is one.
    expect(open.sessions.isUnchangedSince(one.id, version)).toBe(true);
    await first.kill();
    await second.promote();
    await until(async () => {
      try {
        return (await open.sessions.findByToken(held.hash)) !== null;
      } catch {
        return false;
      }
    }, 30_000);
    await until(() => !open.sessions.isUnchangedSince(one.id, version));
    await until(async () => {
      try {
        await open.once.put('after', 'v', 9);
        return true;
      } catch {
        return false;
      }
    });
  });

  it('leaves nothing half done when a process is killed between two statements', async () => {
    const { here, url } = await twoNodes();
    const [one, held, fresh] = [login(), token(), token()];
    await here.store.sessions.createLogin(one, held, null);
    // A process that dies in the middle of a step-up: the row is changed, the tokens are gone, nothing is committed.
    const script = `
      const pg = await import('pg');
      const client = new pg.default.Client({ connectionString: ${JSON.stringify(url)} });
      await client.connect();
      await client.query('BEGIN');
      await client.query("UPDATE bouncer.login SET revision = revision + 1 WHERE id = '${one.id}'");
      await client.query("DELETE FROM bouncer.host_token WHERE login_id = '${one.id}'");
      process.stdout.write('now');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const found = await here.store.sessions.findByToken(held.hash);
    expect(found?.login.revision).toBe(1);
    expect(await here.store.sessions.upgradeLogin(one.id, { ...one, checkedAtMs: 2 }, fresh)).toBe(true);
    expect(await here.store.sessions.findByToken(held.hash)).toBeNull();
    expect((await here.store.sessions.findByToken(fresh.hash))?.login.revision).toBe(2);
  });

  it('tells the time of the database, whatever the clock of its machine says', async () => {
    const url = await postgres.createDatabase();
    const { store } = await openNode(url, postgres.port);
    const realNow = Date.now;
    const before = store.now();
    Date.now = () => realNow() + 3_600_000;
    try {
      expect(Math.abs(store.now() - before)).toBeLessThan(60_000);
      expect(store.status().warnings['clock']).toContain('3600 s ahead');
    } finally {
      Date.now = realNow;
    }
    const [row] = await postgres.run('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
    expect(Math.abs(store.now() - Number(row?.['ms']))).toBeLessThan(2_000);
  });

  it.runIf(hasPooler)(
    'notices a pooler that forgets who listens, and finds changes all the same',
    async () => {
      const url = await postgres.createDatabase();
      const pooler = await startPooler(postgres);
      closing.push(() => pooler.close());
      const pooled = pooler.urlOf(url);
      // Two in a row: no `listen_url` as people forget it, and with one.
      const deaf = await openNode(pooled, pooler.port);
      const right = await openNode(pooled, pooler.port, { listenUrl: url });
      await until(() => deaf.heard.includes('deaf'));
      expect(deaf.store.status().warnings['store_notifications']).toContain('listen_url');
      const session = await known(right, deaf);
      await right.store.sessions.endLogins({ by: 'id', id: session.id });
      await until(async () => !(await isStillGood(deaf, session.id, session.version)));
      expect(right.heard).toEqual([]);
    },
  );
});
