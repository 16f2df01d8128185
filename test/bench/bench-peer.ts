// What a proxy of the benchmark is to whoever measures it.
import type { IdentityProvider } from './bench-login.ts';
import type { Running } from './bench-processes.ts';

export const peerNames = [
  'bouncer',
  'before',
  'bare-undici',
  'express-http-proxy',
  'express-http-proxy-keep-alive',
  'mod-auth-openidc',
  'oauth2-proxy',
  'oauth2-proxy-redis',
  'nginx-oauth2-proxy',
  'caddy-oauth2-proxy',
  'nginx',
  'node-floor',
] as const;
export type PeerName = (typeof peerNames)[number];

/** A proxy that runs. */
export interface Peer {
  readonly name: PeerName;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Fields that a request must carry: `Host`, and the cookie of a login. */
  readonly headers: Readonly<Record<string, string>>;
  readonly process: Running;
  /** How long it took until its port was open, milliseconds, and the CPU time of that. */
  readonly start?: { readonly tookMs: number; readonly cpuMs: number };
}

/** A certificate and its key, as files. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** How the peers are told where the identity provider is. */
export interface PeerContext {
  readonly originUrl: string;
  readonly provider: IdentityProvider;
  /** The ports whose redirect URIs are registered with the provider, of those that log people in. */
  readonly ports: Readonly<Partial<Record<PeerName, number>>>;
  /** How many connections that last (WebSockets) the peer must bear. */
  readonly connections: number;
  /** Peers speak TLS and HTTP/2 in front; absent: plain HTTP/1.1. */
  readonly tls?: KeyPair | undefined;
  /** The `main.js` of an earlier build, which is measured beside this one. */
  readonly before?: string | undefined;
}

interface Callback {
  readonly host: string;
  readonly path: string;
  /** Of the versions before this path. */
  readonly earlierPath?: string;
}

const callbacks: Readonly<Partial<Record<PeerName, Callback>>> = {
  bouncer: { host: 'bench.localhost', path: '/.bouncer/callback/bench' },
  before: { host: 'bench.localhost', path: '/.bouncer/callback/bench', earlierPath: '/.bouncer/callback' },
  'mod-auth-openidc': { host: 'localhost', path: '/redirect_uri' },
  'oauth2-proxy': { host: 'localhost', path: '/oauth2/callback' },
  'oauth2-proxy-redis': { host: 'localhost', path: '/oauth2/callback' },
  'nginx-oauth2-proxy': { host: 'localhost', path: '/oauth2/callback' },
  'caddy-oauth2-proxy': { host: 'localhost', path: '/oauth2/callback' },
};

/** Those that log people in. */
export const peersWithLogin = peerNames.filter((name) => callbacks[name] !== undefined);

/** Where the provider may send people back to. */
export function redirectUris(ports: PeerContext['ports']): string[] {
  return Object.entries(ports).flatMap(([name, port]) => {
    const callback = callbacks[name as PeerName];
    if (callback === undefined) return [];
    const { host, path, earlierPath = path } = callback;
    return ['http', 'https'].flatMap((scheme) =>
      [...new Set([path, earlierPath])].map((each) => `${scheme}://${host}:${port}${each}`),
    );
  });
}

/** @throws Error for one that has no port there */
export function portOf({ ports }: PeerContext, name: PeerName): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`no port is registered for ${name}`);
  return port;
}
