// Keeps a connection on which the database calls when logins change, and has the change log read at each call and several times a second
// besides. It knows nothing of what stands in the log.
import { randomInt, randomUUID } from 'node:crypto';
import type { Client, Notification } from 'pg';
import { BouncerError } from '../../bouncer-error.ts';
import type { StoreListener } from '../store-listener.ts';
import { endClient, type PostgresConnector } from './postgres-connector.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { storeFailure } from './postgres-failure.ts';

/** How often the change log is read while nobody calls, milliseconds. */
const readIntervalMs = 300;
/** How long the connection's own notification may take, milliseconds. */
const echoLimitMs = 3_000;
const maxBackOffMs = 1_000;
/** Between two readings when changes come one after the other, milliseconds. */
const restMs = 10;

export interface ChangeListenerParts {
  readonly db: PostgresDatabase;
  /** For the connection that listens. */
  readonly connector: PostgresConnector;
  readonly listener: StoreListener;
  /** How long the database may take to answer, milliseconds. */
  readonly answerLimitMs: number;
  /** Reads the change log on the connection that listens. */
  readonly readOn: (client: Client) => Promise<void>;
  /** Reads it on another one, and so finds out whether the database is back. Never rejects. */
  readonly readAside: () => Promise<void>;
}

/** What came on the connection that listens. */
interface Calls {
  /** A question of its own is under way. */
  isAsking: boolean;
  /** The echo came by itself, as every later call will. */
  isHeard: boolean;
  /** It came with the answer to a question, which proves nothing: a pooler may lend the connection that listens for one. */
  isInAnswer: boolean;
  /** There was one since the last reading. */
  isAgain: boolean;
}

export class ChangeListener {
  readonly #parts: ChangeListenerParts;
  readonly #listening: Promise<void>;
  #isDeaf = false;
  #failure: string | null = null;
  #isClosed = false;
  #wake: (() => void) | null = null;

  constructor(parts: ChangeListenerParts) {
    this.#parts = parts;
    this.#listening = this.#listen();
  }

  /** The database took the listening connection, and yet does not call on it: a pooler is in between. */
  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  /** Why nobody listens; `null` while somebody does. */
  get failure(): string | null {
    return this.#failure;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    await this.#listening;
  }

  /** Listens until closed; while the listening connection is gone, asks on the other one whether the database is back. */
  async #listen(): Promise<void> {
    let backOffMs = 0;
    while (!this.#isClosed) {
      try {
        await this.#listenOnce(() => {
          backOffMs = 0;
        });
      } catch (error) {
        if (this.#isClosed) return;
        this.#failure = error instanceof Error ? error.message : 'unknown';
      }
      await this.#parts.readAside();
      await this.#sleep(backOffMs * (0.5 + randomInt(500) / 1000));
      backOffMs = Math.min(maxBackOffMs, Math.max(100, backOffMs * 2));
    }
  }

  /** Ends only by throwing, or when closed. */
  async #listenOnce(onHeard: () => void): Promise<void> {
    const limits = { serverMs: this.#parts.answerLimitMs, clientMs: this.#parts.answerLimitMs };
    const client = await this.#parts.connector.open(limits);
    try {
      let isEnded = false;
      const end = (): void => {
        isEnded = true;
        this.#wake?.();
      };
      client.on('end', end);
      client.on('error', end);
      const echo = randomUUID();
      const calls = this.#followCalls(client, echo);
      await client.query('LISTEN bouncer');
      let isEchoed = await this.#echo(echo);
      const listeningSinceMs = performance.now();
      while (!this.#isClosed && !isEnded) {
        calls.isAsking = true;
        await this.#parts.readOn(client);
        calls.isAsking = false;
        this.#failure = null;
        onHeard();
        if (calls.isHeard) this.#isDeaf = false;
        else if (isEchoed) this.#judgeSilence(performance.now() - listeningSinceMs);
        if (calls.isInAnswer && !calls.isHeard && !this.#isDeaf) {
          calls.isInAnswer = false;
          isEchoed = (await this.#echo(echo)) || isEchoed;
        }
        // Called while it was reading: others are at work, and their next changes come along with a moment's rest.
        const pauseMs = calls.isAgain ? restMs : readIntervalMs;
        calls.isAgain = false;
        await this.#sleep(pauseMs);
      }
      if (isEnded) throw new BouncerError('store_unavailable', 'the listening connection ended');
    } catch (error) {
      throw storeFailure('the change log cannot be followed', error);
    } finally {
      endClient(client);
    }
  }

  /** From another connection, as real calls are. @returns whether it was sent */
  #echo(echo: string): Promise<boolean> {
    return this.#parts.db.notify('bouncer', echo).then(
      () => true,
      () => false,
    );
  }

  #followCalls(client: Client, echo: string): Calls {
    const calls: Calls = { isAsking: false, isHeard: false, isInAnswer: false, isAgain: false };
    client.on('notification', ({ payload }: Notification) => {
      if (payload === echo && calls.isAsking) calls.isInAnswer = true;
      else if (payload === echo) calls.isHeard = true;
      calls.isAgain = true;
      this.#wake?.();
    });
    return calls;
  }

  /** A pooler takes LISTEN without an error and forgets it: only a notification proves that one will come. */
  #judgeSilence(listeningForMs: number): void {
    if (this.#isDeaf || listeningForMs <= echoLimitMs) return;
    this.#isDeaf = true;
    this.#parts.listener.deaf(
      'notifications do not arrive: give `store.postgres.listen_url`, an address of PostgreSQL itself; until then changes are looked for three times a second',
    );
  }

  #sleep(ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms).unref();
      this.#wake = done;
    });
  }
}
