// What operators did, in PostgreSQL.
import type { ActStore } from '../act-store.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** @returns the {@link ActStore} of an open database */
export function createPostgresActStore(db: PostgresDatabase): ActStore {
  return {
    addAct: async (act) => {
      await db.write('INSERT INTO bouncer.operator_act (act) VALUES ($1)', [act]);
    },
    takeActs: async () => {
      // Asked often, and mostly there is nothing: only a look, which writes nothing.
      const there = await db.lookUp('acts', 'SELECT 1 AS is_there FROM bouncer.operator_act LIMIT 1', []);
      if (there.length === 0) return [];
      const taken = await db.write('DELETE FROM bouncer.operator_act RETURNING id, act', []);
      return [...taken].sort((a, b) => Number(a['id']) - Number(b['id'])).map((row) => String(row['act']));
    },
  };
}
