// Signing keys in SQLite. The file's mode protects them; nothing here looks inside a key.
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
    listKeys: () =>
      db.all('SELECT * FROM signing_key ORDER BY created_at, kid').map((row) => ({
        kid: String(row['kid']),
        algorithm: String(row['algorithm']),
        privateJwk: String(row['private_jwk']),
        createdAtMs: Number(row['created_at']),
        signsFromMs: Number(row['signs_from']),
        retiredAtMs: row['retired_at'] === null ? null : Number(row['retired_at']),
      })),
    addKey: (key) =>
      change(
        `INSERT INTO signing_key (kid, algorithm, private_jwk, created_at, signs_from, retired_at)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kid) DO NOTHING`,
        key.kid,
        key.algorithm,
        key.privateJwk,
        key.createdAtMs,
        key.signsFromMs,
        key.retiredAtMs,
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
