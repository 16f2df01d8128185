// How the connections of a server end that takes no more: told to go, closed once idle, cut at the deadline.
import { Server as HttpServer } from 'node:http';
import { constants, type ServerHttp2Session } from 'node:http2';
import { Server, type Socket } from 'node:net';
import { answering } from './client-error.ts';
import type { ConnectionShares } from './connection-shares.ts';

/** What is to end. */
export interface OpenConnections {
  readonly server: Server;
  /** All of them. */
  readonly shares: ConnectionShares;
  /** The sockets on which HTTP is spoken: of TLS the inner ones. */
  readonly httpSockets: ReadonlyMap<Socket, unknown>;
  /** Those of HTTP/2. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

/** How many connections had to be cut. */
export interface DrainOutcome {
  readonly cut: number;
}

/**
 * Idle connections get this long to bring one more request, which is answered with `Connection: close`: a request that is on its way
 * when the drain begins is not lost.
 */
const idleGraceMs = 1_000;
const idleCheckMs = 100;
const allStreams = 2 ** 31 - 1;

export class Drain {
  readonly #open: OpenConnections;
  #outcome: Promise<DrainOutcome> | null = null;
  #cut = 0;

  constructor(open: OpenConnections) {
    this.#open = open;
  }

  get isBegun(): boolean {
    return this.#outcome !== null;
  }

  /** Begin; or, where it has begun and nothing is to be waited for any more, cut what is left. @param deadlineMs from now */
  run(deadlineMs: number): Promise<DrainOutcome> {
    if (this.#outcome === null) this.#outcome = this.#run(deadlineMs);
    else if (deadlineMs === 0) this.#cutAll();
    return this.#outcome;
  }

  async #run(deadlineMs: number): Promise<DrainOutcome> {
    const { server } = this.#open;
    this.#tellToGo();
    let idle: NodeJS.Timeout | undefined;
    const grace = setTimeout(
      () => {
        this.#closeIdle();
        idle = setInterval(() => this.#closeIdle(), idleCheckMs);
      },
      Math.min(idleGraceMs, deadlineMs / 2),
    );
    const deadline = setTimeout(() => this.#cutAll(), deadlineMs);
    await new Promise<void>((resolve) => {
      // Not the HTTP server's own close(): that one would cut idle connections before their last request arrived.
      Server.prototype.close.call(server, () => resolve());
    });
    clearTimeout(grace);
    clearInterval(idle);
    clearTimeout(deadline);
    // Now the HTTP server's own close, for its timers.
    server.close();
    return { cut: this.#cut };
  }

  #tellToGo(): void {
    const { httpSockets, sessions } = this.#open;
    for (const socket of httpSockets.keys()) {
      const message = answering(socket);
      if (message !== null && !message.headersSent) message.shouldKeepAlive = false;
    }
    // One that its client has just left is destroyed before it is closed.
    for (const session of sessions) if (!session.destroyed) sayGoodbye(session);
  }

  #closeIdle(): void {
    const { server, httpSockets, sessions } = this.#open;
    HttpServer.prototype.closeIdleConnections.call(server as HttpServer);
    for (const session of sessions) session.close();
    for (const socket of httpSockets.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  #cutAll(): void {
    const { shares, sessions } = this.#open;
    this.#cut += shares.size;
    for (const session of sessions) session.destroy();
    for (const socket of [...shares.sockets]) socket.destroy();
  }
}

/** RFC 9113 section 6.8: first say that the end comes, so that no request on its way is refused. */
export function sayGoodbye(session: ServerHttp2Session): void {
  session.goaway(constants.NGHTTP2_NO_ERROR, allStreams);
}
