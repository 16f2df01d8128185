// oauth2-proxy as a peer: by itself, and as the helper of a proxy that asks it. Its sessions are in its cookie or in Redis; it requires a
// group, and writes a line a request. Redis is not of the proxy, so that it runs on the other core and its CPU time does not count.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { client, type IdentityProvider, logIn } from './bench-login.ts';
import { type Peer, type PeerContext, portOf } from './bench-peer.ts';
import { freePort, loadCore, makeFolder, proxyCore, type Running, start } from './bench-processes.ts';

export interface Oauth2ProxyOptions {
  readonly port: number;
  /** Where people come back to from the provider. */
  readonly publicUrl: string;
  readonly provider: IdentityProvider;
  /** Where it forwards to; `static://202`: nowhere, it is only asked. */
  readonly upstream: string;
  /** Sessions are there; in its cookie by default. */
  readonly redisUrl?: string;
  /** The program; the one in the `PATH` by default. */
  readonly file?: string;
}

/** Start it on the proxy's core. Nobody is logged in yet. */
export function startOauth2Proxy(options: Oauth2ProxyOptions): Promise<Running> {
  const { port, publicUrl, provider, upstream, redisUrl, file = 'oauth2-proxy' } = options;
  const store =
    redisUrl === undefined ? [] : ['--session-store-type=redis', `--redis-connection-url=${redisUrl}`];
  return start(file, {
    core: proxyCore,
    port,
    outputFile: join(makeFolder(), 'requests.log'),
    // As many threads at work as it has cores.
    env: { GOMAXPROCS: '1' },
    args: [
      ...['--provider=oidc', `--oidc-issuer-url=${provider.issuer}`, '--email-domain=example.com'],
      ...[`--client-id=${client.id}`, `--client-secret=${client.secret}`, '--cookie-secure=false'],
      ...[`--cookie-secret=${randomBytes(16).toString('hex')}`, `--http-address=127.0.0.1:${port}`],
      ...[`--redirect-url=${publicUrl}/oauth2/callback`, `--upstream=${upstream}`, '--reverse-proxy=true'],
      ...['--skip-provider-button=true', '--set-xauthrequest=true', '--code-challenge-method=S256'],
      ...['--trusted-proxy-ip=127.0.0.1/32', '--scope=openid email profile groups'],
      ...['--oidc-groups-claim=groups', '--allowed-group=staff', ...store],
    ],
  });
}

/** It forwards by itself. */
export async function startOauth2ProxyAlone(
  name: 'oauth2-proxy' | 'oauth2-proxy-redis',
  context: PeerContext,
): Promise<Peer> {
  const port = portOf(context, name);
  const publicUrl = `http://localhost:${port}`;
  const redis = name === 'oauth2-proxy-redis' ? await startRedis() : null;
  const running = await startOauth2Proxy({
    ...{ port, publicUrl, provider: context.provider, upstream: context.originUrl },
    ...(redis === null ? {} : { redisUrl: redis.url }),
  });
  const stop = async (): Promise<void> => {
    await running.stop();
    await redis?.running.stop();
  };
  const cookie = await logIn(`${publicUrl}/oauth2/start?rd=%2F1k`).catch(async (error: unknown) => {
    await stop();
    throw new Error(`${name}: ${String(error)} ${running.errors()}`);
  });
  const headers = { Host: `localhost:${port}`, Cookie: cookie };
  return { name, port, scheme: 'http', headers, process: { ...running, stop } };
}

async function startRedis(): Promise<{ readonly url: string; readonly running: Running }> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const running = await start('redis-server', { core: loadCore, args, port, cwd: makeFolder() });
  return { url: `redis://127.0.0.1:${port}`, running };
}
