// Opens the SQLite store in the data folder, and refuses a folder that others could change or read secrets from.
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BouncerError } from '../../bouncer-error.ts';
import { makeFolder } from '../make-folder.ts';
import type { Store } from '../store.ts';
import { noListener, type StoreListener } from '../store-listener.ts';
import { ChangeCounter } from './change-counter.ts';
import { PatientWrites } from './patient-writes.ts';
import { checkWay } from './safe-way.ts';
import { createSqliteAccessStore } from './sqlite-access-store.ts';
import { createSqliteActStore } from './sqlite-act-store.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { isBusy, storeFailure } from './sqlite-failure.ts';
import { createSqliteFormStore } from './sqlite-form-store.ts';
import { createSqliteHardwareKeyStore } from './sqlite-hardware-key-store.ts';
import { createSqliteKeyStore } from './sqlite-key-store.ts';
import { createSqliteNodeStore } from './sqlite-node-store.ts';
import { createSqliteOnceStore } from './sqlite-once-store.ts';
import { createSqlitePasskeyStore } from './sqlite-passkey-store.ts';
import { createSqlitePersonStore } from './sqlite-person-store.ts';
import { createSqliteSecretStore } from './sqlite-secret-store.ts';
import { createSqliteSessionStore } from './sqlite-session-store.ts';
import { createSqliteTokenStore } from './sqlite-token-store.ts';
import { createSqliteTunnelStore } from './sqlite-tunnel-store.ts';

export const storeFileName = 'bouncer.sqlite';

/** What SQLite keeps beside its file, and reads changes back from after a crash. */
const besides = ['-wal', '-shm', '-journal'];

/** Group and others may not write; on Windows, modes say nothing. */
function checkFolder(dataDir: string): void {
  const folder = statSync(dataDir);
  if (!folder.isDirectory())
    throw new BouncerError('store_unavailable', 'the data folder is not a folder', {
      hint: 'name a folder as data_dir',
    });
  if (process.platform === 'win32') return;
  const mode = (folder.mode & 0o7777).toString(8).padStart(4, '0');
  const place = `\`${dataDir}\``;
  if ((folder.mode & 0o022) !== 0)
    throw new BouncerError(
      'store_unavailable',
      `the data folder ${place} can be written by others (mode ${mode})`,
      {
        hint: `run \`chmod 700 ${dataDir}\``,
      },
    );
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && folder.uid !== uid)
    throw new BouncerError(
      'store_unavailable',
      `the data folder ${place} belongs to another user (owner ${folder.uid})`,
      {
        hint: 'run bouncer as its owner, or `chown` it',
      },
    );
}

/** Who counts as us on the way there. For root, who works on another user's data folder, that user too. */
function ourUsers(dataDir: string): ReadonlySet<number> {
  const uid = process.getuid?.() ?? 0;
  const owner = uid === 0 && existsSync(dataDir) ? statSync(dataDir).uid : uid;
  return new Set([uid, owner]);
}

/** SQLite gives the files beside it the mode of the main file, so the main file is made first, for the owner alone. */
function prepareFile(file: string): void {
  for (const each of [file, ...besides.map((ending) => file + ending)])
    if (process.platform !== 'win32' && existsSync(each) && (statSync(each).mode & 0o077) !== 0)
      chmodSync(each, 0o600);
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
}

/**
 * Opens, or creates, the store in a data folder. One that is there and cannot be written is read, and written when it can be.
 *
 * @param dataDir absolute path; made with mode 0700 when missing, its files with 0600
 * @returns the store; synchronous throughout
 * @throws BouncerError `store_unavailable` when the folder is unsafe, the file cannot be made, or is damaged or newer
 */
