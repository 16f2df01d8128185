// Logins and host tokens in SQLite. Whatever ends or changes a login counts up one shared counter in the same transaction.
import { clockToleranceMs } from '../../rules/model/time-ahead.ts';
import {
  changeSets,
  changeValues,
  hostTokenColumns,
  hostTokenValues,
  type LoginValue,
  loginColumns,
  loginValues,
  notBlocked,
  toFoundLogin,
  toListedProgram,
  toLogin,
} from '../login-row.ts';
import { selectionSql } from '../login-selection.ts';
import { splitTokens } from '../program-row.ts';
import type { LoginChange, LoginSelection, SessionStore, StoredHostToken } from '../session-store.ts';
import type { ChangeCounter } from './change-counter.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { markSql } from './sqlite-once-store.ts';

const byToken = `SELECT login.*, host_token.host, host_token.ends_at AS token_ends_at, host_token.program
  FROM host_token JOIN login ON login.id = host_token.login_id WHERE hash = ? AND ${notBlocked('login')}`;

const listLogins = (condition: string): string => `SELECT login.*, (
    SELECT json_group_array(json_array(host, program)) FROM host_token WHERE login_id = login.id
  ) AS tokens
  FROM login WHERE ${condition} ORDER BY last_seen DESC, id`;

const programsOf = `SELECT login.*, host_token.hash, host_token.program, host_token.created_at AS token_created_at
  FROM host_token JOIN login ON login.id = host_token.login_id
  WHERE idp = ? AND sub = ? AND program IS NOT NULL ORDER BY token_created_at, hash`;

const insertLogin = `INSERT INTO login (${loginColumns.join(', ')}) VALUES (${loginColumns.map(() => '?').join(', ')})`;

const insertToken = `INSERT INTO host_token (${hostTokenColumns}) VALUES (?, ?, ?, ?, ?)`;

const changeLogin = `UPDATE login SET ${changeSets} WHERE id = ?1 AND (?11 IS NULL OR revision = ?11)`;

const touchLogin = `UPDATE login SET last_seen = CASE WHEN last_seen > ?1 + ${clockToleranceMs} THEN ?1 ELSE max(last_seen, ?1) END
  WHERE id = ?2`;

const forgetLogins = `DELETE FROM login WHERE expires_at <= ?1 OR (last_seen <= ?2 AND vouched_at IS NULL) OR created_at > ?1 + ${clockToleranceMs}`;

/**
 * @param counter of sessions: one for all of this process, which remembers what it read
 * @returns the {@link SessionStore} of an open database
 */
export function createSqliteSessionStore(db: SqliteDatabase, counter: ChangeCounter): SessionStore {
  return {
    version: () => counter.read(),
    isUnchangedSince: (_loginId, version) => counter.read() === version,
    isReachable: () => true,
    ...loginReads(db),
    ...loginChanges(db, counter),
    ...tokenChanges(db, counter),
    ...loginEnds(db, counter),
  };
}

type Reads = 'findByToken' | 'findLogin' | 'list' | 'listPrograms';

function loginReads(db: SqliteDatabase): Pick<SessionStore, Reads> {
  return {
    findByToken: (hash) => {
      const row = db.get(byToken, hash);
      return row === undefined ? null : toFoundLogin(row);
    },
    findLogin: (id) => {
      const row = db.get('SELECT * FROM login WHERE id = ?', id);
      return row === undefined ? null : toLogin(row);
    },
    list: (selection = { by: 'all' }) => {
      const [condition, values] = selectionSql(selection);
      const rows = db.all(listLogins(condition), ...values);
      return rows.map((row) => ({ login: toLogin(row), ...splitTokens(row['tokens']) }));
    },
    listPrograms: (idp, sub) => db.all(programsOf, idp, sub).flatMap((row) => toListedProgram(row) ?? []),
  };
}

type Changes = 'createLogin' | 'upgradeLogin' | 'updateLogin' | 'claimCheck' | 'touch';

