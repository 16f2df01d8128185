// The shared secrets in SQLite. The file's mode protects them.
import { BouncerError } from '../../bouncer-error.ts';
import type { SecretStore } from '../secret-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** @returns the {@link SecretStore} of an open database */
export function createSqliteSecretStore(db: SqliteDatabase): SecretStore {
  return {
    findSecret: (name) => {
      const row = db.get('SELECT value FROM secret WHERE name = ?', name);
      if (row === undefined) return null;
      if (row['value'] instanceof Uint8Array) return row['value'];
      throw new BouncerError('store_unavailable', `the secret \`${name}\` in the session store is damaged`);
    },
    addSecret: (name, value) =>
      db.run('INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', name, value) ===
      1,
    replaceSecret: (name, expected, value) =>
      db.run('UPDATE secret SET value = ? WHERE name = ? AND value = ?', value, name, expected) === 1,
  };
}
