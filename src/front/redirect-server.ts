// The plain http address beside an https one: its only answer is where the same page is by https. Nothing that comes here is read any
// further, decided or forwarded; what was sent in the clear is not asked for again.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseHost } from '../http/canonical-host.ts';
import { originOf } from '../http/origin-of.ts';
import type { CanonicalHost } from '../http/request-target.ts';
import type { ListenAddress, Settings } from '../settings/settings.ts';
import { type Listening, listenOn } from './listen.ts';

export interface RedirectServerParts {
  readonly settings: () => Pick<Settings, 'authUrl'>;
  /** Whether a host is one of ours: nobody is sent elsewhere. */
  readonly isKnownHost: (host: CanonicalHost) => boolean;
}

export interface RedirectServer extends Listening {
  close(): Promise<void>;
}

const headTimeoutMs = 5_000;
const mostConnections = 256;
const longestTarget = 4_096;

/** @throws BouncerError `listen_failed` */
export async function startRedirectServer(
  address: ListenAddress,
  parts: RedirectServerParts,
): Promise<RedirectServer> {
  const server = createServer({
    headersTimeout: headTimeoutMs,
    requestTimeout: headTimeoutMs,
    connectionsCheckingInterval: 1_000,
    keepAlive: false,
    maxHeaderSize: 16 * 1024,
    requireHostHeader: false,
  });
  server.maxConnections = mostConnections;
  server.maxHeadersCount = 100;
  server.on('request', (req: IncomingMessage, res: ServerResponse) => answer(req, res, parts));
  server.on('upgrade', (_, socket) => socket.destroy());
  const listening = await listenOn(server, address, {});
  return {
    ...listening,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(req: IncomingMessage, res: ServerResponse, parts: RedirectServerParts): void {
  const host = hostOf(req);
  const status = statusFor(req, host, parts);
  // A body that nobody reads must not be taken for a further request.
  const headers: Record<string, string> = {
    'Content-Length': '0',
    Connection: 'close',
    'Cache-Control': 'no-store',
  };
  if (status === 308 && host !== null) headers['Location'] = `${originOf(parts.settings(), host)}${req.url}`;
  res.writeHead(status, headers);
  res.end();
}

/** The one `Host` of a request; `null`: none, several, or no host. */
function hostOf({ rawHeaders }: IncomingMessage): CanonicalHost | null {
  const given = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host',
  );
  return given.length === 1 ? (parseHost(given[0] ?? '')?.host ?? null) : null;
}

function statusFor(
  { method, url = '' }: IncomingMessage,
  host: CanonicalHost | null,
  { isKnownHost }: RedirectServerParts,
): 308 | 400 | 403 | 421 {
  if (host === null || !isPlainTarget(url)) return 400;
  if (!isKnownHost(host)) return 421;
  // What is more than a look would be sent twice, the first time in the clear.
  return method === 'GET' || method === 'HEAD' ? 308 : 403;
}

/** A path with a query, of visible ASCII: it goes back as it came. */
function isPlainTarget(target: string): boolean {
  return target.length <= longestTarget && /^\/[\u0021-\u007e]*$/.test(target);
}
