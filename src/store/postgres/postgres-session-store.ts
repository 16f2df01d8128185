// Logins and host tokens in PostgreSQL. Whatever ends or changes a login writes the change log in the same transaction, as its last
// step; rows of `login` are always locked first, and several in the order of their ids, so that no two ever wait for each other.

import { clockToleranceMs } from '../../rules/model/time-ahead.ts';
import type { LoginChange, LoginSelection, SessionStore, StoredHostToken } from '../session-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { columns, hostsOf, readLogin, valuesOf } from './login-row.ts';
import type { PostgresDatabase, Row } from './postgres-database.ts';

/** Rows that one statement forgets. */
const batchSize = 1_000;
/** More logins than that at a time are one line of the change log: all. */
const maxNamedChanges = 1_000;

/** The end of a statement whose part `ended` gives the ids of logins that changed: writes the log, and returns them. */
const log = `, all_ended AS MATERIALIZED (SELECT array_agg(DISTINCT id) AS ids FROM ended),
  logged AS (
    INSERT INTO bouncer.change (login_id)
    SELECT DISTINCT CASE WHEN cardinality(ids) > ${maxNamedChanges} THEN NULL ELSE one END
    FROM all_ended, unnest(ids) AS one
  )
  SELECT unnest(ids) AS id FROM all_ended`;

/**
 * The change log is for processes that are running: who has not read it for so long forgets everything that it remembers, which it knows by the
 * number up to which changes are gone. The last row stays, so that a log that was put back shows.
 */
const forgetChanges = `WITH gone AS (
    DELETE FROM bouncer.change
    WHERE at < clock_timestamp() - interval '15 minutes' AND id < (SELECT max(id) FROM bouncer.change)
    RETURNING id
  )
  UPDATE bouncer.counter SET value = greatest(value, (SELECT max(id) FROM gone))
  WHERE name = 'forgotten_changes' AND EXISTS (SELECT FROM gone)`;

const insertLogin = `INSERT INTO bouncer.login (${columns.join(', ')})
  VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`;

function idsOf(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => String(row['id']));
}

/** The condition on `login` and its one value, for the logins of a selection. */
function where(selection: LoginSelection): readonly [sql: string, values: readonly string[]] {
  switch (selection.by) {
    case 'id':
      return ['id = $1', [selection.id]];
    case 'email':
      return ['email = $1', [selection.email]];
    case 'subject':
      return ['idp = $1 AND sub = $2', [selection.idp, selection.sub]];
    case 'provider-session':
      return selection.sub === null
        ? ['idp = $1 AND provider_sid = $2', [selection.idp, selection.sid]]
        : [
            'idp = $1 AND sub = $2 AND (provider_sid = $3 OR provider_sid IS NULL)',
            [selection.idp, selection.sub, selection.sid],
          ];
    case 'all':
      return ['TRUE', []];
    default:
      return selection satisfies never;
  }
}

const changeSql = `UPDATE bouncer.login SET identity = $2, email = $3, provider_sid = $4, secrets = $5,
    is_refreshable = $6, checked_at = $7, must_ask_person = $8, revision = revision + 1
  WHERE id = $1`;

function changeValues(id: string, to: LoginChange): readonly (string | number | boolean | null)[] {
  return [
    id,
    JSON.stringify(to.identity),
    to.identity.email,
    to.providerSid,
    to.secrets,
    to.isRefreshable,
    to.checkedAtMs,
    to.mustAskPerson,
  ];
}

