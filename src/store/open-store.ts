// Opens the store that the settings name: SQLite in the data folder, or PostgreSQL with its keys sealed.
import { BouncerError } from '../bouncer-error.ts';
import type { Settings } from '../settings/settings.ts';
import type { PostgresStoreParts } from './postgres/open-postgres-store.ts';
import { sealAtRest } from './seal-at-rest.ts';
import { createStore } from './sqlite/open-sqlite-store.ts';
import type { Store } from './store.ts';
import { noListener, type StoreListener } from './store-listener.ts';

/** The settings that say where the store is. */
export type StoreSettings = Pick<Settings, 'dataDir' | 'postgres' | 'masterKeys'>;

export interface OpenStoreParts {
  /** `read`: for one operation. `follow`: for a process that serves. */
  readonly mode: 'read' | 'follow';
  readonly listener: StoreListener;
  /** See `store_loss.keep`. */
  readonly keepMs: () => number;
}

const forOneOperation: OpenStoreParts = { mode: 'read', listener: noListener, keepMs: () => 0 };

/**
 * @throws BouncerError `store_unavailable` when the store cannot be reached, read or written, or its keys cannot be opened
 */
export async function openStore(settings: StoreSettings, parts = forOneOperation): Promise<Store> {
  if (settings.postgres === null) return createStore(settings.dataDir, parts.listener);
  const { openPostgresStore } = await import('./postgres/open-postgres-store.ts');
  const store = await openPostgresStore({ ...postgresPlace(settings.postgres), ...parts });
  try {
    return sealAtRest(store, settings.masterKeys);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * How to reach the database of the settings.
 *
 * @throws BouncerError `store_unavailable` when the address is not at hand
 */
export function postgresPlace(
  postgres: NonNullable<Settings['postgres']>,
): Pick<PostgresStoreParts, 'address' | 'listenAddress' | 'caFile'> {
  const { address, listenAddress, caFile } = postgres;
  if (address !== null) return { address, listenAddress, caFile };
  throw new BouncerError('store_unavailable', 'the address of the database is not at hand', {
    hint: 'give what `store.postgres.url` in the settings refers to',
  });
}
