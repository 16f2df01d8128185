// Opens the PostgreSQL store: connects, looks whether the tables fit, and follows what other processes change.
import type { PostgresAddress } from '../../settings/settings.ts';
import type { Store, StoreStatus } from '../store.ts';
import type { StoreListener } from '../store-listener.ts';
import { ChangeFeed } from './change-feed.ts';
import { checkTables, migrate } from './migrate.ts';
import { createPostgresAccessStore } from './postgres-access-store.ts';
import { createPostgresActStore } from './postgres-act-store.ts';
import { PostgresConnector } from './postgres-connector.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { isPassing } from './postgres-failure.ts';
import { createPostgresFormStore } from './postgres-form-store.ts';
import { createPostgresHardwareKeyStore } from './postgres-hardware-key-store.ts';
import { createPostgresKeyStore } from './postgres-key-store.ts';
import { createPostgresNodeStore } from './postgres-node-store.ts';
import { createPostgresOnceStore } from './postgres-once-store.ts';
import { createPostgresPasskeyStore } from './postgres-passkey-store.ts';
import { createPostgresPersonStore } from './postgres-person-store.ts';
import { createPostgresSecretStore } from './postgres-secret-store.ts';
import { createPostgresSessionStore } from './postgres-session-store.ts';
import { createPostgresTokenStore } from './postgres-token-store.ts';
import { createPostgresTunnelStore } from './postgres-tunnel-store.ts';

/** From this difference on between this machine's clock and the database's, people are told. Milliseconds. */
const toldDifferenceMs = 2_000;

/** How often it is looked whether writes began to fail or to work again; each process writes that it lives every five seconds. */
const tellMs = 1_000;

/** How long a database that is not there yet is waited for at the start, milliseconds. */
const waitForMs = 30_000;

export interface PostgresStoreParts {
  readonly address: PostgresAddress;
  /** Where to listen, when `address` leads to a pooler; `null`: there, too. */
  readonly listenAddress: PostgresAddress | null;
  readonly caFile: string | null;
  /** How long what was known may be gone on with while the database does not answer, milliseconds. */
  readonly keepMs: () => number;
  readonly listener: StoreListener;
  /** `read`: for one operation. `follow`: for a process that serves. */
  readonly mode: 'read' | 'follow';
}

/** The database of a PostgreSQL store without what is kept in it. @throws BouncerError `internal` when `pg` is not installed */
export async function openPostgresDatabase(
  place: Pick<PostgresStoreParts, 'address' | 'listenAddress' | 'caFile'>,
): Promise<{ readonly db: PostgresDatabase; readonly connector: PostgresConnector }> {
  const pg = await import('pg');
  const { address, listenAddress, caFile } = place;
  const connector = new PostgresConnector({ pg, address, caFile });
  const listening =
    listenAddress === null ? connector : new PostgresConnector({ pg, address: listenAddress, caFile });
  return { db: new PostgresDatabase(pg, connector), connector: listening };
}

/**
 * Opens the store. An empty database gets its tables; older ones are worked with as they are.
 *
 * @throws BouncerError `store_unavailable` when the database cannot be reached, or its tables are of a version that does not go with
 * this one
 */
export async function openPostgresStore(parts: PostgresStoreParts): Promise<Store> {
  const { listener, keepMs, mode } = parts;
  const { db, connector } = await openPostgresDatabase(parts);
  const feed = new ChangeFeed({ db, connector, keepMs, listener });
  let schema: Awaited<ReturnType<typeof checkTables>>;
  try {
    if (mode === 'follow') await waitForDatabase(db, listener);
    schema = await checkTables(db);
    if (schema === 'missing') await migrate(db);
    await feed.start(mode);
  } catch (error) {
    await feed.close();
    await db.close();
    throw error;
  }
  const telling = setInterval(() => db.health.tell(listener), tellMs).unref();
  return {
    sessions: createPostgresSessionStore(db, feed),
    once: createPostgresOnceStore(db, feed),
    keys: createPostgresKeyStore(db),
    secrets: createPostgresSecretStore(db),
    tokens: createPostgresTokenStore(db, feed),
    persons: createPostgresPersonStore(db, feed),
    hardwareKeys: createPostgresHardwareKeyStore(db, feed),
    passkeys: createPostgresPasskeyStore(db, feed),
    acts: createPostgresActStore(db),
    tunnels: createPostgresTunnelStore(db, feed),
    forms: createPostgresFormStore(db, feed),
    access: createPostgresAccessStore(db, feed),
    nodes: createPostgresNodeStore(db),
    now: () => feed.clock.now(),
    isWritable: () => feed.isReachable && db.health.failure === null,
    status: () => statusOf(feed, schema, keepMs(), db),
    close: async () => {
      clearInterval(telling);
      await feed.close();
      await db.close();
    },
  };
}

/** A database that is starting beside bouncer, or failing over, is waited for: a process that ends and starts again takes longer. */
async function waitForDatabase(db: PostgresDatabase, listener: StoreListener): Promise<void> {
  const giveUpMs = performance.now() + waitForMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await db.long((run) => run('SELECT 1'));
      if (attempt > 1) listener.found();
      return;
    } catch (error) {
      if (!isPassing(error) || performance.now() > giveUpMs) throw error;
      if (attempt === 1) listener.lost(error, 0);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function statusOf(
  feed: ChangeFeed,
  schema: string,
  keepMs: number,
  { health }: PostgresDatabase,
): StoreStatus {
  const warnings: Record<string, string> = { ...health.warnings() };
  if (schema === 'older')
    warnings['store_schema'] = 'the tables are those of an older version: run `bouncer store migrate`';
  if (feed.isDeaf)
    warnings['store_notifications'] =
      'PostgreSQL does not call: a pooler is in between; give `store.postgres.listen_url`';
  if (feed.isReachable && feed.listenFailure !== null)
    warnings['store_listener'] = `${feed.listenFailure}: every request asks the database until it is mended`;
  const differenceMs = Date.now() - feed.clock.now();
  if (Math.abs(differenceMs) > toldDifferenceMs)
    warnings['clock'] =
      `this machine's clock is ${Math.round(Math.abs(differenceMs) / 1000)} s ${differenceMs > 0 ? 'ahead of' : 'behind'} the database's, which counts`;
  if (feed.isReachable) return { failure: null, warnings };
  const seconds = Math.round(feed.silentForMs / 1000);
  const said = `PostgreSQL has not answered for ${seconds} s: nobody can log in`;
  if (feed.silentForMs > keepMs)
    return { failure: `${said}, and nobody who is logged in gets through`, warnings };
  return {
    failure: null,
    warnings: { ...warnings, store: `${said}; who is logged in goes on for ${Math.round(keepMs / 1000)} s` },
  };
}
