// nginx as a peer: bare, and asking oauth2-proxy about each request (`auth_request`).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logIn } from './bench-login.ts';
import { startOauth2Proxy } from './bench-oauth2-proxy.ts';
import { nginxFolders, nginxPreamble } from './bench-origin.ts';
import { type Peer, type PeerContext, portOf } from './bench-peer.ts';
import { freePort, joined, makeFolder, proxyCore, type Running, start } from './bench-processes.ts';

const authority = (url: string): string => url.slice('http://'.length);

/** Start an nginx with these blocks inside of `http`. */
function startWith(folder: string, port: number, blocks: string): Promise<Running> {
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `${nginxPreamble(folder)}http {
  ${nginxFolders(folder)}
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_max_body_size 0;
  ${blocks}
}
`,
  );
  return start('nginx', { core: proxyCore, args: ['-c', config, '-p', folder], port });
}

const toOrigin = (url: string): string =>
  `upstream origin { server ${authority(url)}; keepalive 128; keepalive_requests 100000000; }`;

/** Nothing but forwarding: it authenticates nobody and writes no log. */
export async function startNginx({ originUrl, tls }: PeerContext): Promise<Peer> {
  const port = await freePort();
  const secured =
    tls === undefined
      ? ''
      : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.2 TLSv1.3;`;
  const running = await startWith(
    makeFolder(),
    port,
    `access_log off;
  ${toOrigin(originUrl)}
  map $http_upgrade $connection_field { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} backlog=1024${tls === undefined ? '' : ' ssl http2'};
    ${secured}
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection $connection_field;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $http_host;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_read_timeout 600s;
    }
  }`,
  );
  const scheme = tls === undefined ? 'http' : 'https';
  return { name: 'nginx', port, scheme, headers: { Host: `127.0.0.1:${port}` }, process: running };
}

/** As both document it, with kept connections to oauth2-proxy and an access log in batches, as bouncer's. Both share the proxy's core. */
export async function startNginxWithOauth2Proxy(context: PeerContext): Promise<Peer> {
  const port = portOf(context, 'nginx-oauth2-proxy');
  const url = `http://localhost:${port}`;
  const folder = makeFolder();
  const asked = await freePort();
  const helper = await startOauth2Proxy({
    ...{ port: asked, publicUrl: url, provider: context.provider, upstream: 'static://202' },
  });
  const front = await startWith(
    folder,
    port,
    `access_log ${folder}/access.log combined buffer=16k flush=100ms;
  ${toOrigin(context.originUrl)}
  upstream auth { server 127.0.0.1:${asked}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    proxy_http_version 1.1;
    proxy_set_header Connection '';
    proxy_set_header Host $http_host;
    location /oauth2/ {
      proxy_pass http://auth;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Auth-Request-Redirect $request_uri;
    }
    location = /oauth2/auth {
      proxy_pass http://auth;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-Uri $request_uri;
      proxy_set_header Content-Length '';
      proxy_pass_request_body off;
    }
    location / {
      auth_request /oauth2/auth;
      error_page 401 = /oauth2/sign_in;
      auth_request_set $user $upstream_http_x_auth_request_user;
      auth_request_set $email $upstream_http_x_auth_request_email;
      proxy_set_header X-User $user;
      proxy_set_header X-Email $email;
      proxy_pass http://origin;
    }
  }`,
  );
  const both = joined(front, helper);
  const cookie = await logIn(`${url}/oauth2/start?rd=%2F1k`).catch(async (error: unknown) => {
    await both.stop();
    throw new Error(`nginx with oauth2-proxy: ${String(error)} ${both.errors()}`);
  });
  const headers = { Host: `localhost:${port}`, Cookie: cookie };
  return { name: 'nginx-oauth2-proxy', port, scheme: 'http', headers, process: both };
}
