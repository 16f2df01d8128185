// Logins and host tokens in SQLite. Whatever ends or changes a login counts up one shared counter in the same transaction.
import type { Identity } from '../../rules/model/facts.ts';
import { clockToleranceMs } from '../../rules/model/time-ahead.ts';
import type {
  LoginChange,
  LoginSelection,
  SessionStore,
  StoredHostToken,
  StoredLogin,
} from '../session-store.ts';
import { ChangeCounter } from './change-counter.ts';
import { type SqliteDatabase, storeFailure } from './sqlite-database.ts';

function readIdentity(text: unknown): Identity {
  try {
    // Only createLogin and its siblings below write this column.
    return JSON.parse(String(text)) as Identity;
  } catch (error) {
    throw storeFailure('a login in the session store cannot be read', error);
  }
}

function readLogin(row: Record<string, unknown>): StoredLogin {
  return {
    id: String(row['id']),
    identity: readIdentity(row['identity']),
    providerSid: row['provider_sid'] === null ? null : String(row['provider_sid']),
    secrets: row['secrets'] === null ? null : String(row['secrets']),
    isRefreshable: row['is_refreshable'] === 1,
    mustAskPerson: row['must_ask_person'] === 1,
    providerDigest: row['provider_digest'] === null ? null : String(row['provider_digest']),
    revision: Number(row['revision']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: Number(row['expires_at']),
    lastSeenMs: Number(row['last_seen']),
    checkedAtMs: Number(row['checked_at']),
  };
}

/** The condition and its values for the logins of a selection. */
function where(selection: LoginSelection): readonly [sql: string, values: readonly string[]] {
  switch (selection.by) {
    case 'id':
      return ['id = ?', [selection.id]];
    case 'email':
      return ['email = ?', [selection.email]];
    case 'subject':
      return ['idp = ? AND sub = ?', [selection.idp, selection.sub]];
    case 'provider-session':
      return selection.sub === null
        ? ['idp = ? AND provider_sid = ?', [selection.idp, selection.sid]]
        : [
            'idp = ? AND sub = ? AND (provider_sid = ? OR provider_sid IS NULL)',
            [selection.idp, selection.sub, selection.sid],
          ];
    case 'all':
      return ['TRUE', []];
    default:
      return selection satisfies never;
  }
}

/** @returns the {@link SessionStore} of an open database */
export function createSqliteSessionStore(db: SqliteDatabase): SessionStore {
  const counter = new ChangeCounter(db, 'sessions');

  const insertToken = (loginId: string, token: StoredHostToken): void => {
    db.run(
      'INSERT INTO host_token (hash, login_id, host, created_at) VALUES (?, ?, ?, ?)',
      token.hash,
      loginId,
      token.host,
      token.createdAtMs,
    );
  };
  const change = (id: string, to: LoginChange, expectedRevision: number | null): boolean => {
    const isChanged =
      db.run(
        `UPDATE login SET identity = ?2, email = ?3, provider_sid = ?4, secrets = ?5, is_refreshable = ?6,
           checked_at = ?7, must_ask_person = ?8, revision = revision + 1
         WHERE id = ?1 AND (?9 IS NULL OR revision = ?9)`,
        id,
        JSON.stringify(to.identity),
        to.identity.email,
        to.providerSid,
        to.secrets,
        to.isRefreshable ? 1 : 0,
        to.checkedAtMs,
        to.mustAskPerson ? 1 : 0,
        expectedRevision,
      ) === 1;
    if (isChanged) counter.bump();
    return isChanged;
  };
  const end = (selection: LoginSelection): readonly string[] => {
    const [condition, values] = where(selection);
    const ended = db.all(`DELETE FROM login WHERE ${condition} RETURNING id`, ...values);
    if (ended.length > 0) counter.bump();
    return ended.map((row) => String(row['id']));
  };

  return {
    version: () => counter.read(),
    isUnchangedSince: (_loginId, version) => counter.read() === version,
    isReachable: () => true,
    findByToken: (hash) => {
      const row = db.get(
        `SELECT login.*, host_token.host, host_token.ends_at AS token_ends_at
         FROM host_token JOIN login ON login.id = host_token.login_id WHERE hash = ?`,
        hash,
      );
      if (row === undefined) return null;
      const endsAt = row['token_ends_at'];
      return {
        login: readLogin(row),
        host: String(row['host']),
        tokenEndsAtMs: endsAt === null ? null : Number(endsAt),
      };
    },
    findLogin: (id) => {
      const row = db.get('SELECT * FROM login WHERE id = ?', id);
      return row === undefined ? null : readLogin(row);
    },
    createLogin: (login, token, replacesLoginId) => {
      db.transaction(() => {
        if (replacesLoginId !== null) end({ by: 'id', id: replacesLoginId });
        db.run(
          `INSERT INTO login (id, idp, sub, email, provider_sid, identity, secrets, is_refreshable, revision,
             created_at, expires_at, last_seen, checked_at, must_ask_person, provider_digest)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          login.id,
          login.identity.idp,
          login.identity.sub,
          login.identity.email,
          login.providerSid,
          JSON.stringify(login.identity),
          login.secrets,
          login.isRefreshable ? 1 : 0,
          login.revision,
          login.createdAtMs,
          login.expiresAtMs,
          login.lastSeenMs,
          login.checkedAtMs,
          login.mustAskPerson ? 1 : 0,
          login.providerDigest,
        );
        insertToken(login.id, token);
      });
    },
    upgradeLogin: (id, to, token) =>
      db.transaction(() => {
        if (!change(id, to, null)) return false;
        db.run('DELETE FROM host_token WHERE login_id = ?', id);
        insertToken(id, token);
        return true;
      }),
    updateLogin: (id, expectedRevision, to) => db.transaction(() => change(id, to, expectedRevision)),
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
        insertToken(loginId, token);
        return true;
      }),
    claimCheck: (id, expectedCheckedAtMs, nowMs) =>
      db.run(
        'UPDATE login SET checked_at = ? WHERE id = ? AND checked_at = ?',
        nowMs,
        id,
        expectedCheckedAtMs,
      ) === 1,
    touch: (uses) => {
      db.transaction(() => {
        for (const use of uses)
          db.run(
            `UPDATE login SET last_seen = CASE WHEN last_seen > ?1 + ${clockToleranceMs} THEN ?1 ELSE max(last_seen, ?1) END
             WHERE id = ?2`,
            use.lastSeenMs,
            use.id,
          );
      });
    },
    removeToken: (hash) =>
      db.transaction(() => {
        const isRemoved = db.run('DELETE FROM host_token WHERE hash = ?', hash) === 1;
        if (isRemoved) counter.bump();
        return isRemoved;
      }),
    endLogins: (selection) => db.transaction(() => end(selection)),
    list: () =>
      db
        .all(
          `SELECT login.*, (SELECT json_group_array(DISTINCT host) FROM host_token WHERE login_id = login.id) AS hosts
           FROM login ORDER BY last_seen DESC, id`,
        )
        .map((row) => ({
          login: readLogin(row),
          hosts: (JSON.parse(String(row['hosts'])) as string[]).sort(),
        })),
    removeExpired: (nowMs, idleSinceMs) =>
      db.transaction(() => {
        const removed = db.run(
          `DELETE FROM login WHERE expires_at <= ?1 OR last_seen <= ?2 OR created_at > ?1 + ${clockToleranceMs}`,
          nowMs,
          idleSinceMs,
        );
        db.run('DELETE FROM host_token WHERE ends_at <= ?', nowMs);
        if (removed > 0) counter.bump();
        return removed;
      }),
  };
}
