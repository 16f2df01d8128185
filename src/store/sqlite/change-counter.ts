// A counter in the store that all processes share, read at the price of PRAGMA data_version while nobody else has written.
import type { SqliteDatabase } from './sqlite-database.ts';

export class ChangeCounter {
  readonly #db: SqliteDatabase;
  readonly #name: string;
  #dataVersion = -1;
  #value = 0;

  constructor(db: SqliteDatabase, name: string) {
    this.#db = db;
    this.#name = name;
  }

  read(): number {
    const dataVersion = this.#db.dataVersion();
    if (dataVersion !== this.#dataVersion) {
      const row = this.#db.get('SELECT value FROM counter WHERE name = ?', this.#name);
      this.#value = Number(row?.['value']);
      this.#dataVersion = dataVersion;
    }
    return this.#value;
  }

  /** To be called inside the transaction that makes the change; forgets the cached value even if that is rolled back. */
  bump(): void {
    this.#dataVersion = -1;
    this.#db.run('UPDATE counter SET value = value + 1 WHERE name = ?', this.#name);
  }
}
