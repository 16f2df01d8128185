// Named tunnels in SQLite. Whatever comes or goes counts up a counter of their own in the same transaction.
import {
  connectorColumns,
  connectorValues,
  joinTokenColumns,
  joinTokenValues,
  shareText,
  toConnector,
  toJoinToken,
  toTunnel,
} from '../tunnel-row.ts';
import type { JoinOutcome, StoredConnector, TunnelStore } from '../tunnel-store.ts';
import { ChangeCounter } from './change-counter.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const places = (columns: readonly string[]): string => columns.map(() => '?').join(', ');

const insertToken = `INSERT INTO tunnel_token (${joinTokenColumns.join(', ')}) VALUES (${places(joinTokenColumns)})`;

const insertConnector = `INSERT INTO tunnel_connector (${connectorColumns.join(', ')})
  VALUES (${places(connectorColumns)}) ON CONFLICT DO NOTHING`;

/** @returns the {@link TunnelStore} of an open database */
export function createSqliteTunnelStore(db: SqliteDatabase): TunnelStore {
  const counter = new ChangeCounter(db, 'tunnels');
  const change = (sql: string, ...values: (string | number | null)[]): number =>
    db.transaction(() => {
      const changed = db.run(sql, ...values);
      if (changed > 0) counter.bump();
      return changed;
    });
  const hasTunnel = (name: string): boolean =>
    db.get('SELECT name FROM tunnel WHERE name = ?', name) !== undefined;
  return {
    version: () => counter.read(),
    isUnchangedSince: (version) => counter.read() === version,
    read: () => ({
      tunnels: db.all('SELECT * FROM tunnel ORDER BY name').map(toTunnel),
      tokens: db.all('SELECT * FROM tunnel_token ORDER BY created_at, public_key').map(toJoinToken),
      connectors: db.all('SELECT * FROM tunnel_connector ORDER BY joined_at, id').map(toConnector),
    }),
    createTunnel: (tunnel) =>
      change(
        'INSERT INTO tunnel (name, created_at, share) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        ...[tunnel.name, tunnel.createdAtMs, shareText(tunnel)],
      ) === 1,
    addToken: (token) =>
      db.transaction(() => {
        if (!hasTunnel(token.tunnel)) return false;
        db.run(insertToken, ...joinTokenValues(token));
        counter.bump();
        return true;
      }),
    endTokens: (tunnel) => change('DELETE FROM tunnel_token WHERE tunnel = ?', tunnel),
    join: (connector, activeSinceMs) =>
      db.transaction(() => {
        const outcome = join(db, connector, activeSinceMs);
        if (outcome === 'joined') counter.bump();
        return outcome;
      }),
    addConnector: (connector) =>
      hasTunnel(connector.tunnel) && change(insertConnector, ...connectorValues(connector)) === 1,
    noteSeen: (ids, atMs) => {
      db.transaction(() => {
        for (const id of ids)
          db.run('UPDATE tunnel_connector SET last_seen = max(last_seen, ?) WHERE id = ?', atMs, id);
      });
    },
    setDrained: (id, state) => {
      const wanted = state === 'drained' ? 1 : 0;
      const sql = 'UPDATE tunnel_connector SET is_drained = ? WHERE id = ? AND is_drained <> ?';
      return change(sql, wanted, id, wanted) === 1;
    },
    removeConnector: (id) => change('DELETE FROM tunnel_connector WHERE id = ?', id) === 1,
    removeTunnel: (name) => change('DELETE FROM tunnel WHERE name = ?', name) === 1,
    removeStale: (unseenSinceMs, endedBeforeMs) => {
      change('DELETE FROM tunnel_connector WHERE is_passing = 1 AND last_seen < ?', unseenSinceMs);
      change('DELETE FROM tunnel_token WHERE expires_at < ?', endedBeforeMs);
    },
  };
}

/** Within a transaction. */
function join(db: SqliteDatabase, connector: StoredConnector, activeSinceMs: number): JoinOutcome {
  const { tokenKey, joinedAtMs, tunnel } = connector;
  const row = db.get('SELECT * FROM tunnel_token WHERE public_key = ? AND tunnel = ?', tokenKey, tunnel);
  if (row === undefined) return 'gone';
  const token = toJoinToken(row);
  if (token.expiresAtMs <= joinedAtMs) return 'expired';
  if (!token.isReusable && token.spentAtMs !== null) return 'spent';
  if (token.maxConnectors !== null) {
    const counted = db.get(
      'SELECT count(*) AS n FROM tunnel_connector WHERE token_key = ? AND last_seen >= ?',
      tokenKey,
      activeSinceMs,
    );
    if (Number(counted?.['n']) >= token.maxConnectors) return 'full';
  }
  if (db.run(insertConnector, ...connectorValues(connector)) === 0) return 'gone';
  db.run(
    'UPDATE tunnel_token SET spent_at = coalesce(spent_at, ?) WHERE public_key = ?',
    joinedAtMs,
    tokenKey,
  );
  return 'joined';
}
