// Kept forms and ended tokens in SQLite. The tokens are written by triggers of the schema, with whatever ends them.
import {
  formColumns,
  formValues,
  foundColumns,
  makeRoom,
  toEndedToken,
  toFoundForm,
  toListedForm,
  toStoredForm,
} from '../form-row.ts';
import type { FormStore } from '../form-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const ownForms = `SELECT key, login_id, size_bytes FROM kept_form
  WHERE expires_at > ?4 AND (login_id = ?1 OR (idp = ?2 AND sub = ?3)) ORDER BY created_at DESC, key`;

const allForms =
  'SELECT count(*) AS n, coalesce(sum(size_bytes), 0) AS bytes FROM kept_form WHERE expires_at > ?';

const insertForm = `INSERT INTO kept_form (${formColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** @returns the {@link FormStore} of an open database */
export function createSqliteFormStore(db: SqliteDatabase): FormStore {
  return {
    findEndedToken: (hash) => {
      const row = db.get('SELECT * FROM ended_token WHERE hash = ?', hash);
      return row === undefined ? null : toEndedToken(row);
    },
    keepForm: (form, bounds, nowMs) =>
      db.transaction(() => {
        const own = db.all(ownForms, form.loginId, form.idp, form.sub, nowMs);
        const gone = makeRoom(form, bounds, own, db.get(allForms, nowMs));
        if (gone === null) return false;
        db.run('DELETE FROM kept_form WHERE expires_at <= ?', nowMs);
        for (const key of gone) db.run('DELETE FROM kept_form WHERE key = ?', key);
        db.run(insertForm, ...formValues(form));
        return true;
      }),
    findForm: (key, nowMs) => {
      const row = db.get(
        `SELECT ${foundColumns} FROM kept_form WHERE key = ? AND expires_at > ?`,
        key,
        nowMs,
      );
      return row === undefined ? null : toFoundForm(row);
    },
    takeForm: (key, nowMs) => {
      const row = db.get('DELETE FROM kept_form WHERE key = ? RETURNING *', key);
      return row === undefined || Number(row['expires_at']) <= nowMs ? null : toStoredForm(row);
    },
    removeForm: (key) => db.run('DELETE FROM kept_form WHERE key = ?', key) === 1,
    listForms: (email) =>
      db
        .all(
          'SELECT host, size_bytes, created_at, expires_at FROM kept_form WHERE email = ? ORDER BY created_at, key',
          email,
        )
        .map(toListedForm),
    eraseForms: (email) =>
      db.transaction(() => {
        db.run('DELETE FROM ended_token WHERE email = ?', email);
        return db.run('DELETE FROM kept_form WHERE email = ?', email);
      }),
    removeExpired: (nowMs, endedBeforeMs) =>
      db.transaction(() => {
        db.run('DELETE FROM kept_form WHERE expires_at <= ?', nowMs);
        db.run('DELETE FROM ended_token WHERE ended_at <= ?', endedBeforeMs);
      }),
  };
}
