// Signing keys in SQLite. The file's mode protects them; nothing here looks inside a key.
import { keyColumns, keyValues, toKey } from '../key-row.ts';
import type { KeyStore } from '../key-store.ts';
import { ChangeCounter } from './change-counter.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** @returns the {@link KeyStore} of an open database */
export function createSqliteKeyStore(db: SqliteDatabase): KeyStore {
  const counter = new ChangeCounter(db, 'keys');
  const change = (sql: string, ...values: (string | number | null)[]): boolean =>
    db.transaction(() => {
      const isChanged = db.run(sql, ...values) === 1;
      if (isChanged) counter.bump();
      return isChanged;
    });
  return {
    listKeys: () => db.all('SELECT * FROM signing_key ORDER BY created_at, kid').map(toKey),
    addKey: (key) =>
      change(
        `INSERT INTO signing_key (${keyColumns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kid) DO NOTHING`,
        ...keyValues(key),
      ),
    updateKey: (kid, times) =>
      change(
        `UPDATE signing_key SET
           signs_from = coalesce(?2, signs_from),
           retired_at = CASE WHEN ?3 THEN ?4 ELSE retired_at END
         WHERE kid = ?1`,
        kid,
        times.signsFromMs ?? null,
        times.retiredAtMs === undefined ? 0 : 1,
        times.retiredAtMs ?? null,
      ),
    replacePrivateJwk: (kid, expected, privateJwk) =>
      change(
        'UPDATE signing_key SET private_jwk = ? WHERE kid = ? AND private_jwk = ?',
        privateJwk,
        kid,
        expected,
      ),
    removeKey: (kid) => change('DELETE FROM signing_key WHERE kid = ?', kid),
    keysVersion: () => counter.read(),
  };
}
