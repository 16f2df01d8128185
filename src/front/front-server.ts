// The listening side: HTTP/1.1, or HTTP/2 with HTTP/1.1 beside it over TLS, with limits on everything a stranger can spend.
// It hands over requests as they came; it judges no header, chooses no application and knows no session.
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { constants, createSecureServer, type Http2SecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Reason, refusalJson, refusals } from '../http/refusals.ts';
import { upgradeToken } from '../http/upgrade-token.ts';
import type { ListenAddress, Settings } from '../settings/settings.ts';
import { faultOf } from '../telemetry/cause-of.ts';
import type { RequestRecord, Telemetry } from '../telemetry/request-record.ts';
import { announcesBody, watchBody } from './body-progress.ts';
import { watchCertificate } from './certificate.ts';
import { answerClientError, rawRefusal, refusedOnSocket } from './client-error.ts';
import { createFrontConnections } from './connections.ts';
import { FrontHttp2Request, FrontHttp2Response } from './http2-messages.ts';
import { http2Options } from './http2-options.ts';
import { Http2WebSocketSocket } from './http2-websocket.ts';
import { createLimitNotices, type LimitNotices } from './limit-notices.ts';
import { type Listening, type ListenOptions, listenOn } from './listen.ts';
import { TurnQueue } from './turn-queue.ts';

export interface FrontServerParts {
  readonly limits: Settings['limits'];
  readonly tls: Settings['tls'];
  /**
   * A request. Over HTTP/2 `req` and `res` only look like node:http's: `rawHeaders` has `host` in place of the pseudo-headers,
   * fields that HTTP/2 has no place for are dropped from what `res` is given, and `res.destroy()` resets the one stream.
   */
  onRequest(req: IncomingMessage, res: ServerResponse): void;
  /**
   * A request that asks to change the protocol (`Upgrade`), or an extended CONNECT for a WebSocket (RFC 8441) as if it were that. An HTTP/1.1 answer written to
   * `socket` reaches the client as it should: for HTTP/2 a 101 becomes `:status: 200`.
   */
  onUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** A request with `Expect: 100-continue`; nothing was answered yet (`res.writeContinue()` does). */
  onCheckContinue(req: IncomingMessage, res: ServerResponse): void;
  readonly telemetry: Telemetry;
  /** Whether an address is a proxy's in front, whose connections are many people's; none by default. */
  readonly isProxy?: (address: string) => boolean;
  /** Where limits that were met are counted and told. */
  readonly notices?: LimitNotices;
  /** How often the certificate's files are looked at; milliseconds, 2,000 by default. */
  readonly certificateCheckMs?: number;
}

export interface FrontServer {
  /**
   * Accept connections.
   *
   * @param address where; port 0 takes a free one
   * @param options how a socket is shared with other processes, for a restart without a gap
   * @returns where it listens
   * @throws BouncerError `listen_failed`
   */
  listen(address: ListenAddress, options?: ListenOptions): Promise<Listening>;
  readonly isDraining: boolean;
  /** Open connections. */
  readonly connections: number;
  /** Read the certificate's files now (they are also watched); `false` when the old pair stays. */
  reloadCertificate(): Promise<boolean>;
  /**
   * Stop accepting; let requests in flight finish; tell clients to use another connection (`Connection: close`, GOAWAY);
   * close idle connections; cut what is left at the deadline. Idempotent.
   *
   * @param deadlineMs from now
   * @returns how many connections had to be cut
   */
  drain(deadlineMs: number): Promise<{ readonly cut: number }>;
  /** Cut everything at once. */
  close(): Promise<void>;
}

/** Longest time for a request head, whatever the settings say (slow senders hold no connection). */
const maxHeadersTimeoutMs = 15_000;

/**
 * Create the front server. Nothing listens yet.
 *
 * @throws BouncerError `settings_invalid` when the certificate or key cannot be used
 */
