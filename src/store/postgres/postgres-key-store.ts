// Signing keys in PostgreSQL, as text that is opaque here: it is sealed before it comes here.
import { keyColumns, keyValues, toKey } from '../key-row.ts';
import type { KeyStore } from '../key-store.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** Appended to a statement that changes keys as `changed`: counts up the version that all processes ask for. */
const bump = `, counted AS (
  UPDATE bouncer.counter SET value = value + 1 WHERE name = 'keys' AND EXISTS (SELECT FROM changed) RETURNING value
) SELECT value FROM counted`;

/** @returns the {@link KeyStore} of an open database */
export function createPostgresKeyStore(db: PostgresDatabase): KeyStore {
  const change = async (
    sql: string,
    values: readonly (string | number | boolean | null)[],
  ): Promise<boolean> =>
    (await db.write(`WITH changed AS (${sql} RETURNING kid)${bump}`, values)).length === 1;
  return {
    listKeys: async () =>
      (
        await db.lookUp('keys', `SELECT ${keyColumns} FROM bouncer.signing_key ORDER BY created_at, kid`, [])
      ).map(toKey),
    addKey: (key) =>
      change(
        `INSERT INTO bouncer.signing_key (${keyColumns})
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kid) DO NOTHING`,
        keyValues(key),
      ),
    updateKey: (kid, times) =>
      change(
        `UPDATE bouncer.signing_key SET
           signs_from = coalesce($2::bigint, signs_from),
           retired_at = CASE WHEN $3 THEN $4::bigint ELSE retired_at END
         WHERE kid = $1`,
        [kid, times.signsFromMs ?? null, times.retiredAtMs !== undefined, times.retiredAtMs ?? null],
      ),
    replacePrivateJwk: (kid, expected, privateJwk) =>
      change('UPDATE bouncer.signing_key SET private_jwk = $3 WHERE kid = $1 AND private_jwk = $2', [
        kid,
        expected,
        privateJwk,
      ]),
    removeKey: (kid) => change('DELETE FROM bouncer.signing_key WHERE kid = $1', [kid]),
    keysVersion: async () => {
      const [row] = await db.lookUp(
        'keys_version',
        "SELECT value FROM bouncer.counter WHERE name = 'keys'",
        [],
      );
      return Number(row?.['value']);
    },
  };
}
