// Kept forms and ended tokens in PostgreSQL. The tokens are written by triggers of the schema, with whatever ends them.
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
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase } from './postgres-database.ts';

const endedSql = 'SELECT login_id, host, idp, sub, email, ended_at FROM bouncer.ended_token WHERE hash = $1';

/** One form is kept at a time, so that no two take the same room. */
const holdSql = "SELECT pg_advisory_xact_lock(hashtext('bouncer kept forms'), 1)";

const ownForms = `SELECT key, login_id, size_bytes FROM bouncer.kept_form
  WHERE expires_at > $4 AND (login_id = $1 OR (idp = $2 AND sub = $3)) ORDER BY created_at DESC, key COLLATE "C"`;

const allForms =
  'SELECT count(*) AS n, coalesce(sum(size_bytes), 0) AS bytes FROM bouncer.kept_form WHERE expires_at > $1';

const insertForm = `INSERT INTO bouncer.kept_form (${formColumns})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

const findSql = `SELECT ${foundColumns} FROM bouncer.kept_form WHERE key = $1 AND expires_at > $2`;

const listSql = `SELECT host, size_bytes, created_at, expires_at FROM bouncer.kept_form
  WHERE email = $1 ORDER BY created_at, key COLLATE "C"`;

/** @returns the {@link FormStore} of an open database */
export function createPostgresFormStore(db: PostgresDatabase, feed: ChangeFeed): FormStore {
  return {
    findEndedToken: async (hash) => {
      feed.requireReachable();
      const [row] = await db.lookUp('ended_token', endedSql, [hash]);
      return row === undefined ? null : toEndedToken(row);
    },
    keepForm: async (form, bounds, nowMs) => {
      feed.requireReachable();
      return db.transaction(async (run) => {
        await run(holdSql);
        const own = await run(ownForms, [form.loginId, form.idp, form.sub, nowMs]);
        const [all] = await run(allForms, [nowMs]);
        const gone = makeRoom(form, bounds, own, all);
        if (gone === null) return false;
        await run('DELETE FROM bouncer.kept_form WHERE expires_at <= $1', [nowMs]);
        for (const key of gone) await run('DELETE FROM bouncer.kept_form WHERE key = $1', [key]);
        await run(insertForm, formValues(form).map(toPostgres));
        return true;
      });
    },
    findForm: async (key, nowMs) => {
      feed.requireReachable();
      const [row] = await db.lookUp('form_find', findSql, [key, nowMs]);
      return row === undefined ? null : toFoundForm(row);
    },
    takeForm: async (key, nowMs) => {
      feed.requireReachable();
      const [row] = await db.write(`DELETE FROM bouncer.kept_form WHERE key = $1 RETURNING ${formColumns}`, [
        key,
      ]);
      return row === undefined || Number(row['expires_at']) <= nowMs ? null : toStoredForm(row);
    },
    removeForm: async (key) => {
      feed.requireReachable();
      return (
        (await db.write('DELETE FROM bouncer.kept_form WHERE key = $1 RETURNING key', [key])).length === 1
      );
    },
    listForms: async (email) => {
      feed.requireReachable();
      return (await db.lookUp('form_list', listSql, [email])).map(toListedForm);
    },
    eraseForms: async (email) => {
      feed.requireReachable();
      await db.write('DELETE FROM bouncer.ended_token WHERE email = $1', [email]);
      return (await db.write('DELETE FROM bouncer.kept_form WHERE email = $1 RETURNING key', [email])).length;
    },
    removeExpired: async (nowMs, endedBeforeMs) => {
      feed.requireReachable();
      await db.write('DELETE FROM bouncer.kept_form WHERE expires_at <= $1', [nowMs]);
      await db.write('DELETE FROM bouncer.ended_token WHERE ended_at <= $1', [endedBeforeMs]);
    },
  };
}

/** The driver takes bytes as a Buffer alone. */
function toPostgres(value: string | number | null | Uint8Array): string | number | null | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
