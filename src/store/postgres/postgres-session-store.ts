// Logins and host tokens in PostgreSQL. Whatever ends or changes a login writes the change log in the same transaction, as its last
// step; what another process changed is known from that log.
import type { SessionStore } from '../session-store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { loginChanges } from './login-changes.ts';
import { loginEnds } from './login-ends.ts';
import { loginReads } from './login-reads.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** @returns the {@link SessionStore} of an open database */
export function createPostgresSessionStore(db: PostgresDatabase, feed: ChangeFeed): SessionStore {
  return {
    version: () => feed.version(),
    isUnchangedSince: (loginId, version) => feed.memory.isUnchangedSince(loginId, version),
    isReachable: () => feed.isReachable,
    ...loginReads(db, feed),
    ...loginChanges(db, feed),
    ...loginEnds(db, feed),
  };
}
