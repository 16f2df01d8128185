// What is measured. A scenario names an origin, who takes part, and how one sample of one peer is taken.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadWithH2load } from './bench-h2load.ts';
import {
  browserFields,
  loadAtRate,
  loadWebSockets,
  loadWithWrk,
  type Sample,
  type Target,
  transfer,
} from './bench-load.ts';
import { gigabyte, type OriginKind } from './bench-origin.ts';
import type { PeerName } from './bench-peer.ts';
import { makeFolder } from './bench-processes.ts';

export type ScenarioName =
  | 'small'
  | 'browser'
  | 'tls'
  | 'http2'
  | 'medium'
  | 'rate'
  | 'download'
  | 'upload'
  | 'websockets';

export interface Scenario {
  readonly name: ScenarioName;
  readonly title: string;
  /** What `perSecond` and `cpuUsPerUnit` count. */
  readonly unit: string;
  readonly origin: OriginKind;
  readonly peers: readonly PeerName[];
  /** Whether the origin is also measured without a proxy. */
  readonly hasDirect: boolean;
  /** Connections that last. */
  readonly connections: number;
  /** TLS in front, and HTTP/2 for who speaks it. */
  readonly isSecure?: true;
  /** Its samples are no shorter, but for a quick look. */
  readonly leastSeconds?: number;
  /** In place of a first sample that is not counted: what makes every peer ready, whatever its own samples would do. */
  warmUp?(target: Target): Promise<unknown>;
  measure(target: Target, seconds: number): Promise<Sample>;
}

const proxies: readonly PeerName[] = [
  'bouncer',
  'before',
  'bare-undici',
  'express-http-proxy',
  'express-http-proxy-keep-alive',
  'mod-auth-openidc',
  'nginx',
];
/** Those that ask oauth2-proxy, or are it. */
const withOauth2Proxy: readonly PeerName[] = [
  'oauth2-proxy',
  'oauth2-proxy-redis',
  'nginx-oauth2-proxy',
  'caddy-oauth2-proxy',
];
const secured: readonly PeerName[] = ['bouncer', 'before', 'bare-undici', 'nginx', 'node-floor'];
const webSocketCount = 1_000;
/** Shorter samples catch the compiler at work. */
const leastSecondsAtRate = 15;
const warmUpSeconds = 8;
export const http2 = { connections: 32, streams: 4 } as const;
export const fixedRate = 1_000;

let uploadFile: string | null = null;

/** A gigabyte of nothing: a sparse file, made once. */
function gigabyteFile(): string {
  if (uploadFile === null) {
    uploadFile = join(makeFolder(), 'upload');
    writeFileSync(uploadFile, '');
    truncateSync(uploadFile, gigabyte);
  }
  return uploadFile;
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'small',
    title: 'GET of 1 KB, 32 keep-alive connections',
    unit: 'request',
    origin: 'files',
    peers: [...proxies, ...withOauth2Proxy, 'node-floor'],
    hasDirect: false,
    connections: 0,
    measure: (target, seconds) => loadWithWrk(target, '/1k', { seconds, connections: 32 }),
  },
  {
    name: 'browser',
    title: "GET of 1 KB with a browser's fifteen fields, 32 keep-alive connections",
    unit: 'request',
    origin: 'files',
    peers: [...proxies, ...withOauth2Proxy, 'node-floor'],
    hasDirect: false,
    connections: 0,
    measure: ({ headers, ...target }, seconds) =>
      loadWithWrk({ ...target, headers: { ...headers, ...browserFields } }, '/1k', {
        seconds,
        connections: 32,
      }),
  },
  {
    name: 'tls',
    title: 'GET of 1 KB over TLS and HTTP/1.1, 32 keep-alive connections',
    unit: 'request',
    origin: 'files',
    peers: secured,
    hasDirect: false,
    connections: 0,
    isSecure: true,
    measure: (target, seconds) => loadWithWrk(target, '/1k', { seconds, connections: 32 }),
  },
  {
    name: 'http2',
    title: `GET of 1 KB over TLS and HTTP/2, ${http2.connections} connections with ${http2.streams} requests at a time`,
    unit: 'request',
    origin: 'files',
    peers: secured,
    hasDirect: false,
    connections: 0,
    isSecure: true,
    measure: (target, seconds) => loadWithH2load(target, '/1k', { seconds, ...http2 }),
  },
  {
    name: 'medium',
    title: 'GET of 100 KB, 32 keep-alive connections',
    unit: 'request',
    origin: 'files',
    peers: proxies,
    hasDirect: false,
    connections: 0,
    measure: (target, seconds) => loadWithWrk(target, '/100k', { seconds, connections: 32 }),
  },
  {
    name: 'rate',
    title: `GET of 1 KB at ${fixedRate} requests a second, open loop, after ${warmUpSeconds} seconds of full load`,
    unit: 'request',
    origin: 'files',
    peers: [...proxies, 'oauth2-proxy', 'nginx-oauth2-proxy', 'caddy-oauth2-proxy'],
    hasDirect: true,
    connections: 0,
    leastSeconds: leastSecondsAtRate,
    // At this rate compilers would take some minutes, beside the requests that are measured.
    warmUp: (target) => loadWithWrk(target, '/1k', { seconds: warmUpSeconds, connections: 32 }),
    measure: (target, seconds) => loadAtRate(target, '/1k', fixedRate, seconds),
  },
  {
    name: 'download',
    title: 'download of 1 GB, one connection',
    unit: 'MB',
    origin: 'files',
    peers: proxies,
    hasDirect: true,
    connections: 0,
    measure: (target) => transfer(target, '/1g', null),
  },
  {
    name: 'upload',
    title: 'upload of 1 GB, one connection',
    unit: 'MB',
    origin: 'uploads',
    peers: proxies,
    hasDirect: true,
    connections: 0,
    measure: (target) => transfer(target, '/upload', gigabyteFile()),
  },
  {
    name: 'websockets',
    title: `${webSocketCount} WebSockets, messages of 64 bytes there and back`,
    unit: 'message',
    origin: 'websockets',
    peers: proxies,
    hasDirect: true,
    connections: webSocketCount,
    measure: (target, seconds) => loadWebSockets(target, webSocketCount, seconds),
  },
];
