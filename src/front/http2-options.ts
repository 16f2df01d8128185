// What one HTTP/2 connection may ask of this process: streams, memory, and the floods that RFC 9113 section 10.5 warns of.
import type { SecureServerOptions } from 'node:http2';
import type { Settings } from '../settings/settings.ts';
import { longestHead } from './http1-options.ts';
import { FrontHttp2Request, FrontHttp2Response } from './http2-messages.ts';

const streamWindowBytes = 256 * 1024;
const concurrentStreams = 128;

/** The most cookies that browsers keep for one domain are 180. */
const mostCookies = 200;

/** The options of `http2.createSecureServer`, HTTP/1.1 allowed beside it. */
export function http2Options(limits: Settings['limits']): SecureServerOptions {
  return {
    allowHTTP1: true,
    Http2ServerRequest: FrontHttp2Request as never,
    Http2ServerResponse: FrontHttp2Response as never,
    settings: {
      enableConnectProtocol: true,
      enablePush: false,
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams: concurrentStreams,
      maxHeaderListSize: longestHead(limits),
    },
    // One above the limit: the list that is too long is refused by name, a longer one by its stream being reset. Five pseudo-headers,
    // and browsers send every cookie as a pair of its own (RFC 9113 section 8.2.3).
    maxHeaderListPairs: limits.headerCount + 1 + 5 + mostCookies,
    // Megabytes. Every stream may hold a full window before it pushes back.
    maxSessionMemory: Math.ceil((concurrentStreams * streamWindowBytes) / 1e6) + 16,
    maxSessionInvalidFrames: 50,
    maxSessionRejectedStreams: 50,
    maxSettings: 16,
    maxOutstandingPings: 8,
    // Rapid reset (CVE-2023-44487): a burst of 200 cancelled streams, then 50 a second.
    streamResetBurst: 200,
    streamResetRate: 50,
    // A proxy passes on what the application sent, twice the same field included.
    strictSingleValueFields: false,
    handshakeTimeout: 10_000,
    unknownProtocolTimeout: 1_000,
  } as SecureServerOptions;
}
