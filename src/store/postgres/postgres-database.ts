// The connections of one process: one that many look-ups share at a time, a small pool for whatever writes, and one of their own for
// the few long operations. A connection that fails is replaced when it is next needed.
import type { Client, Pool, PoolClient } from 'pg';
import { BouncerError } from '../../bouncer-error.ts';
import type { Row } from '../row.ts';
import { WriteHealth } from '../write-health.ts';
import {
  endClient,
  type PgModule,
  type PostgresConnector,
  type StatementLimits,
} from './postgres-connector.ts';
import { isCut, isDistrust, isWorthAnotherTry, storeFailure } from './postgres-failure.ts';

type Value = string | number | boolean | null | Uint8Array | readonly (string | null)[] | readonly number[];
/** One statement. */
export type Run = (sql: string, values?: readonly Value[]) => Promise<readonly Row[]>;
/** Has a line of the change log written with the commit. @param name `null`: any login may have changed */
export type LogChange = (name: string | null) => void;

const quick: StatementLimits = { serverMs: 2_000, clientMs: 2_500 };
const lookUpLimits: StatementLimits = { serverMs: 1_500, clientMs: 1_500 };
/** For what touches every row: ending all sessions of a million. */
const long: StatementLimits = { serverMs: 120_000, clientMs: 130_000 };
/** Whatever a database is set to, each statement sees what others committed before it. */
const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED';
/** Behind a pooler the limit of the user's role counts, which is for what is quick. */
const longLimit = `SET LOCAL statement_timeout = ${long.serverMs}`;
/** The log is locked from this statement to the commit. */
const logSql = 'INSERT INTO bouncer.change (login_id) SELECT unnest($1::text[])';
const poolSize = 4;
/** How a transaction begins that may take long. */
export const beginLong = `${begin}; ${longLimit}`;
/** Look-ups that wait for their answer at a time; more would only wait for nothing. */
const maxLookUps = 10_000;
const attempts = 3;

export class PostgresDatabase {
  readonly #pg: PgModule;
  readonly #connector: PostgresConnector;
  #lookUpClient: Promise<Client> | null = null;
  #lookUps = 0;
  #pool: { readonly pool: Pool; readonly hostIndex: number } | null = null;
  #isClosed = false;
  readonly health = new WriteHealth();

  constructor(pg: PgModule, connector: PostgresConnector) {
    this.#pg = pg;
    this.#connector = connector;
  }

