// The processes that share one SQLite file, for people to see.

import { checkNodeReport, inOrderOfNames, writeNodeReport } from '../node-reports.ts';
import type { NodeStore } from '../node-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** @returns the {@link NodeStore} of an open database */
export function createSqliteNodeStore(db: SqliteDatabase): NodeStore {
  return {
    announce: (report, nowMs, forgetBeforeMs) => {
      db.transaction(() => {
        db.run('DELETE FROM node WHERE seen_at < ?', forgetBeforeMs);
        db.run(
          `INSERT INTO node (id, report, seen_at) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET report = excluded.report, seen_at = excluded.seen_at`,
          report.id,
          writeNodeReport(report),
          nowMs,
        );
      });
    },
    withdraw: (id) => {
      db.run('DELETE FROM node WHERE id = ?', id);
    },
    listNodes: () =>
      inOrderOfNames(
        db
          .all('SELECT report, seen_at FROM node')
          .flatMap((row) => checkNodeReport(String(row['report']), Number(row['seen_at']))),
      ),
  };
}
