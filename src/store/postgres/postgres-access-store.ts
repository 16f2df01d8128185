// Requests and grants in PostgreSQL. What comes or goes of grants is a line of the change log that sessions have, under a name of its own.
import {
  askOutcome,
  grantColumns,
  grantValues,
  requestColumns,
  requestValues,
  toGrant,
  toRequest,
} from '../access-row.ts';
import type { AccessStore } from '../access-store.ts';
import type { Row } from '../row.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase, Run } from './postgres-database.ts';

/** What grants are called in the change log, where logins stand by their ids: no id of theirs has a colon. */
const changeName = 'grants:all';

const places = (columns: readonly string[]): string => columns.map((_, at) => `$${at + 1}`).join(', ');

const insertRequest = `INSERT INTO bouncer.access_request (${requestColumns.join(', ')}) VALUES (${places(requestColumns)})`;
const insertGrant = `INSERT INTO bouncer.access_grant (${grantColumns.join(', ')}) VALUES (${places(grantColumns)})`;

/** Requests are opened one at a time, so that no person has two for one application. */
const holdSql = "SELECT pg_advisory_xact_lock(hashtext('bouncer access requests'), 1)";

/** @returns the {@link AccessStore} of an open database */
export function createPostgresAccessStore(db: PostgresDatabase, feed: ChangeFeed): AccessStore {
  const { memory } = feed;
  /** @param work gives whether grants changed, and what it returns; here they count at once */
  const change = async <T>(work: (run: Run) => Promise<readonly [boolean, T]>): Promise<T> => {
    feed.requireReachable();
    const [isChanged, result] = await db.transaction(async (run, log) => {
      const done = await work(run);
      if (done[0]) log(changeName);
      return done;
    });
    if (isChanged) memory.note([changeName]);
    return result;
  };
  return {
    version: () => feed.version(),
    isUnchangedSince: (version) => memory.isUnchangedSince(changeName, version),
    listGrants: async () => {
      const sql = `SELECT ${grantColumns.join(', ')} FROM bouncer.access_grant ORDER BY ends_at, id COLLATE "C"`;
      feed.requireReachable();
      return (await db.lookUp('grants', sql, [])).map(toGrant);
    },
    addGrant: (grant) =>
      change(async (run) => {
        await run(insertGrant, grantValues(grant));
        return [true, undefined];
      }),
    removeGrant: (id) =>
      change(async (run) => {
        const sql = `DELETE FROM bouncer.access_grant WHERE id = $1 RETURNING ${grantColumns.join(', ')}`;
        const [row] = await run(sql, [id]);
        return row === undefined ? [false, null] : [true, toGrant(row)];
      }),
    ...createRequests(db, feed),
    answer: (id, grant, nowMs) =>
      change(async (run) => {
        const sql = 'DELETE FROM bouncer.access_request WHERE id = $1 AND expires_at > $2 RETURNING id';
        if ((await run(sql, [id, nowMs])).length === 0) return [false, false];
        if (grant !== null) await run(insertGrant, grantValues(grant));
        return [grant !== null, true];
      }),
    eraseAccess: (email) =>
      change(async (run) => {
        const requests = await run('DELETE FROM bouncer.access_request WHERE email = $1 RETURNING id', [
          email,
        ]);
        const grants = await run('DELETE FROM bouncer.access_grant WHERE email = $1 RETURNING id', [email]);
        return [grants.length > 0, requests.length + grants.length];
      }),
    removeExpired: async (nowMs) => {
      feed.requireReachable();
      // They are over by themselves wherever they are remembered: no process has to hear of it.
      await db.write('DELETE FROM bouncer.access_request WHERE expires_at <= $1', [nowMs]);
      await db.write('DELETE FROM bouncer.access_grant WHERE ends_at <= $1', [nowMs]);
    },
  };
}

type Requests = 'ask' | 'findRequest' | 'listRequests';

function createRequests(db: PostgresDatabase, feed: ChangeFeed): Pick<AccessStore, Requests> {
  const look = (name: string, sql: string, values: readonly (string | number)[]): Promise<readonly Row[]> => {
    feed.requireReachable();
    return db.lookUp(name, sql, values);
  };
  return {
    ask: async (request, bounds, nowMs) => {
      feed.requireReachable();
      return db.transaction(async (run) => {
        await run(holdSql);
        await run('DELETE FROM bouncer.access_request WHERE expires_at <= $1', [nowMs]);
        const own = await run('SELECT application FROM bouncer.access_request WHERE idp = $1 AND sub = $2', [
          request.idp,
          request.sub,
        ]);
        const [all] = await run('SELECT count(*) AS n FROM bouncer.access_request');
        const outcome = askOutcome(request, bounds, own, Number(all?.['n']));
        if (outcome === 'asked') await run(insertRequest, requestValues(request));
        return outcome;
      });
    },
    findRequest: async (id, nowMs) => {
      const sql = `SELECT ${requestColumns.join(', ')} FROM bouncer.access_request WHERE id = $1 AND expires_at > $2`;
      const [row] = await look('request', sql, [id, nowMs]);
      return row === undefined ? null : toRequest(row);
    },
    listRequests: async (nowMs) => {
      const sql = `SELECT ${requestColumns.join(', ')} FROM bouncer.access_request WHERE expires_at > $1
        ORDER BY created_at, id COLLATE "C"`;
      return (await look('requests', sql, [nowMs])).map(toRequest);
    },
  };
}
