// Named tunnels in PostgreSQL. What comes or goes is a line of the change log that sessions have, under a name of its own.
import type { Row } from '../row.ts';
import {
  connectorColumns,
  connectorValues,
  joinTokenColumns,
  joinTokenValues,
  shareText,
  toConnector,
  toJoinToken,
  toTunnel,
  tunnelColumns,
} from '../tunnel-row.ts';
import type { JoinOutcome, StoredConnector, TunnelStore } from '../tunnel-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase, Run } from './postgres-database.ts';

/** What tunnels are called in the change log, where logins stand by their ids: no id of theirs has a colon. */
const changeName = 'tunnels:all';

/** The end of a statement whose part `changed` gives what changed: writes the log. */
const logged = `, logged AS (INSERT INTO bouncer.change (login_id) SELECT '${changeName}' WHERE EXISTS (SELECT FROM changed))
  SELECT count(*) AS n FROM changed`;

const places = (columns: readonly string[]): string => columns.map((_, at) => `$${at + 1}`).join(', ');

const insertToken = `INSERT INTO bouncer.tunnel_token (${joinTokenColumns.join(', ')})
  SELECT ${places(joinTokenColumns)
    .split(', ')
    .map((place, at) => `${place}::${at === 0 || at === 1 || at === 5 ? 'text' : 'bigint'}`)
    .join(', ')}
  WHERE EXISTS (SELECT FROM bouncer.tunnel WHERE name = $2)`;

const copyConnector = `INSERT INTO bouncer.tunnel_connector (${connectorColumns.join(', ')})
  SELECT $1::text, $2::text, $3::text, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint
  WHERE EXISTS (SELECT FROM bouncer.tunnel WHERE name = $2) ON CONFLICT DO NOTHING`;

const insertConnector = `INSERT INTO bouncer.tunnel_connector (${connectorColumns.join(', ')})
  VALUES (${places(connectorColumns)}) ON CONFLICT DO NOTHING RETURNING id`;

/** @returns the {@link TunnelStore} of an open database */
export function createPostgresTunnelStore(db: PostgresDatabase, feed: ChangeFeed): TunnelStore {
  const { memory } = feed;
  /** @returns how many rows changed; here they count at once */
  const change = async (sql: string, ...values: readonly (string | number | null)[]): Promise<number> => {
    feed.requireReachable();
    const [row] = await db.write(`WITH changed AS (${sql} RETURNING 1)${logged}`, values);
    const changed = Number(row?.['n']);
    if (changed > 0) memory.note([changeName]);
    return changed;
  };
  return {
    version: () => feed.version(),
    isUnchangedSince: (version) => memory.isUnchangedSince(changeName, version),
    read: async () => {
      const rows = (name: string, columns: readonly string[], order: string): Promise<readonly Row[]> =>
        db.lookUp(name, `SELECT ${columns.join(', ')} FROM bouncer.${name} ORDER BY ${order}`, []);
      const [tunnels, tokens, connectors] = await Promise.all([
        rows('tunnel', tunnelColumns, 'name COLLATE "C"'),
        rows('tunnel_token', joinTokenColumns, 'created_at, public_key COLLATE "C"'),
        rows('tunnel_connector', connectorColumns, 'joined_at, id COLLATE "C"'),
      ]);
      return {
        tunnels: tunnels.map(toTunnel),
        tokens: tokens.map(toJoinToken),
        connectors: connectors.map(toConnector),
      };
    },
    createTunnel: async (tunnel) =>
      (await change(
        'INSERT INTO bouncer.tunnel (name, created_at, share) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        ...[tunnel.name, tunnel.createdAtMs, shareText(tunnel)],
      )) === 1,
    addToken: async (token) => (await change(insertToken, ...joinTokenValues(token))) === 1,
    endTokens: (tunnel) => change('DELETE FROM bouncer.tunnel_token WHERE tunnel = $1', tunnel),
    join: async (connector, activeSinceMs) => {
      feed.requireReachable();
      const outcome = await db.transaction(async (run, log) => {
        const done = await join(run, connector, activeSinceMs);
        if (done === 'joined') log(changeName);
        return done;
      });
      if (outcome === 'joined') memory.note([changeName]);
      return outcome;
    },
    addConnector: async (connector) => (await change(copyConnector, ...connectorValues(connector))) === 1,
    noteSeen: async (ids, atMs) => {
      feed.requireReachable();
      await db.write(
        `UPDATE bouncer.tunnel_connector SET last_seen = greatest(last_seen, $2::bigint)
         WHERE id IN (SELECT json_array_elements_text($1::json))`,
        [JSON.stringify(ids), atMs],
      );
    },
    setDrained: async (id, state) => {
      const sql = 'UPDATE bouncer.tunnel_connector SET is_drained = $1 WHERE id = $2 AND is_drained <> $1';
      return (await change(sql, state === 'drained' ? 1 : 0, id)) === 1;
    },
    removeConnector: async (id) =>
      (await change('DELETE FROM bouncer.tunnel_connector WHERE id = $1', id)) === 1,
    removeTunnel: async (name) => (await change('DELETE FROM bouncer.tunnel WHERE name = $1', name)) === 1,
    removeStale: async (unseenSinceMs, endedBeforeMs) => {
      await change(
        'DELETE FROM bouncer.tunnel_connector WHERE is_passing = 1 AND last_seen < $1',
        unseenSinceMs,
      );
      await change('DELETE FROM bouncer.tunnel_token WHERE expires_at < $1', endedBeforeMs);
    },
  };
}

/** The tunnel's row is held first, as by whoever removes it, and then the token's, so that two joins with it wait for each other. */
async function join(run: Run, connector: StoredConnector, activeSinceMs: number): Promise<JoinOutcome> {
  const { tokenKey, joinedAtMs, tunnel } = connector;
  const [row] = await run(
    `WITH held AS MATERIALIZED (SELECT name FROM bouncer.tunnel WHERE name = $2 FOR KEY SHARE)
     SELECT k.* FROM bouncer.tunnel_token AS k JOIN held ON held.name = k.tunnel WHERE k.public_key = $1 FOR UPDATE OF k`,
    [tokenKey, tunnel],
  );
  if (row === undefined) return 'gone';
  const token = toJoinToken(row);
  if (token.expiresAtMs <= joinedAtMs) return 'expired';
  if (!token.isReusable && token.spentAtMs !== null) return 'spent';
  if (token.maxConnectors !== null) {
    const [counted] = await run(
      'SELECT count(*) AS n FROM bouncer.tunnel_connector WHERE token_key = $1 AND last_seen >= $2',
      [tokenKey, activeSinceMs],
    );
    if (Number(counted?.['n']) >= token.maxConnectors) return 'full';
  }
  if ((await run(insertConnector, connectorValues(connector))).length === 0) return 'gone';
  await run(
    'UPDATE bouncer.tunnel_token SET spent_at = coalesce(spent_at, $2::bigint) WHERE public_key = $1',
    [tokenKey, joinedAtMs],
  );
  return 'joined';
}
