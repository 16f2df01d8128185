// Service tokens in PostgreSQL. What ends or changes one is a line of the change log that sessions have, under a name of its own.
import {
  secretColumns,
  secretValues,
  toFoundToken,
  tokenColumns,
  tokenValues,
  toListedToken,
} from '../token-row.ts';
import type { NewUses, TokenStore } from '../token-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** What a token is called in the change log, where logins stand by their ids: no id of theirs has a colon. */
const changeOf = (id: string): string => `token:${id}`;

/** The end of a statement whose part `changed` gives the id of a token: writes the log. */
const logged = `, logged AS (INSERT INTO bouncer.change (login_id) SELECT 'token:' || id FROM changed)
  SELECT id FROM changed`;

const columnsOfToken = tokenColumns.map((name) => `t.${name}`).join(', ');

const bySecret = `SELECT ${columnsOfToken}, s.ends_at FROM bouncer.service_secret AS s
  JOIN bouncer.service_token AS t ON t.id = s.token_id WHERE s.hash = $1`;

const everyToken = `SELECT ${columnsOfToken}, t.last_used, t.last_ip, t.last_country, t.uses, (
    SELECT coalesce(json_agg(json_build_array(hash, created_at, ends_at)), '[]')::text
    FROM bouncer.service_secret WHERE token_id = t.id
  ) AS secrets FROM bouncer.service_token AS t ORDER BY t.name COLLATE "C"`;

const createSql = `WITH changed AS (
    INSERT INTO bouncer.service_token (${tokenColumns.join(', ')}, uses)
    VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (name) DO NOTHING RETURNING id
  ),
  first AS (
    INSERT INTO bouncer.service_secret (${secretColumns})
    SELECT $7, id, $8::bigint, $9::bigint FROM changed
  )${logged}`;

const renewSql = `UPDATE bouncer.service_token SET revision = revision + 1,
  expires_at = CASE WHEN $2 THEN $3::bigint ELSE expires_at END WHERE id = $1 RETURNING id`;

const endSecretsSql = `UPDATE bouncer.service_secret SET ends_at = least(coalesce(ends_at, $2::bigint), $2::bigint)
  WHERE token_id = $1`;

const removeSql = `WITH changed AS (DELETE FROM bouncer.service_token WHERE id = $1 RETURNING id)${logged}`;

const addUsesSql = `WITH uses AS (
    SELECT u.* FROM json_to_recordset($1::json) AS u (id text, count bigint, at bigint, ip text, country text)
  ),
  held AS MATERIALIZED (
    SELECT t.id FROM bouncer.service_token AS t JOIN uses USING (id) ORDER BY t.id FOR UPDATE OF t
  )
  UPDATE bouncer.service_token AS t SET uses = t.uses + u.count,
    last_ip = CASE WHEN t.last_used > u.at THEN t.last_ip ELSE u.ip END,
    last_country = CASE WHEN t.last_used > u.at THEN t.last_country ELSE u.country END,
    last_used = greatest(t.last_used, u.at)
  FROM uses AS u JOIN held USING (id) WHERE t.id = u.id`;

/** @returns the {@link TokenStore} of an open database */
export function createPostgresTokenStore(db: PostgresDatabase, feed: ChangeFeed): TokenStore {
  const { memory } = feed;
  /** One statement that ends in {@link logged}. @returns whether it changed something; here it counts at once */
  const change = async (sql: string, values: readonly (string | number | null)[]): Promise<boolean> => {
    feed.requireReachable();
    const rows = await db.write(sql, values);
    memory.note(rows.map((row) => changeOf(String(row['id']))));
    return rows.length > 0;
  };
  return {
    version: () => feed.version(),
    isUnchangedSince: (id, version) => memory.isUnchangedSince(changeOf(id), version),
    findBySecret: async (hash) => {
      feed.requireReachable();
      const [row] = await db.lookUp('by_secret', bySecret, [hash]);
      return row === undefined ? null : toFoundToken(row);
    },
    createToken: (token, { hash, createdAtMs, endsAtMs }) =>
      change(createSql, [...tokenValues(token), hash, createdAtMs, endsAtMs]),
    // The token's row is changed first, so that two rotations wait for each other.
    addSecret: async (id, secret, othersEndAtMs, expiresAtMs) => {
      feed.requireReachable();
      const isAdded = await db.transaction(async (run, log) => {
        const changed = await run(renewSql, [id, expiresAtMs !== undefined, expiresAtMs ?? null]);
        if (changed.length === 0) return false;
        await run(endSecretsSql, [id, othersEndAtMs]);
        await run(
          `INSERT INTO bouncer.service_secret (${secretColumns}) VALUES ($1, $2, $3, $4)`,
          secretValues(id, secret),
        );
        log(changeOf(id));
        return true;
      });
      if (isAdded) memory.note([changeOf(id)]);
      return isAdded;
    },
    removeToken: (id) => change(removeSql, [id]),
    addUses: async (uses) => {
      feed.requireReachable();
      await db.write(addUsesSql, [JSON.stringify(uses.map(useRow))]);
    },
    list: async () => (await db.lookUp('tokens', everyToken, [])).map(toListedToken),
    removeEndedSecrets: async (nowMs) => {
      feed.requireReachable();
      await db.write('DELETE FROM bouncer.service_secret WHERE ends_at <= $1', [nowMs]);
    },
  };
}

function useRow({
  id,
  count,
  lastUsedMs,
  ip,
  country,
}: NewUses): Readonly<Record<string, string | number | null>> {
  return { id, count, at: lastUsedMs, ip, country };
}
