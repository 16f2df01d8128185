// Brings a shared store up to date: its tables, and the master key that seals its keys.
import type { PostgresSettings } from '../settings/settings.ts';
import { postgresPlace } from './open-store.ts';
import { migrate } from './postgres/migrate.ts';
import { openPostgresDatabase, openPostgresStore } from './postgres/open-postgres-store.ts';
import { sealAnew } from './seal-at-rest.ts';
import { noListener } from './store-listener.ts';

/**
 * Forward only; safe to repeat, and while bouncers work on the store.
 *
 * @returns the version of the tables before (0: none) and after, and how many keys were sealed anew
 * @throws BouncerError `store_unavailable`
 */
export async function migrateStore(
  postgres: PostgresSettings,
  masterKeys: readonly string[],
): Promise<{ readonly from: number; readonly to: number; readonly sealedAnew: number }> {
  const place = postgresPlace(postgres);
  const { db } = await openPostgresDatabase(place);
  const versions = await migrate(db).finally(() => db.close());
  const store = await openPostgresStore({
    ...place,
    keepMs: () => 0,
    listener: noListener,
    mode: 'read',
  });
  try {
    return { ...versions, sealedAnew: await sealAnew(store, masterKeys) };
  } finally {
    await store.close();
  }
}
