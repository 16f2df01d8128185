// Used markers and one-time codes in SQLite. Each operation is one statement, so that two processes cannot both win.
import type { OnceStore } from '../once-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Changes one row, or none where the marker stands. Of key, end and now. */
export const markSql = `INSERT INTO once (key, value, expires_at) VALUES (?1, NULL, ?2)
  ON CONFLICT (key) DO UPDATE SET value = NULL, expires_at = excluded.expires_at WHERE once.expires_at <= ?3`;

/** @returns the {@link OnceStore} of an open database */
export function createSqliteOnceStore(db: SqliteDatabase): OnceStore {
  return {
    mark: (key, expiresAtMs, nowMs) => db.run(markSql, key, expiresAtMs, nowMs) === 1,
    has: (key, nowMs) =>
      db.get('SELECT 1 FROM once WHERE key = ? AND expires_at > ?', key, nowMs) !== undefined,
    put: (key, value, expiresAtMs) => {
      db.run('INSERT INTO once (key, value, expires_at) VALUES (?, ?, ?)', key, value, expiresAtMs);
    },
    look: (key, nowMs) => {
      const value = db.get('SELECT value FROM once WHERE key = ? AND expires_at > ?', key, nowMs)?.['value'];
      return typeof value === 'string' ? value : null;
    },
    take: (key, nowMs) => {
      const row = db.get(
        'DELETE FROM once WHERE key = ? AND value IS NOT NULL RETURNING value, expires_at',
        key,
      );
      const value = row?.['value'];
      return typeof value === 'string' && Number(row?.['expires_at']) > nowMs ? value : null;
    },
    spend: (key, limit, expiresAtMs, nowMs) =>
      limit > 0 &&
      db.run(
        `INSERT INTO once (key, value, expires_at) VALUES (?1, '1', ?2)
         ON CONFLICT (key) DO UPDATE SET
           value = CASE WHEN once.expires_at <= ?3 THEN '1' ELSE CAST(CAST(once.value AS INTEGER) + 1 AS TEXT) END,
           expires_at = CASE WHEN once.expires_at <= ?3 THEN excluded.expires_at ELSE once.expires_at END
         WHERE once.expires_at <= ?3 OR CAST(once.value AS INTEGER) < ?4`,
        key,
        expiresAtMs,
        nowMs,
        limit,
      ) === 1,
    removeExpired: (nowMs) => db.run('DELETE FROM once WHERE expires_at <= ?', nowMs),
  };
}
