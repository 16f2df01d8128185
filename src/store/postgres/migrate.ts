// Brings the tables to this version's shape, forward only, and says whether this version can work with what is there.
import { BouncerError } from '../../bouncer-error.ts';
import { beginLong, type PostgresDatabase, type Run } from './postgres-database.ts';
import { type Migration, migrations, oldestUsable } from './schema.ts';
import { checkRights } from './table-rights.ts';

/** What a version of bouncer knows of the tables. */
export interface SchemaKnowledge {
  readonly migrations: readonly Migration[];
  /** The lowest version that it can work with. */
  readonly oldestUsable: number;
}

const own: SchemaKnowledge = { migrations, oldestUsable };

/** `current`: nothing to do. `older`: works as it is, `bouncer store migrate` brings it up to date. `missing`: no tables yet. */
export type SchemaState = 'current' | 'newer' | 'older' | 'missing';

interface Found {
  readonly version: number;
  readonly oldest: number;
}

async function readVersion(run: Run): Promise<Found | null> {
  const [table] = await run("SELECT to_regclass('bouncer.schema_version') IS NOT NULL AS is_there");
  if (table?.['is_there'] !== true) return null;
  const [row] = await run('SELECT version, oldest FROM bouncer.schema_version');
  return row === undefined ? null : { version: Number(row['version']), oldest: Number(row['oldest']) };
}

function judge(found: Found, { migrations: known, oldestUsable: oldest }: SchemaKnowledge): SchemaState {
  if (found.oldest > known.length)
    throw new BouncerError('store_unavailable', 'the tables in PostgreSQL are those of a newer bouncer', {
      hint: 'run that version: this one cannot work with them',
    });
  if (found.version < oldest)
    throw new BouncerError('store_unavailable', 'the tables in PostgreSQL are those of an old bouncer', {
      hint: 'run `bouncer store migrate`',
    });
  if (found.version === known.length) return 'current';
  return found.version < known.length ? 'older' : 'newer';
}

/**
 * Whether this version can work with the tables, and may.
 *
 * @throws BouncerError `store_unavailable` when it cannot
 */
export function checkTables(db: PostgresDatabase, knowledge = own): Promise<SchemaState> {
  return db.long(async (run) => {
    const found = await readVersion(run);
    if (found === null) return 'missing';
    const state = judge(found, knowledge);
    await checkRights(run);
    return state;
  });
}

/**
 * Brings the tables up to date, or makes them. Safe to repeat, for several at a time, and while other versions work: one
 * transaction a step, under a lock.
 *
 * @returns the version before (0: no tables) and after
 * @throws BouncerError `store_unavailable`
 */
export function migrate(
  db: PostgresDatabase,
  knowledge = own,
): Promise<{ readonly from: number; readonly to: number }> {
  return db.long(async (run) => {
    let from: number | null = null;
    for (;;) {
      await run(beginLong);
      // Held to the end of the step: it works through a pooler, too.
      await run("SELECT pg_advisory_xact_lock(hashtext('bouncer migrations'), 1)");
      const found = await readVersion(run);
      if (found === null) await makeVersionTable(run);
      else if (found.oldest > knowledge.migrations.length) judge(found, knowledge);
      const version = found?.version ?? 0;
      from ??= version;
      const step = knowledge.migrations[version];
      if (step !== undefined) {
        await run(step.sql);
        await run('UPDATE bouncer.schema_version SET version = $1, oldest = greatest(oldest, $2)', [
          version + 1,
          step.oldest,
        ]);
      }
      await run('COMMIT');
      if (step === undefined) return { from, to: version };
    }
  });
}

async function makeVersionTable(run: Run): Promise<void> {
  // Not merely IF NOT EXISTS: who may not make schemas may still work in one that was made for them.
  const [schema] = await run("SELECT 1 AS found FROM pg_namespace WHERE nspname = 'bouncer'");
  if (schema === undefined) await run('CREATE SCHEMA bouncer');
  await run(`CREATE TABLE bouncer.schema_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL,
    oldest integer NOT NULL
  )`);
  await run('INSERT INTO bouncer.schema_version (version, oldest) VALUES (0, 1)');
}
