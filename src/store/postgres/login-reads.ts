// Looking up logins in PostgreSQL. Nothing here changes one.
import { loginColumns, notBlocked, toFoundLogin, toListedProgram, toLogin } from '../login-row.ts';
import { selectionSql } from '../login-selection.ts';
import { splitTokens } from '../program-row.ts';
import type { SessionStore } from '../session-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { numberedValues } from './numbered-values.ts';
import type { PostgresDatabase } from './postgres-database.ts';

const byToken = `SELECT ${loginColumns.map((name) => `l.${name}`).join(', ')}, t.host, t.ends_at AS token_ends_at, t.program
  FROM bouncer.host_token AS t JOIN bouncer.login AS l ON l.id = t.login_id WHERE t.hash = $1
    AND ${notBlocked('l', 'bouncer.')}`;

const byId = `SELECT ${loginColumns.join(', ')} FROM bouncer.login WHERE id = $1`;

const listLogins = (condition: string): string => `SELECT ${loginColumns.join(', ')},
    (SELECT coalesce(json_agg(json_build_array(host, program)), '[]')::text
     FROM bouncer.host_token WHERE login_id = login.id) AS tokens
  FROM bouncer.login WHERE ${condition} ORDER BY last_seen DESC, id COLLATE "C"`;

const programsOf = `SELECT ${loginColumns.map((name) => `l.${name}`).join(', ')}, t.hash, t.program, t.created_at AS token_created_at
  FROM bouncer.host_token AS t JOIN bouncer.login AS l ON l.id = t.login_id
  WHERE l.idp = $1 AND l.sub = $2 AND t.program IS NOT NULL ORDER BY token_created_at, t.hash COLLATE "C"`;

export function loginReads(
  db: PostgresDatabase,
  feed: ChangeFeed,
): Pick<SessionStore, 'findByToken' | 'findLogin' | 'list' | 'listPrograms'> {
  return {
    findByToken: async (hash) => {
      feed.requireReachable();
      const [row] = await db.lookUp('by_token', byToken, [hash]);
      return row === undefined ? null : toFoundLogin(row);
    },
    findLogin: async (id) => {
      feed.requireReachable();
      const [row] = await db.lookUp('by_id', byId, [id]);
      return row === undefined ? null : toLogin(row);
    },
    list: async (selection = { by: 'all' }) => {
      const [condition, values] = selectionSql(selection);
      const sql = listLogins(numberedValues(condition));
      // Those of one person are asked for at each login of theirs: on no connection of its own.
      const rows =
        selection.by === 'all'
          ? await db.longTransaction((run) => run(sql, values))
          : await db.lookUp(`logins_by_${selection.by}_${values.length}`, sql, values);
      return rows.map((row) => ({ login: toLogin(row), ...splitTokens(row['tokens']) }));
    },
    listPrograms: async (idp, sub) => {
      feed.requireReachable();
      const rows = await db.lookUp('programs_of', programsOf, [idp, sub]);
      return rows.flatMap((row) => toListedProgram(row) ?? []);
    },
  };
}
