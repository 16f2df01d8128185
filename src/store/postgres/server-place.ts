// Which server answers, and with which tables: what was read of the change log counts for one place alone. It asks nothing itself.
import { BouncerError } from '../../bouncer-error.ts';
import { codeOf } from './postgres-failure.ts';

/** How a place is told: where one cannot be, the next. */
export const placeWays = ['by_timeline', 'by_start'] as const;
export type PlaceWay = (typeof placeWays)[number];

/** Another database of the same name, or other tables in it. */
const tables = `(SELECT oid FROM pg_database WHERE datname = current_database()) || '/' ||
  to_regclass('bouncer.change')::oid`;

const servers: Readonly<Record<PlaceWay, string>> = {
  by_timeline: 'left(pg_walfile_name(pg_current_wal_lsn()), 8)',
  // Changes with every start, too: then everybody is asked for once more.
  by_start: 'extract(epoch FROM pg_postmaster_start_time())',
};

/** Another text after a failover, a restore, or on another server; NULL on a standby. */
export function placeSql(way: PlaceWay): string {
  return `CASE WHEN pg_is_in_recovery() THEN NULL ELSE ${servers[way]} || '/' || ${tables} END`;
}

/** Databases that look like PostgreSQL have no log to ask for (Amazon Aurora without logical replication), or let nobody ask. */
const unaskable = ['55000', '0A000', '42501', '42883'];

/** Whether a place cannot be told in this way. */
export function isUnaskable(error: unknown): boolean {
  const cause = error instanceof BouncerError ? error.cause : error;
  return unaskable.includes(codeOf(cause));
}
