// Databases that are set up in other ways than ours: other defaults, users without all rights, a pooler in between, servers that are
// almost PostgreSQL, texts that it cannot keep. And a process that stands still while it writes.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { noListener } from '../../src/store/store-listener.ts';
import { hasPooler, startPooler } from '../fixtures/pooler.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { startRelay } from '../fixtures/relay.ts';
import { hardwareKey } from './hardware-key-store-contract.ts';
import { login, token } from './session-store-contract.ts';
import { connectorOf, joinToken } from './tunnel-store-contract.ts';

let postgres: TestPostgres;
let url: string;
let database: string;
const closing: (() => unknown)[] = [];
const patient = { timeout: 60_000, interval: 5 };

async function open(at = url, listenUrl: string | null = null): Promise<Store> {
  const store = await openPostgresStore({
    address: addressOf(at),
    listenAddress: listenUrl === null ? null : addressOf(listenUrl),
    caFile: null,
    keepMs: () => 60_000,
    listener: noListener,
    mode: 'follow',
  });
  closing.push(() => store.close());
  return store;
}

const asPlain = (): string => url.replace('bouncer@', 'plain@');

describe.runIf(hasPostgres)('a PostgreSQL that is set up in another way', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.run('CREATE ROLE plain LOGIN');
  }, 120_000);
  beforeEach(async () => {
    url = await postgres.createDatabase();
    database = url.split('/').at(-1) ?? '';
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => postgres.close());

  it.each(['repeatable read', 'serializable'])(
    'keeps bounds among many, and answers all of them, where transactions are %s by default',
    async (level) => {
      await postgres.run(`ALTER DATABASE ${database} SET default_transaction_isolation = '${level}'`);
      const stores = [await open(), await open()];
      const own = { idp: 'test', sub: 'one' };
      const added = await Promise.all(
        Array.from({ length: 12 }, async (_, at) => stores[at % 2]?.hardwareKeys.addKey(hardwareKey(own), 3)),
      );
      expect(added.filter(Boolean)).toHaveLength(3);
      const spent = await Promise.all(
        Array.from({ length: 12 }, async (_, at) => stores[at % 2]?.once.spend('tries', 5, 9, 1)),
      );
      expect(spent.filter(Boolean)).toHaveLength(5);
    },
  );

  it('is not held up by a process that stands still while it writes', async () => {
    const here = await open();
    const relay = await startRelay(postgres.port);
    closing.push(() => relay.close());
    const slow = await open(url.replace(`:${postgres.port}/`, `:${relay.port}/`));
    const [one, other] = [login(), login()];
    for (const each of [one, other]) await here.sessions.createLogin(each, token(), null);
    const joined = joinToken();
    await here.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
    await here.tunnels.addToken(joined);
    // Its connections are there already: none is opened the slow way.
    await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => slow.once.put(key, 'value', 9)));
    relay.delay(200);
    let isOver = false;
    const writing = Promise.all([
      slow.sessions.upgradeLogin(one.id, { ...one, checkedAtMs: 2 }, token()),
      slow.sessions.endLoginsOnce({ by: 'id', id: other.id }, { key: 'k', expiresAtMs: 9 }, 1),
      slow.tunnels.join(connectorOf(joined), 0),
      slow.persons.block('nobody@example.com', 1),
    ]);
    const over = (): void => {
      isOver = true;
    };
    writing.then(over, over);
    const waiting: unknown[] = [];
    while (!isOver) {
      // Whoever holds the order of the log is at work, and waits for nobody's next word.
      waiting.push(
        ...(await postgres.run(
          `SELECT a.query FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
           WHERE a.datname = '${database}' AND l.locktype = 'advisory' AND l.granted AND a.state = 'idle in transaction' AND clock_timestamp() - a.state_change > interval '120 ms'
             AND l.classid::bigint = (hashtext('bouncer change log')::bigint & 4294967295)`,
        )),
      );
    }
    expect(await writing).toEqual([true, [other.id], 'joined', []]);
    expect(waiting).toEqual([]);
  });

  it.runIf(hasPooler)(
    'ends all sessions and lists them behind a pooler, however short the limit of the user',
    async () => {
      const here = await open();
      for (let made = 0; made < 3; made++) await here.sessions.createLogin(login(), token(), null);
      await postgres.run(
        `CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN OLD; END $$`,
        database,
      );
      await postgres.run(
        'CREATE TRIGGER slowly BEFORE DELETE ON bouncer.login FOR EACH ROW EXECUTE FUNCTION slowly()',
        database,
      );
      await postgres.run(`ALTER DATABASE ${database} SET statement_timeout = '400ms'`);
      const pooler = await startPooler(postgres);
      closing.push(() => pooler.close());
      const pooled = await open(pooler.urlOf(url), url);
      expect(await pooled.sessions.list()).toHaveLength(3);
      expect(await pooled.sessions.endLogins({ by: 'all' })).toHaveLength(3);
    },
  );

  it('says which rights are wanting before it serves anybody, and works with no more than it asks for', async () => {
    await (await open()).close();
    await expect(open(asPlain())).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('permission denied for schema bouncer'),
    });
    const grants = (tables: string): string => `GRANT USAGE ON SCHEMA bouncer TO plain;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables} TO plain; GRANT USAGE ON ALL SEQUENCES IN SCHEMA bouncer TO plain`;
    await postgres.run(grants('ALL TABLES IN SCHEMA bouncer'), database);
    await postgres.run('REVOKE ALL ON bouncer.access_grant, bouncer.passkey FROM plain', database);
    await expect(open(asPlain())).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('`access_grant`, `passkey`'),
      hint: expect.stringContaining('TO plain'),
    });
    await postgres.run(grants('bouncer.access_grant, bouncer.passkey'), database);
    await postgres.run('REVOKE INSERT, UPDATE, DELETE ON bouncer.schema_version FROM plain', database);
    const store = await open(asPlain());
    const held = token();
    const one = login();
    await store.sessions.createLogin(one, held, null);
    await store.acts.addAct('{}');
    expect(await store.acts.takeActs()).toEqual(['{}']);
    expect(await store.sessions.endLogins({ by: 'id', id: one.id })).toEqual([one.id]);
  });

  it('follows the change log of a server that does not tell where its own log is', async () => {
    await (await open()).close();
    await postgres.run('REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC', database);
    await postgres.run(
      `GRANT USAGE ON SCHEMA bouncer TO plain; GRANT ALL ON ALL TABLES IN SCHEMA bouncer TO plain;
       GRANT ALL ON ALL SEQUENCES IN SCHEMA bouncer TO plain`,
      database,
    );
    const [here, there] = [await open(asPlain()), await open(asPlain())];
    const one = login();
    await here.sessions.createLogin(one, token(), null);
    const before = await there.sessions.version();
    expect(there.sessions.isUnchangedSince(one.id, before)).toBe(true);
    await here.sessions.endLogins({ by: 'id', id: one.id });
    await vi.waitFor(() => expect(there.sessions.isUnchangedSince(one.id, before)).toBe(false), patient);
  });

  it('forgets what it remembers when a copy is put back into the same database', async () => {
    const store = await open();
    const one = login();
    await store.sessions.createLogin(one, token(), null);
    const before = await store.sessions.version();
    expect(store.sessions.isUnchangedSince(one.id, before)).toBe(true);
    // The log goes on where it stood, in a table that is another one: so does a restore whose log has caught up meanwhile.
    await postgres.run(
      `BEGIN; ALTER TABLE bouncer.change RENAME TO change_before;
       CREATE TABLE bouncer.change (LIKE bouncer.change_before INCLUDING ALL);
       INSERT INTO bouncer.change SELECT * FROM bouncer.change_before; COMMIT`,
      database,
    );
    await vi.waitFor(() => expect(store.sessions.isUnchangedSince(one.id, before)).toBe(false), patient);
  });

  it('opens no connection to see the logins of one person', async () => {
    const relay = await startRelay(postgres.port);
    closing.push(() => relay.close());
    const store = await open(url.replace(`:${postgres.port}/`, `:${relay.port}/`));
    const one = login({ email: 'erin@example.com' });
    await store.sessions.createLogin(one, token(), null);
    await store.sessions.findLogin(one.id);
    // As with `max_connections` reached.
    relay.refuse();
    const { idp, sub } = one.identity;
    for (const selection of [
      ...([
        { by: 'subject', idp, sub },
        { by: 'id', id: one.id },
      ] as const),
      { by: 'email', email: 'erin@example.com' } as const,
    ])
      expect(await store.sessions.list(selection)).toMatchObject([{ login: { id: one.id } }]);
    await expect(Promise.resolve(store.sessions.list())).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('reads on while a newer version adds columns', async () => {
    const store = await open();
    const held = token();
    await store.sessions.createLogin(login(), held, null);
    const readAll = async (): Promise<unknown> => [
      ...[await store.sessions.findByToken(held.hash), await store.sessions.list(), store.status()],
      ...[await store.sessions.listPrograms('test', 'a'), await store.keys.listKeys()],
      ...[await store.tokens.list(), await store.tokens.findBySecret('x'), await store.nodes.listNodes()],
      ...[await store.hardwareKeys.listKeys(), await store.hardwareKeys.keysOf('test', 'a')],
      ...[await store.hardwareKeys.findKey('x'), await store.passkeys.findPasskey('x')],
      ...[await store.passkeys.listPasskeys(), await store.persons.listBlocked(), await store.tunnels.read()],
      ...[await store.forms.findForm('x', 1), await store.forms.listForms('x')],
      ...[await store.forms.findEndedToken('x'), await store.access.listGrants()],
      ...[await store.access.listRequests(1), await store.access.findRequest('x', 1)],
      ...[await store.once.look('x', 1), await store.once.has('x', 1), await store.secrets.findSecret('x')],
    ];
    const before = await readAll();
    await postgres.run(
      `DO $$ DECLARE name text; BEGIN
         FOR name IN SELECT table_name FROM information_schema.tables WHERE table_schema = 'bouncer' LOOP
           EXECUTE format('ALTER TABLE bouncer.%I ADD COLUMN later text', name);
         END LOOP; END $$`,
      database,
    );
    expect(await readAll()).toEqual(before);
  });

  it('says that a text that it cannot keep is the fault of whoever asked, and lets people log in', async () => {
    const store = await open();
    const key = hardwareKey({ label: 'a\u0000b' });
    await expect(Promise.resolve(store.hardwareKeys.addKey(key, 5))).rejects.toMatchObject({
      code: 'internal',
    });
    await expect(Promise.resolve(store.hardwareKeys.findKey('a\u0000b'))).rejects.toMatchObject({
      code: 'internal',
    });
    expect(store.isWritable()).toBe(true);
    expect(store.status().warnings).toEqual({});
  });
});