export function createFrontServer(options: FrontServerParts): FrontServer {
  const { limits, tls, telemetry } = options;
  const certificate =
    tls === null ? null : watchCertificate(tls, telemetry, options.certificateCheckMs ?? 2_000);
  const requestTimeout = limits.requestTimeoutMs;
  const http1 = {
    headersTimeout: Math.min(
      limits.headersTimeoutMs,
      maxHeadersTimeoutMs,
      requestTimeout === 0 ? Number.POSITIVE_INFINITY : requestTimeout,
    ),
    // What comes after the head is body-progress.ts's matter.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: limits.headerBytes + limits.urlBytes,
    insecureHTTPParser: false,
    // The gate wants to see and name what is wrong with Host.
    requireHostHeader: false,
    noDelay: true,
  };
  const server: HttpServer | Http2SecureServer =
    certificate === null
      ? createServer(http1)
      : createSecureServer({
          ...http1,
          ...http2Options(limits),
          ...certificate.context(),
          http1Options: http1,
        });
  const settable = server as {
    maxHeadersCount?: number;
    shouldUpgradeCallback?: (req: IncomingMessage) => boolean;
  };
  // One more than allowed: Node cuts the list there, and a list that is too long is refused, never shortened.
  settable.maxHeadersCount = limits.headerCount + 1;
  settable.shouldUpgradeCallback = isUpgrade;
  const connections = createFrontConnections(server, {
    limits,
    isSecure: certificate !== null,
    isProxy: options.isProxy ?? (() => false),
    notices: options.notices ?? createLimitNotices(telemetry),
  });
  const turns = new TurnQueue();
  certificate?.onChange((context) => {
    if ('setSecureContext' in server) server.setSecureContext(context);
  });

  const refused = (req: Parameters<typeof refusedOnSocket>[0], reason: Reason): RequestRecord => {
    const record = refusedOnSocket(req, reason);
    telemetry.request(record);
    return record;
  };
  const admit = (req: IncomingMessage, res: ServerResponse, next: FrontServerParts['onRequest']): void => {
    if (connections.isDraining) connections.sayGoodbye(res);
    if (req.rawHeaders.length > limits.headerCount * 2) {
      const { requestId } = refused(req, 'headers-too-many');
      const body = refusalJson('headers-too-many', requestId);
      res.writeHead(refusals['headers-too-many'].status, {
        Connection: 'close',
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'X-Request-Id': requestId,
      });
      res.end(body);
      return;
    }
    if (requestTimeout > 0 && announcesBody(req)) watchBody(req, requestTimeout, () => tooSlow(req));
    turns.run(
      // Who left while waiting for its turn asks for nothing any more.
      () => void (res.destroyed || guarded(telemetry, res, () => next(req, res))),
      () => req.socket?.remoteAddress ?? '',
    );
  };
  const tooSlow = (req: IncomingMessage): void => {
    if (req instanceof FrontHttp2Request) {
      req.stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    const error = Object.assign(new Error('the body does not come'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    answerClientError(error, req.socket, (record) => telemetry.request(record));
  };
  const { onRequest, onCheckContinue } = options;
  server.on('request', (req: IncomingMessage, res: ServerResponse) => admit(req, res, onRequest));
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => admit(req, res, onCheckContinue));
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => admit(req, res, onRequest));
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', ignore);
    connections.upgraded(socket);
    if (req.rawHeaders.length > limits.headerCount * 2) {
      socket.end(rawRefusal('headers-too-many', refused(req, 'headers-too-many').requestId));
      return;
    }
    guarded(telemetry, socket, () => options.onUpgrade(req, socket, head));
  });
  server.on('connect', (req: IncomingMessage, target: Duplex | FrontHttp2Response) => {
    if (req instanceof FrontHttp2Request && target instanceof FrontHttp2Response) {
      if (!req.isWebSocket) {
        const { requestId } = refused(req, 'method-refused');
        target.writeHead(refusals['method-refused'].status, [
          ...['content-type', 'application/json'],
          ...['x-request-id', requestId],
        ]);
        target.end(refusalJson('method-refused', requestId));
        return;
      }
      req.method = 'GET';
      const socket = new Http2WebSocketSocket(target.stream);
      guarded(telemetry, socket, () =>
        options.onUpgrade(req as unknown as IncomingMessage, socket, Buffer.alloc(0)),
      );
      return;
    }
    (target as Duplex).on('error', ignore);
    (target as Duplex).end(rawRefusal('method-refused', refused(req, 'method-refused').requestId));
  });
  server.on('clientError', (error: Error, socket: Socket) => {
    answerClientError(error, socket, (record) => telemetry.request(record));
  });

  return {
    listen: (address, more = {}) => listenOn(server, address, more),
    get isDraining() {
      return connections.isDraining;
    },
    get connections() {
      return connections.size;
    },
    reloadCertificate: async () => (certificate === null ? true : certificate.reload()),
    async drain(deadlineMs) {
      const outcome = await connections.drain(deadlineMs);
      certificate?.close();
      return outcome;
    },
    async close() {
      certificate?.close();
      await connections.drain(0);
    },
  };
}

/** A throw of the handler must not take the process along, nor leave the client waiting. */
function guarded(telemetry: Telemetry, target: { destroy(error?: Error): unknown }, run: () => void): void {
  try {
    run();
  } catch (error) {
    telemetry.event('internal_error', faultOf(error));
    target.destroy();
  }
}

/** Which protocols an application takes is not known here: whoever asks for one gets its answer on a connection of its own. */
function isUpgrade({ headers }: IncomingMessage): boolean {
  return upgradeToken(headers.upgrade, headers.connection) !== null;
}

function ignore(): void {}
