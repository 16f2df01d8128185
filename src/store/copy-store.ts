// Copies a SQLite store into PostgreSQL, so that nobody has to log in again and no application meets an unknown key. All of it or
// nothing, and once: what ended after the first copy must not come to life again by a second one.
import { existsSync } from 'node:fs';
import { BouncerError } from '../bouncer-error.ts';
import type { PostgresSettings } from '../settings/settings.ts';
import { isSameBytes } from './is-same-bytes.ts';
import { postgresPlace } from './open-store.ts';
import { openPostgresDatabase, openPostgresStore } from './postgres/open-postgres-store.ts';
import { writeSessions } from './postgres/write-sessions.ts';
import { sealAtRest, secretNames } from './seal-at-rest.ts';
import { createStore, openSqliteDatabase } from './sqlite/open-sqlite-store.ts';
import { readSessions } from './sqlite/read-sessions.ts';
import type { Store } from './store.ts';
import { noListener } from './store-listener.ts';

/** A process that said so within this time is running, milliseconds. */
const runningForMs = 30_000;

export interface CopiedStore {
  readonly logins: number;
  readonly signingKeys: number;
}

/**
 * @returns what was copied; `before`: all of it stood there already
 * @throws BouncerError `store_unavailable`, also when a bouncer still works on the data folder or already worked on the database
 */
export async function copyStore(
  dataDir: string,
  postgres: PostgresSettings,
  masterKeys: readonly string[],
): Promise<CopiedStore | 'before'> {
  if (!existsSync(dataDir))
    throw new BouncerError('store_unavailable', 'there is no data folder to copy from', {
      hint: 'let `data_dir` name the folder that bouncer used with SQLite',
    });
  const place = postgresPlace(postgres);
  const source = createStore(dataDir);
  try {
    await requireStopped(source);
    const quiet = { keepMs: () => 0, listener: noListener, mode: 'read' } as const;
    const target = sealAtRest(await openPostgresStore({ ...place, ...quiet }), masterKeys);
    try {
      await copySecrets(source, target);
      const signingKeys = await copySigningKeys(source, target);
      const { db } = await openPostgresDatabase(place);
      const sqlite = openSqliteDatabase(dataDir);
      try {
        const logins = await writeSessions(db, readSessions(sqlite));
        if (logins === 'before') return logins;
        return { logins, signingKeys };
      } finally {
        sqlite.close();
        await db.close();
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function requireStopped(source: Store): Promise<void> {
  const running = (await source.nodes.listNodes()).find(
    ({ seenAtMs }) => Date.now() - seenAtMs < runningForMs,
  );
  if (running !== undefined)
    throw new BouncerError('store_unavailable', `a bouncer works on the data folder: ${running.name}`, {
      hint: 'stop it first: what it changes meanwhile would be lost',
    });
}

/** Login state and refresh tokens open with one key alone. */
async function copySecrets(source: Store, target: Store): Promise<void> {
  for (const name of secretNames) await copySecret(name, source, target);
}

async function copySecret(name: string, source: Store, target: Store): Promise<void> {
  const key = await source.secrets.findSecret(name);
  if (key === null) return;
  await target.secrets.addSecret(name, key);
  const there = await target.secrets.findSecret(name);
  if (there !== null && isSameBytes(there, key)) return;
  throw new BouncerError('store_unavailable', 'a bouncer has already worked on this database', {
    hint: 'copy into an empty database',
  });
}

async function copySigningKeys(source: Store, target: Store): Promise<number> {
  const keys = await source.keys.listKeys();
  for (const key of keys) await target.keys.addKey(key);
  return keys.length;
}
