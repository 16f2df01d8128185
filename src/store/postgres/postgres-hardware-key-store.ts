// Hardware keys in PostgreSQL.
import { hardwareKeyColumns, hardwareKeyValues, toHardwareKey } from '../hardware-key-row.ts';
import type { HardwareKeyStore, StoredHardwareKey } from '../hardware-key-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase } from './postgres-database.ts';

const columns = hardwareKeyColumns.join(', ');
const places = hardwareKeyColumns.map((_, index) => `$${index + 1}`).join(', ');

/** One person's enrolments wait for each other, so that the limit holds. */
function addKey(db: PostgresDatabase, key: StoredHardwareKey, limit: number): Promise<boolean> {
  return db.transaction(async (run) => {
    await run('SELECT pg_advisory_xact_lock(hashtext($1), 2)', [JSON.stringify([key.idp, key.sub])]);
    const [row] = await run('SELECT count(*) AS n FROM bouncer.hardware_key WHERE idp = $1 AND sub = $2', [
      key.idp,
      key.sub,
    ]);
    if (Number(row?.['n']) >= limit) return false;
    const added = await run(
      `INSERT INTO bouncer.hardware_key (${columns}) VALUES (${places}) ON CONFLICT (id) DO NOTHING RETURNING id`,
      hardwareKeyValues(key),
    );
    return added.length === 1;
  });
}

/** @returns the {@link HardwareKeyStore} of an open database */
export function createPostgresHardwareKeyStore(db: PostgresDatabase, feed: ChangeFeed): HardwareKeyStore {
  const write = (sql: string, values: readonly (string | number | null)[]) => {
    feed.requireReachable();
    return db.write(sql, values);
  };
  return {
    addKey: (key, limit) => {
      feed.requireReachable();
      return addKey(db, key, limit);
    },
    findKey: async (id) => {
      feed.requireReachable();
      const sql = `SELECT ${columns} FROM bouncer.hardware_key WHERE id = $1`;
      const [row] = await db.lookUp('hardware_key', sql, [id]);
      return row === undefined ? null : toHardwareKey(row);
    },
    keysOf: async (idp, sub) => {
      feed.requireReachable();
      const sql = `SELECT ${columns} FROM bouncer.hardware_key WHERE idp = $1 AND sub = $2 ORDER BY created_at, id`;
      return (await db.lookUp('hardware_keys_of', sql, [idp, sub])).map(toHardwareKey);
    },
    recordUse: async (id, signCount, usedAtMs) =>
      (
        await write(
          `UPDATE bouncer.hardware_key SET sign_count = $2::bigint, last_used = greatest(last_used, $3::bigint)
           WHERE id = $1 AND (sign_count < $2::bigint OR (sign_count = 0 AND $2::bigint = 0)) RETURNING id`,
          [id, signCount, usedAtMs],
        )
      ).length === 1,
    removeKey: async (idp, sub, id) =>
      (
        await write('DELETE FROM bouncer.hardware_key WHERE id = $1 AND idp = $2 AND sub = $3 RETURNING id', [
          id,
          idp,
          sub,
        ])
      ).length === 1,
    listKeys: async () =>
      (
        await db.lookUp(
          'hardware_keys',
          `SELECT ${columns} FROM bouncer.hardware_key
           ORDER BY coalesce(email, '') COLLATE "C", idp COLLATE "C", sub COLLATE "C", created_at, id`,
          [],
        )
      ).map(toHardwareKey),
  };
}
