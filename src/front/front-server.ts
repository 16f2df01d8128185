// The listening side: HTTP/1.1, or HTTP/2 with HTTP/1.1 beside it over TLS, with limits on everything a stranger can spend.
// It hands over requests as they came; it judges no header, chooses no application and knows no session.
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { upgradeToken } from '../http/upgrade-token.ts';
import type { ListenAddress, Settings } from '../settings/settings.ts';
import { createLimitNotices, type LimitNotices } from '../telemetry/limit-notices.ts';
import { type Certificate, watchCertificate } from './certificate.ts';
import { createFrontConnections } from './connections.ts';
import { FrontDoor, type FrontDoorParts, type FrontHandlers } from './front-door.ts';
import { type FurtherListener, listenAlso } from './further-listener.ts';
import { http1Options } from './http1-options.ts';
import type { FrontHttp2Response } from './http2-messages.ts';
import { http2Options } from './http2-options.ts';
import { type Listening, type ListenOptions, listenOn } from './listen.ts';
import { inheritAddress } from './proxied-address.ts';
import { listenProxied } from './proxied-listener.ts';
import { createProxiedRefusals } from './proxied-refusals.ts';

export interface FrontServerParts extends Omit<FrontDoorParts, 'notices'> {
  readonly tls: Settings['tls'];
  /** Whether an address is a proxy's in front, whose connections are many people's; none by default. */
  readonly isProxy?: (address: string) => boolean;
  /** Where limits that were met are counted and told. */
  readonly notices?: LimitNotices;
  /** How long the header of the PROXY protocol may take; milliseconds, 5,000 by default. */
  readonly proxyHeaderTimeoutMs?: number;
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
  /**
   * Accept connections at another address too.
   *
   * @throws BouncerError `listen_failed`
   */
  listenAlso(address: ListenAddress): Promise<Listening>;
  /**
   * Accept connections of `isProxy` alone at another address, each of which begins with the PROXY protocol and counts by the address that
   * this tells.
   *
   * @throws BouncerError `listen_failed`
   */
  listenProxied(address: ListenAddress): Promise<Listening>;
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

/**
 * Create the front server. Nothing listens yet.
 *
 * @throws BouncerError `settings_invalid` when the certificate or key cannot be used
 */
export function createFrontServer(options: FrontServerParts): FrontServer {
  const { limits, tls, telemetry } = options;
  const certificate =
    tls === null ? null : watchCertificate(tls, telemetry, options.certificateCheckMs ?? 2_000);
  const server = openServer(limits, certificate);
  const notices = options.notices ?? createLimitNotices(telemetry);
  const isProxy = options.isProxy ?? (() => false);
  const connections = createFrontConnections(server, {
    limits,
    isSecure: certificate !== null,
    isProxy,
    notices,
  });
  certificate?.onChange((context) => {
    if ('setSecureContext' in server) server.setSecureContext(context);
  });
  admitMessages(server, new FrontDoor({ ...options, notices }, connections), options);
  const further: FurtherListener[] = [];
  const stopFurther = (): void => {
    for (const listener of further.splice(0)) listener.stop();
  };
  return {
    listen: (address, more = {}) => listenOn(server, address, more),
    async listenAlso(address) {
      const listener = await listenAlso(server, address);
      further.push(listener);
      return listener;
    },
    async listenProxied(address) {
      const listener = await listenProxied(server, address, {
        isProxy,
        onRefused: createProxiedRefusals(telemetry),
        mostWaiting: limits.connections,
        headerTimeoutMs: options.proxyHeaderTimeoutMs,
      });
      further.push(listener);
      return listener;
    },
    get isDraining() {
      return connections.isDraining;
    },
    get connections() {
      return connections.size;
    },
    reloadCertificate: async () => (certificate === null ? true : certificate.reload()),
    async drain(deadlineMs) {
      stopFurther();
      const outcome = await connections.drain(deadlineMs);
      certificate?.close();
      return outcome;
    },
    async close() {
      stopFurther();
      certificate?.close();
      await connections.drain(0);
    },
  };
}

/** @param certificate `null`: HTTP/1.1 without TLS */
function openServer(
  limits: Settings['limits'],
  certificate: Certificate | null,
): HttpServer | Http2SecureServer {
  const http1 = http1Options(limits);
  const server =
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
  // More than allowed: Node cuts the list there, or calls it too large, and one that is too long is to be refused by its name, and never
  // shortened.
  settable.maxHeadersCount = 2 * limits.headerCount + 1;
  settable.shouldUpgradeCallback = isUpgrade;
  return server;
}

/** Every event by which Node announces a message. */
function admitMessages(
  server: HttpServer | Http2SecureServer,
  door: FrontDoor,
  { onRequest, onCheckContinue }: FrontHandlers,
): void {
  server.on('request', (req: IncomingMessage, res: ServerResponse) => door.request(req, res, onRequest));
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) =>
    door.request(req, res, onCheckContinue),
  );
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) =>
    door.request(req, res, onRequest),
  );
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    door.upgrade(req, socket, head),
  );
  server.on('connect', (req: IncomingMessage, target: Duplex | FrontHttp2Response) =>
    door.connect(req, target),
  );
  server.on('clientError', (error: Error, socket: Socket) => {
    inheritAddress(socket);
    door.clientError(error, socket);
  });
}

/** Which protocols an application takes is not known here: whoever asks for one gets its answer on a connection of its own. */
function isUpgrade({ headers }: IncomingMessage): boolean {
  return upgradeToken(headers.upgrade, headers.connection) !== null;
}
