// Hardware keys in SQLite.
import { hardwareKeyColumns, hardwareKeyValues, toHardwareKey } from '../hardware-key-row.ts';
import type { HardwareKeyStore } from '../hardware-key-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const columns = hardwareKeyColumns.join(', ');
const places = hardwareKeyColumns.map(() => '?').join(', ');

/** @returns the {@link HardwareKeyStore} of an open database */
export function createSqliteHardwareKeyStore(db: SqliteDatabase): HardwareKeyStore {
  return {
    addKey: (key, limit) =>
      db.transaction(() => {
        const row = db.get(
          'SELECT count(*) AS n FROM hardware_key WHERE idp = ? AND sub = ?',
          key.idp,
          key.sub,
        );
        if (Number(row?.['n']) >= limit) return false;
        const sql = `INSERT INTO hardware_key (${columns}) VALUES (${places}) ON CONFLICT (id) DO NOTHING`;
        return db.run(sql, ...hardwareKeyValues(key)) === 1;
      }),
    findKey: (id) => {
      const row = db.get(`SELECT ${columns} FROM hardware_key WHERE id = ?`, id);
      return row === undefined ? null : toHardwareKey(row);
    },
    keysOf: (idp, sub) =>
      db
        .all(
          `SELECT ${columns} FROM hardware_key WHERE idp = ? AND sub = ? ORDER BY created_at, id`,
          idp,
          sub,
        )
        .map(toHardwareKey),
    recordUse: (id, signCount, usedAtMs) =>
      db.run(
        `UPDATE hardware_key SET sign_count = ?2, last_used = max(coalesce(last_used, 0), ?3)
         WHERE id = ?1 AND (sign_count < ?2 OR (sign_count = 0 AND ?2 = 0))`,
        id,
        signCount,
        usedAtMs,
      ) === 1,
    removeKey: (idp, sub, id) =>
      db.run('DELETE FROM hardware_key WHERE id = ? AND idp = ? AND sub = ?', id, idp, sub) === 1,
    listKeys: () =>
      db
        .all(`SELECT ${columns} FROM hardware_key ORDER BY coalesce(email, ''), idp, sub, created_at, id`)
        .map(toHardwareKey),
  };
}
