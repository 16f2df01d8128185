// Requests and grants in SQLite. Whatever comes or goes of grants counts up a counter of their own in the same transaction.
import {
  askOutcome,
  grantColumns,
  grantValues,
  requestColumns,
  requestValues,
  toGrant,
  toRequest,
} from '../access-row.ts';
import type { AccessStore, StoredGrant } from '../access-store.ts';
import { ChangeCounter } from './change-counter.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const places = (columns: readonly string[]): string => columns.map(() => '?').join(', ');

const insertRequest = `INSERT INTO access_request (${requestColumns.join(', ')}) VALUES (${places(requestColumns)})`;
const insertGrant = `INSERT INTO access_grant (${grantColumns.join(', ')}) VALUES (${places(grantColumns)})`;

/** @returns the {@link AccessStore} of an open database */
export function createSqliteAccessStore(db: SqliteDatabase): AccessStore {
  const counter = new ChangeCounter(db, 'grants');
  /** Within a transaction. */
  const add = (grant: StoredGrant): void => {
    db.run(insertGrant, ...grantValues(grant));
    counter.bump();
  };
  const remove = (condition: string, value: string | number): number => {
    const removed = db.run(`DELETE FROM access_grant WHERE ${condition}`, value);
    if (removed > 0) counter.bump();
    return removed;
  };
  return {
    version: () => counter.read(),
    isUnchangedSince: (version) => counter.read() === version,
    listGrants: () => db.all('SELECT * FROM access_grant ORDER BY ends_at, id').map(toGrant),
    addGrant: (grant) => {
      db.transaction(() => add(grant));
    },
    removeGrant: (id) =>
      db.transaction(() => {
        const row = db.get('DELETE FROM access_grant WHERE id = ? RETURNING *', id);
        if (row === undefined) return null;
        counter.bump();
        return toGrant(row);
      }),
    ask: (request, bounds, nowMs) =>
      db.transaction(() => {
        db.run('DELETE FROM access_request WHERE expires_at <= ?', nowMs);
        const own = db.all(
          'SELECT application FROM access_request WHERE idp = ? AND sub = ?',
          request.idp,
          request.sub,
        );
        const total = Number(db.get('SELECT count(*) AS n FROM access_request')?.['n']);
        const outcome = askOutcome(request, bounds, own, total);
        if (outcome === 'asked') db.run(insertRequest, ...requestValues(request));
        return outcome;
      }),
    findRequest: (id, nowMs) => {
      const row = db.get('SELECT * FROM access_request WHERE id = ? AND expires_at > ?', id, nowMs);
      return row === undefined ? null : toRequest(row);
    },
    listRequests: (nowMs) =>
      db
        .all('SELECT * FROM access_request WHERE expires_at > ? ORDER BY created_at, id', nowMs)
        .map(toRequest),
    answer: (id, grant, nowMs) =>
      db.transaction(() => {
        if (db.run('DELETE FROM access_request WHERE id = ? AND expires_at > ?', id, nowMs) === 0)
          return false;
        if (grant !== null) add(grant);
        return true;
      }),
    eraseAccess: (email) =>
      db.transaction(
        () => db.run('DELETE FROM access_request WHERE email = ?', email) + remove('email = ?', email),
      ),
    removeExpired: (nowMs) => {
      db.transaction(() => {
        db.run('DELETE FROM access_request WHERE expires_at <= ?', nowMs);
        remove('ends_at <= ?', nowMs);
      });
    },
  };
}
