// The proxies that ask bouncer, started with the very configuration that docs/forward-auth.md gives: only addresses, hosts and TLS are
// replaced. nginx and HAProxy are Debian's; Caddy, Traefik and Envoy come from a folder that BOUNCER_FRONTS names (`.ci/full`).
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrontKind } from '../../src/http/forward-auth-fields.ts';

/** Where everything is reached. */
export interface FrontPlaces {
  /** Of the proxy. */
  readonly port: number;
  /** Bouncer's `listen` and `forward_auth.listen`, and the application. */
  readonly listen: number;
  readonly check: number;
  readonly application: number;
}

export interface Front {
  readonly output: () => string;
  close(): Promise<void>;
}

const folderOfOthers = process.env['BOUNCER_FRONTS'] ?? '';
const programs: Readonly<Record<FrontKind, string>> = {
  nginx: '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
  caddy: join(folderOfOthers, 'caddy'),
  traefik: join(folderOfOthers, 'traefik'),
  envoy: join(folderOfOthers, 'envoy'),
};

/** Whether the proxy is there; says so where not. */
export function hasFront(kind: FrontKind): boolean {
  const isThere = programs[kind].startsWith('/') && existsSync(programs[kind]);
  if (!isThere) process.stderr.write(`left out: ${kind} is not installed (.ci/debian-packages, .ci/full)\n`);
  return isThere;
}

const root = join(import.meta.dirname, '../..');

/** The block below a heading of the page. */
function recipeOf(heading: string): string {
  const page = readFileSync(join(root, 'docs/forward-auth.md'), 'utf8');
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const block = /```\w+\n([\s\S]*?)\n```/.exec(section)?.[1];
  if (block === undefined) throw new Error(`docs/forward-auth.md has no block for ${heading}`);
  return block;
}

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

/** Its files, by name, and its arguments. */
interface Setup {
  readonly files: Readonly<Record<string, string>>;
  readonly args: (folder: string) => readonly string[];
}

const setups: Readonly<Record<FrontKind, (places: FrontPlaces) => Setup>> = {
  nginx(places) {
    const servers = placed(recipeOf('nginx'), places)
      .replaceAll(/^ *ssl_certificate.*\n/gm, '')
      .replaceAll('listen 443 ssl;', `listen 127.0.0.1:${places.port};`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path FOLDER/${name};`)
      .join(' ');
    return {
      files: {
        'nginx.conf': `daemon off; worker_processes 1; pid FOLDER/pid; error_log stderr warn; ${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http { access_log off; ${temporary}\n${servers}\n}`,
      },
      args: (folder) => ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')],
    };
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
export async function startFront(kind: FrontKind, places: FrontPlaces): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), `bouncer-${kind}-`));
  const { files, args } = setups[kind](places);
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), text.replaceAll('FOLDER', folder));
  const child = spawn(programs[kind], args(folder), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  const close = async (): Promise<void> => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await reached(places.port, child, () => output);
  } catch (error) {
    await close();
    throw error;
  }
  return { output: () => output, close };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 3_000).unref();
  });
}

/** It takes connections before it knows its routes, and an answer of 404 is then its own. */
async function reached(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`the proxy ended: ${output()}`);
    const status = await statusOf(port);
    if (status !== null && status !== 404) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the proxy leads nowhere: ${output()}`);
}

/** @returns `null` when nothing comes back */
function statusOf(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const req = get(
      { host: '127.0.0.1', port, headers: { Host: `wiki.localhost:${port}` }, agent: false },
      (res) => {
        res.resume();
        resolve(res.statusCode ?? null);
      },
    );
    req.setTimeout(5_000, () => req.destroy()).on('error', () => resolve(null));
  });
}
