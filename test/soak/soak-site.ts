// One bouncer as a process on a small disk of its own, between a real provider and the application of the soak; what can be done to it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findFreePort } from '../../src/demo/free-port.ts';
import { Disturbances } from '../chaos/chaos-site.ts';
import { fakeTimeLibrary } from '../fixtures/fake-time.ts';
import { startOidcProvider, type TestOidcProvider, type TestPerson } from '../fixtures/oidc-provider.ts';
import { type SoakApplication, startSoakApplication } from './soak-application.ts';

export interface Weight {
  /** What the system counts, megabytes. */
  readonly megabytes: number;
  /** What is in use after a full collection: V8's heap, and what hangs on it outside, megabytes; `null`: it did not say. */
  readonly liveMegabytes: number | null;
  /** How long the process has lived, seconds. */
  readonly ageSeconds: number;
  readonly descriptors: number;
}

export interface SoakSite {
  readonly port: number;
  readonly managementPort: number;
  readonly folder: string;
  readonly provider: TestOidcProvider;
  readonly application: SoakApplication;
  readonly disturbances: Disturbances;
  /** Whether it has a disk that can be filled, and a clock that can be moved. */
  readonly canFill: boolean;
  readonly canMoveClock: boolean;
  /** How long each start took, milliseconds. */
  readonly starts: number[];
  at(host: string, path?: string): string;
  /** New rules, good or bad: the process reads them by itself. */
  writeRules(text: string): void;
  /** Nobody reads the log any more, or again. */
  readLog(state: 'stuck' | 'read'): void;
  fillDisk(): void;
  emptyDisk(): void;
  moveClock(seconds: number): void;
  kill(): Promise<void>;
  start(): Promise<void>;
  weigh(): Promise<Weight>;
  close(): Promise<void>;
}

const main = join(import.meta.dirname, '../../src/main.ts');
const weighLive = join(import.meta.dirname, 'weigh-live.ts');
const startMs = 60_000;
/** How long the process may take to collect its garbage, milliseconds. */
const weighMs = 30_000;

export const soakRules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: APPLICATION
    identity_headers: { X-Forwarded-Email: email }
    upstream_options: { response_timeout: 8s, connect_timeout: 6s }
    policies: [{ name: people, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
      - path: /admin
        policies: [{ name: admins, action: allow, include: [{ email: admin@example.com }] }]
      - path: /vault
        policies: [{ name: key, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
`;

function mount(folder: string, ...options: readonly string[]): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', ...options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Has the process collect its garbage and say what is left. @returns megabytes; `null` when it does not */
async function weighLiveHeap(pid: number, file: string): Promise<number | null> {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  const endMs = performance.now() + weighMs;
  while (!existsSync(file)) {
    if (performance.now() > endMs) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  return Math.round(((heapUsed ?? 0) + (external ?? 0)) / 1024 ** 2);
}

export async function startSoakSite(people: readonly TestPerson[]): Promise<SoakSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-soak-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const canFill = mount(data, '-o', 'size=64m,mode=0700');
  const canMoveClock = existsSync(fakeTimeLibrary);
  const clockFile = join(folder, 'clock');
  writeFileSync(clockFile, '+0');
  const port = await findFreePort(0, 1);
  const managementPort = await findFreePort(0, 1);
  const authUrl = `http://auth.localhost:${port}`;
  const provider = await startOidcProvider({
    clients: [{ clientId: 'bouncer', clientSecret: 'soak', authUrl }],
    people,
  });
  const application = await startSoakApplication();
  const rulesFile = join(folder, 'rules.yaml');
  const writeRules = (text: string): void =>
    writeFileSync(rulesFile, text.replaceAll('APPLICATION', application.url));
  writeRules(soakRules);
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: ${authUrl}
listen: 127.0.0.1:${port}
management: 127.0.0.1:${managementPort}
rules: rules.yaml
data_dir: data
limits: { connections: 30000, connections_per_address: 30000, failed_logins_per_address: 100000, drain_timeout: 10s }
identity_providers:
  - { id: test, type: oidc, label: Test, issuer: "${provider.issuer}", client_id: bouncer, client_secret: soak, scopes: [openid, email, profile, groups], groups_claim: groups }
`,
  );
  let child: ChildProcess | null = null;
  const starts: number[] = [];
  const weightFile = join(folder, 'weight');
  let startedAtMs = 0;
  const start = async (): Promise<void> => {
    const startedMs = performance.now();
    const clock = {
      LD_PRELOAD: fakeTimeLibrary,
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const flags = ['--expose-gc', '--import', pathToFileURL(weighLive).href];
    const one = spawn(process.execPath, [...flags, main, 'serve', '-c', 'bouncer.yaml'], {
      cwd: folder,
      env: { ...process.env, ...(canMoveClock ? clock : {}), BOUNCER_WEIGHT_FILE: weightFile },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = one;
    one.stdout.resume();
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`bouncer did not start: ${why} ${said}`));
      const timer = setTimeout(() => fail('in time'), startMs);
      one.once('exit', (code) => fail(`exit ${code}`));
      one.stderr.on('data', (chunk: Buffer) => {
        if (said.length < 10_000) said += chunk.toString();
        if (!said.includes('bouncer listens on')) return;
        clearTimeout(timer);
        resolve();
      });
    });
    starts.push(performance.now() - startedMs);
    startedAtMs = performance.now();
  };
  const stopChild = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const one = child;
    child = null;
    if (one === null || one.exitCode !== null) return;
    const gone = once(one, 'exit');
    one.kill(signal);
    one.stdout?.resume();
    await gone;
  };
  await start();
  return {
    port,
    managementPort,
    folder,
    provider,
    application,
    disturbances: new Disturbances(),
    canFill,
    canMoveClock,
    starts,
    at: (host, path = '/') => `http://${host}:${port}${path}`,
    writeRules,
    readLog: (state) => void (state === 'stuck' ? child?.stdout?.pause() : child?.stdout?.resume()),
    fillDisk: () => {
      try {
        execFileSync('dd', ['if=/dev/zero', `of=${join(data, 'filler')}`, 'bs=64k'], { stdio: 'ignore' });
      } catch {
        // It ends when nothing is left.
      }
    },
    emptyDisk: () => rmSync(join(data, 'filler'), { force: true }),
    moveClock: (seconds) => writeFileSync(clockFile, seconds < 0 ? String(seconds) : `+${seconds}`),
    kill: () => stopChild('SIGKILL'),
    start,
    weigh: async () => {
      const pid = child?.pid;
      if (pid === undefined) throw new Error('there is no process to weigh');
      const liveMegabytes = await weighLiveHeap(pid, weightFile);
      const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
      return {
        megabytes: Math.round(Number(resident) / 1024),
        liveMegabytes,
        ageSeconds: Math.round((performance.now() - startedAtMs) / 1000),
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
      };
    },
    async close() {
      await stopChild('SIGTERM');
      await provider.close();
      await application.close();
      if (canFill) execFileSync('umount', [data]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
