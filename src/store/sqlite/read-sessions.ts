// Everything in a SQLite store but its keys and secrets, row by row, for a copy of it.
import type { SqliteDatabase } from './sqlite-database.ts';

const tables = [
  ...([
    'login',
    'host_token',
    'once',
    'service_token',
    'service_secret',
    'hardware_key',
    'blocked_person',
    'operator_act',
    'passkey',
    'ended_token',
    'kept_form',
    'access_request',
    'access_grant',
    'tunnel',
    'tunnel_token',
    'tunnel_connector',
  ] as const),
] as const;

/** A row as it stands in a table. The tables of both stores have the same columns. */
export interface SessionRow {
  readonly table: (typeof tables)[number];
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
}

const flags = new Set(['is_refreshable', 'must_ask_person']);

/**
 * Logins come before the tokens that lead to them, service tokens before their secrets, tunnels before what belongs to them.
 *
 * @throws BouncerError `store_unavailable`
 */
export function* readSessions(db: SqliteDatabase): Generator<SessionRow> {
  for (const table of tables) {
    for (const row of db.iterate(`SELECT * FROM ${table}`)) {
      const values = Object.entries(row).map(([name, value]) => [name, toValue(name, value)]);
      yield { table, values: Object.fromEntries(values) };
    }
  }
}

function toValue(name: string, value: unknown): string | number | boolean | null {
  if (value === null) return null;
  if (flags.has(name)) return value === 1;
  // As PostgreSQL writes bytes (`bytea`, hex format).
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'number' ? value : String(value);
}
