// The proxies that are compared. Each forwards to one origin; those that authenticate come back logged in.
import { apacheModules, startApache } from './bench-apache.ts';
import { startBouncer } from './bench-bouncer.ts';
import { startCaddyWithOauth2Proxy } from './bench-caddy.ts';
import { startNginx, startNginxWithOauth2Proxy } from './bench-nginx.ts';
import { startOauth2ProxyAlone } from './bench-oauth2-proxy.ts';
import { programFile } from './bench-origin.ts';
import type { Peer, PeerContext, PeerName } from './bench-peer.ts';
import { freePort, hasCommand, proxyCore, start } from './bench-processes.ts';

type ProgramName = 'bare-undici' | 'express-http-proxy' | 'express-http-proxy-keep-alive' | 'node-floor';

/** How to get what Debian does not have in the right version. */
const ways = {
  nginx: 'apt-get install nginx',
  apache2: 'apt-get install apache2 libapache2-mod-auth-openidc',
  'oauth2-proxy': 'go install github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6, then --programs FOLDER',
  'redis-server': 'apt-get install redis-server',
  caddy: 'go install github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.7, then --programs FOLDER',
} as const;

/** What each peer cannot run without. */
const commands: Readonly<Partial<Record<PeerName, readonly (keyof typeof ways)[]>>> = {
  'mod-auth-openidc': ['apache2'],
  'oauth2-proxy': ['oauth2-proxy'],
  'oauth2-proxy-redis': ['oauth2-proxy', 'redis-server'],
  'nginx-oauth2-proxy': ['nginx', 'oauth2-proxy'],
  'caddy-oauth2-proxy': ['caddy', 'oauth2-proxy'],
  nginx: ['nginx'],
};

/** What keeps a peer from running here, in one line; `null` when it can. */
export function missingFor(
  name: PeerName,
  { before, exists }: { readonly before: string | undefined; readonly exists: (file: string) => boolean },
): string | null {
  const missing = (commands[name] ?? []).find((command) => !hasCommand(command));
  if (missing !== undefined) return `${name}: ${missing} is missing (${ways[missing]})`;
  if (name === 'mod-auth-openidc' && !exists(`${apacheModules}/mod_auth_openidc.so`))
    return 'mod_auth_openidc is missing (apt-get install libapache2-mod-auth-openidc)';
  if (name === 'bouncer' && !exists(programFile('../../dist/main.js')))
    return 'dist/ is missing (npm run build)';
  if (name === 'before' && before === undefined) return 'no earlier build was named (--before FOLDER)';
  return null;
}

/** Start a peer, on the proxy's core. */
export function startPeer(name: PeerName, context: PeerContext): Promise<Peer> {
  switch (name) {
    case 'bouncer':
      return startBouncer(context);
    case 'before':
      return startBouncer(context, { name: 'before', main: String(context.before) });
    case 'mod-auth-openidc':
      return startApache(context);
    case 'oauth2-proxy':
    case 'oauth2-proxy-redis':
      return startOauth2ProxyAlone(name, context);
    case 'nginx-oauth2-proxy':
      return startNginxWithOauth2Proxy(context);
    case 'caddy-oauth2-proxy':
      return startCaddyWithOauth2Proxy(context);
    case 'nginx':
      return startNginx(context);
    default:
      return startProgram(name, context);
  }
}

/** Start one of the peers that are programs of this folder. */
export async function startProgram(
  name: ProgramName,
  context: PeerContext,
  nodeArgs: readonly string[] = [],
): Promise<Peer> {
  const port = await freePort();
  const { tls } = context;
  const [program, habit] =
    name === 'express-http-proxy-keep-alive'
      ? ['express-http-proxy', ['keep-alive']]
      : [name, tls === undefined ? [] : [tls.cert, tls.key]];
  const args = [...nodeArgs, programFile(`${program}.ts`), String(port), context.originUrl, ...habit];
  const process_ = await start(process.execPath, {
    core: proxyCore,
    args,
    port,
    env: { NODE_ENV: 'production' },
  });
  const scheme = tls === undefined ? 'http' : 'https';
  return { name, port, scheme, headers: { Host: `127.0.0.1:${port}` }, process: process_ };
}
