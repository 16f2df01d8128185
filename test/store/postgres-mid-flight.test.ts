// Questions to PostgreSQL that are under way when the connection is cut, held up or swallowed: what was only read is read again, what was
// to be written is never told to have worked when nobody knows, and never happens twice; and a database that is slow is asked all the same.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { type Relay, startRelay } from '../fixtures/relay.ts';
import { login, token } from './session-store-contract.ts';

let postgres: TestPostgres;
let database: string;
const closing: (() => unknown)[] = [];

interface Node {
  readonly store: Store;
  readonly relay: Relay;
  readonly heard: string[];
}

async function openNode(url: string): Promise<Node> {
  const relay = await startRelay(postgres.port);
  closing.push(() => relay.close());
  const heard: string[] = [];
  const store = await openPostgresStore({
    address: addressOf(url.replace(`:${postgres.port}/`, `:${relay.port}/`)),
    listenAddress: null,
    caFile: null,
    keepMs: () => 60_000,
    listener: {
      lost: () => heard.push('lost'),
      found: () => heard.push('found'),
      deaf: () => {},
      unwritable: () => {},
      writable: () => {},
    },
    mode: 'follow',
  });
  closing.push(() => store.close());
  return { store, relay, heard };
}

/** Two nodes on a database of their own. */
async function twoNodes(): Promise<{ readonly here: Node; readonly there: Node }> {
  const url = await postgres.createDatabase();
  database = url.split('/').at(-1) ?? '';
  const here = await openNode(url);
  return { here, there: await openNode(url) };
}

const othersAtWork = "datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
const unavailable = { code: 'store_unavailable' };

async function count(sql: string): Promise<number> {
  const [row] = await postgres.run(`SELECT count(*)::int AS n FROM ${sql}`, database);
  return Number(row?.['n']);
}

/** Has the node do something whose answer never comes, though it is done. @returns how it ended for whoever asked */
async function loseAnswer(node: Node, work: () => unknown, isDone: () => Promise<boolean>): Promise<unknown> {
  node.relay.holdAnswers();
  const outcome = (async () => work())().then(
    () => 'told to have worked',
    (error: unknown) => error,
  );
  await expect.poll(isDone, { interval: 10 }).toBe(true);
  node.relay.refuse();
  node.relay.cut();
  return outcome;
}

async function comeBack({ relay, store }: Node): Promise<void> {
  relay.release();
  relay.accept();
  await expect.poll(() => canWrite(store)).toBe(true);
}

async function canWrite(store: Store): Promise<boolean> {
  try {
    await store.once.put(randomUUID(), 'value', 9);
    return store.sessions.isReachable();
  } catch {
    return false;
  }
}

/** What a request does that remembers the login from `version`. */
async function isStillGood({ store }: Node, loginId: string, version: number): Promise<boolean> {
  await store.sessions.version();
  return store.sessions.isUnchangedSince(loginId, version);
}

