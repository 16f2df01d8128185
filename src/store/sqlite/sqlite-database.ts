// One open SQLite file: pragmas, transactions, cached statements, and every failure turned into `store_unavailable`.

import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { BouncerError } from '../../bouncer-error.ts';
import type { Row } from '../row.ts';
import { migrations } from './schema.ts';

/** How long opening may wait for another process that opens or closes the file, milliseconds: nobody is served yet. */
const openTimeoutMs = 5_000;

function hintFor(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('full')) return 'free some disk space: logins work again by themselves';
  // What SQLite says of a folder in which it cannot make its log.
  if (text.includes('readonly') || text.includes('unable to open'))
    return 'make the data folder and its files writable for the user that runs bouncer';
  if (text.includes('locked'))
    return 'another process holds the store: is something copying or repairing it?';
  if (text.includes('malformed') || text.includes('not a database'))
    return 'the file is damaged: move it away and restart; people log in again';
  return 'check the data folder: its disk, its owner and its mode';
}

/** @returns the error to throw for a failure of SQLite; our own errors pass as they are. Values never get into its text. */
export function storeFailure(action: string, error: unknown): BouncerError {
  if (error instanceof BouncerError) return error;
  const reason = error instanceof Error ? error.message : 'unknown failure';
  return new BouncerError('store_unavailable', `${action}: ${reason}`, {
    cause: error,
    hint: hintFor(error),
  });
}

/** At the start nothing goes on by itself when there is room again. */
function openFailure(file: string, error: unknown): BouncerError {
  const failure = storeFailure(`the session store \`${file}\` cannot be opened`, error);
  if (!failure.message.includes('full')) return failure;
  return new BouncerError('store_unavailable', failure.message, {
    cause: error,
    hint: `free some space there (\`df -h ${dirname(file)}\` shows how much is left) and start again, or name another \`data_dir\``,
  });
}

/** Whether another process is writing at this moment. */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof BouncerError && error.code === 'store_unavailable' && error.message.includes('locked')
  );
}

export class SqliteDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #dataVersion: StatementSync;
  #writeFailure: BouncerError | null = null;

  /** @param file absolute path; created when missing @throws BouncerError `store_unavailable` */
  constructor(file: string) {
    let opened: DatabaseSync | null = null;
    try {
      opened = new DatabaseSync(file, { timeout: openTimeoutMs });
      this.#db = opened;
      // Not mapped into memory: a file that shrinks or a disk that fails under a mapping ends the process by a signal (SIGBUS).
      this.#db.exec(
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000; PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=256',
      );
      this.#migrate();
      // From here on the event loop stands still for nobody: patient-writes.ts tries again.
      this.#db.exec('PRAGMA busy_timeout = 0');
      this.#dataVersion = this.#db.prepare('PRAGMA data_version');
      this.#dataVersion.setReturnArrays(true);
    } catch (error) {
      opened?.close();
      throw openFailure(file, error);
    }
  }

  #migrate(): void {
    const version = (): number => Number(this.#db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version() === migrations.length) return;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const found = version();
      if (found > migrations.length)
        throw new BouncerError('store_unavailable', 'the session store was written by a newer bouncer', {
          hint: 'run that version, or give this one a data_dir of its own',
        });
      for (const step of migrations.slice(found)) this.#db.exec(step);
      this.#db.exec(`PRAGMA user_version = ${migrations.length}`);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Changes when another connection has written. 2.6 µs. */
  dataVersion(): number {
    try {
      return (this.#dataVersion.get() as unknown as [number])[0];
    } catch (error) {
      throw storeFailure('the session store cannot be read', error);
    }
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    try {
      return this.#statement(sql).get(...values);
    } catch (error) {
      throw storeFailure('the session store cannot be read', error);
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    try {
      return this.#statement(sql).all(...values);
    } catch (error) {
      throw storeFailure('the session store cannot be read', error);
    }
  }

  /** Rows one by one, so that many of them need not be in memory at a time. */
  *iterate(sql: string): Generator<Row> {
    try {
      yield* this.#db.prepare(sql).iterate();
    } catch (error) {
      throw storeFailure('the session store cannot be read', error);
    }
  }

  /** @returns how many rows changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#writing(() => this.#run(sql, values));
  }

  #run(sql: string, values: readonly SQLInputValue[] = []): number {
    try {
      return Number(this.#statement(sql).run(...values).changes);
    } catch (error) {
      throw storeFailure('the session store cannot be written', error);
    }
  }

  /** All of `work` or nothing of it. Not reentrant. */
  transaction<T>(work: () => T): T {
    return this.#writing(() => {
      this.#run('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#run('COMMIT');
        return result;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Why the last write failed; `null` when it did not. */
  get writeFailure(): BouncerError | null {
    return this.#writeFailure;
  }

  #writing<T>(write: () => T): T {
    if (!this.#db.isOpen) throw new BouncerError('store_unavailable', 'the session store is closed');
    // Part of a transaction: the whole is watched.
    if (this.#db.isTransaction) return write();
    try {
      const result = this.#withRoom(write);
      this.#writeFailure = null;
      return result;
    } catch (error) {
      // One that is busy is tried again; whoever gives up notes it.
      if (!isBusy(error)) this.noteFailure(error);
      throw error;
    }
  }

  /** A write came to nothing for good. */
  noteFailure(error: unknown): void {
    if (error instanceof BouncerError && error.code === 'store_unavailable') this.#writeFailure = error;
  }

  /** A full disk may be full of the log of changes: what can go back into the file goes, and the write is tried once more. */
  #withRoom<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      if (!(error instanceof BouncerError) || !error.message.includes('is full')) throw error;
      try {
        this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        throw error;
      }
      return write();
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
