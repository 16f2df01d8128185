// Writes that find another process writing are tried again a little later, while everything else goes on. SQLite's own waiting would
// stop the event loop, and with it all who only read.
import { setTimeout } from 'node:timers/promises';
import type { MaybePromise } from '../maybe-promise.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { isBusy } from './sqlite-failure.ts';

/** How long a write is tried again, milliseconds. */
const patienceMs = 1_000;
/** The first wait; each is twice as long as the one before, up to the longest. Milliseconds. */
const firstWaitMs = 4;
const longestWaitMs = 64;
/** After one that was tried in vain the next ones fail at once for so long, milliseconds. */
const failFastMs = 1_000;

type Method = (...given: never[]) => unknown;
type MethodNames<Port> = { [Name in keyof Port]: Port[Name] extends Method ? Name : never }[keyof Port];

/** Shared by all that write to one database. */
export class PatientWrites {
  readonly #db: SqliteDatabase;
  #failsFastUntilMs = 0;

  constructor(db: SqliteDatabase) {
    this.#db = db;
  }

  /**
   * A port whose writes are patient: they answer at once where nobody else writes, and later where somebody does.
   *
   * @param writes methods that write, each as a whole or not at all
   */
  of<Port extends object>(port: Port, writes: readonly MethodNames<Port>[]): Port {
    const patient: Record<PropertyKey, unknown> = {};
    for (const name of writes) {
      const method = port[name] as Method;
      patient[name] = (...given: never[]) => this.do(() => method(...given));
    }
    return { ...port, ...patient };
  }

  /** @throws BouncerError `store_unavailable`, or rejects with it */
  do<T>(write: () => T): MaybePromise<T> {
    try {
      return write();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() < this.#failsFastUntilMs) {
        this.#db.health.note(error);
        throw error;
      }
      return this.#later(write);
    }
  }

  async #later<T>(write: () => T): Promise<T> {
    const endMs = performance.now() + patienceMs;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      await setTimeout(waitMs);
      try {
        return write();
      } catch (error) {
        const nowMs = performance.now();
        if (isBusy(error) && nowMs < endMs && nowMs >= this.#failsFastUntilMs) continue;
        if (isBusy(error)) {
          this.#failsFastUntilMs = nowMs + failFastMs;
          this.#db.health.note(error);
        }
        throw error;
      }
    }
  }
}
