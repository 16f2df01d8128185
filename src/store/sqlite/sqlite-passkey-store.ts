// Passkeys in SQLite.
import { parsePasskey, passkeyColumns, passkeyValues } from '../passkey-row.ts';
import type { PasskeyStore } from '../passkey-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const columns = passkeyColumns.join(', ');
const places = passkeyColumns.map(() => '?').join(', ');

/** @returns the {@link PasskeyStore} of an open database */
export function createSqlitePasskeyStore(db: SqliteDatabase): PasskeyStore {
  return {
    addPasskey: (passkey) =>
      db.run(
        `INSERT INTO passkey (${columns}) VALUES (${places}) ON CONFLICT (id) DO NOTHING`,
        ...passkeyValues(passkey),
      ) === 1,
    findPasskey: (id) => {
      const row = db.get(`SELECT ${columns} FROM passkey WHERE id = ?`, id);
      return row === undefined ? null : parsePasskey(row);
    },
    recordPasskeyUse: (id, signCount, usedAtMs) =>
      db.run(
        `UPDATE passkey SET sign_count = coalesce(?2, sign_count), last_used = max(coalesce(last_used, 0), ?3)
         WHERE id = ?1 AND (?2 IS NULL OR sign_count < ?2 OR (sign_count = 0 AND ?2 = 0))`,
        id,
        signCount,
        usedAtMs,
      ) === 1,
    removePasskey: (id) => db.run('DELETE FROM passkey WHERE id = ?', id) === 1,
    listPasskeys: (email) =>
      db
        .all(
          `SELECT ${columns} FROM passkey WHERE ?1 IS NULL OR email = ?1 ORDER BY email, created_at, id`,
          email ?? null,
        )
        .map(parsePasskey),
  };
}
