// The servers in front of bouncer, as docs/behind.md configures them: only addresses, hosts and certificates are replaced.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FrontProgram,
  type FrontSetup,
  hasFront,
  nginxSetup,
  nginxTemporary,
  recipeOf,
} from '../fixtures/front-program.ts';
import type { Places } from './behind-site.ts';

export interface ServerInFront {
  readonly name: string;
  readonly program: FrontProgram;
  readonly tls: 'ended' | 'passed-on';
  /** A file without which it cannot; a package of its own in Debian. */
  readonly needs?: string;
  readonly setup: (places: Places) => FrontSetup;
}

function placed(heading: string, { listen, proxied, certificate }: Places): string {
  return recipeOf('docs/behind.md', heading)
    .replaceAll('example.com', 'localhost')
    .replaceAll('/etc/ssl/localhost.pem', certificate.certFile)
    .replaceAll('/etc/ssl/localhost.key', certificate.keyFile)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${listen}`)
    .replaceAll('10.0.0.7:8443', `127.0.0.1:${proxied}`);
}

/** @param files its dynamic configuration, and what that names */
function traefik(port: number, files: FrontSetup['files']): FrontSetup {
  return {
    files,
    args: (folder) => [
      `--entrypoints.web.address=127.0.0.1:${port}`,
      `--providers.file.filename=${join(folder, 'dynamic.yaml')}`,
      ...['--global.checknewversion=false', '--global.sendanonymoususage=false', '--log.level=ERROR'],
    ],
  };
}

const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';

export const serversInFront: readonly ServerInFront[] = [
  {
    ...{ name: 'nginx', program: 'nginx', tls: 'ended' },
    setup: (places) =>
      nginxSetup(
        `http { access_log off; ${nginxTemporary}\n${placed('nginx', places).replace('listen 443', `listen 127.0.0.1:${places.port}`)}\n}`,
      ),
  },
  {
    ...{ name: 'Caddy', program: 'caddy', tls: 'ended' },
    setup: (places) => {
      const { certFile, keyFile } = places.certificate;
      const sites = placed('Caddy', places)
        .replaceAll(/(auth|wiki|photos)\.localhost/g, `$1.localhost:${places.port}`)
        .replace('{', `{\n\tbind 127.0.0.1\n\ttls ${certFile} ${keyFile}`);
      return {
        files: { Caddyfile: `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${sites}\n` },
        args: (folder) => ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
      };
    },
  },
  {
    ...{ name: 'Traefik', program: 'traefik', tls: 'ended' },
    setup: (places) => {
      const { certFile, keyFile } = places.certificate;
      const rule = placed('Traefik', places).replace(String.raw`\\.example\\.com`, String.raw`\\.localhost`);
      return traefik(places.port, {
        'dynamic.yaml': `${rule}\ntls:\n  certificates: [{ certFile: ${certFile}, keyFile: ${keyFile} }]\n`,
      });
    },
  },
  {
    ...{ name: 'HAProxy, passing TLS on', program: 'haproxy', tls: 'passed-on' },
    setup: (places) => ({
      files: {
        'haproxy.cfg': `${placed('HAProxy, passing TLS on', places).replace('bind :443', `bind 127.0.0.1:${places.port}`)}\n`,
      },
      args: (folder) => ['-db', '-f', join(folder, 'haproxy.cfg')],
    }),
  },
  {
    ...{ name: 'nginx, passing TLS on', program: 'nginx', tls: 'passed-on', needs: streamModule },
    setup: (places) => {
      const recipe = placed('nginx, passing TLS on', places).replace(
        'listen 443',
        `listen 127.0.0.1:${places.port}`,
      );
      const { files, args } = nginxSetup(`stream {\n${recipe}\n}`);
      return { files: { 'nginx.conf': `load_module ${streamModule};\n${files['nginx.conf']}` }, args };
    },
  },
  {
    ...{ name: 'Traefik, passing TLS on', program: 'traefik', tls: 'passed-on' },
    setup: (places) => traefik(places.port, { 'dynamic.yaml': placed('Traefik, passing TLS on', places) }),
  },
];

/** Whether it can be tried here; says so where not. */
export function isHere({ program, needs }: ServerInFront): boolean {
  if (!hasFront(program)) return false;
  if (needs === undefined || existsSync(needs)) return true;
  process.stderr.write(`left out: ${needs} is not installed (.ci/debian-packages)\n`);
  return false;
}
