// Opens the file of the SQLite store: for writing where that can be, and else, while it cannot be written, for reading what is there.
// What cannot be read as it stands is not opened at all.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { BouncerError } from '../../bouncer-error.ts';
import { migrations } from './schema.ts';
import { isBusy, storeFailure } from './sqlite-failure.ts';

/**
 * Pages that SQLite itself keeps, 8 MB: the system keeps the file's pages anyway, and this process remembers sessions. Of 20,000 sessions
 * each looked up twice a look-up took 30 to 35 µs with 2 to 64 MB alike, and with 64 MB the process was 47 MB larger.
 */
const common = 'PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000';

/** What is kept of a log of changes that is back in the file, bytes. */
const longestLogBytes = 4 * 1024 ** 2;

/** What SQLite needs beside the file before it reads: its index of the log, bytes. */
const neededBytes = 64 * 1024;

/** A file that is open, and why only for reading. */
export interface OpenFile {
  readonly db: DatabaseSync;
  /** `null`: it can be written. */
  readonly readOnlyBecause: BouncerError | null;
  /** What the file looked like, where it is read without locks and nobody tells of changes; `null`: they are told. */
  readonly unlockedAs: string | null;
}

/**
 * @param timeoutMs how long it may wait for another process
 * @throws BouncerError `store_unavailable` when it can be neither written nor read
 */
export function openFile(file: string, timeoutMs: number): OpenFile {
  try {
    return { db: openForWriting(file, timeoutMs), readOnlyBecause: null, unlockedAs: null };
  } catch (error) {
    const failure = openFailure(file, error);
    const opened = openForReading(file);
    if (opened === null) throw failure;
    return { ...opened, readOnlyBecause: failure };
  }
}

/** @param file absolute path; created when missing @throws whatever SQLite throws, or BouncerError `store_unavailable` */
export function openForWriting(file: string, timeoutMs: number): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: timeoutMs });
  try {
    // The log that grew while somebody read for long, such as a backup, gives its space back once it can: SQLite alone never makes it
    // shorter while the process lives.
    // Not mapped into memory: a file that shrinks or a disk that fails under a mapping ends the process by a signal (SIGBUS).
    db.exec(
      `PRAGMA journal_mode=WAL; ${common}; PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=256; PRAGMA journal_size_limit=${longestLogBytes}`,
    );
    migrate(db);
    proveWritable(db);
    // From here on the event loop stands still for nobody: patient-writes.ts tries again.
    db.exec('PRAGMA busy_timeout = 0');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A file that may only be read is opened without a word. */
function proveWritable(db: DatabaseSync): void {
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
  } catch (error) {
    // Who is asked to wait may write.
    if (!isBusy(storeFailure('', error))) throw error;
  }
}

const versionOf = (db: DatabaseSync): number =>
  Number(db.prepare('PRAGMA user_version').get()?.['user_version']);

function migrate(db: DatabaseSync): void {
  if (versionOf(db) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    const found = versionOf(db);
    if (found > migrations.length)
      throw new BouncerError('store_unavailable', 'the session store was written by a newer bouncer', {
        hint: 'run that version, or give this one a data_dir of its own',
      });
    for (const step of migrations.slice(found)) db.exec(step);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

/**
 * In a folder that cannot be written SQLite reads a log of changes only with the index that lies beside it, and a file without a log only
 * when told that nobody changes it (https://www.sqlite.org/wal.html, read-only databases): {@link looksOf} notices who does.
 *
 * @returns `null` when it cannot be read as it stands, or is not of this version
 */
function openForReading(file: string): Pick<OpenFile, 'db' | 'unlockedAs'> | null {
  if (sizeOf(file) === 0 || sizeOf(`${file}-journal`) > 0) return null;
  const isUnlocked = sizeOf(`${file}-wal`) === 0;
  const unlockedAs = isUnlocked ? looksOf(file) : null;
  const url = pathToFileURL(file);
  url.search = isUnlocked ? 'mode=ro&immutable=1' : 'mode=ro';
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(url, { readOnly: true });
    db.exec(`${common}; PRAGMA busy_timeout = 0`);
    if (versionOf(db) === migrations.length) return { db, unlockedAs };
  } catch {
    // Why it cannot be written says as much.
  }
  db?.close();
  return null;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Another text once anybody has changed the file or begun a log beside it. */
export function looksOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return `${stat?.ino} ${stat?.size} ${stat?.mtimeNs} ${sizeOf(`${file}-wal`)}`;
}

/** With what to do about it: at the start nothing goes on by itself when there is room again. */
function openFailure(file: string, error: unknown): BouncerError {
  const failure = storeFailure(`the session store \`${file}\` cannot be opened`, error);
  if (!failure.message.includes('full') && !(failure.message.includes('I/O') && isFull(file))) return failure;
  const folder = dirname(file);
  return new BouncerError('store_unavailable', failure.message, {
    cause: error,
    hint: `free some space there (\`df -h ${folder}\` shows how much is left), or name another \`data_dir\` and restart`,
  });
}

function isFull(file: string): boolean {
  if (!existsSync(file)) return false;
  const { bavail, bsize } = statfsSync(dirname(file));
  return bavail * bsize < neededBytes;
}