/** @returns the {@link SessionStore} of an open database */
export function createPostgresSessionStore(db: PostgresDatabase, feed: ChangeFeed): SessionStore {
  const { memory } = feed;
  /** One statement that ends in {@link log}. @returns the ids of the logins that changed; here they count at once */
  const change = async (sql: string, values: Parameters<typeof db.write>[1]): Promise<readonly string[]> => {
    feed.requireReachable();
    const ids = idsOf(await db.write(sql, values));
    memory.note(ids);
    return ids;
  };

  return {
    version: () => feed.version(),
    isUnchangedSince: (loginId, version) => memory.isUnchangedSince(loginId, version),
    isReachable: () => feed.isReachable,

    findByToken: async (hash) => {
      feed.requireReachable();
      const [row] = await db.lookUp(
        'by_token',
        `SELECT ${columns.map((name) => `l.${name}`).join(', ')}, t.host, t.ends_at AS token_ends_at
         FROM bouncer.host_token AS t JOIN bouncer.login AS l ON l.id = t.login_id WHERE t.hash = $1`,
        [hash],
      );
      if (row === undefined) return null;
      const endsAt = row['token_ends_at'];
      return {
        login: readLogin(row),
        host: String(row['host']),
        tokenEndsAtMs: endsAt === null ? null : Number(endsAt),
      };
    },
    findLogin: async (id) => {
      feed.requireReachable();
      const [row] = await db.lookUp(
        'by_id',
        `SELECT ${columns.join(', ')} FROM bouncer.login WHERE id = $1`,
        [id],
      );
      return row === undefined ? null : readLogin(row);
    },

    createLogin: async (login, token, replacesLoginId) => {
      const last = columns.length;
      await change(
        `WITH made AS (${insertLogin} RETURNING id),
         token AS (
           INSERT INTO bouncer.host_token (hash, login_id, host, created_at)
           SELECT $${last + 1}, made.id, $${last + 2}, $${last + 3}::bigint FROM made
         ),
         target AS MATERIALIZED (SELECT id FROM bouncer.login WHERE id = $${last + 4} FOR UPDATE),
         ended AS (DELETE FROM bouncer.login AS l USING target WHERE l.id = target.id RETURNING l.id)${log}`,
        [...valuesOf(login), token.hash, token.host, token.createdAtMs, replacesLoginId],
      );
    },

    upgradeLogin: async (id, to, token) => {
      feed.requireReachable();
      // Several statements: the tokens that go are those that are there once the login's row is held.
      const isChanged = await db.transaction(async (run) => {
        const changed = await run(`${changeSql} RETURNING id`, changeValues(id, to));
        if (changed.length === 0) return false;
        await run('DELETE FROM bouncer.host_token WHERE login_id = $1', [id]);
        await run(insertToken, tokenValues(id, token));
        await run('INSERT INTO bouncer.change (login_id) VALUES ($1)', [id]);
        return true;
      });
      if (isChanged) memory.note([id]);
      return isChanged;
    },

    updateLogin: async (id, expectedRevision, to) =>
      (
        await change(`WITH ended AS (${changeSql} AND revision = $9 RETURNING id)${log}`, [
          ...changeValues(id, to),
          expectedRevision,
        ])
      ).length === 1,

    addToken: async (loginId, token, othersEndAtMs) => {
      feed.requireReachable();
      const [row] = await db.write(
        `WITH target AS MATERIALIZED (SELECT id FROM bouncer.login WHERE id = $2 FOR UPDATE),
         replaced AS (
           UPDATE bouncer.host_token AS t SET ends_at = least(coalesce(t.ends_at, $5::bigint), $5::bigint)
           FROM target WHERE t.login_id = target.id AND t.host = $3 RETURNING t.login_id
         ),
         added AS (
           INSERT INTO bouncer.host_token (hash, login_id, host, created_at)
           SELECT $1, target.id, $3, $4::bigint FROM target RETURNING login_id
         ),
         ended AS MATERIALIZED (SELECT array_agg(DISTINCT login_id) AS ids FROM replaced),
         logged AS (INSERT INTO bouncer.change (login_id) SELECT unnest(ids) FROM ended)
         SELECT (SELECT count(*) FROM added) = 1 AS is_added, ids IS NOT NULL AS is_changed FROM ended`,
        [...tokenValues(loginId, token), othersEndAtMs],
      );
      if (row?.['is_changed'] === true) memory.note([loginId]);
      return row?.['is_added'] === true;
    },

    claimCheck: async (id, expectedCheckedAtMs, nowMs) => {
      feed.requireReachable();
      const claimed = await db.write(
        'UPDATE bouncer.login SET checked_at = $3 WHERE id = $1 AND checked_at = $2 RETURNING id',
        [id, expectedCheckedAtMs, nowMs],
      );
      return claimed.length === 1;
    },

    touch: async (uses) => {
      feed.requireReachable();
      await db.write(
        `WITH uses AS (
           SELECT id, max(seen) AS seen FROM unnest($1::text[], $2::bigint[]) AS u (id, seen) GROUP BY id
         ),
         later AS MATERIALIZED (
           SELECT l.id, uses.seen FROM bouncer.login AS l JOIN uses USING (id)
           WHERE l.last_seen < uses.seen OR l.last_seen > uses.seen + ${clockToleranceMs} ORDER BY l.id FOR UPDATE OF l
         )
         UPDATE bouncer.login AS l SET last_seen = later.seen FROM later WHERE l.id = later.id`,
        [uses.map(({ id }) => id), uses.map(({ lastSeenMs }) => lastSeenMs)],
      );
    },

    removeToken: async (hash) =>
      (
        await change(
          `WITH target AS MATERIALIZED (
             SELECT l.id FROM bouncer.login AS l JOIN bouncer.host_token AS t ON t.login_id = l.id
             WHERE t.hash = $1 FOR UPDATE OF l
           ),
           ended AS (
             DELETE FROM bouncer.host_token AS t USING target WHERE t.hash = $1 RETURNING t.login_id AS id
           )${log}`,
          [hash],
        )
      ).length === 1,

    endLogins: async (selection) => {
      const [condition, values] = where(selection);
      const sql = `WITH target AS MATERIALIZED (SELECT id FROM bouncer.login WHERE ${condition} ORDER BY id FOR UPDATE),
        ended AS (DELETE FROM bouncer.login AS l USING target WHERE l.id = target.id RETURNING l.id)${log}`;
      if (selection.by !== 'all') return change(sql, values);
      feed.requireReachable();
      const ids = idsOf(await db.long((run) => run(sql, values)));
      memory.note(ids.length > maxNamedChanges ? [null] : ids);
      return ids;
    },

    list: async () => {
      const rows = await db.long((run) =>
        run(
          `SELECT ${columns.join(', ')},
             ARRAY(SELECT DISTINCT host FROM bouncer.host_token WHERE login_id = login.id) AS hosts
           FROM bouncer.login ORDER BY last_seen DESC, id COLLATE "C"`,
        ),
      );
      return rows.map((row) => ({ login: readLogin(row), hosts: hostsOf(row) }));
    },

    removeExpired: async (nowMs, idleSinceMs) => {
      feed.requireReachable();
      await db.write(forgetChanges, []);
      // They are over by themselves wherever they are remembered: no process has to hear of it.
      await db.write(
        `DELETE FROM bouncer.host_token WHERE hash IN (
           SELECT hash FROM bouncer.host_token WHERE ends_at <= $1 LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
         )`,
        [nowMs],
      );
      for (let removed = 0; ; ) {
        const batch = await change(
          `WITH target AS MATERIALIZED (
             SELECT id FROM bouncer.login WHERE expires_at <= $1 OR last_seen <= $2 OR created_at > $1 + ${clockToleranceMs}
             ORDER BY id LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
           ),
           ended AS (DELETE FROM bouncer.login AS l USING target WHERE l.id = target.id RETURNING l.id)${log}`,
          [nowMs, idleSinceMs],
        );
        removed += batch.length;
        if (batch.length < batchSize) return removed;
      }
    },
  };
}

const insertToken =
  'INSERT INTO bouncer.host_token (hash, login_id, host, created_at) VALUES ($1, $2, $3, $4)';

function tokenValues(loginId: string, token: StoredHostToken): readonly (string | number)[] {
  return [token.hash, loginId, token.host, token.createdAtMs];
}