function loginChanges(db: SqliteDatabase, counter: ChangeCounter): Pick<SessionStore, Changes> {
  const change = (id: string, to: LoginChange, expectedRevision: number | null): boolean => {
    const isChanged = db.run(changeLogin, ...changeValues(id, to).map(toSqlite), expectedRevision) === 1;
    if (isChanged) counter.bump();
    return isChanged;
  };
  return {
    createLogin: (login, token, replacesLoginId) => {
      db.transaction(() => {
        if (replacesLoginId !== null) endSelected(db, counter, { by: 'id', id: replacesLoginId });
        db.run(insertLogin, ...loginValues(login).map(toSqlite));
        addToken(db, login.id, token);
      });
    },
    upgradeLogin: (id, to, token, expectedRevision) =>
      db.transaction(() => {
        if (!change(id, to, expectedRevision ?? null)) return false;
        db.run('DELETE FROM host_token WHERE login_id = ?', id);
        addToken(db, id, token);
        return true;
      }),
    updateLogin: (id, expectedRevision, to) => db.transaction(() => change(id, to, expectedRevision)),
    claimCheck: (id, expectedCheckedAtMs, nowMs) => {
      const sql = 'UPDATE login SET checked_at = ? WHERE id = ? AND checked_at = ?';
      return db.run(sql, nowMs, id, expectedCheckedAtMs) === 1;
    },
    touch: (uses) => {
      db.transaction(() => {
        for (const use of uses) db.run(touchLogin, use.lastSeenMs, use.id);
      });
    },
  };
}

function tokenChanges(
  db: SqliteDatabase,
  counter: ChangeCounter,
): Pick<SessionStore, 'addToken' | 'removeToken'> {
  return {
    addToken: (loginId, token, othersEndAtMs) =>
      db.transaction(() => {
        if (db.get('SELECT 1 FROM login WHERE id = ?', loginId) === undefined) return false;
        const replaced = db.run(
          'UPDATE host_token SET ends_at = min(coalesce(ends_at, ?1), ?1) WHERE login_id = ?2 AND host = ?3',
          othersEndAtMs,
          loginId,
          token.host,
        );
        if (replaced > 0) counter.bump();
        addToken(db, loginId, token);
        return true;
      }),
    removeToken: (hash) =>
      db.transaction(() => {
        const isRemoved = db.run('DELETE FROM host_token WHERE hash = ?', hash) === 1;
        if (isRemoved) counter.bump();
        return isRemoved;
      }),
  };
}

function loginEnds(
  db: SqliteDatabase,
  counter: ChangeCounter,
): Pick<SessionStore, 'endLogins' | 'endLoginsOnce' | 'removeExpired'> {
  return {
    endLogins: (selection) => db.transaction(() => endSelected(db, counter, selection)),
    endLoginsOnce: (selection, { key, expiresAtMs }, nowMs) =>
      db.transaction(() =>
        db.run(markSql, key, expiresAtMs, nowMs) === 1 ? endSelected(db, counter, selection) : null,
      ),
    removeExpired: (nowMs, idleSinceMs) =>
      db.transaction(() => {
        const removed = db.run(forgetLogins, nowMs, idleSinceMs);
        db.run('DELETE FROM host_token WHERE ends_at <= ?', nowMs);
        if (removed > 0) counter.bump();
        return removed;
      }),
  };
}

/** To be called inside a transaction. */
export function endSelected(
  db: SqliteDatabase,
  counter: ChangeCounter,
  selection: LoginSelection,
): readonly string[] {
  const [condition, values] = selectionSql(selection);
  const ended = db.all(`DELETE FROM login WHERE ${condition} RETURNING id`, ...values);
  if (ended.length > 0) counter.bump();
  return ended.map((row) => String(row['id']));
}

function addToken(db: SqliteDatabase, loginId: string, token: StoredHostToken): void {
  db.run(insertToken, ...hostTokenValues(loginId, token));
}

/** SQLite has no truth values of its own. */
function toSqlite(value: LoginValue): string | number | null {
  return typeof value === 'boolean' ? Number(value) : value;
}
