// Service tokens in SQLite. Whatever ends or changes one counts up a counter of their own in the same transaction.
import { numberOrNull, readListed, readToken } from '../token-row.ts';
import type { StoredSecret, TokenStore } from '../token-store.ts';
import { ChangeCounter } from './change-counter.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** @returns the {@link TokenStore} of an open database */
export function createSqliteTokenStore(db: SqliteDatabase): TokenStore {
  const counter = new ChangeCounter(db, 'tokens');
  const insertSecret = (tokenId: string, { hash, createdAtMs, endsAtMs }: StoredSecret): void => {
    db.run(
      'INSERT INTO service_secret (hash, token_id, created_at, ends_at) VALUES (?, ?, ?, ?)',
      hash,
      tokenId,
      createdAtMs,
      endsAtMs,
    );
  };
  return {
    version: () => counter.read(),
    isUnchangedSince: (_id, version) => counter.read() === version,
    findBySecret: (hash) => {
      const row = db.get(
        `SELECT service_token.*, service_secret.ends_at FROM service_secret
         JOIN service_token ON service_token.id = service_secret.token_id WHERE hash = ?`,
        hash,
      );
      return row === undefined
        ? null
        : { token: readToken(row), secretEndsAtMs: numberOrNull(row['ends_at']) };
    },
    createToken: (token, secret) =>
      db.transaction(() => {
        const isAdded =
          db.run(
            `INSERT INTO service_token (id, name, applications, revision, created_at, expires_at, uses)
             VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (name) DO NOTHING`,
            token.id,
            token.name,
            token.applications === null ? null : JSON.stringify(token.applications),
            token.revision,
            token.createdAtMs,
            token.expiresAtMs,
          ) === 1;
        if (!isAdded) return false;
        insertSecret(token.id, secret);
        counter.bump();
        return true;
      }),
    addSecret: (id, secret, othersEndAtMs, expiresAtMs) =>
      db.transaction(() => {
        const isThere =
          db.run(
            `UPDATE service_token SET revision = revision + 1, expires_at = CASE WHEN ?2 THEN ?3 ELSE expires_at END
             WHERE id = ?1`,
            id,
            expiresAtMs === undefined ? 0 : 1,
            expiresAtMs ?? null,
          ) === 1;
        if (!isThere) return false;
        db.run(
          'UPDATE service_secret SET ends_at = min(coalesce(ends_at, ?1), ?1) WHERE token_id = ?2',
          othersEndAtMs,
          id,
        );
        insertSecret(id, secret);
        counter.bump();
        return true;
      }),
    removeToken: (id) =>
      db.transaction(() => {
        const isRemoved = db.run('DELETE FROM service_token WHERE id = ?', id) === 1;
        if (isRemoved) counter.bump();
        return isRemoved;
      }),
    addUses: (uses) => {
      db.transaction(() => {
        for (const { id, count, lastUsedMs, ip, country } of uses)
          db.run(
            `UPDATE service_token SET uses = uses + ?2,
               last_ip = CASE WHEN coalesce(last_used, 0) > ?3 THEN last_ip ELSE ?4 END,
               last_country = CASE WHEN coalesce(last_used, 0) > ?3 THEN last_country ELSE ?5 END,
               last_used = max(coalesce(last_used, 0), ?3)
             WHERE id = ?1`,
            id,
            count,
            lastUsedMs,
            ip,
            country,
          );
      });
    },
    list: () =>
      db
        .all(
          `SELECT service_token.*, (
             SELECT json_group_array(json_array(hash, created_at, ends_at)) FROM service_secret
             WHERE token_id = service_token.id
           ) AS secrets FROM service_token ORDER BY name`,
        )
        .map(readListed),
    removeEndedSecrets: (nowMs) => {
      db.run('DELETE FROM service_secret WHERE ends_at <= ?', nowMs);
    },
  };
}
