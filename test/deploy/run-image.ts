// Builds the image of deploy/Dockerfile and runs it, for `.ci/full`: on a machine with buildah, and without a registry of images. The two
// bases of the file are stood in for by one of Debian's own packages with the Node of this repository; what is built on them is the file's.
import { execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, get } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'bouncer-image-'));
const port = 18_080;
const management = 19_464;
const tunnelPort = 17_844;
const sitePort = 18_081;
/** What of the image is bouncer's own, Node apart; bytes. */
const mostOwnBytes = 60 * 1024 * 1024;

const buildahOptions = [
  '--root',
  join(work, 'root'),
  '--runroot',
  join(work, 'run'),
  '--storage-driver',
  'vfs',
];
const buildah = (...args: string[]): string =>
  execFileSync('buildah', [...buildahOptions, ...args], {
    encoding: 'utf8',
    env: { ...process.env, BUILDAH_ISOLATION: 'chroot' },
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

/** The base images under the names that the Dockerfile has for them. */
function makeBases(): void {
  const container = buildah('from', 'scratch');
  const place = buildah('mount', container);
  execFileSync(
    'mmdebstrap',
    ['--quiet', '--variant=minbase', '--include=ca-certificates,libstdc++6,libatomic1', 'bookworm', place],
    {
      stdio: 'inherit',
    },
  );
  cpSync(process.execPath, join(place, 'usr/local/bin/node'));
  cpSync(npmFolder(), join(place, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  writeFileSync(
    join(place, 'usr/local/bin/npm'),
    '#!/bin/sh\nexec /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n',
    { mode: 0o755 },
  );
  // Whom this machine takes for an authority counts in the build too.
  const authorities = 'etc/ssl/certs/ca-certificates.crt';
  cpSync(`/${authorities}`, join(place, authorities));
  mkdirSync(join(place, 'usr/local/etc'), { recursive: true });
  writeFileSync(join(place, 'usr/local/etc/npmrc'), `cafile=/${authorities}\n`);
  const [first = '', second = ''] = [
    ...readFileSync(join(root, 'deploy/Dockerfile'), 'utf8').matchAll(/^FROM (\S+)/gm),
  ].map(([, name = '']) => name);
  buildah('commit', container, `docker.io/library/${first}`);
  // The second one has no Node, no npm and no library that only Node needs.
  for (const gone of ['usr/local/bin/node', 'usr/local/bin/npm', 'usr/local/lib/node_modules'])
    rmSync(join(place, gone), { recursive: true });
  const folder = join(place, 'usr/lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  for (const name of readdirSync(folder).filter((each) => each.startsWith('libatomic')))
    rmSync(join(folder, name));
  buildah('umount', container);
  buildah('commit', container, second);
}

function npmFolder(): string {
  const npm = execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' }).trim();
  return dirname(createRequire(npm).resolve('../package.json'));
}

/** The status of an answer on this machine; `null`: nobody answers. */
function answerOf(path: string, on: number, host = 'localhost'): Promise<number | null> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port: on, path, headers: { host: `${host}:${on}` } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    }).on('error', () => resolve(null));
  });
}

function writeSettings(folder: string): void {
  const tunnel = `{ listen: "127.0.0.1:${tunnelPort}", addresses: ["127.0.0.1:${tunnelPort}"] }`;
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: http://auth.localhost:${port}\nlisten: 127.0.0.1:${port}\nrules: rules.yaml\ndata_dir: /var/lib/bouncer\nmanagement: 127.0.0.1:${management}\ntunnel: ${tunnel}\nidentity_providers: [{ id: test, type: oidc, issuer: "http://localhost:1", client_id: x }]\n`,
  );
  writeFileSync(
    join(folder, 'rules.yaml'),
    'applications:\n  - { name: photos, host: photos.localhost, upstream: "http://127.0.0.1:1", policies: [{ name: mom, action: allow, include: [{ email: mom@example.com }] }] }\n  - { name: site, host: site.localhost, upstream: "tunnel:office/site", policies: [{ name: open, action: bypass, include: [everyone] }] }\n',
  );
}

