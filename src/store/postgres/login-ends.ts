// Ending logins and tokens in PostgreSQL, and forgetting what is over by itself. Rows of `login` are always locked first, and several
// in the order of their ids, so that no two ever wait for each other.
import { clockToleranceMs } from '../../rules/model/time-ahead.ts';
import { selectionSql } from '../login-selection.ts';
import type { SessionStore } from '../session-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { changeLogged, idsOf, logged, namesOf } from './logged-change.ts';
import { numberedValues } from './numbered-values.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { markSql } from './postgres-once-store.ts';

/** Rows that one statement forgets. */
const batchSize = 1_000;

/**
 * The change log is for processes that are running: who has not read it for so long forgets everything that it remembers, which it
 * knows by the number up to which changes are gone. The last row stays, so that a log that was put back shows.
 */
const forgetChanges = `WITH gone AS (
    DELETE FROM bouncer.change
    WHERE at < clock_timestamp() - interval '15 minutes' AND id < (SELECT max(id) FROM bouncer.change)
    RETURNING id
  )
  UPDATE bouncer.counter SET value = greatest(value, (SELECT max(id) FROM gone))
  WHERE name = 'forgotten_changes' AND EXISTS (SELECT FROM gone)`;

const forgetTokens = `DELETE FROM bouncer.host_token WHERE hash IN (
    SELECT hash FROM bouncer.host_token WHERE ends_at <= $1 LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
  )`;

const deleteTargets = 'DELETE FROM bouncer.login AS l USING target WHERE l.id = target.id RETURNING l.id';

/** @param selected the rest of a SELECT, which locks what it finds */
function withTargets(selected: string): string {
  return `WITH target AS MATERIALIZED (SELECT id FROM bouncer.login WHERE ${selected})`;
}

/** @param selected as in {@link withTargets} */
function endSelected(selected: string): string {
  return `${withTargets(selected)}, ended AS (${deleteTargets})${logged}`;
}

const forgetLogins =
  endSelected(`expires_at <= $1 OR (last_seen <= $2 AND vouched_at IS NULL) OR created_at > $1 + ${clockToleranceMs}
    ORDER BY id LIMIT ${batchSize} FOR UPDATE SKIP LOCKED`);

const removeTokenSql = `WITH target AS MATERIALIZED (
    SELECT l.id FROM bouncer.login AS l JOIN bouncer.host_token AS t ON t.login_id = l.id
    WHERE t.hash = $1 FOR UPDATE OF l
  ),
  ended AS (
    DELETE FROM bouncer.host_token AS t USING target WHERE t.hash = $1 RETURNING t.login_id AS id
  )${logged}`;

export function loginEnds(
  db: PostgresDatabase,
  feed: ChangeFeed,
): Pick<SessionStore, 'removeToken' | 'endLogins' | 'endLoginsOnce' | 'removeExpired'> {
  return {
    removeToken: async (hash) => (await changeLogged(db, feed, removeTokenSql, [hash])).length === 1,

    endLogins: async (selection) => {
      const [condition, values] = selectionSql(selection);
      const sql = endSelected(`${numberedValues(condition)} ORDER BY id FOR UPDATE`);
      if (selection.by !== 'all') return changeLogged(db, feed, sql, values);
      feed.requireReachable();
      const ids = idsOf(await db.longWrite(sql));
      feed.memory.note(namesOf(ids));
      return ids;
    },

    endLoginsOnce: async (selection, { key, expiresAtMs }, nowMs) => {
      feed.requireReachable();
      const [condition, values] = selectionSql(selection);
      const sql = `${withTargets(`${numberedValues(condition)} ORDER BY id FOR UPDATE`)} ${deleteTargets}`;
      const ids = await db.transaction(async (run, log) => {
        const isMarked = (await run(markSql, [key, expiresAtMs, nowMs])).length === 1;
        if (!isMarked) return null;
        const ended = idsOf(await run(sql, values));
        namesOf(ended).forEach(log);
        return ended;
      });
      if (ids !== null) feed.memory.note(namesOf(ids));
      return ids;
    },

    removeExpired: async (nowMs, idleSinceMs) => {
      feed.requireReachable();
      await db.write(forgetChanges, []);
      // They are over by themselves wherever they are remembered: no process has to hear of it.
      await db.write(forgetTokens, [nowMs]);
      for (let removed = 0; ; ) {
        const batch = await changeLogged(db, feed, forgetLogins, [nowMs, idleSinceMs]);
        removed += batch.length;
        if (batch.length < batchSize) return removed;
      }
    },
  };
}
