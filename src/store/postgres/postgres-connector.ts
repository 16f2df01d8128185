// Opens connections to the PostgreSQL server that takes writes, of the one or several that the settings name. A standby is never
// read from: what it says is late.
import { readFileSync } from 'node:fs';
import type { Client, ClientConfig } from 'pg';
import { BouncerError } from '../../bouncer-error.ts';
import type { PostgresAddress } from '../../settings/settings.ts';
import { storeFailure } from './postgres-failure.ts';

/** The `pg` package, which is loaded when it is first needed. */
export type PgModule = Pick<typeof import('pg'), 'Client' | 'Pool'>;

/** The longest that opening a connection may take, one host, milliseconds. */
const connectTimeoutMs = 1_500;

/** Time limits of one connection, milliseconds; the server's own end a statement when this process cannot. */
export interface StatementLimits {
  readonly serverMs: number;
  readonly clientMs: number;
}

export interface PostgresConnectorParts {
  readonly pg: PgModule;
  readonly address: PostgresAddress;
  /** PEM; `null`: the system's authorities. */
  readonly caFile: string | null;
  /** False behind a pooler, which refuses parameters at the start of a connection and named statements. */
  readonly isDirect: boolean;
}

/** Another text after a failover, a restore, or on another server; NULL on a standby. */
export const placeSql = `CASE WHEN pg_is_in_recovery() THEN NULL
  ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
  END`;

export class PostgresConnector {
  readonly #parts: PostgresConnectorParts;
  /** The host that was the right one at last. */
  #hostIndex = 0;

  constructor(parts: PostgresConnectorParts) {
    this.#parts = parts;
  }

  get isDirect(): boolean {
    return this.#parts.isDirect;
  }

  /** Changes when another host takes the writes. */
  get hostIndex(): number {
    return this.#hostIndex;
  }

  /**
   * What `pg` needs to connect to the host that was right at last.
   *
   * @throws Error when the file of the authority cannot be read
   */
  config(limits: StatementLimits, hostIndex = this.#hostIndex): ClientConfig {
    const { address, caFile, isDirect } = this.#parts;
    const { host, port } = address.hosts[hostIndex] ?? { host: 'localhost', port: 5432 };
    return {
      host,
      port,
      ...(address.user === null ? {} : { user: address.user }),
      ...(address.database === null ? {} : { database: address.database }),
      // Without one, `pg` would look into the environment and into files.
      password: address.password ?? '',
      ssl: address.isTls
        ? { rejectUnauthorized: true, ...(caFile === null ? {} : { ca: readFileSync(caFile, 'utf8') }) }
        : false,
      application_name: 'bouncer',
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      query_timeout: limits.clientMs,
      ...(isDirect ? { statement_timeout: limits.serverMs, idle_in_transaction_session_timeout: 5_000 } : {}),
    };
  }

  /**
   * A connection to the server that takes writes.
   *
   * @throws BouncerError `store_unavailable`
   */
  async open(limits: StatementLimits, more: ClientConfig = {}): Promise<Client> {
    const { hosts } = this.#parts.address;
    let failure: BouncerError | null = null;
    for (let step = 0; step < hosts.length; step++) {
      const index = (this.#hostIndex + step) % hosts.length;
      try {
        const client = await this.#openHost({ ...this.config(limits, index), ...more });
        this.#hostIndex = index;
        return client;
      } catch (error) {
        failure ??= storeFailure('PostgreSQL cannot be reached', error);
      }
    }
    throw failure ?? new BouncerError('store_unavailable', 'no PostgreSQL host is named');
  }

  async #openHost(config: ClientConfig): Promise<Client> {
    const client = new this.#parts.pg.Client(config);
    // Its end is noticed where it is used; without a listener, it would end the process.
    client.on('error', () => {});
    try {
      await client.connect();
      await prepareClient(client);
      return client;
    } catch (error) {
      endClient(client);
      throw error;
    }
  }
}

/** Ends a connection without waiting, also one that no longer answers. */
export function endClient(client: Client): void {
  client.end().catch(() => {});
  // `end` waits for the server's goodbye; a server that is gone never says it.
  const { stream } =
    (client as unknown as { readonly connection?: { readonly stream?: { destroy(): void } } }).connection ??
    {};
  setTimeout(() => stream?.destroy(), 500).unref();
}

/**
 * Makes sure that a new connection may be used: that it leads to the server that takes writes, and that what it acknowledges is on disk.
 *
 * @throws BouncerError `store_unavailable`
 */
export async function prepareClient(client: Pick<Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ is_standby: boolean }>(
    `SELECT pg_is_in_recovery() AS is_standby,
       CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
         THEN set_config('synchronous_commit', 'on', false)
       END`,
  );
  if (rows[0]?.is_standby !== false)
    throw new BouncerError('store_unavailable', 'the PostgreSQL server is a standby', {
      hint: 'name the primary in `store.postgres.url`, or all servers, separated by commas',
    });
}