/** A connector as `connector-compose.yaml` starts it, but for where the site is: with its token, then by its own key, the token spent. */
async function runConnector(place: string, run: (...args: string[]) => string[]): Promise<void> {
  const { command, healthcheck } = (
    parse(readFileSync(join(root, 'deploy/connector-compose.yaml'), 'utf8')) as {
      services: { connector: { command: string[]; healthcheck: { test: string[] } } };
    }
  ).services.connector;
  const site = createServer((_req, res) => res.end('the site')).listen(sitePort, '127.0.0.1');
  const node = '/usr/local/bin/node';
  const created = run(node, '/app/main.js', 'tunnel', 'create', 'office', '-c', '/etc/bouncer/bouncer.yaml');
  const token = execFileSync('buildah', created, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const secrets = join(place, 'run/secrets');
  mkdirSync(secrets, { recursive: true });
  const file = join(secrets, 'join-token');
  writeFileSync(file, token, { mode: 0o600 });
  chownSync(file, 65_532, 65_532);
  const args = command.map((one) => one.replace('http://site:80', `http://127.0.0.1:${sitePort}`));
  try {
    for (const start of ['first', 'second']) {
      const child = spawn('buildah', run(node, '/app/main.js', ...args), {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      for (let tries = 0; (await answerOf('/', port, 'site.localhost')) !== 200; tries++) {
        if (tries > 120 || child.exitCode !== null) throw new Error(`the ${start} connector carries nothing`);
        await wait(500);
      }
      execFileSync('buildah', run(...healthcheck.test.slice(1)), { stdio: ['ignore', 'ignore', 'inherit'] });
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    }
  } finally {
    site.close();
  }
}

async function main(): Promise<void> {
  makeBases();
  buildah(
    'bud',
    '--pull=never',
    '--format',
    'docker',
    '-f',
    join(root, 'deploy/Dockerfile'),
    '-t',
    'bouncer',
    root,
  );
  const container = buildah('from', '--pull-never', 'bouncer');
  const place = buildah('mount', container);
  const own = Number(execFileSync('du', ['-sb', join(place, 'app')], { encoding: 'utf8' }).split('\t')[0]);
  if (own > mostOwnBytes) throw new Error(`the image has ${own} bytes of its own`);
  if (existsSync(join(place, 'app/node_modules/typescript'))) throw new Error('the compiler is in the image');
  const settings = join(place, 'etc/bouncer');
  mkdirSync(settings, { recursive: true });
  writeSettings(settings);
  const run = (...args: string[]): string[] => [
    ...buildahOptions,
    'run',
    '--isolation',
    'chroot',
    container,
    '--',
    ...args,
  ];
  const user = execFileSync('buildah', run('/usr/local/bin/node', '-p', 'process.getuid()'), {
    encoding: 'utf8',
  }).trim();
  if (user !== '65532') throw new Error(`it runs as ${user}`);
  const served = spawn(
    'buildah',
    run('/usr/local/bin/node', '/app/main.js', 'serve', '-c', '/etc/bouncer/bouncer.yaml'),
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  try {
    for (let tries = 0; (await answerOf('/livez', management)) !== 200; tries++) {
      if (tries > 120 || served.exitCode !== null) throw new Error('it does not get ready');
      await wait(500);
    }
    const answer = await answerOf('/', port, 'photos.localhost');
    if (answer !== 401) throw new Error(`an application answers with ${answer}`);
    execFileSync('buildah', [
      ...buildahOptions,
      ...['run', '--isolation', 'chroot', '--env', `BOUNCER_MANAGEMENT_PORT=${management}`, container, '--'],
      ...['/usr/local/bin/node', '/app/health.mjs'],
    ]);
    await runConnector(place, run);
    console.log(
      `built, ${Math.round(own / 1024 / 1024)} MB beside Node, runs as ${user}, healthy, and lets nobody in; a connector of it too, as its Compose file starts it, and again with its own key`,
    );
  } finally {
    served.kill('SIGTERM');
    await new Promise((resolve) => served.once('exit', resolve));
    buildah('umount', container);
  }
}

try {
  await main();
} finally {
  try {
    buildah('rm', '--all');
    buildah('rmi', '--all', '--force');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
