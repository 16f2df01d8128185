// The PostgreSQL store against the contracts, and what is its own: order, exactly once among many, deadlocks.
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { noListener } from '../../src/store/store-listener.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { accessStoreContract } from './access-store-contract.ts';
import { actStoreContract } from './act-store-contract.ts';
import { formStoreContract } from './form-store-contract.ts';
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

let postgres: TestPostgres;
const opened: Store[] = [];

async function open(url: string): Promise<Store> {
  const store = await openPostgresStore({
    address: addressOf(url),
    listenAddress: null,
    caFile: null,
    keepMs: () => 60_000,
    listener: noListener,
    mode: 'follow',
  });
  opened.push(store);
  return store;
}

/** Name of a database that has the store's tables already: to make them anew takes longer than most tests. */
let template: string;

async function twoViews(): Promise<{ readonly here: Store; readonly there: Store }> {
  const url = await postgres.createDatabase(template);
  const here = await open(url);
  return { here, there: await open(url) };
}

describe.runIf(hasPostgres)('PostgreSQL', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await (await open(url)).close();
    opened.splice(0);
    template = url.split('/').at(-1) ?? '';
  }, 120_000);
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  afterAll(() => postgres.close());

  const viewsOf =
    <
      Name extends
        | 'sessions'
        | 'once'
        | 'keys'
        | 'secrets'
        | 'nodes'
        | 'tokens'
        | 'hardwareKeys'
        | 'acts'
        | 'tunnels'
        | 'passkeys'
        | 'access',
    >(
      name: Name,
    ) =>
    async (): Promise<{ readonly here: Store[Name]; readonly there: Store[Name] }> => {
      const { here, there } = await twoViews();
      return { here: here[name], there: there[name] };
    };
  sessionStoreContract(viewsOf('sessions'));
  onceStoreContract(viewsOf('once'));
  keyStoreContract(viewsOf('keys'));
  secretStoreContract(viewsOf('secrets'));
  nodeStoreContract(viewsOf('nodes'));
  tokenStoreContract(viewsOf('tokens'));
  personStoreContract(twoViews);
  formStoreContract(twoViews);
  hardwareKeyStoreContract(viewsOf('hardwareKeys'));
  actStoreContract(viewsOf('acts'));
  tunnelStoreContract(viewsOf('tunnels'));
  passkeyStoreContract(viewsOf('passkeys'));
  accessStoreContract(viewsOf('access'));

  it('misses no change whose transaction began before another and is committed after it', async () => {
    const url = await postgres.createDatabase();
    const [here, there] = [await open(url), await open(url)];
    const database = url.split('/').at(-1) ?? '';
    const [slowly, quickly] = [login(), login()];
    for (const one of [slowly, quickly]) await here.sessions.createLogin(one, token(), null);
    const before = await there.sessions.version();
    const slow = new pg.Client({ connectionString: url });
    await slow.connect();
    try {
      await slow.query('BEGIN');
      await slow.query('INSERT INTO bouncer.change (login_id) VALUES ($1)', [slowly.id]);
      let isCommitted = false;
      const quick = (async () => here.sessions.endLogins({ by: 'id', id: quickly.id }))().then(() => {
        isCommitted = true;
      });
      // Either it waits for its turn, or it was first and the other process has read so far.
      await vi.waitFor(
        async () => {
          if (isCommitted) return expect(there.sessions.isUnchangedSince(quickly.id, before)).toBe(false);
          const [row] = await postgres.run(
            `SELECT count(*)::int AS n FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
             WHERE d.datname = '${database}' AND l.locktype = 'advisory' AND NOT l.granted`,
          );
          return expect(row?.['n']).toBe(1);
        },
        { timeout: 60_000, interval: 5 },
      );
      await slow.query('COMMIT');
      await quick;
    } finally {
      await slow.end();
    }
    await vi.waitFor(
      () => {
        for (const { id } of [slowly, quickly])
          expect(there.sessions.isUnchangedSince(id, before)).toBe(false);
      },
      { timeout: 60_000, interval: 5 },
    );
  });

  it('tells another process of an ended login by itself, and of no other login', async () => {
    const { here, there } = await twoViews();
    const [ended, kept] = [login(), login()];
    for (const one of [ended, kept]) await here.sessions.createLogin(one, token(), null);
    const before = await there.sessions.version();
    await here.sessions.endLogins({ by: 'id', id: ended.id });
    await vi.waitFor(() => expect(there.sessions.isUnchangedSince(ended.id, before)).toBe(false), {
      timeout: 60_000,
      interval: 2,
    });
    expect(there.sessions.isUnchangedSince(kept.id, before)).toBe(true);
    expect(here.sessions.isUnchangedSince(ended.id, before)).toBe(false);
  });
});
