// Every open connection of the front server, followed from its accept to its end. Who may hold how many, what counts as too slow and how a
// drain goes are told elsewhere.
import type { ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { Settings } from '../settings/settings.ts';
import type { LimitNotices } from '../telemetry/limit-notices.ts';
import { ConnectionShares, type FrontConnection, type FrontStream } from './connection-shares.ts';
import { Drain, type DrainOutcome, sayGoodbye } from './drain.ts';
import { inheritAddress } from './proxied-address.ts';
import { WriteProgress } from './write-progress.ts';

export interface FrontConnections {
  readonly size: number;
  readonly isDraining: boolean;
  /** The response tells its client to use another connection for the next request. */
  sayGoodbye(res: ServerResponse): void;
  /** The connection of this socket of HTTP/1.1 is a WebSocket from now on: it is never idle. */
  upgraded(socket: unknown): void;
  drain(deadlineMs: number): Promise<DrainOutcome>;
}

export interface FrontConnectionsParts {
  readonly limits: Settings['limits'];
  readonly isSecure: boolean;
  /** Whether the connections of this address count to nobody's share. */
  readonly isProxy: (address: string) => boolean;
  readonly notices: LimitNotices;
}

/** Follow the connections of `server` from now on. */
export function createFrontConnections(server: Server, parts: FrontConnectionsParts): FrontConnections {
  return new FollowedConnections(server, parts);
}

class FollowedConnections implements FrontConnections {
  readonly #limits: Settings['limits'];
  readonly #shares: ConnectionShares;
  readonly #progress: WriteProgress;
  readonly #httpSockets = new Map<Socket, FrontConnection>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #drain: Drain;
  /** The one whose handshake was done last, for the session that Node announces next. */
  #secured: FrontConnection | null = null;

  constructor(server: Server, { limits, isSecure, isProxy, notices }: FrontConnectionsParts) {
    this.#limits = limits;
    this.#shares = new ConnectionShares({
      most: limits.connections,
      mostPerClient: limits.connectionsPerAddress,
      isProxy,
      onLimit: (limit, address) => notices.note(limit, address),
    });
    this.#progress = new WriteProgress(this.#shares, {
      timeoutMs: limits.writeTimeoutMs,
      mostStalled: limits.stalledPerAddress,
      onCut: (limit, address) => notices.note(limit, address),
    });
    this.#drain = new Drain({
      server,
      shares: this.#shares,
      httpSockets: this.#httpSockets,
      sessions: this.#sessions,
    });
    if (isSecure) this.#followTls(server);
    else this.#followPlain(server);
  }

  get size(): number {
    return this.#shares.size;
  }

  get isDraining(): boolean {
    return this.#drain.isBegun;
  }

  sayGoodbye(res: ServerResponse): void {
    res.shouldKeepAlive = false;
  }

  upgraded(socket: unknown): void {
    const connection = this.#httpSockets.get(socket as Socket);
    if (connection !== undefined) connection.isUpgraded = true;
  }

  async drain(deadlineMs: number): Promise<DrainOutcome> {
    const outcome = await this.#drain.run(deadlineMs);
    this.#progress.close();
    return outcome;
  }

  #followPlain(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const connection = this.#shares.admit(socket, socket);
      if (connection !== null) this.#hold(socket, connection);
    });
  }

  #followTls(server: Server): void {
    server.on('connection', (socket: Socket) => void this.#shares.admit(socket, null));
    // Before the listener of node:http2, which announces the session of this very socket.
    server.prependListener('secureConnection', (socket: Socket & { readonly _parent?: Socket }) => {
      inheritAddress(socket);
      const connection = socket._parent === undefined ? undefined : this.#shares.find(socket._parent);
      this.#secured = connection ?? null;
      if (connection !== undefined) this.#hold(socket, connection);
    });
    server.on('session', (session: ServerHttp2Session) => {
      const connection = this.#secured;
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
      if (this.#drain.isBegun) sayGoodbye(session);
      if (connection !== null) connection.session = session;
      limitIdleness(session, this.#limits, connection);
    });
  }

  #hold(http: Socket, connection: FrontConnection): void {
    connection.http = http;
    this.#httpSockets.set(http, connection);
    http.once('close', () => this.#httpSockets.delete(http));
  }
}

/** Close a session that has nothing open for as long as an idle HTTP/1.1 connection may live. */
function limitIdleness(
  session: ServerHttp2Session,
  limits: Settings['limits'],
  connection: FrontConnection | null,
): void {
  const open = connection?.open ?? new Set<FrontStream>();
  session.setTimeout(limits.keepAliveTimeoutMs, () => {
    if (open.size === 0) session.close();
  });
  session.on('stream', (stream: ServerHttp2Stream, headers) => {
    if (connection !== null) connection.hasStreams = true;
    const followed = { http2: stream, isTunnel: headers[':method'] === 'CONNECT', mark: null };
    open.add(followed);
    stream.once('close', () => open.delete(followed));
  });
}
