// A look at the store of the settings that makes nothing: no folder, no table.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Finding, Look } from '../source/finding.ts';
import { deadLook } from '../source/finding.ts';
import { openStore, type StoreSettings } from './open-store.ts';
import { secretNames } from './seal-at-rest.ts';
import { storeFileName } from './sqlite/open-sqlite-store.ts';
import type { Store } from './store.ts';

/** With less room on the disk it is said, bytes. */
const littleRoom = 64 * 1024 * 1024;

/** Never rejects. */
export async function lookAtStore(settings: StoreSettings): Promise<Look> {
  return settings.postgres === null ? lookAtSqlite(settings.dataDir) : lookAtPostgres(settings);
}

/** Whether there is a store that can be opened without making one. */
export function hasStore({ postgres, dataDir }: StoreSettings): boolean {
  return postgres !== null || existsSync(join(dataDir, storeFileName));
}

function lookAtSqlite(dataDir: string): Look {
  const about = `store in \`${dataDir}\``;
  const file = join(dataDir, storeFileName);
  const isThere = existsSync(file);
  let place = isThere ? dataDir : dirname(file);
  while (!existsSync(place)) place = dirname(place);
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    if (isThere) readTables(file);
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unknown';
    const hint = isThere
      ? 'run bouncer as the owner of the files; a damaged file is replaced by a copy of yours'
      : `the account that runs bouncer must be able to write in \`${place}\`, or name another \`data_dir\``;
    return deadLook(about, 'store-unusable', { cause, hint });
  }
  const seen = isThere ? 'can be read and written' : 'is made at the first start';
  return { about, seen, findings: roomIn(place) };
}

function readTables(file: string): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
  } finally {
    db.close();
  }
}

function roomIn(place: string): readonly Finding[] {
  const { bavail, bsize } = statfsSync(place);
  const room = bavail * bsize;
  if (room >= littleRoom) return [];
  return [
    {
      severity: 'warning',
      code: 'disk-nearly-full',
      cause: `the disk has ${Math.floor(room / 1024 / 1024)} MB left: without room nobody can log in`,
      hint: 'make room, or move `data_dir`',
    },
  ];
}

/** @throws BouncerError `store_unavailable` when the master keys of the settings do not open what is in it */
async function openSealed({ keys, secrets }: Store): Promise<void> {
  await keys.listKeys();
  for (const name of secretNames) await secrets.findSecret(name);
}

async function lookAtPostgres(settings: StoreSettings): Promise<Look> {
  const about = 'store in PostgreSQL';
  try {
    const store = await openStore(settings);
    const aheadSeconds = Math.round((store.now() - Date.now()) / 1000);
    await openSealed(store).finally(() => store.close());
    const isOff = Math.abs(aheadSeconds) >= 10;
    const findings: readonly Finding[] = isOff
      ? [
          {
            severity: 'warning',
            code: 'clock-differs',
            cause: `the clock of the database is ${aheadSeconds} s ahead of this machine’s`,
            hint: 'set both clocks by a time server (NTP): logins are judged by the database’s',
          },
        ]
      : [];
    return { about, seen: 'answers', findings };
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unknown';
    const hint =
      error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {};
    return deadLook(about, 'store-unusable', { cause, ...hint });
  }
}
