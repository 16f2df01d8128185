// `bouncer serve` as a process of its own, for faults that a test cannot do to itself: no more files, a full disk, a closed pipe.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/demo/free-port.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { people } from '../fixtures/running-site.ts';

export interface ServeOptions {
  /** A shell line with `$BOUNCER` in it, such as `ulimit -n 40; exec $BOUNCER`; plain by default. */
  readonly shell?: string;
  readonly settings?: string;
  readonly dataDir?: string;
  /** Another application than the recording one. */
  readonly upstream?: string;
}

/** What bouncer stands between, and what it needs to start; outlives its process. */
export interface ServedSite {
  readonly folder: string;
  readonly port: number;
  readonly managementPort: number;
  readonly provider: TestOidcProvider;
  readonly upstream: RecordingUpstream;
  at(host: string, path?: string): string;
  browser(): BrowserClient;
  logIn(who: string): Promise<{ browser: BrowserClient; response: BrowserResponse }>;
  start(options?: ServeOptions): Promise<ServeProcess>;
  close(): Promise<void>;
}

export interface ServeProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly isAlive: () => boolean;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

const main = join(import.meta.dirname, '../../src/main.ts');

export async function prepareSite(options: ServeOptions = {}): Promise<ServedSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-serve-'));
  const port = await findFreePort(0, 1);
  const managementPort = await findFreePort(0, 1);
  const authUrl = `http://auth.localhost:${port}`;
  const provider = await startOidcProvider({
    clients: [{ clientId: 'bouncer', clientSecret: 'a client secret', authUrl }],
    people,
  });
  const upstream = await startRecordingUpstream();
  writeFileSync(
    join(folder, 'rules.yaml'),
    `applications:
  - name: wiki
    host: wiki.localhost
    upstream: ${options.upstream ?? upstream.url}
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - { path: /public, policies: [{ name: open, action: bypass, include: [everyone] }] }
`,
  );
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: ${authUrl}
listen: 127.0.0.1:${port}
management: 127.0.0.1:${managementPort}
rules: rules.yaml
data_dir: ${options.dataDir ?? 'data'}
identity_providers:
  - { id: test, type: oidc, issuer: "${provider.issuer}", client_id: bouncer, client_secret: a client secret, scopes: [openid, email, profile, groups] }
${options.settings ?? ''}
`,
  );
  const browsers: BrowserClient[] = [];
  const processes: ServeProcess[] = [];
  const at = (host: string, path = '/'): string => `http://${host}:${port}${path}`;
  const browser = (): BrowserClient => {
    const one = new BrowserClient();
    browsers.push(one);
    return one;
  };
  return {
    folder,
    port,
    managementPort,
    provider,
    upstream,
    at,
    browser,
    async logIn(who) {
      const one = browser();
      return { browser: one, response: await logInAtProvider(one, await one.get(at('wiki.localhost')), who) };
    },
    async start(more = {}) {
      const started = await startProcess(folder, port, more.shell ?? options.shell ?? 'exec $BOUNCER');
      processes.push(started);
      return started;
    },
    async close() {
      for (const one of processes) await one.kill();
      for (const one of browsers) await one.close();
      await provider.close();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param folder of `bouncer.yaml` @param shell see {@link ServeOptions} */
export async function startProcess(folder: string, port: number, shell: string): Promise<ServeProcess> {
  const child = spawn('/bin/bash', ['-c', shell], {
    cwd: folder,
    env: { ...process.env, BOUNCER: `${process.execPath} ${main} serve -c bouncer.yaml` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stdout.on('error', () => {});
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = once(child, 'exit');
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const deadlineMs = performance.now() + 60_000;
  while (!stderr.includes('bouncer listens on')) {
    if (!isAlive()) throw new Error(`bouncer did not start: ${stderr}`);
    if (performance.now() > deadlineMs)
      throw new Error(`bouncer did not start on ${port} in time: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const pid = child.pid ?? 0;
  return {
    child,
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    isAlive,
    async stop() {
      if (isAlive()) child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    async kill() {
      if (!isAlive()) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}
