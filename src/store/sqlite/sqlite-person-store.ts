// Blocked people in SQLite. A block counts up the sessions' counter, whether it ended a login or not: see PersonStore.
import type { PersonStore } from '../person-store.ts';
import type { ChangeCounter } from './change-counter.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { endSelected } from './sqlite-session-store.ts';

/**
 * @param counter of sessions: that of the session store of this process
 * @returns the {@link PersonStore} of an open database
 */
export function createSqlitePersonStore(db: SqliteDatabase, counter: ChangeCounter): PersonStore {
  return {
    block: (email, nowMs) =>
      db.transaction(() => {
        db.run(
          'INSERT INTO blocked_person (email, blocked_at) VALUES (?, ?) ON CONFLICT (email) DO NOTHING',
          email,
          nowMs,
        );
        counter.bump();
        return endSelected(db, counter, { by: 'email', email });
      }),
    unblock: (email) => db.run('DELETE FROM blocked_person WHERE email = ?', email) === 1,
    isBlocked: (email) => db.get('SELECT 1 FROM blocked_person WHERE email = ?', email) !== undefined,
    listBlocked: () =>
      db
        .all('SELECT email, blocked_at FROM blocked_person ORDER BY email')
        .map((row) => ({ email: String(row['email']), blockedAtMs: Number(row['blocked_at']) })),
  };
}
