// What is measured. A scenario names an origin, who takes part, and how one sample of one peer is taken.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import type { PeerName } from './bench-peers.ts';
import { makeFolder } from './bench-processes.ts';

export type ScenarioName = 'small' | 'browser' | 'medium' | 'rate' | 'download' | 'upload' | 'websockets';

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
  measure(target: Target, seconds: number): Promise<Sample>;
}

const proxies: readonly PeerName[] = [
  'bouncer',
  'bare-undici',
  'express-http-proxy',
  'express-http-proxy-keep-alive',
  'mod-auth-openidc',
  'nginx',
];
const webSocketCount = 1_000;
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
    peers: [...proxies, 'node-floor'],
    hasDirect: false,
    connections: 0,
    measure: (target, seconds) => loadWithWrk(target, '/1k', { seconds, connections: 32 }),
  },
  {
    name: 'browser',
    title: "GET of 1 KB with a browser's fifteen fields, 32 keep-alive connections",
    unit: 'request',
    origin: 'files',
    peers: [...proxies, 'node-floor'],
    hasDirect: false,
    connections: 0,
    measure: ({ headers, ...target }, seconds) =>
      loadWithWrk({ ...target, headers: { ...headers, ...browserFields } }, '/1k', {
        seconds,
        connections: 32,
      }),
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
    title: `GET of 1 KB at ${fixedRate} requests a second, open loop`,
    unit: 'request',
    origin: 'files',
    peers: proxies,
    hasDirect: true,
    connections: 0,
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
