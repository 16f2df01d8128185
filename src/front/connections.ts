// Every open connection of the front server, and how they end: by themselves, told to go, or cut at the deadline of a drain.
import { Server as HttpServer, type ServerResponse } from 'node:http';
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { Server, type Socket } from 'node:net';
import type { Settings } from '../settings/settings.ts';
import { ConnectionShares, type FrontConnection, type FrontStream } from './connection-shares.ts';
import type { LimitNotices } from './limit-notices.ts';
import { WriteProgress } from './write-progress.ts';

export interface FrontConnections {
  readonly size: number;
  readonly isDraining: boolean;
  /** The response tells its client to use another connection for the next request. */
  sayGoodbye(res: ServerResponse): void;
  /** The connection of this socket of HTTP/1.1 is a WebSocket from now on: it is never idle. */
  upgraded(socket: unknown): void;
  drain(deadlineMs: number): Promise<{ readonly cut: number }>;
}

/**
 * Idle connections get this long to bring one more request, which is answered with `Connection: close`: a request that is on its way
 * when the drain begins is not lost.
 */
const idleGraceMs = 1_000;
const idleCheckMs = 100;
const allStreams = 2 ** 31 - 1;

interface Answering {
  readonly _httpMessage?: ServerResponse | null;
}

export interface FrontConnectionsOptions {
  readonly limits: Settings['limits'];
  readonly isSecure: boolean;
  /** Whether the connections of this address count to nobody's share. */
  readonly isProxy: (address: string) => boolean;
  readonly notices: LimitNotices;
}

/** Follow the connections of `server` from now on. */
export function createFrontConnections(server: Server, options: FrontConnectionsOptions): FrontConnections {
  const { limits, isSecure, isProxy, notices } = options;
  const shares = new ConnectionShares({
    most: limits.connections,
    mostPerClient: limits.connectionsPerAddress,
    isProxy,
    onLimit: (limit, address) => notices.note(limit, address),
  });
  const progress = new WriteProgress(shares, {
    timeoutMs: limits.writeTimeoutMs,
    mostStalled: limits.stalledPerAddress,
    onCut: (address) => notices.note('write_timeout', address),
  });
  const httpSockets = new Map<Socket, FrontConnection>();
  const sessions = new Set<ServerHttp2Session>();
  let draining: Promise<{ readonly cut: number }> | null = null;
  let cutNow: (() => void) | null = null;

  const hold = (http: Socket, connection: FrontConnection): void => {
    connection.http = http;
    httpSockets.set(http, connection);
    http.once('close', () => httpSockets.delete(http));
  };
  server.on('connection', (socket: Socket) => {
    const connection = shares.admit(socket, isSecure);
    if (connection !== null && !isSecure) hold(socket, connection);
  });
  if (isSecure) {
    let secured: FrontConnection | null = null;
    // Before the listener of node:http2, which announces the session of this very socket.
    server.prependListener('secureConnection', (socket: Socket & { readonly _parent?: Socket }) => {
      const connection = socket._parent === undefined ? undefined : shares.find(socket._parent);
      secured = connection ?? null;
      if (connection !== undefined) hold(socket, connection);
    });
    server.on('session', (session: ServerHttp2Session) => {
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
      if (draining !== null) session.goaway(constants.NGHTTP2_NO_ERROR, allStreams);
      if (secured !== null) secured.session = session;
      limitIdleness(session, limits, secured);
    });
  }

  const tellToGo = (): void => {
    for (const socket of httpSockets.keys()) {
      const message = (socket as Answering)._httpMessage;
      if (message !== undefined && message !== null && !message.headersSent) message.shouldKeepAlive = false;
    }
    // RFC 9113 section 6.8: first say that the end comes, so that no request on its way is refused.
    // One that its client has just left is destroyed before it is closed.
    for (const session of sessions)
      if (!session.destroyed) session.goaway(constants.NGHTTP2_NO_ERROR, allStreams);
  };
  const closeIdle = (): void => {
    HttpServer.prototype.closeIdleConnections.call(server as HttpServer);
    for (const session of sessions) session.close();
    for (const socket of httpSockets.keys()) if (socket.bytesRead === 0) socket.destroy();
  };
  const run = async (deadlineMs: number): Promise<{ readonly cut: number }> => {
    tellToGo();
    let cut = 0;
    let idle: NodeJS.Timeout | undefined;
    const grace = setTimeout(
      () => {
        closeIdle();
        idle = setInterval(closeIdle, idleCheckMs);
      },
      Math.min(idleGraceMs, deadlineMs / 2),
    );
    const cutAll = (): void => {
      cut += shares.size;
      for (const session of sessions) session.destroy();
      for (const socket of [...shares.sockets]) socket.destroy();
    };
    const deadline = setTimeout(cutAll, deadlineMs);
    cutNow = cutAll;
    await new Promise<void>((resolve) => {
      // Not the HTTP server's own close(): that one would cut idle connections before their last request arrived.
      Server.prototype.close.call(server, () => resolve());
    });
    clearTimeout(grace);
    clearInterval(idle);
    clearTimeout(deadline);
    progress.close();
    // Now the HTTP server's own close, for its timers.
    server.close();
    return { cut };
  };

  return {
    get size() {
      return shares.size;
    },
    get isDraining() {
      return draining !== null;
    },
    sayGoodbye(res) {
      res.shouldKeepAlive = false;
    },
    upgraded(socket) {
      const connection = httpSockets.get(socket as Socket);
      if (connection !== undefined) connection.isUpgraded = true;
    },
    drain(deadlineMs) {
      if (draining === null) draining = run(deadlineMs);
      else if (deadlineMs === 0) cutNow?.();
      return draining;
    },
  };
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
