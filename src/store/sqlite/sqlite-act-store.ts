// What operators did, in SQLite.
import type { ActStore } from '../act-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** @returns the {@link ActStore} of an open database */
export function createSqliteActStore(db: SqliteDatabase): ActStore {
  return {
    addAct: (act) => {
      db.run('INSERT INTO operator_act (act) VALUES (?)', act);
    },
    takeActs: () => {
      // Asked often, and mostly there is nothing: only a look, which holds up no writer.
      if (db.get('SELECT 1 FROM operator_act LIMIT 1') === undefined) return [];
      const taken = db.all('DELETE FROM operator_act RETURNING id, act');
      return taken.sort((a, b) => Number(a['id']) - Number(b['id'])).map((row) => String(row['act']));
    },
  };
}
