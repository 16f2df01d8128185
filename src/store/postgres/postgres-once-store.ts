// Used markers and one-time codes in PostgreSQL. Each operation is one statement, so that two processes cannot both win.
import type { OnceStore } from '../once-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** Rows that one statement forgets. */
const batchSize = 1_000;

/** Returns one row, or none where the marker stands. Of key, end and now. */
export const markSql = `INSERT INTO bouncer.once AS o (key, value, expires_at) VALUES ($1, NULL, $2)
  ON CONFLICT (key) DO UPDATE SET value = NULL, expires_at = excluded.expires_at WHERE o.expires_at <= $3
  RETURNING 1 AS is_set`;

const hasSql = 'SELECT 1 AS is_there FROM bouncer.once WHERE key = $1 AND expires_at > $2';

const putSql = 'INSERT INTO bouncer.once (key, value, expires_at) VALUES ($1, $2, $3)';

const lookSql = 'SELECT value FROM bouncer.once WHERE key = $1 AND expires_at > $2';

const takeSql = 'DELETE FROM bouncer.once WHERE key = $1 AND value IS NOT NULL RETURNING value, expires_at';

const spendSql = `INSERT INTO bouncer.once AS o (key, value, expires_at) VALUES ($1, '1', $2)
  ON CONFLICT (key) DO UPDATE SET
    value = CASE WHEN o.expires_at <= $3 THEN '1' ELSE (o.value::int + 1)::text END,
    expires_at = CASE WHEN o.expires_at <= $3 THEN excluded.expires_at ELSE o.expires_at END
  WHERE o.expires_at <= $3 OR o.value::int < $4
  RETURNING 1 AS is_spent`;

const forgetSql = `DELETE FROM bouncer.once WHERE key IN (
    SELECT key FROM bouncer.once WHERE expires_at <= $1 LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
  ) RETURNING 1 AS is_gone`;

/** @returns the {@link OnceStore} of an open database */
export function createPostgresOnceStore(db: PostgresDatabase, feed: ChangeFeed): OnceStore {
  return {
    mark: async (key, expiresAtMs, nowMs) => {
      feed.requireReachable();
      return (await db.write(markSql, [key, expiresAtMs, nowMs])).length === 1;
    },
    has: async (key, nowMs) => {
      feed.requireReachable();
      return (await db.lookUp('once_has', hasSql, [key, nowMs])).length === 1;
    },
    put: async (key, value, expiresAtMs) => {
      feed.requireReachable();
      await db.write(putSql, [key, value, expiresAtMs]);
    },
    look: async (key, nowMs) => {
      feed.requireReachable();
      const [row] = await db.lookUp('once_look', lookSql, [key, nowMs]);
      const value = row?.['value'];
      return typeof value === 'string' ? value : null;
    },
    take: async (key, nowMs) => {
      feed.requireReachable();
      const [row] = await db.write(takeSql, [key]);
      const value = row?.['value'];
      return typeof value === 'string' && Number(row?.['expires_at']) > nowMs ? value : null;
    },
    spend: async (key, limit, expiresAtMs, nowMs) => {
      feed.requireReachable();
      if (limit <= 0) return false;
      return (await db.write(spendSql, [key, expiresAtMs, nowMs, limit])).length === 1;
    },
    removeExpired: async (nowMs) => {
      feed.requireReachable();
      for (let removed = 0; ; ) {
        const batch = await db.write(forgetSql, [nowMs]);
        removed += batch.length;
        if (batch.length < batchSize) return removed;
      }
    },
  };
}