  /**
   * Reads, one round trip, beside others on the same connection.
   *
   * @param name names the statement, so that the server reads it once
   * @throws BouncerError `store_unavailable`
   */
  async lookUp(name: string, sql: string, values: readonly Value[]): Promise<readonly Row[]> {
    if (this.#lookUps >= maxLookUps)
      throw new BouncerError('store_unavailable', 'too many look-ups wait for PostgreSQL');
    this.#lookUps += 1;
    const query = async (): Promise<readonly Row[]> => {
      const opening = this.#openLookUpClient();
      const client = await opening;
      const text = { text: sql, values: [...values], ...(this.#connector.isDirect ? { name } : {}) };
      try {
        return (await client.query<Row>(text)).rows;
      } catch (error) {
        // The end of the connection is told only after the end of the question.
        if (isCut(error)) this.#dropLookUpClient(opening);
        throw error;
      }
    };
    try {
      // What was only read may be read again: a connection that somebody cut costs nobody an answer.
      return await query().catch((error: unknown) => {
        if (this.#isClosed || !isCut(error)) throw error;
        return query();
      });
    } catch (error) {
      throw storeFailure('the session store cannot be read', error);
    } finally {
      this.#lookUps -= 1;
    }
  }

  #openLookUpClient(): Promise<Client> {
    if (this.#isClosed) throw new BouncerError('store_unavailable', 'the session store is closed');
    if (this.#lookUpClient !== null) return this.#lookUpClient;
    const opening = this.#connector.open(lookUpLimits, { pipeline: true }).then((client) => {
      client.on('end', drop);
      client.on('error', drop);
      return client;
    });
    const drop = (): void => this.#dropLookUpClient(opening);
    this.#lookUpClient = opening;
    opening.catch(drop);
    return opening;
  }

  #dropLookUpClient(opening: Promise<Client>): void {
    if (this.#lookUpClient === opening) this.#lookUpClient = null;
  }

  /**
   * One statement that changes something: all of it or nothing.
   *
   * @returns what it returns
   * @throws BouncerError `store_unavailable`; it may have happened all the same, when only the answer was lost
   */
  write(sql: string, values: readonly Value[]): Promise<readonly Row[]> {
    return this.#writing(async (run) => run(sql, values));
  }

  /** What a server does that takes no writes, too. @throws BouncerError `store_unavailable` */
  async notify(channel: string, text: string): Promise<void> {
    await this.#withClient((run) => run('SELECT pg_notify($1, $2)', [channel, text]));
  }

  /**
   * Several statements, and lines of the change log: all of them or nothing. Each sees what others committed before it. The log goes
   * out together with the commit: all processes wait for whoever holds it, and this one may stand still at any moment.
   */
  transaction<T>(work: (run: Run, log: LogChange) => Promise<T>): Promise<T> {
    return this.#writing(async (run) => {
      // Together with the first statement, which fails when it does.
      const begun = run(begin);
      begun.catch(() => {});
      const changes: (string | null)[] = [];
      const result = await work(run, (name) => void changes.push(name));
      await begun;
      await Promise.all([...(changes.length === 0 ? [] : [run(logSql, [changes])]), run('COMMIT')]);
      return result;
    });
  }

  async #writing<T>(work: (run: Run) => Promise<T>): Promise<T> {
    try {
      const result = await this.#withClient(work);
      this.health.noteSuccess();
      return result;
    } catch (error) {
      if (!this.#isClosed) this.health.note(error);
      throw error;
    }
  }

  /** A connection goes back only after success: whatever went wrong on it, it is not used again. */
  async #withClient<T>(work: (run: Run) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let client: PoolClient | null = null;
      try {
        const held = await this.#openPool().connect();
        client = held;
        const result = await work(async (sql, values = []) => (await held.query<Row>(sql, [...values])).rows);
        held.release();
        return result;
      } catch (error) {
        client?.release(true);
        // The pool would hold the server against the same authority for ever: the next one reads the file anew.
        if (isDistrust(error)) this.#dropPool();
        if (attempt < attempts && isWorthAnotherTry(error)) continue;
        throw storeFailure('the session store cannot be written', error);
      }
    }
  }

  #openPool(): Pool {
    if (this.#isClosed) throw new BouncerError('store_unavailable', 'the session store is closed');
    const { hostIndex } = this.#connector;
    if (this.#pool?.hostIndex === hostIndex) return this.#pool.pool;
    this.#dropPool();
    const pool = new this.#pg.Pool({
      ...this.#connector.config(quick),
      max: poolSize,
      pipeline: true,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: 3600,
      allowExitOnIdle: true,
      onConnect: (client) => this.#connector.prepare(client, quick),
    });
    // An idle connection that dies is replaced at the next use; without a listener, it would end the process.
    pool.on('error', () => {});
    this.#pool = { pool, hostIndex };
    return pool;
  }

  #dropPool(): void {
    this.#pool?.pool.end().catch(() => {});
    this.#pool = null;
  }

  /** Statements that may take long: all of them or nothing. @throws BouncerError `store_unavailable` */
  longTransaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.long(async (run) => {
      await run(beginLong);
      const result = await work(run);
      await run('COMMIT');
      return result;
    });
  }

  /** One that may take long, has no values and writes the change log. @throws BouncerError `store_unavailable` */
  longWrite(sql: string): Promise<readonly Row[]> {
    // One message is one transaction.
    return this.long((run) => run(`${longLimit}; ${sql}`));
  }

  /** On a connection of its own. @throws BouncerError `store_unavailable` */
  async long<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const client = await this.#connector.open(long);
    try {
      return await work(async (sql, values = []) => {
        const results = [await client.query<Row>(sql, [...values])].flat();
        return results.at(-1)?.rows ?? [];
      });
    } catch (error) {
      throw storeFailure('the session store cannot be used', error);
    } finally {
      endClient(client);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const lookUp = this.#lookUpClient;
    this.#lookUpClient = null;
    await lookUp?.then(endClient, () => {});
    await this.#pool?.pool.end().catch(() => {});
  }
}