describe.runIf(hasPostgres)('PostgreSQL, with questions under way', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 120_000);
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => postgres.close());

  it('reads again what was only read when the connection is cut', async () => {
    const { here } = await twoNodes();
    const held = Array.from({ length: 20 }, () => token());
    for (const one of held) await here.store.sessions.createLogin(login(), one, null);
    here.relay.holdAnswers();
    const looking = held.map(async ({ hash }) => here.store.sessions.findByToken(hash));
    const settled = Promise.allSettled(looking);
    here.relay.cut();
    here.relay.release();
    for (const result of await settled) {
      expect(result.status).toBe('fulfilled');
      expect(result.status === 'fulfilled' && result.value).not.toBeNull();
    }
  });

  it('reads again on another connection what was only read when the server ends the one', async () => {
    const { here } = await twoNodes();
    const held = token();
    await here.store.sessions.createLogin(login(), held, null);
    const waiting = `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%host_token%'`;
    const blocker = new pg.Client({ connectionString: postgres.urlOf(database) });
    await blocker.connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE bouncer.host_token IN ACCESS EXCLUSIVE MODE');
      const looking = (async () => here.store.sessions.findByToken(held.hash))();
      looking.catch(() => {});
      await expect.poll(async () => postgres.run(waiting, database), { interval: 5 }).toHaveLength(1);
      await postgres.run(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS w`, database);
      await blocker.query('COMMIT');
      expect(await looking).not.toBeNull();
    } finally {
      await blocker.end();
    }
  });

  it('leaves nobody waiting whose question is swallowed', async () => {
    const { here } = await twoNodes();
    const held = token();
    await here.store.sessions.createLogin(login(), held, null);
    here.relay.blackHole();
    const all = await Promise.allSettled([
      ...Array.from({ length: 50 }, async () => here.store.sessions.findByToken(held.hash)),
      ...Array.from({ length: 10 }, async () => here.store.once.put(randomUUID(), 'value', 9)),
    ]);
    expect(all.map((each) => each.status === 'rejected' && each.reason.code)).toEqual(
      all.map(() => 'store_unavailable'),
    );
    await comeBack(here);
    expect(await here.store.sessions.findByToken(held.hash)).not.toBeNull();
  });

  it('knows of an end that was written though its answer was lost, at both nodes', async () => {
    const { here, there } = await twoNodes();
    const [one, held] = [login(), token()];
    await here.store.sessions.createLogin(one, held, null);
    const versions = [await here.store.sessions.version(), await there.store.sessions.version()];
    const outcome = await loseAnswer(
      here,
      () => here.store.sessions.endLogins({ by: 'id', id: one.id }),
      async () => (await count('bouncer.login')) === 0,
    );
    expect(outcome).toMatchObject(unavailable);
    await expect.poll(() => isStillGood(there, one.id, versions[1] ?? 0)).toBe(false);
    await comeBack(here);
    await expect.poll(() => isStillGood(here, one.id, versions[0] ?? 0), { timeout: 3000 }).toBe(false);
    expect(await here.store.sessions.findByToken(held.hash)).toBeNull();
  });

  it('hands out a code once, and to nobody when the answer to whoever took it was lost', async () => {
    const { here, there } = await twoNodes();
    const nowMs = here.store.now();
    await here.store.once.put('code', 'value', nowMs + 60_000);
    const outcome = await loseAnswer(
      here,
      () => here.store.once.take('code', nowMs),
      async () => (await count("bouncer.once WHERE key = 'code'")) === 0,
    );
    expect(outcome).toMatchObject(unavailable);
    await comeBack(here);
    for (const { store } of [here, there]) expect(await store.once.take('code', nowMs)).toBeNull();
  });

  it('lets no second node check a login again whose check one of them claimed without hearing so', async () => {
    const { here, there } = await twoNodes();
    const one = login({ checkedAtMs: 1_000 });
    await here.store.sessions.createLogin(one, token(), null);
    const outcome = await loseAnswer(
      here,
      () => here.store.sessions.claimCheck(one.id, 1_000, 2_000),
      async () => (await count('bouncer.login WHERE checked_at = 2000')) === 1,
    );
    expect(outcome).toMatchObject(unavailable);
    expect(await there.store.sessions.claimCheck(one.id, 1_000, 2_000)).toBe(false);
    await comeBack(here);
    expect(await here.store.sessions.claimCheck(one.id, 1_000, 2_000)).toBe(false);
  });

  it('steps a login up wholly or not at all when it is cut off in the middle', async () => {
    const { here, there } = await twoNodes();
    const one = login();
    let held = token();
    await here.store.sessions.createLogin(one, held, null);
    // Four statements and their ends, each held up: the cut comes after another one of them.
    for (const afterMs of [20, 60, 100, 140, 180, 220]) {
      const fresh = token();
      here.relay.delay(20);
      const outcome = (async () => here.store.sessions.upgradeLogin(one.id, { ...one }, fresh))().then(
        (isDone) => isDone,
        () => null,
      );
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      here.relay.cut();
      here.relay.delay(0);
      const told = await outcome;
      // The server learns of the cut when it reads on.
      await expect.poll(() => count(`pg_stat_activity WHERE ${othersAtWork}`)).toBe(0);
      const isNew = (await there.store.sessions.findByToken(fresh.hash)) !== null;
      const isOld = (await there.store.sessions.findByToken(held.hash)) !== null;
      expect([isNew, isOld]).toEqual([isNew, !isNew]);
      if (told !== null) expect(isNew).toBe(true);
      if (isNew) held = fresh;
      await comeBack(here);
    }
  });

  it('asks a database that takes long, and learns from its answer what ended', async () => {
    const { here, there } = await twoNodes();
    const [one, held] = [login(), token()];
    await here.store.sessions.createLogin(one, held, null);
    const version = await there.store.sessions.version();
    // Longer there and back than a reading counts, shorter than an answer may take.
    there.relay.delay(500);
    await here.store.sessions.endLogins({ by: 'id', id: one.id });
    await expect.poll(() => isStillGood(there, one.id, version)).toBe(false);
    expect(await there.store.sessions.findByToken(held.hash)).toBeNull();
  });

  it('takes a database that is slower than that for lost, and believes it again when it is not', async () => {
    const { here, there } = await twoNodes();
    const [one, held] = [login(), token()];
    await here.store.sessions.createLogin(one, held, null);
    const version = await there.store.sessions.version();
    there.relay.delay(1_200);
    await expect.poll(() => there.heard).toEqual(['lost']);
    await here.store.sessions.endLogins({ by: 'id', id: one.id });
    there.relay.delay(0);
    await expect.poll(() => there.heard).toEqual(['lost', 'found']);
    expect(await isStillGood(there, one.id, version)).toBe(false);
  });
});
