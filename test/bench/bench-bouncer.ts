// bouncer as a peer, as people install it and as it runs in production.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { client, logIn } from './bench-login.ts';
import { programFile } from './bench-origin.ts';
import { type Peer, type PeerContext, portOf } from './bench-peer.ts';
import { makeFolder, proxyCore, start } from './bench-processes.ts';

/** Of the one application, and of the logins. */
export const host = 'bench.localhost';

export interface BouncerOptions {
  /** Whose registered port it takes; `bouncer` by default. */
  readonly name?: 'bouncer' | 'before';
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
  /** Further lines of the settings. */
  readonly settings?: string;
  /** In place of the origin. */
  readonly upstream?: string;
  /** Further policies of the application, as lines of its rules; they come before the one that lets in. */
  readonly policies?: string;
  /** Further applications, as lines of the rules. */
  readonly applications?: string;
  /** When it listens, and before anybody logs in. */
  readonly beforeLogin?: () => Promise<void>;
}

/** What a bouncer is started by. */
interface Prepared {
  /** For node. */
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: string;
}

/** Write the settings and rules of a bouncer as in production: session, policy, assertion, identity headers, a line a request. */
export function prepareBouncer(context: PeerContext, options: BouncerOptions): Prepared {
  const { name = 'bouncer' } = options;
  const port = portOf(context, name);
  const folder = options.folder ?? makeFolder();
  mkdirSync(join(folder, 'policies'), { recursive: true });
  const scheme = context.tls === undefined ? 'http' : 'https';
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: ${scheme}://${options.authHost ?? host}:${port}
listen: 127.0.0.1:${port}
rules: policies
${context.tls === undefined ? '' : `tls: { cert_file: ${context.tls.cert}, key_file: ${context.tls.key} }`}
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
${connectionLimit(name, context.connections)}
${options.settings ?? ''}
`,
  );
  writeFileSync(join(folder, 'policies', 'bench.yaml'), rulesOf(context, options));
  const args = [
    ...(options.nodeArgs ?? []),
    // As people install it: plain JavaScript.
    options.main ?? programFile('../../dist/main.js'),
    'serve',
    '-c',
    join(folder, 'bouncer.yaml'),
  ];
  return { args, port, folder };
}

/** All load comes from one address; version 0.1 knows no share of an address. */
function connectionLimit(name: 'bouncer' | 'before', connections: number): string {
  return name === 'bouncer' && connections > 0
    ? `limits: { connections_per_address: ${connections + 100} }`
    : '';
}

/** A group, an address and a network to compare. */
function rulesOf(
  { originUrl }: PeerContext,
  { checkPort, upstream, policies, applications }: BouncerOptions,
): string {
  return `rule_groups:
  staff:
    include: [{ group: staff }]
    exclude: [{ email: [mallory@example.com, eve@example.com] }]
applications:
  - name: bench
    host: ${host}
    upstream: ${checkPort === undefined ? (upstream ?? originUrl) : 'forward_auth'}
${upstream === undefined ? '' : '    upstream_options: { max_connections: 4096, max_connections_per_client: 4096 }\n'}    identity_headers: { X-Forwarded-Email: email, X-Forwarded-Groups: groups }
    policies:
      - name: blocked networks
        action: deny
        include: [{ ip: [198.51.100.0/24, 203.0.113.0/24] }]
${policies ?? ''}      - name: staff
        action: allow
        include: [{ rule_group: staff }]
        require: [{ email_domain: example.com }]
    paths:
      - path: /admin
        policies:
          - name: administrators
            action: allow
            include: [{ group: admins }]
${applications ?? ''}`;
}

/** Start one and log in. */
export async function startBouncer(context: PeerContext, options: BouncerOptions = {}): Promise<Peer> {
  const { name = 'bouncer' } = options;
  const scheme = context.tls === undefined ? 'http' : 'https';
  const { args, port, folder } = prepareBouncer(context, options);
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
      ? logIn(`${scheme}://${host}:${port}/1k`)
      : logInThroughFront(`${host}:${port}`, options.checkPort);
  await options.beforeLogin?.();
  const cookie = await logInThere().catch((error: unknown) => {
    throw new Error(`bouncer: ${String(error)} ${process_.errors()}`);
  });
  const headers = { Host: `${host}:${port}`, Cookie: cookie };
  return { name, port, scheme, headers, process: process_, start: took };
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
