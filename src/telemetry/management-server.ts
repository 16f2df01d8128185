// /livez, /readyz and /metrics on a listener of their own (loopback or a Unix socket): for operators, never for visitors.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BouncerError } from '../bouncer-error.ts';
import { hasLostAddress } from '../http/lost-address.ts';
import { breakOff } from '../http/queued-response.ts';
import type { ListenAddress } from '../settings/settings.ts';
import { createManagementAccess, type ManagementAccess } from './management-access.ts';
import type { Metrics } from './metrics.ts';

/** What `/readyz` says. `isReady` false gives 503; warnings do not. */
export interface Readiness {
  readonly isReady: boolean;
  /** Tells whether two bouncers run the same rules. */
  readonly rulesHash: string;
  /** Each with a fixed id as key, such as `rules`, and a text for the operator. */
  readonly failures: Readonly<Record<string, string>>;
  readonly warnings: Readonly<Record<string, string>>;
}

export interface ManagementServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What is told there. */
export interface Told {
  readonly readiness: () => Readiness;
  readonly metrics: Metrics;
}

export interface ManagementOptions {
  /** Who may ask, and by which names; by default this machine alone. */
  readonly access?: ManagementAccess;
  /** `wait`: an address that another process has is taken when that one leaves it (a new bouncer beside the old one). `fail` by default. */
  readonly whenTaken?: 'fail' | 'wait';
}

/**
 * Start the management listener.
 *
 * @param address loopback, a Unix socket, or another address when the settings say who may ask
 * @throws BouncerError `listen_failed`
 */
export async function startManagementServer(
  address: ListenAddress,
  told: Told,
  options: ManagementOptions = {},
): Promise<ManagementServer> {
  const { access = thisMachine(), whenTaken = 'fail' } = options;
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, requireHostHeader: false },
    (req, res) => {
      if (!access.isName(req)) send(res, 421, 'text/plain', notMyName);
      else void answer(req, res, told).catch(() => breakOff(res));
    },
  );
  server.on('connection', (socket) => {
    if (hasLostAddress(socket) || !access.isPeer(socket.remoteAddress)) socket.destroy();
  });
  server.maxConnections = 100;
  try {
    await listen(server, address);
  } catch (error) {
    if (whenTaken === 'wait' && isTaken(error)) return waitForAddress(server, address);
    throw cannotListen(error);
  }
  const bound = server.address();
  return {
    url: typeof bound === 'string' || bound === null ? `unix:${bound}` : urlOf(bound),
    close: () => end(server),
  };
}

/** How soon an address that another process has is tried again. */
const retryMs = 500;

/** Not listening yet: it does once the address is free. */
function waitForAddress(server: Server, address: ListenAddress): ManagementServer {
  let retry: NodeJS.Timeout | undefined;
  const again = (): void => {
    retry = setTimeout(() => void listen(server, address).catch(again), retryMs);
  };
  again();
  return {
    url: address.kind === 'unix' ? `unix:${address.path}` : `http://${address.host}:${address.port}`,
    close: () => {
      clearTimeout(retry);
      return end(server);
    },
  };
}

/** @throws what Node says */
function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const onListening = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (address.kind === 'unix') server.listen(address.path, onListening);
    else server.listen(address.port, address.host, onListening);
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function cannotListen(cause: unknown): BouncerError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BouncerError('listen_failed', `the management address cannot be listened on: ${why}`, {
    cause,
    hint: 'choose another `management` address, or stop what uses it',
  });
}

function thisMachine(): ManagementAccess {
  return createManagementAccess({ managementFrom: [], managementNames: [] });
}

function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

const notMyName = 'not my name: ask by address, by localhost, or by one of `management_names`\n';

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { readiness, metrics }: Told,
): Promise<void> {
  // A web page must not reach this through a browser on the same machine: browsers send Origin or Sec-Fetch-Site.
  const site = req.headers['sec-fetch-site'];
  if (req.headers.origin !== undefined || (site !== undefined && site !== 'none')) {
    send(res, 403, 'text/plain', 'not for web pages\n');
  } else if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD');
    send(res, 405, 'text/plain', 'only GET\n');
  } else if (req.url === '/livez') {
    send(res, 200, 'text/plain', 'ok\n');
  } else if (req.url === '/readyz') {
    const { isReady, rulesHash, failures, warnings } = readiness();
    send(
      res,
      isReady ? 200 : 503,
      'application/json',
      `${JSON.stringify({ ready: isReady, rules_hash: rulesHash, failures, warnings })}\n`,
    );
  } else if (req.url === '/metrics') {
    send(res, 200, metrics.contentType, await metrics.render());
  } else {
    send(res, 404, 'text/plain', 'there are /livez, /readyz and /metrics\n');
  }
}

function send(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  res.end(body);
}

function urlOf(address: AddressInfo): string {
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
