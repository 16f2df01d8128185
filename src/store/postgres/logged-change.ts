// One statement that changes or ends logins, and writes the change log in the same transaction, as its last step.
import type { LoginValue } from '../login-row.ts';
import type { Row } from '../row.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** More logins than that at a time are one line of the change log: all. */
const maxNamedChanges = 1_000;

/** What stands in the change log, and is noted here, for logins that changed. */
export function namesOf(ids: readonly string[]): readonly (string | null)[] {
  return ids.length > maxNamedChanges ? [null] : ids;
}

/** The end of a statement whose part `ended` gives the ids of logins that changed: writes the log, and returns them. */
export const logged = `, all_ended AS MATERIALIZED (SELECT array_agg(DISTINCT id) AS ids FROM ended),
  logged AS (
    INSERT INTO bouncer.change (login_id)
    SELECT DISTINCT CASE WHEN cardinality(ids) > ${maxNamedChanges} THEN NULL ELSE one END
    FROM all_ended, unnest(ids) AS one
  )
  SELECT unnest(ids) AS id FROM all_ended`;

export function idsOf(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => String(row['id']));
}

/**
 * @param sql ends in {@link logged}
 * @returns the ids of the logins that changed; here they count at once
 * @throws BouncerError `store_unavailable`
 */
export async function changeLogged(
  db: PostgresDatabase,
  feed: ChangeFeed,
  sql: string,
  values: readonly LoginValue[],
): Promise<readonly string[]> {
  feed.requireReachable();
  const ids = idsOf(await db.write(sql, values));
  feed.memory.note(ids);
  return ids;
}
