// Who may hold how many connections: one address its share, and all together the limit. Where there are too many, those go first
// that have asked for nothing; what is being answered is never cut for a newcomer.

import type { ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { peerAddress } from '../http/client-address.ts';
import { clientNetwork } from '../http/client-network.ts';
import { hasLostAddress } from '../http/lost-address.ts';

/** What is known of a connection from the accept on. */
export interface FrontConnection {
  readonly socket: Socket;
  /** Whose share it counts to; `null`: nobody's (a Unix socket, a trusted proxy). */
  readonly client: string | null;
  /** The socket on which HTTP is spoken: of TLS the inner one, `null` before its handshake is done. */
  http: Socket | null;
  /** It became a WebSocket. */
  isUpgraded: boolean;
  /** Of HTTP/2. */
  session: ServerHttp2Session | null;
  /** It brought streams of HTTP/2. */
  hasStreams: boolean;
  /** Those open now. */
  readonly open: Set<FrontStream>;
  /** Where its bytes were when they last went on; `null` while nothing waits. */
  mark: ProgressMark | null;
}

/** A stream of HTTP/2 whose answer is not through. */
export interface FrontStream {
  readonly http2: ServerHttp2Stream;
  /** It is a WebSocket. */
  readonly isTunnel: boolean;
  mark: ProgressMark | null;
}

/** How much of an answer was taken at some time. */
export interface ProgressMark {
  readonly taken: number;
  readonly sinceMs: number;
}

export interface SharesParts {
  readonly most: number;
  readonly mostPerClient: number;
  /** Whether an address speaks for many people. */
  readonly isProxy: (address: string) => boolean;
  readonly onLimit: (limit: 'connections' | 'connections_per_address', address: string | null) => void;
}

type Silence = 'never-asked' | 'idle' | 'busy';

export class ConnectionShares {
  readonly #parts: SharesParts;
  /** In the order in which they were accepted. */
  readonly #connections = new Map<Socket, FrontConnection>();
  readonly #byClient = new Map<string, Set<FrontConnection>>();

  constructor(parts: SharesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#connections.size;
  }

  get sockets(): Iterable<Socket> {
    return this.#connections.keys();
  }

  all(): Iterable<FrontConnection> {
    return this.#connections.values();
  }

  find(socket: Socket): FrontConnection | undefined {
    return this.#connections.get(socket);
  }

  /**
   * Count a new connection, and make room for it.
   *
   * @param http the socket on which HTTP is spoken; `null`: it is not there before the handshake of TLS
   * @returns `null` when there is none, or its client is gone already: it was closed
   */
  admit(socket: Socket, http: Socket | null): FrontConnection | null {
    if (hasLostAddress(socket)) return refuse(socket);
    const address = socket.remoteAddress ?? null;
    const client = address === null || this.#parts.isProxy(address) ? null : clientNetwork(address);
    const { most, mostPerClient, onLimit } = this.#parts;
    const own = client === null ? undefined : this.#byClient.get(client);
    if (own !== undefined && own.size >= mostPerClient) {
      onLimit('connections_per_address', peerAddress(socket.remoteAddress));
      if (!this.#makeRoom(own)) return refuse(socket);
    } else if (this.#connections.size >= most) {
      onLimit('connections', peerAddress(socket.remoteAddress));
      if (!this.#makeRoom(this.#connections.values())) return refuse(socket);
    }
    const connection = {
      socket,
      client,
      http,
      isUpgraded: false,
      session: null,
      hasStreams: false,
      open: new Set<FrontStream>(),
      mark: null,
    };
    this.#add(connection);
    socket.once('close', () => this.#remove(connection));
    return connection;
  }

  #add(connection: FrontConnection): void {
    this.#connections.set(connection.socket, connection);
    if (connection.client === null) return;
    const own = this.#byClient.get(connection.client);
    if (own === undefined) this.#byClient.set(connection.client, new Set([connection]));
    else own.add(connection);
  }

  #remove(connection: FrontConnection): void {
    this.#connections.delete(connection.socket);
    if (connection.client === null) return;
    const own = this.#byClient.get(connection.client);
    own?.delete(connection);
    if (own?.size === 0) this.#byClient.delete(connection.client);
  }

  /** Close the oldest that never asked for anything, else the oldest that is idle. */
  #makeRoom(candidates: Iterable<FrontConnection>): boolean {
    let found: FrontConnection | null = null;
    for (const connection of candidates) {
      const silence = silenceOf(connection);
      if (silence === 'busy') continue;
      found ??= connection;
      if (silence === 'idle') continue;
      found = connection;
      break;
    }
    if (found === null) return false;
    this.#remove(found);
    found.socket.destroy();
    return true;
  }
}

function refuse(socket: Socket): null {
  socket.destroy();
  return null;
}

/** node:http keeps the response that it is busy with on the socket: `undefined` before the first, `null` between two. */
function silenceOf({ http, isUpgraded, hasStreams, open }: FrontConnection): Silence {
  if (http === null) return 'never-asked';
  if (isUpgraded || open.size > 0) return 'busy';
  const { _httpMessage: message } = http as { readonly _httpMessage?: ServerResponse | null };
  if (message !== undefined && message !== null) return 'busy';
  return hasStreams || message === null ? 'idle' : 'never-asked';
}
