// The names of the service tokens in a data folder, for a look that changes nothing: not even the tables of an older version.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeFileName } from './open-sqlite-store.ts';

/**
 * @param dataDir absolute path
 * @returns `null` where there is no store yet, none that has tokens, or none that can be read
 */
export function readTokenNames(dataDir: string): readonly string[] | null {
  const file = join(dataDir, storeFileName);
  if (!existsSync(file)) return null;
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return db
        .prepare('SELECT name FROM service_token')
        .all()
        .map((row) => String(row['name']));
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}
