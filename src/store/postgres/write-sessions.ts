// Writes the rows of another store into PostgreSQL: all of them in one transaction, and only once in the life of a database.

import { grantColumns, requestColumns } from '../access-row.ts';
import { formColumns } from '../form-row.ts';
import { hardwareKeyColumns } from '../hardware-key-row.ts';
import { loginColumns } from '../login-row.ts';
import { passkeyColumns } from '../passkey-row.ts';
import type { Row } from '../row.ts';
import type { SessionRow } from '../sqlite/read-sessions.ts';
import { tokenColumns } from '../token-row.ts';
import { connectorColumns, joinTokenColumns, tunnelColumns } from '../tunnel-row.ts';
import { beginLong, type PostgresDatabase } from './postgres-database.ts';

const batchSize = 500;
/** Kept forms may be large: as much of them goes at a time, characters, and one more. */
const batchLength = 4 * 1024 * 1024;

/** What is copied of each table. */
export const copiedColumns: Readonly<Record<SessionRow['table'], readonly string[]>> = {
  login: loginColumns,
  host_token: ['hash', 'login_id', 'host', 'created_at', 'ends_at', 'program'],
  once: ['key', 'value', 'expires_at'],
  service_token: [...tokenColumns, ...['last_used', 'last_ip', 'last_country', 'uses']],
  blocked_person: ['email', 'blocked_at'],
  service_secret: ['hash', 'token_id', 'created_at', 'ends_at'],
  hardware_key: hardwareKeyColumns,
  operator_act: ['act'],
  passkey: passkeyColumns,
  kept_form: formColumns.split(', '),
  ended_token: ['hash', 'login_id', 'host', 'idp', 'sub', 'email', 'ended_at'],
  access_request: requestColumns,
  access_grant: grantColumns,
  tunnel: tunnelColumns,
  tunnel_token: joinTokenColumns,
  tunnel_connector: connectorColumns,
};

type Run = (sql: string, values?: readonly string[]) => Promise<readonly Row[]>;

async function writeBatch(run: Run, table: SessionRow['table'], batch: readonly SessionRow[]): Promise<void> {
  if (batch.length === 0) return;
  const names = copiedColumns[table].join(', ');
  await run(
    `INSERT INTO bouncer.${table} (${names})
     SELECT ${names} FROM json_populate_recordset(NULL::bouncer.${table}, $1) ON CONFLICT DO NOTHING`,
    [JSON.stringify(batch.map(({ values }) => values))],
  );
}

/**
 * @returns how many logins were written; `before`: it was done before, and nothing is written
 * @throws BouncerError `store_unavailable`; nothing is written then
 */
export function writeSessions(db: PostgresDatabase, rows: Iterable<SessionRow>): Promise<number | 'before'> {
  return db.long(async (run) => {
    await run(beginLong);
    const [mark] = await run(
      `INSERT INTO bouncer.counter (name, value) VALUES ('copied_from_sqlite', 1)
       ON CONFLICT (name) DO NOTHING RETURNING name`,
    );
    if (mark === undefined) {
      await run('ROLLBACK');
      return 'before';
    }
    let logins = 0;
    let batch: SessionRow[] = [];
    let length = 0;
    for (const row of rows) {
      if (row.table === 'login') logins += 1;
      const [first] = batch;
      const isFull = batch.length >= batchSize || length >= batchLength;
      if (first !== undefined && (first.table !== row.table || isFull)) {
        await writeBatch(run, first.table, batch);
        batch = [];
        length = 0;
      }
      batch.push(row);
      if (row.table === 'kept_form') length += String(row.values['body']).length;
    }
    const [last] = batch;
    if (last !== undefined) await writeBatch(run, last.table, batch);
    // Whoever remembers sessions of this database remembers them without these.
    await run('INSERT INTO bouncer.change (login_id) VALUES (NULL); COMMIT');
    return logins;
  });
}
