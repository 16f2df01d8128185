// The shared secrets in PostgreSQL, as bytes that are opaque here: they are sealed before they come here.
import { BouncerError } from '../../bouncer-error.ts';
import type { SecretStore } from '../secret-store.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** @returns the {@link SecretStore} of an open database */
export function createPostgresSecretStore(db: PostgresDatabase): SecretStore {
  return {
    findSecret: async (name) => {
      const [row] = await db.lookUp('secret', 'SELECT value FROM bouncer.secret WHERE name = $1', [name]);
      if (row === undefined) return null;
      if (row['value'] instanceof Uint8Array) return new Uint8Array(row['value']);
      throw new BouncerError('store_unavailable', `the secret \`${name}\` in the session store is damaged`);
    },
    addSecret: async (name, value) =>
      (
        await db.write(
          'INSERT INTO bouncer.secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING name',
          [name, Buffer.from(value)],
        )
      ).length === 1,
    replaceSecret: async (name, expected, value) =>
      (
        await db.write('UPDATE bouncer.secret SET value = $3 WHERE name = $1 AND value = $2 RETURNING name', [
          name,
          Buffer.from(expected),
          Buffer.from(value),
        ])
      ).length === 1,
  };
}
