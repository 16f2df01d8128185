// One open SQLite file: pragmas, transactions, cached statements, and every failure turned into `store_unavailable`.

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { BouncerError } from '../../bouncer-error.ts';
import type { Row } from '../row.ts';
import { WriteHealth } from '../write-health.ts';
import { looksOf, type OpenFile, openFile, openForWriting } from './open-file.ts';
import { isBusy, isStuck, storeFailure } from './sqlite-failure.ts';

/** How long opening may wait for another process that opens or closes the file, milliseconds: nobody is served yet. */
const openTimeoutMs = 5_000;
/** The same while people are served. */
const reopenTimeoutMs = 200;
/** How often a file that could not be written is opened anew, milliseconds. */
const reopenMs = 1_000;
/** Apart from every number that a connection tells: `PRAGMA data_version` has 32 bits. */
const perConnection = 2 ** 32;

export class SqliteDatabase {
  readonly health = new WriteHealth();
  readonly #file: string;
  #opened: OpenFile;
  /** How often it was opened. */
  #connections = 0;
  #reopenedAtMs = Number.NEGATIVE_INFINITY;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens it for reading alone while it cannot be written.
   *
   * @param file absolute path; created when missing
   * @throws BouncerError `store_unavailable`
   */
  constructor(file: string) {
    this.#file = file;
    this.#opened = openFile(file, openTimeoutMs);
    if (this.#opened.readOnlyBecause !== null) this.health.note(this.#opened.readOnlyBecause);
  }

  get #db(): DatabaseSync {
    return this.#opened.db;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      if (sql === 'PRAGMA data_version') statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Changes when another connection has written. 2.6 µs. */
  dataVersion(): number {
    try {
      if (this.#opened.unlockedAs !== null && this.#opened.unlockedAs !== looksOf(this.#file))
        this.#openAnew();
      const row = this.#statement('PRAGMA data_version').get() as unknown as [number];
      return this.#connections * perConnection + row[0];
    } catch (error) {
      throw storeFailure('the session store cannot be read', error);
    }
  }

  /** What is read without locks was changed: whatever can be read now is. */
  #openAnew(): void {
    this.#use(openFile(this.#file, reopenTimeoutMs));
  }

  #use(opened: OpenFile): void {
    const old = this.#opened;
    this.#statements.clear();
    this.#connections += 1;
    this.#opened = opened;
    if (old.db.isOpen) old.db.close();
    if (opened.readOnlyBecause === null) return;
    this.health.note(opened.readOnlyBecause);
  }

  /** A connection that cannot write does not learn by itself that it could. */
  #tryForWriting(): void {
    const { failure } = this.health;
    if (failure === null || (this.#opened.readOnlyBecause === null && !isStuck(failure))) return;
    const nowMs = performance.now();
    if (nowMs - this.#reopenedAtMs < reopenMs) return;
    this.#reopenedAtMs = nowMs;
    // One that was moved away or deleted is not made anew behind everybody's back.
    if (looksOf(this.#file).startsWith('undefined')) return;
    try {
      this.#use({ db: openForWriting(this.#file, 0), readOnlyBecause: null, unlockedAs: null });
    } catch {
      // Not yet: the write fails as before.
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

  #writing<T>(write: () => T): T {
    if (!this.#db.isOpen) throw new BouncerError('store_unavailable', 'the session store is closed');
    // Part of a transaction: the whole is watched.
    if (this.#db.isTransaction) return write();
    this.#tryForWriting();
    const { readOnlyBecause } = this.#opened;
    if (readOnlyBecause !== null) throw readOnlyBecause;
    try {
      const result = this.#withRoom(write);
      this.health.noteSuccess();
      return result;
    } catch (error) {
      // One that is busy is tried again; whoever gives up notes it.
      if (!isBusy(error)) this.health.note(error);
      throw error;
    }
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
