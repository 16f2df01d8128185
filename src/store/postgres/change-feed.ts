// Keeps this process's memory of sessions true: reads the change log when its listener has it read, and knows at each moment whether it
// is sure. Not sure = ask the database; it does not answer = what was known, for as long as the settings allow; then nothing. It serves
// no session itself.
import { BouncerError } from '../../bouncer-error.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import type { Row } from '../row.ts';
import type { StoreListener } from '../store-listener.ts';
import { ChangeListener } from './change-listener.ts';
import { ChangeMemory } from './change-memory.ts';
import type { PostgresConnector } from './postgres-connector.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { isUnaskable, type PlaceWay, placeSql, placeWays } from './server-place.ts';
import { SharedClock } from './shared-clock.ts';

/**
 * How long a reading counts from the moment it was asked for, milliseconds: what another process committed before is known here by
 * then at the latest, called or not.
 */
const sureForMs = 900;
/** How long the database may take to answer, milliseconds. */
const answerLimitMs = 1_500;
/** Changes in one answer; after a full one, the next is asked for at once. */
const batchSize = 2_000;

const readSql = (
  way: PlaceWay,
): string => `SELECT ${placeSql(way)} AS place, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
  (SELECT value FROM bouncer.counter WHERE name = 'forgotten_changes')::float8 AS forgotten,
  coalesce((SELECT max(id) FROM bouncer.change), 0)::float8 AS top,
  (SELECT json_agg(json_build_array(c.id, c.login_id) ORDER BY c.id) FROM (
    SELECT id, login_id FROM bouncer.change WHERE $1::bigint >= 0 AND id > $1::bigint ORDER BY id LIMIT ${batchSize}
  ) AS c) AS changes`;

/** Reads the log after a position. */
type Read = (position: number, way: PlaceWay) => Promise<readonly Row[]>;

export interface ChangeFeedParts {
  readonly db: PostgresDatabase;
  /** For the connection that listens. */
  readonly connector: PostgresConnector;
  /** How long what was known may be gone on with, milliseconds. */
  readonly keepMs: () => number;
  readonly listener: StoreListener;
}

export class ChangeFeed {
  readonly clock = new SharedClock();
  readonly memory = new ChangeMemory();
  readonly #parts: ChangeFeedParts;
  /** The last number of the change log that is known; -1: none yet. */
  #position = -1;
  #place: string | null = null;
  #way: PlaceWay = placeWays[0];
  /** Counts up when the log that is read is another one than before. */
  #history = 0;
  /** When the last reading was asked for, by the steady clock. */
  #sureAtMs = Number.NEGATIVE_INFINITY;
  #isLost = false;
  #asking: Promise<void> | null = null;
  #listener: ChangeListener | null = null;
  #isClosed = false;

  constructor(parts: ChangeFeedParts) {
    this.#parts = parts;
  }

  /**
   * Reads the log for the first time.
   *
   * @param mode `follow`: and goes on listening
   * @throws BouncerError `store_unavailable`
   */
  async start(mode: 'read' | 'follow'): Promise<void> {
    await this.#ask();
    if (mode === 'read' || this.#isClosed) return;
    this.#listener = new ChangeListener({
      ...{ db: this.#parts.db, connector: this.#parts.connector, listener: this.#parts.listener },
      answerLimitMs,
      readOn: (client) =>
        this.#readAll(async (position, way) => (await client.query<Row>(readSql(way), [position])).rows),
      readAside: () => this.#ask().catch(() => {}),
    });
  }

  get isReachable(): boolean {
    return !this.#isLost;
  }

  /** The database took the listening connection, and yet does not call on it: a pooler is in between. */
  get isDeaf(): boolean {
    return this.#listener?.isDeaf ?? false;
  }

  /** Why this process does not listen to the database, and only asks it; `null` while it does. */
  get listenFailure(): string | null {
    return this.#listener?.failure ?? null;
  }

  /** How long nothing has been learnt, milliseconds. */
  get silentForMs(): number {
    return performance.now() - this.#sureAtMs;
  }

