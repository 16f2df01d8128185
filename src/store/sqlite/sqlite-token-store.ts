// Service tokens in SQLite. Whatever ends or changes one counts up a counter of their own in the same transaction.
import {
  secretColumns,
  secretValues,
  toFoundToken,
  tokenColumns,
  tokenValues,
  toListedToken,
} from '../token-row.ts';
import type { StoredSecret, TokenStore } from '../token-store.ts';
import { ChangeCounter } from './change-counter.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const bySecret = `SELECT service_token.*, service_secret.ends_at FROM service_secret
  JOIN service_token ON service_token.id = service_secret.token_id WHERE hash = ?`;

const everyToken = `SELECT service_token.*, (
    SELECT json_group_array(json_array(hash, created_at, ends_at)) FROM service_secret
    WHERE token_id = service_token.id
  ) AS secrets FROM service_token ORDER BY name`;

const insertToken = `INSERT INTO service_token (${tokenColumns.join(', ')}, uses)
  VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (name) DO NOTHING`;

const renewToken = `UPDATE service_token SET revision = revision + 1, expires_at = CASE WHEN ?2 THEN ?3 ELSE expires_at END
  WHERE id = ?1`;

const endSecrets = 'UPDATE service_secret SET ends_at = min(coalesce(ends_at, ?1), ?1) WHERE token_id = ?2';

const addUses = `UPDATE service_token SET uses = uses + ?2,
    last_ip = CASE WHEN coalesce(last_used, 0) > ?3 THEN last_ip ELSE ?4 END,
    last_country = CASE WHEN coalesce(last_used, 0) > ?3 THEN last_country ELSE ?5 END,
    last_used = max(coalesce(last_used, 0), ?3)
  WHERE id = ?1`;

/** @returns the {@link TokenStore} of an open database */
export function createSqliteTokenStore(db: SqliteDatabase): TokenStore {
  const counter = new ChangeCounter(db, 'tokens');
  const insertSecret = (tokenId: string, secret: StoredSecret): void => {
    db.run(
      `INSERT INTO service_secret (${secretColumns}) VALUES (?, ?, ?, ?)`,
      ...secretValues(tokenId, secret),
    );
  };
  return {
    version: () => counter.read(),
    isUnchangedSince: (_id, version) => counter.read() === version,
    findBySecret: (hash) => {
      const row = db.get(bySecret, hash);
      return row === undefined ? null : toFoundToken(row);
    },
    createToken: (token, secret) =>
      db.transaction(() => {
        if (db.run(insertToken, ...tokenValues(token)) === 0) return false;
        insertSecret(token.id, secret);
        counter.bump();
        return true;
      }),
    addSecret: (id, secret, othersEndAtMs, expiresAtMs) =>
      db.transaction(() => {
        if (db.run(renewToken, id, expiresAtMs === undefined ? 0 : 1, expiresAtMs ?? null) === 0)
          return false;
        db.run(endSecrets, othersEndAtMs, id);
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
          db.run(addUses, id, count, lastUsedMs, ip, country);
      });
    },
    list: () => db.all(everyToken).map(toListedToken),
    removeEndedSecrets: (nowMs) => {
      db.run('DELETE FROM service_secret WHERE ends_at <= ?', nowMs);
    },
  };
}
