// Making and changing logins and their tokens in PostgreSQL. Rows of `login` are always locked first, and several in the order of their
// ids, so that no two ever wait for each other.
import { clockToleranceMs } from '../../rules/model/time-ahead.ts';
import {
  changeSets,
  changeValues,
  hostTokenColumns,
  hostTokenValues,
  loginColumns,
  loginValues,
} from '../login-row.ts';
import type { SessionStore } from '../session-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { changeLogged, logged } from './logged-change.ts';
import { numberedValues } from './numbered-values.ts';
import type { PostgresDatabase } from './postgres-database.ts';

const last = loginColumns.length;
const createSql = `WITH made AS (
    INSERT INTO bouncer.login (${loginColumns.join(', ')})
    VALUES (${loginColumns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING id
  ),
  token AS (
    INSERT INTO bouncer.host_token (${hostTokenColumns})
    SELECT $${last + 1}, made.id, $${last + 2}, $${last + 3}::bigint, $${last + 4} FROM made
  ),
  target AS MATERIALIZED (SELECT id FROM bouncer.login WHERE id = $${last + 5} FOR UPDATE),
  ended AS (DELETE FROM bouncer.login AS l USING target WHERE l.id = target.id RETURNING l.id)${logged}`;

const changeSql = `UPDATE bouncer.login SET ${numberedValues(changeSets)} WHERE id = $1`;
const upgradeSql = `${changeSql} AND revision = coalesce($11::bigint, revision) RETURNING id`;
const changeExpectedSql = `WITH ended AS (${changeSql} AND revision = $11 RETURNING id)${logged}`;

const insertTokenSql = `INSERT INTO bouncer.host_token (${hostTokenColumns}) VALUES ($1, $2, $3, $4, $5)`;

const addTokenSql = `WITH target AS MATERIALIZED (SELECT id FROM bouncer.login WHERE id = $2 FOR UPDATE),
  replaced AS (
    UPDATE bouncer.host_token AS t SET ends_at = least(coalesce(t.ends_at, $6::bigint), $6::bigint)
    FROM target WHERE t.login_id = target.id AND t.host = $3 RETURNING t.login_id
  ),
  added AS (
    INSERT INTO bouncer.host_token (${hostTokenColumns})
    SELECT $1, target.id, $3, $4::bigint, $5 FROM target RETURNING login_id
  ),
  ended AS MATERIALIZED (SELECT array_agg(DISTINCT login_id) AS ids FROM replaced),
  logged AS (INSERT INTO bouncer.change (login_id) SELECT unnest(ids) FROM ended)
  SELECT (SELECT count(*) FROM added) = 1 AS is_added, ids IS NOT NULL AS is_changed FROM ended`;

const claimSql = 'UPDATE bouncer.login SET checked_at = $3 WHERE id = $1 AND checked_at = $2 RETURNING id';

const touchSql = `WITH uses AS (
    SELECT id, max(seen) AS seen FROM unnest($1::text[], $2::bigint[]) AS u (id, seen) GROUP BY id
  ),
  later AS MATERIALIZED (
    SELECT l.id, uses.seen FROM bouncer.login AS l JOIN uses USING (id)
    WHERE l.last_seen < uses.seen OR l.last_seen > uses.seen + ${clockToleranceMs} ORDER BY l.id FOR UPDATE OF l
  )
  UPDATE bouncer.login AS l SET last_seen = later.seen FROM later WHERE l.id = later.id`;

type Changes = 'createLogin' | 'upgradeLogin' | 'updateLogin' | 'addToken' | 'claimCheck' | 'touch';

export function loginChanges(db: PostgresDatabase, feed: ChangeFeed): Pick<SessionStore, Changes> {
  const { memory } = feed;
  return {
    createLogin: async (login, token, replacesLoginId) => {
      const [hash, , ...rest] = hostTokenValues(login.id, token);
      const values = [...loginValues(login), hash ?? null, ...rest, replacesLoginId];
      await changeLogged(db, feed, createSql, values);
    },

    upgradeLogin: async (id, to, token, expectedRevision) => {
      feed.requireReachable();
      // Several statements: the tokens that go are those that are there once the login's row is held.
      const isChanged = await db.transaction(async (run, log) => {
        const changed = await run(upgradeSql, [...changeValues(id, to), expectedRevision ?? null]);
        if (changed.length === 0) return false;
        await Promise.all([
          run('DELETE FROM bouncer.host_token WHERE login_id = $1', [id]),
          run(insertTokenSql, hostTokenValues(id, token)),
        ]);
        log(id);
        return true;
      });
      if (isChanged) memory.note([id]);
      return isChanged;
    },

    updateLogin: async (id, expectedRevision, to) => {
      const values = [...changeValues(id, to), expectedRevision];
      return (await changeLogged(db, feed, changeExpectedSql, values)).length === 1;
    },

    addToken: async (loginId, token, othersEndAtMs) => {
      feed.requireReachable();
      const [row] = await db.write(addTokenSql, [...hostTokenValues(loginId, token), othersEndAtMs]);
      if (row?.['is_changed'] === true) memory.note([loginId]);
      return row?.['is_added'] === true;
    },

    claimCheck: async (id, expectedCheckedAtMs, nowMs) => {
      feed.requireReachable();
      return (await db.write(claimSql, [id, expectedCheckedAtMs, nowMs])).length === 1;
    },

    touch: async (uses) => {
      feed.requireReachable();
      await db.write(touchSql, [uses.map(({ id }) => id), uses.map(({ lastSeenMs }) => lastSeenMs)]);
    },
  };
}