export function createStore(dataDir: string, listener: StoreListener = noListener): Store {
  const db = openSqliteDatabase(dataDir);
  const patient = new PatientWrites(db);
  const look = async (): Promise<void> => {
    await probe(db, patient);
    db.health.tell(listener);
  };
  void look();
  const probing = setInterval(() => void look(), probeMs).unref();
  const counter = new ChangeCounter(db, 'sessions');
  return {
    sessions: patient.of(createSqliteSessionStore(db, counter), [
      ...(['createLogin', 'upgradeLogin', 'updateLogin', 'claimCheck', 'touch', 'addToken'] as const),
      ...(['removeToken', 'endLogins', 'endLoginsOnce', 'removeExpired'] as const),
    ]),
    once: patient.of(createSqliteOnceStore(db), ['mark', 'put', 'take', 'spend', 'removeExpired']),
    keys: patient.of(createSqliteKeyStore(db), ['addKey', 'updateKey', 'replacePrivateJwk', 'removeKey']),
    secrets: patient.of(createSqliteSecretStore(db), ['addSecret', 'replaceSecret']),
    tokens: patient.of(createSqliteTokenStore(db), [
      ...(['createToken', 'addSecret', 'removeToken', 'addUses', 'removeEndedSecrets'] as const),
    ]),
    persons: patient.of(createSqlitePersonStore(db, counter), ['block', 'unblock']),
    hardwareKeys: patient.of(createSqliteHardwareKeyStore(db), ['addKey', 'recordUse', 'removeKey']),
    passkeys: patient.of(createSqlitePasskeyStore(db), ['addPasskey', 'recordPasskeyUse', 'removePasskey']),
    acts: patient.of(createSqliteActStore(db), ['addAct', 'takeActs']),
    tunnels: patient.of(createSqliteTunnelStore(db), [
      ...(['createTunnel', 'addToken', 'endTokens', 'join', 'addConnector', 'noteSeen'] as const),
      ...(['removeConnector', 'removeTunnel', 'removeStale'] as const),
    ]),
    forms: patient.of(createSqliteFormStore(db), [
      ...(['keepForm', 'takeForm', 'removeForm', 'eraseForms', 'removeExpired'] as const),
    ]),
    access: patient.of(createSqliteAccessStore(db), [
      ...(['addGrant', 'removeGrant', 'ask', 'answer', 'eraseAccess', 'removeExpired'] as const),
    ]),
    nodes: patient.of(createSqliteNodeStore(db), ['announce', 'withdraw']),
    now: Date.now,
    isWritable: () => db.health.failure === null || isBusy(db.health.failure),
    status: () => ({ failure: null, warnings: db.health.warnings() }),
    close: () => {
      clearInterval(probing);
      db.close();
    },
  };
}

/** How often it is tried whether the store can be written, so that operators know before people do. Milliseconds. */
const probeMs = 3_000;

/** Writes a number over itself. */
async function probe(db: SqliteDatabase, patient: PatientWrites): Promise<void> {
  try {
    await patient.do(() => db.run("UPDATE counter SET value = value WHERE name = 'keys'"));
  } catch {
    // The status says so.
  }
}

/**
 * Makes the data folder and those above it, for the owner alone.
 *
 * @throws BouncerError `store_unavailable` that names the folder that cannot be made
 */
function makeDataFolder(path: string): void {
  try {
    makeFolder(path, 0o700);
  } catch (error) {
    const { code = 'unknown', path: at = path } = error as NodeJS.ErrnoException;
    const why = code === 'ENOTDIR' ? `: \`${at}\` is there and is no folder` : '';
    throw new BouncerError(
      'store_unavailable',
      `the folder \`${why === '' ? at : path}\` cannot be made${why} (${code})`,
      {
        cause: error,
        hint: 'name a place as `data_dir` where this account may write, or make the folder for it',
      },
    );
  }
}

/** The file of a store, without what is kept in it. @throws BouncerError as {@link createStore} */
export function openSqliteDatabase(dataDir: string): SqliteDatabase {
  const file = join(dataDir, storeFileName);
  try {
    // Before anything is made, and once more with all of it there.
    checkWay(file, ourUsers(dataDir));
    makeDataFolder(dataDir);
    checkFolder(dataDir);
    for (const ending of ['', ...besides]) checkWay(file + ending, ourUsers(dataDir));
    prepareFile(file);
  } catch (error) {
    throw storeFailure('the data folder cannot be used', error);
  }
  return new SqliteDatabase(file);
}
