// Every fuzz target. The pure ones run anywhere; the live ones start a site of their own and must be closed.
import { configuration } from './configuration.ts';
import { frontProxyHeader } from './front-proxy-header.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { httpClientAddress } from './http-client-address.ts';
import { httpCookie } from './http-cookie.ts';
import { httpGate } from './http-gate.ts';
import { httpHost } from './http-host.ts';
import { httpPath } from './http-path.ts';
import { httpRequestHeaders } from './http-request-headers.ts';
import { httpResponseHeaders } from './http-response-headers.ts';
import { httpReturnAddress } from './http-return-address.ts';
import { identityClaims } from './identity-claims.ts';
import { identitySealed } from './identity-sealed.ts';
import { identityTokens } from './identity-tokens.ts';
import { liveCallback } from './live-callback.ts';
import { liveReaders } from './live-readers.ts';
import { livePython, liveStreams } from './live-streams.ts';
import type { LiveTarget } from './live-target.ts';
import { liveTunnel } from './live-tunnel.ts';
import { upstreamResponse } from './upstream-response.ts';

export const pureTargets: readonly FuzzTarget[] = [
  httpGate,
  httpHost,
  httpPath,
  httpRequestHeaders,
  httpResponseHeaders,
  httpCookie,
  httpReturnAddress,
  httpClientAddress,
  frontProxyHeader,
  identitySealed,
  identityClaims,
  identityTokens,
  configuration,
  upstreamResponse,
];

export const liveTargets: readonly LiveTarget[] = [
  liveCallback,
  liveStreams,
  livePython,
  liveReaders,
  liveTunnel,
];
