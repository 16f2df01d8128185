// Looking up logins in PostgreSQL. Nothing here changes one.
import { loginColumns, notBlocked, readFoundLogin, readLogin } from '../login-row.ts';
import { selectionSql } from '../login-selection.ts';
import type { Row } from '../row.ts';
import type { SessionStore } from '../session-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { numberedValues } from './numbered-values.ts';
import type { PostgresDatabase } from './postgres-database.ts';

const byToken = `SELECT ${loginColumns.map((name) => `l.${name}`).join(', ')}, t.host, t.ends_at AS token_ends_at
  FROM bouncer.host_token AS t JOIN bouncer.login AS l ON l.id = t.login_id WHERE t.hash = $1
    AND ${notBlocked('l', 'bouncer.')}`;

const byId = `SELECT ${loginColumns.join(', ')} FROM bouncer.login WHERE id = $1`;

const listLogins = (condition: string): string => `SELECT ${loginColumns.join(', ')},
    ARRAY(SELECT DISTINCT host FROM bouncer.host_token WHERE login_id = login.id) AS hosts
  FROM bouncer.login WHERE ${condition} ORDER BY last_seen DESC, id COLLATE "C"`;

export function loginReads(
  db: PostgresDatabase,
  feed: ChangeFeed,
): Pick<SessionStore, 'findByToken' | 'findLogin' | 'list'> {
  return {
    findByToken: async (hash) => {
      feed.requireReachable();
      const [row] = await db.lookUp('by_token', byToken, [hash]);
      return row === undefined ? null : readFoundLogin(row);
    },
    findLogin: async (id) => {
      feed.requireReachable();
      const [row] = await db.lookUp('by_id', byId, [id]);
      return row === undefined ? null : readLogin(row);
    },
    list: async (selection = { by: 'all' }) => {
      const [condition, values] = selectionSql(selection);
      const rows = await db.long((run) => run(listLogins(numberedValues(condition)), values));
      return rows.map((row) => ({ login: readLogin(row), hosts: hostsOf(row) }));
    },
  };
}

function hostsOf(row: Row): readonly string[] {
  return Array.isArray(row['hosts']) ? row['hosts'].map(String).sort() : [];
}
