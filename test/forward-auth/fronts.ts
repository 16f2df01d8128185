// The proxies that ask bouncer, started with the very configuration that docs/forward-auth.md gives: only addresses, hosts and TLS are
// replaced.
import { join } from 'node:path';
import type { FrontKind } from '../../src/http/forward-auth-fields.ts';
import {
  type Front,
  type FrontSetup,
  nginxSetup,
  nginxTemporary,
  recipeOf as recipeBelow,
  root,
  runFront,
} from '../fixtures/front-program.ts';

/** Where everything is reached. */
export interface FrontPlaces {
  /** Of the proxy. */
  readonly port: number;
  /** Bouncer's `listen` and `forward_auth.listen`, and the application. */
  readonly listen: number;
  readonly check: number;
  readonly application: number;
}

const recipeOf = (heading: string): string => recipeBelow('docs/forward-auth.md', heading);

function placed(recipe: string, { listen, check, application }: FrontPlaces): string {
  return recipe
    .replaceAll('wiki.example.com', 'wiki.localhost')
    .replaceAll('auth.example.com', 'auth.localhost')
    .replaceAll('127.0.0.1:4180', `127.0.0.1:${check}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${listen}`)
    .replaceAll('127.0.0.1:8090', `127.0.0.1:${application}`)
    .replaceAll('port_value: 8080', `port_value: ${listen}`)
    .replaceAll('port_value: 4180', `port_value: ${check}`)
    .replaceAll('port_value: 8090', `port_value: ${application}`);
}

const setups: Readonly<Record<FrontKind, (places: FrontPlaces) => FrontSetup>> = {
  nginx(places) {
    const servers = placed(recipeOf('nginx'), places)
      .replaceAll(/^ *ssl_.*\n/gm, '')
      .replaceAll('listen 443 ssl', `listen 127.0.0.1:${places.port}`);
    return nginxSetup(`http { access_log off; ${nginxTemporary}\n${servers}\n}`);
  },
  haproxy(places) {
    const recipe = placed(recipeOf('HAProxy'), places)
      .replace('/etc/haproxy/bouncer.lua', join(root, 'deploy/haproxy/bouncer.lua'))
      .replace('bind :443 ssl crt /etc/ssl/private', `bind 127.0.0.1:${places.port}`)
      .replace('X-Forwarded-Proto  https', 'X-Forwarded-Proto  http');
    return {
      files: { 'haproxy.cfg': `${recipe}\n` },
      args: (folder) => ['-db', '-f', join(folder, 'haproxy.cfg')],
    };
  },
  caddy(places) {
    const sites = placed(recipeOf('Caddy'), places).replaceAll(
      /^(wiki|auth)\.localhost \{/gm,
      `http://$1.localhost:${places.port} {`,
    );
    return {
      files: { Caddyfile: `{\n\tadmin off\n\tauto_https off\n}\n${sites}\n` },
      args: (folder) => ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
    };
  },
  traefik(places) {
    return {
      files: { 'dynamic.yaml': placed(recipeOf('Traefik'), places).replaceAll(/^ *tls: \{\}\n/gm, '') },
      args: (folder) => [
        `--entrypoints.web.address=127.0.0.1:${places.port}`,
        `--providers.file.filename=${join(folder, 'dynamic.yaml')}`,
        ...['--global.checknewversion=false', '--global.sendanonymoususage=false', '--log.level=ERROR'],
      ],
    };
  },
  envoy(places) {
    const recipe = placed(recipeOf('Envoy'), places).replace(
      'address: 0.0.0.0, port_value: 443',
      `address: 127.0.0.1, port_value: ${places.port}`,
    );
    return {
      files: { 'envoy.yaml': recipe },
      args: (folder) => [
        ...['-c', join(folder, 'envoy.yaml'), '--base-id', String(places.port % 1000)],
        ...['--concurrency', '1', '-l', 'error'],
      ],
    };
  },
};

/** Start a proxy; it takes connections when this comes back. */
export function startFront(kind: FrontKind, places: FrontPlaces): Promise<Front> {
  return runFront(kind, setups[kind](places), places.port);
}
