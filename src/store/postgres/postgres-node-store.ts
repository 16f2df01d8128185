// The processes that share one database, for people to see.
import { checkNodeReport, inOrderOfNames, writeNodeReport } from '../node-reports.ts';
import type { NodeStore } from '../node-store.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** @returns the {@link NodeStore} of an open database */
export function createPostgresNodeStore(db: PostgresDatabase): NodeStore {
  return {
    announce: async (report, nowMs, forgetBeforeMs) => {
      await db.write(
        `WITH forgotten AS (DELETE FROM bouncer.node WHERE seen_at < $4 AND id <> $1)
         INSERT INTO bouncer.node (id, report, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET report = excluded.report, seen_at = excluded.seen_at`,
        [report.id, writeNodeReport(report), nowMs, forgetBeforeMs],
      );
    },
    withdraw: async (id) => {
      await db.write('DELETE FROM bouncer.node WHERE id = $1', [id]);
    },
    listNodes: async () =>
      inOrderOfNames(
        (await db.lookUp('nodes', 'SELECT report, seen_at FROM bouncer.node', [])).flatMap((row) =>
          checkNodeReport(String(row['report']), Number(row['seen_at'])),
        ),
      ),
  };
}
