// Caddy as a peer that asks oauth2-proxy about each request (`forward_auth`). Both share the core of the proxy.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logIn } from './bench-login.ts';
import { startOauth2Proxy } from './bench-oauth2-proxy.ts';
import { type Peer, type PeerContext, portOf } from './bench-peer.ts';
import { freePort, joined, makeFolder, proxyCore, start } from './bench-processes.ts';

/** As both document it, with an access log. */
export async function startCaddyWithOauth2Proxy(context: PeerContext): Promise<Peer> {
  const port = portOf(context, 'caddy-oauth2-proxy');
  const url = `http://localhost:${port}`;
  const folder = makeFolder();
  const asked = await freePort();
  const helper = await startOauth2Proxy({
    ...{ port: asked, publicUrl: url, provider: context.provider, upstream: 'static://202' },
  });
  const config = join(folder, 'Caddyfile');
  writeFileSync(
    config,
    `{
  admin off
  auto_https off
  persist_config off
}
http://localhost:${port} {
  bind 127.0.0.1
  log {
    output file ${folder}/access.log
  }
  handle /oauth2/* {
    reverse_proxy 127.0.0.1:${asked} {
      header_up X-Real-IP {remote_host}
      header_up X-Forwarded-Uri {uri}
    }
  }
  handle {
    forward_auth 127.0.0.1:${asked} {
      uri /oauth2/auth
      header_up X-Real-IP {remote_host}
      copy_headers X-Auth-Request-User X-Auth-Request-Email
      @error status 401
      handle_response @error {
        redir * /oauth2/sign_in?rd={scheme}://{host}{uri}
      }
    }
    reverse_proxy ${context.originUrl}
  }
}
`,
  );
  const front = await start('caddy', {
    ...{ core: proxyCore, port, cwd: folder },
    args: ['run', '--config', config, '--adapter', 'caddyfile'],
    env: { GOMAXPROCS: '1', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  const both = joined(front, helper);
  const cookie = await logIn(`${url}/oauth2/start?rd=%2F1k`).catch(async (error: unknown) => {
    await both.stop();
    throw new Error(`Caddy with oauth2-proxy: ${String(error)} ${both.errors()}`);
  });
  const headers = { Host: `localhost:${port}`, Cookie: cookie };
  return { name: 'caddy-oauth2-proxy', port, scheme: 'http', headers, process: both };
}
