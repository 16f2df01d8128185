// The proxies that are compared. Each forwards to one origin; those that authenticate come back logged in.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { client, type IdentityProvider, logIn } from './bench-login.ts';
import { nginxFolders, nginxPreamble, programFile } from './bench-origin.ts';
import { freePort, hasCommand, makeFolder, proxyCore, type Running, start } from './bench-processes.ts';

export const peerNames = [
  'bouncer',
  'bare-undici',
  'express-http-proxy',
  'express-http-proxy-keep-alive',
  'mod-auth-openidc',
  'nginx',
  'node-floor',
] as const;
export type PeerName = (typeof peerNames)[number];

/** A proxy that runs. */
export interface Peer {
  readonly name: PeerName;
  readonly port: number;
  /** Fields that a request must carry: `Host`, and the cookie of a login. */
  readonly headers: Readonly<Record<string, string>>;
  readonly process: Running;
  /** How long it took until its port was open, milliseconds, and the CPU time of that. */
  readonly start?: { readonly tookMs: number; readonly cpuMs: number };
}

/** How the peers are told where the identity provider is. */
export interface PeerContext {
  readonly originUrl: string;
  readonly provider: IdentityProvider;
  /** The ports whose redirect URIs are registered with the provider. */
  readonly ports: { readonly bouncer: number; readonly apache: number };
  /** How many connections that last (WebSockets) the peer must bear. */
  readonly connections: number;
}

export const apacheModules = '/usr/lib/apache2/modules';

/** What keeps a peer from running here, in one line; `null` when it can. */
export function missingFor(name: PeerName, exists: (file: string) => boolean): string | null {
  switch (name) {
    case 'nginx':
      return hasCommand('nginx') ? null : 'nginx is missing (apt-get install nginx)';
    case 'mod-auth-openidc':
      if (!hasCommand('apache2'))
        return 'Apache httpd is missing (apt-get install apache2 libapache2-mod-auth-openidc)';
      return exists(`${apacheModules}/mod_auth_openidc.so`)
        ? null
        : 'mod_auth_openidc is missing (apt-get install libapache2-mod-auth-openidc)';
    case 'bouncer':
      return exists(programFile('../../dist/main.js')) ? null : 'dist/ is missing (npm run build)';
    default:
      return null;
  }
}

/** Start a peer, on the proxy's core. */
export function startPeer(name: PeerName, context: PeerContext): Promise<Peer> {
  switch (name) {
    case 'bouncer':
      return startBouncer(context);
    case 'mod-auth-openidc':
      return startApache(context);
    case 'nginx':
      return startNginx(context);
    default:
      return startProgram(name, context);
  }
}

/** Start one of the peers that are programs of this folder. */
export async function startProgram(
  name: Exclude<PeerName, 'bouncer' | 'mod-auth-openidc' | 'nginx'>,
  context: PeerContext,
  nodeArgs: readonly string[] = [],
): Promise<Peer> {
  const port = await freePort();
  const [program, habit] =
    name === 'express-http-proxy-keep-alive' ? ['express-http-proxy', ['keep-alive']] : [name, []];
  const args = [...nodeArgs, programFile(`${program}.ts`), String(port), context.originUrl, ...habit];
  const process_ = await start(process.execPath, {
    core: proxyCore,
    args,
    port,
    env: { NODE_ENV: 'production' },
  });
  return { name, port, headers: { Host: `127.0.0.1:${port}` }, process: process_ };
}

async function startNginx(context: PeerContext): Promise<Peer> {
  const port = await freePort();
  const folder = makeFolder();
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `${nginxPreamble(folder)}http {
  ${nginxFolders(folder)}
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_max_body_size 0;
  upstream origin { server ${context.originUrl.slice('http://'.length)}; keepalive 128; keepalive_requests 100000000; }
  map $http_upgrade $connection_field { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} backlog=1024;
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
  }
}
`,
  );
  const process_ = await start('nginx', { core: proxyCore, args: ['-c', config, '-p', folder], port });
  return { name: 'nginx', port, headers: { Host: `127.0.0.1:${port}` }, process: process_ };
}

