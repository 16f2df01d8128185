// Passkeys in PostgreSQL.
import { parsePasskey, passkeyColumns, passkeyValues } from '../passkey-row.ts';
import type { PasskeyStore } from '../passkey-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase } from './postgres-database.ts';

const columns = passkeyColumns.join(', ');
const places = passkeyColumns.map((_, index) => `$${index + 1}`).join(', ');

/** @returns the {@link PasskeyStore} of an open database */
export function createPostgresPasskeyStore(db: PostgresDatabase, feed: ChangeFeed): PasskeyStore {
  const changesOne = async (sql: string, values: readonly (string | number | null)[]): Promise<boolean> => {
    feed.requireReachable();
    return (await db.write(sql, values)).length === 1;
  };
  return {
    addPasskey: (passkey) =>
      changesOne(
        `INSERT INTO bouncer.passkey (${columns}) VALUES (${places}) ON CONFLICT (id) DO NOTHING RETURNING id`,
        passkeyValues(passkey),
      ),
    findPasskey: async (id) => {
      feed.requireReachable();
      const sql = `SELECT ${columns} FROM bouncer.passkey WHERE id = $1`;
      const [row] = await db.lookUp('passkey', sql, [id]);
      return row === undefined ? null : parsePasskey(row);
    },
    recordPasskeyUse: (id, signCount, usedAtMs) =>
      changesOne(
        `UPDATE bouncer.passkey
         SET sign_count = coalesce($2::bigint, sign_count), last_used = greatest(last_used, $3::bigint)
         WHERE id = $1 AND ($2::bigint IS NULL OR sign_count < $2::bigint OR (sign_count = 0 AND $2::bigint = 0))
         RETURNING id`,
        [id, signCount, usedAtMs],
      ),
    removePasskey: (id) => changesOne('DELETE FROM bouncer.passkey WHERE id = $1 RETURNING id', [id]),
    listPasskeys: async (email) => {
      const sql = `SELECT ${columns} FROM bouncer.passkey WHERE $1::text IS NULL OR email = $1
        ORDER BY email COLLATE "C", created_at, id`;
      return (await db.lookUp('passkeys', sql, [email ?? null])).map(parsePasskey);
    },
  };
}
