// Whether the user of this process may use every table that it works with: one that was added later is found out before people are served.
import { BouncerError } from '../../bouncer-error.ts';
import type { Run } from './postgres-database.ts';
import { migrations } from './schema.ts';

/** The tables that this version knows, but for the one that only `bouncer store migrate` writes. */
const tables = migrations.flatMap(({ sql }) =>
  [...sql.matchAll(/CREATE TABLE bouncer\.(\w+)/g)].map(([, name = '']) => name),
);

const wantingSql = `SELECT c.relname AS name, quote_ident(current_user) AS who
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = 'bouncer' AND CASE
    WHEN c.relname = ANY ($1::text[]) THEN NOT (
      has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
      AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
    WHEN c.relname = 'change_id' THEN NOT has_sequence_privilege(c.oid, 'USAGE')
    ELSE false END
  ORDER BY c.relname`;

/** @throws BouncerError `store_unavailable` that names them when there are some that it may not use */
export async function checkRights(run: Run): Promise<void> {
  const wanting = await run(wantingSql, [tables]);
  const [first] = wanting;
  if (first === undefined) return;
  const names = wanting.map(({ name }) => `\`${name}\``).join(', ');
  const all = `IN SCHEMA bouncer TO ${first['who']}`;
  throw new BouncerError('store_unavailable', `the user of \`store.postgres.url\` has no right to ${names}`, {
    hint: `as the owner of the tables: \`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES ${all}; GRANT USAGE ON ALL SEQUENCES ${all}\``,
  });
}
