// Opens connections to the PostgreSQL server that takes writes, of the one or several that the settings name. A standby is never
// read from: what it says is late.
import { readFileSync } from 'node:fs';
import type { Client, ClientBase, ClientConfig } from 'pg';
import { BouncerError } from '../../bouncer-error.ts';
import type { PostgresAddress } from '../../settings/settings.ts';
import { codeOf, storeFailure } from './postgres-failure.ts';

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
}

export class PostgresConnector {
  readonly #parts: PostgresConnectorParts;
  /** The host that was the right one at last. */
  #hostIndex = 0;
  #isDirect = false;

  constructor(parts: PostgresConnectorParts) {
    this.#parts = parts;
  }

  /** False until a connection has proved that no pooler is in between: a pooler forgets named statements. */
  get isDirect(): boolean {
    return this.#isDirect;
  }

  /** Changes when another host takes the writes. */
  get hostIndex(): number {
    return this.#hostIndex;
  }

  /**
   * What `pg` needs to connect to the host that was right at last.
   *
   * @throws BouncerError `store_unavailable` when the file of the authority cannot be read
   */
  config(limits: StatementLimits, hostIndex = this.#hostIndex): ClientConfig {
    const { address, caFile } = this.#parts;
    const { host, port } = address.hosts[hostIndex] ?? { host: 'localhost', port: 5432 };
    return {
      host,
      port,
      ...(address.user === null ? {} : { user: address.user }),
      ...(address.database === null ? {} : { database: address.database }),
      // Without one, `pg` would look into the environment and into files.
      password: address.password ?? '',
      ssl: address.isTls
        ? { rejectUnauthorized: true, ...(caFile === null ? {} : { ca: readAuthority(caFile) }) }
        : false,
      application_name: 'bouncer',
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      query_timeout: limits.clientMs,
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
        const client = await this.#openHost({ ...this.config(limits, index), ...more }, limits);
        this.#hostIndex = index;
        return client;
      } catch (error) {
        failure ??= storeFailure('PostgreSQL cannot be reached', error);
      }
    }
    throw failure ?? new BouncerError('store_unavailable', 'no PostgreSQL host is named');
  }

  async #openHost(config: ClientConfig, limits: StatementLimits): Promise<Client> {
    const client = new this.#parts.pg.Client(config);
    client.on('error', () => {});
    try {
      await client.connect();
      await this.prepare(client, limits);
      return client;
    } catch (error) {
      endClient(client);
      throw error;
    }
  }

  /**
   * Makes sure that a new connection may be used: that it leads to the server that takes writes, that what it acknowledges is on disk, and
   * that no statement outlives whoever asked for it.
   *
   * @throws BouncerError `store_unavailable`
   */
  async prepare(client: ClientBase, { serverMs }: StatementLimits): Promise<void> {
    // Whoever uses it notices its end by the failure of what is asked; without a listener, the end between two questions would end the
    // process.
    client.on('error', () => {});
    const { rows } = await client.query<{ is_standby: boolean; is_direct: boolean }>(
      `SELECT pg_is_in_recovery() AS is_standby,
         pg_backend_pid() = $1::bigint AS is_direct,
         CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
           THEN set_config('synchronous_commit', 'on', false) END,
         CASE WHEN pg_backend_pid() = $1::bigint THEN set_config('statement_timeout', $2, false) END,
         CASE WHEN pg_backend_pid() = $1::bigint
           THEN set_config('default_transaction_isolation', 'read committed', false) END,
         CASE WHEN pg_backend_pid() = $1::bigint
           THEN set_config('idle_in_transaction_session_timeout', '5000', false) END`,
      // A pooler tells an id of its own making.
      [(client as unknown as { readonly processID: number | null }).processID ?? 0, String(serverMs)],
    );
    this.#isDirect = rows[0]?.is_direct === true;
    if (rows[0]?.is_standby !== false)
      throw new BouncerError('store_unavailable', 'the PostgreSQL server is a standby', {
        hint: 'name the primary in `store.postgres.url`, or all servers, separated by commas',
      });
  }
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BouncerError(
      'store_unavailable',
      `the file of \`store.postgres.ca_file\` cannot be read (${codeOf(error)})`,
      { cause: error, hint: 'is it there, and may the account that runs bouncer read it?' },
    );
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
