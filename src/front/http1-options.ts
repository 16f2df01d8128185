// What one HTTP/1.1 connection may ask of this process: how slow and how long a head may be, and how long the connection may idle.
import type { ServerOptions } from 'node:http';
import type { Settings } from '../settings/settings.ts';
import { FrontRequest } from './front-request.ts';

/** Longest time for a request head, whatever the settings say (slow senders hold no connection). */
const maxHeadersTimeoutMs = 15_000;

/** How much of a request's head is read at all, bytes. */
export function longestHead({ headerBytes, cookieBytes, urlBytes }: Settings['limits']): number {
  return headerBytes + cookieBytes + urlBytes;
}

/** The options of `http.createServer`. */
export function http1Options(limits: Settings['limits']): ServerOptions<typeof FrontRequest> {
  const { requestTimeoutMs } = limits;
  return {
    IncomingMessage: FrontRequest,
    headersTimeout: Math.min(
      limits.headersTimeoutMs,
      maxHeadersTimeoutMs,
      requestTimeoutMs === 0 ? Number.POSITIVE_INFINITY : requestTimeoutMs,
    ),
    // What comes after the head is body-progress.ts's matter.
    requestTimeout: 0,
    // No stream is made of a body that is not there: 0.4 µs CPU less for each such request.
    optimizeEmptyRequests: true,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: 1_000,
    // What is too much of it for an application, the gate says by name.
    maxHeaderSize: longestHead(limits),
    insecureHTTPParser: false,
    // The gate wants to see and name what is wrong with Host.
    requireHostHeader: false,
    noDelay: true,
  };
}