async function startApache(context: PeerContext): Promise<Peer> {
  const port = context.ports.apache;
  const folder = makeFolder();
  const config = join(folder, 'apache.conf');
  const modules: readonly [string, string][] = [
    ...[
      'mpm_event',
      'authn_core',
      'authz_core',
      'authz_user',
      'proxy',
      'proxy_http',
      'proxy_wstunnel',
      'headers',
      'unixd',
      'log_config',
    ].map((name): [string, string] => [`${name}_module`, `mod_${name}.so`]),
    ['auth_openidc_module', 'mod_auth_openidc.so'],
  ];
  const loaded = modules
    // log_config and unixd are compiled in by Debian.
    .filter(([, file]) => file !== 'mod_unixd.so' && file !== 'mod_log_config.so')
    .map(([name, file]) => `LoadModule ${name} ${apacheModules}/${file}`)
    .join('\n');
  // A WebSocket holds a thread of httpd, so there must be one for each.
  const threads = Math.max(64, context.connections + 24);
  const identity = process.getuid?.() === 0 ? 'User www-data\nGroup www-data\n' : '';
  const origin = context.originUrl;
  writeFileSync(
    config,
    `ServerRoot ${folder}
ServerName localhost
${identity}PidFile ${folder}/httpd.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
LogLevel warn
${loaded}
Listen 127.0.0.1:${port}
StartServers 1
ServerLimit 1
ThreadLimit ${threads}
ThreadsPerChild ${threads}
MaxRequestWorkers ${threads}
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 600
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{User-Agent}i\\" %D" main
CustomLog ${folder}/access.log main
OIDCProviderMetadataURL ${context.provider.issuer}/.well-known/openid-configuration
OIDCClientID ${client.id}
OIDCClientSecret ${client.secret}
OIDCScope "openid email profile groups"
OIDCRedirectURI http://localhost:${port}/redirect_uri
OIDCCryptoPassphrase bench-passphrase-of-no-worth
OIDCRemoteUserClaim email
OIDCSessionType server-cache
OIDCCacheType shm
OIDCCacheShmMax 2000
OIDCPassClaimsAs headers
OIDCSessionInactivityTimeout 28800
ProxyRequests Off
ProxyPreserveHost On
<Location "/">
  AuthType openid-connect
  Require claim groups:staff
  ProxyPass "${origin}/" keepalive=On
</Location>
<Location "/socket">
  AuthType openid-connect
  Require claim groups:staff
  ProxyPass "${origin.replace('http:', 'ws:')}/socket"
</Location>
<Location "/redirect_uri">
  AuthType openid-connect
  Require valid-user
  ProxyPass "!"
</Location>
`,
  );
  const process_ = await start('apache2', { core: proxyCore, args: ['-DFOREGROUND', '-f', config], port });
  const cookie = await logIn(`http://localhost:${port}/1k`).catch((error: unknown) => {
    throw new Error(`mod_auth_openidc: ${String(error)}`);
  });
  return {
    name: 'mod-auth-openidc',
    port,
    headers: { Host: `localhost:${port}`, Cookie: cookie },
    process: process_,
  };
}

export interface BouncerOptions {
  /** Further arguments for node, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
  readonly folder?: string;
  readonly cwd?: string;
  /** Lines of the settings in place of `data_dir`. */
  readonly store?: string;
  /** The command of another build. */
  readonly main?: string;
  /** Where people log in; the application's own host by default. */
  readonly authHost?: string;
  /** It forwards nothing and answers nginx's questions on this port. */
  readonly checkPort?: number;
}

/** Bouncer as in production: session, policy, assertion, identity headers, a log line a request into a file. */
export async function startBouncer(context: PeerContext, options: BouncerOptions = {}): Promise<Peer> {
  const port = context.ports.bouncer;
  const folder = options.folder ?? makeFolder();
  mkdirSync(join(folder, 'policies'), { recursive: true });
  const host = 'bench.localhost';
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: http://${options.authHost ?? host}:${port}
listen: 127.0.0.1:${port}
rules: policies
${options.store ?? 'data_dir: data'}
${options.checkPort === undefined ? '' : `forward_auth: { listen: '127.0.0.1:${options.checkPort}', from: [127.0.0.1/32], proxy: nginx }`}
identity_providers:
  - id: bench
    type: oidc
    label: Bench
    issuer: ${context.provider.issuer}
    client_id: ${client.id}
    client_secret: ${client.secret}
    scopes: [openid, email, profile, groups]
    groups_claim: groups
session: { duration: 24h, idle_timeout: 8h, recheck: 15m }
log: { level: info, format: json }
`,
  );
  writeFileSync(
    join(folder, 'policies', 'bench.yaml'),
    `rule_groups:
  staff:
    include: [{ group: staff }]
    exclude: [{ email: [mallory@example.com, eve@example.com] }]
applications:
  - name: bench
    host: ${host}
    upstream: ${options.checkPort === undefined ? context.originUrl : 'forward_auth'}
    identity_headers: { X-Forwarded-Email: email, X-Forwarded-Groups: groups }
    policies:
      - name: blocked networks
        action: deny
        include: [{ ip: [198.51.100.0/24, 203.0.113.0/24] }]
      - name: staff
        action: allow
        include: [{ rule_group: staff }]
        require: [{ email_domain: example.com }]
    paths:
      - path: /admin
        policies:
          - name: administrators
            action: allow
            include: [{ group: admins }]
`,
  );
  const args = [
    ...(options.nodeArgs ?? []),
    // As people install it: plain JavaScript.
    options.main ?? programFile('../../dist/main.js'),
    'serve',
    '-c',
    join(folder, 'bouncer.yaml'),
  ];
  const outputFile = join(folder, 'requests.log');
  const beganMs = performance.now();
  const process_ = await start(process.execPath, {
    core: proxyCore,
    args,
    port,
    outputFile,
    env: { NODE_ENV: 'production' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const took = { tookMs: performance.now() - beganMs, cpuMs: process_.cpuUs() / 1000 };
  const logInThere = (): Promise<string> =>
    options.checkPort === undefined
      ? logIn(`http://${host}:${port}/1k`)
      : logInThroughFront(`${host}:${port}`, options.checkPort);
  const cookie = await logInThere().catch((error: unknown) => {
    throw new Error(`bouncer: ${String(error)} ${process_.errors()}`);
  });
  const headers = { Host: `${host}:${port}`, Cookie: cookie };
  return { name: 'bouncer', port, headers, process: process_, start: took };
}

/** As nginx, which fetches the answer for a client whom it may not let through; nothing is served at the end, as there is no nginx. */
export async function logInThroughFront(host: string, checkPort: number): Promise<string> {
  const { headers, body } = await request(`http://127.0.0.1:${checkPort}/.bouncer/answer`, {
    headers: {
      ...{ Host: host, 'X-Original-Method': 'GET', 'X-Original-URL': `http://${host}/1k` },
      ...{ Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
    },
  });
  await body.dump();
  return logIn(String(headers['location']), { host, status: 421 });
}