  /** See `SessionStore.version`. */
  version(): MaybePromise<number> {
    if (this.silentForMs < sureForMs) return this.memory.version;
    if (this.#isLost) return this.#remembered();
    return this.#ask().then(
      () => this.memory.version,
      () => this.#remembered(),
    );
  }

  #remembered(): number {
    if (this.silentForMs <= this.#parts.keepMs() + sureForMs) return this.memory.version;
    throw this.lostError();
  }

  lostError(): BouncerError {
    return new BouncerError('store_unavailable', 'PostgreSQL does not answer', {
      hint: 'who is logged in goes on for `store_loss.keep`; nobody can log in until it is back',
    });
  }

  /** @throws BouncerError `store_unavailable` at once while the database is known not to answer */
  requireReachable(): void {
    if (this.#isLost) throw this.lostError();
  }

  /** Another server, or a restored one: anything may have happened. */
  #forget(): void {
    this.#history += 1;
    this.#position = -1;
    this.memory.noteEverything();
  }

  /** One question for all who are not sure at a time. */
  #ask(): Promise<void> {
    this.#asking ??= this.#readAll((position, way) =>
      this.#parts.db.lookUp(`changes_${way}`, readSql(way), [position]),
    )
      .catch((error: unknown) => {
        this.#lose(error);
        throw error;
      })
      .finally(() => {
        this.#asking = null;
      });
    return this.#asking;
  }

  async #readAll(read: Read): Promise<void> {
    for (;;) {
      const askedAtMs = performance.now();
      const asked = this.#position;
      const history = this.#history;
      const [row] = await withLimit(this.#readOnce(read, asked));
      if (row === undefined || row['place'] === null)
        throw new BouncerError('store_unavailable', 'the PostgreSQL server has become a standby');
      // Another reading found a new history meanwhile: what was asked of the old one means nothing in it.
      if (history !== this.#history) continue;
      if (row['place'] !== this.#place) {
        if (this.#place !== null) this.#forget();
        this.#place = String(row['place']);
        if (asked !== this.#position) continue;
      }
      this.clock.learn(Number(row['now_ms']), askedAtMs);
      if (this.#learn(asked, row)) {
        this.#sureAtMs = Math.max(this.#sureAtMs, askedAtMs);
        this.#find();
        return;
      }
    }
  }

  async #readOnce(read: Read, position: number): Promise<readonly Row[]> {
    const way = this.#way;
    const next = placeWays[placeWays.indexOf(way) + 1];
    try {
      return await read(position, way);
    } catch (error) {
      if (next === undefined || !isUnaskable(error)) throw error;
      this.#way = next;
      return read(position, next);
    }
  }

  /** @returns false when there is more to read */
  #learn(asked: number, row: Row): boolean {
    const top = Number(row['top']);
    const changes = (row['changes'] ?? []) as readonly (readonly [id: number, loginId: string | null])[];
    if (asked === -1) {
      // The first reading, or the first of another history: nothing read before it is remembered.
      this.#position = top;
      return true;
    }
    if (top < asked || Number(row['forgotten']) > asked) {
      this.#forget();
      this.#position = top;
      return true;
    }
    // Two connections read at a time: what one has learnt the other need not note again.
    const fresh = changes.filter(([id]) => id > this.#position);
    this.memory.note(fresh.map(([, loginId]) => loginId));
    this.#position = Math.max(this.#position, changes.at(-1)?.[0] ?? 0);
    return changes.length < batchSize;
  }

  #lose(error: unknown): void {
    if (this.#isLost || this.#isClosed || this.silentForMs < sureForMs) return;
    this.#isLost = true;
    this.#parts.listener.lost(error, this.#parts.keepMs());
  }

  #find(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#parts.listener.found();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#listener?.close();
  }
}

/** The same promise, or a failure when it does not settle in time. */
function withLimit<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new BouncerError('store_unavailable', `PostgreSQL took longer than ${answerLimitMs} ms`)),
      answerLimitMs,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
