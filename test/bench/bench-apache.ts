// Apache httpd with mod_auth_openidc as a peer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, logIn } from './bench-login.ts';
import { type Peer, type PeerContext, portOf } from './bench-peer.ts';
import { makeFolder, proxyCore, start } from './bench-processes.ts';

export const apacheModules = '/usr/lib/apache2/modules';

/** Logged in through the same provider, sessions in shared memory, a group required, an access log in batches as bouncer's. */
export async function startApache(context: PeerContext): Promise<Peer> {
  const port = portOf(context, 'mod-auth-openidc');
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
BufferedLogs On
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
    scheme: 'http',
    headers: { Host: `localhost:${port}`, Cookie: cookie },
    process: process_,
  };
}
