// Blocked people in PostgreSQL. A block is a line of the change log that stands for all logins: see PersonStore.
import type { PersonStore } from '../person-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { idsOf } from './logged-change.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** @returns the {@link PersonStore} of an open database */
export function createPostgresPersonStore(db: PostgresDatabase, feed: ChangeFeed): PersonStore {
  return {
    block: async (email, nowMs) => {
      feed.requireReachable();
      const ended = await db.transaction(async (run, log) => {
        await run(
          'INSERT INTO bouncer.blocked_person (email, blocked_at) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING',
          [email, nowMs],
        );
        // Rows of `login` in the order of their ids: no two ever wait for each other.
        await run('SELECT id FROM bouncer.login WHERE email = $1 ORDER BY id FOR UPDATE', [email]);
        const gone = await run('DELETE FROM bouncer.login WHERE email = $1 RETURNING id', [email]);
        log(null);
        return idsOf(gone);
      });
      feed.memory.note([null]);
      return ended;
    },
    unblock: async (email) => {
      feed.requireReachable();
      const gone = await db.write('DELETE FROM bouncer.blocked_person WHERE email = $1 RETURNING email', [
        email,
      ]);
      return gone.length === 1;
    },
    isBlocked: async (email) => {
      feed.requireReachable();
      const rows = await db.lookUp(
        'blocked',
        'SELECT 1 AS is_there FROM bouncer.blocked_person WHERE email = $1',
        [email],
      );
      return rows.length === 1;
    },
    listBlocked: async () => {
      const rows = await db.longTransaction((run) =>
        run('SELECT email, blocked_at FROM bouncer.blocked_person ORDER BY email COLLATE "C"'),
      );
      return rows.map((row) => ({ email: String(row['email']), blockedAtMs: Number(row['blocked_at']) }));
    },
  };
}
