// Three bouncers as processes on one PostgreSQL, which can be killed, frozen and started again, and what is known of when.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/demo/free-port.ts';
import { startOidcProvider, type TestOidcProvider, type TestPerson } from '../fixtures/oidc-provider.ts';
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';

/** When something was not as it should be, by the steady clock. */
export class Disturbances {
  readonly #spans: { readonly fromMs: number; toMs: number }[] = [];

  begin(): () => void {
    const span = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    this.#spans.push(span);
    return () => {
      span.toMs = performance.now();
    };
  }

  /** Whether one of them touched the time between two moments. @param settleMs how long its consequences may last */
  touch(fromMs: number, toMs: number, settleMs: number): boolean {
    return this.#spans.some((span) => span.fromMs <= toMs && span.toMs + settleMs >= fromMs);
  }

  get isNow(): boolean {
    return this.#spans.some((span) => span.toMs === Number.POSITIVE_INFINITY);
  }

  get count(): number {
    return this.#spans.length;
  }
}

export interface ChaosNode {
  readonly name: string;
  readonly port: number;
  readonly disturbances: Disturbances;
  /** Killed as a power cut would, and started again. */
  killAndRestart(downMs: number): Promise<void>;
  /** Stands still for a while, as on a machine that is out of memory. */
  freeze(forMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ChaosSite {
  readonly nodes: readonly ChaosNode[];
  readonly database: Disturbances;
  readonly provider: TestOidcProvider;
  readonly upstream: RecordingUpstream;
  readonly databaseUrl: string;
  readonly masterKey: string;
  readonly port: number;
  readonly folder: string;
  at(host: string, path?: string): string;
  killDatabase(downMs: number): Promise<void>;
  close(): Promise<void>;
}

const main = join(import.meta.dirname, '../../src/main.ts');
const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: people, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - path: /vault
        policies: [{ name: key, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
`;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (await canConnect(port)) return;
    await sleep(50);
  }
  throw new Error(`nobody listens on ${port} after a minute`);
}

function createNode(
  name: string,
  port: number,
  settingsFile: string,
  logFile: string,
): ChaosNode & { start(): Promise<void> } {
  const disturbances = new Disturbances();
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const log = openSync(logFile, 'a');
    child = spawn(process.execPath, [main, 'serve', '-c', settingsFile], { stdio: ['ignore', log, log] });
    closeSync(log);
    await listening(port);
  };
  return {
    name,
    port,
    disturbances,
    start,
    killAndRestart: async (downMs) => {
      const end = disturbances.begin();
      const gone = child === null ? Promise.resolve() : once(child, 'exit');
      child?.kill('SIGKILL');
      await gone;
      await sleep(downMs);
      await start();
      end();
    },
    freeze: async (forMs) => {
      const end = disturbances.begin();
      child?.kill('SIGSTOP');
      await sleep(forMs);
      child?.kill('SIGCONT');
      end();
    },
    stop: async () => {
      if (child === null || child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

export async function startChaosSite(people: readonly TestPerson[]): Promise<ChaosSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-chaos-'));
  const postgres: TestPostgres = await startPostgres('fsync = on');
  const databaseUrl = await postgres.createDatabase();
  const port = await findFreePort(0, 1);
  const authUrl = `http://auth.localhost:${port}`;
  const provider = await startOidcProvider({
    clients: [{ clientId: 'bouncer', clientSecret: 'chaos', authUrl }],
    people,
  });
  const upstream = await startRecordingUpstream();
  const masterKey = randomBytes(32).toString('base64');
  writeFileSync(join(folder, 'rules.yaml'), rules.replaceAll('UPSTREAM', upstream.url));
  const nodes: (ChaosNode & { start(): Promise<void> })[] = [];
  for (let number = 0; number < 3; number++) {
    const listen = await findFreePort(0, 1);
    const file = join(folder, `node-${number}.yaml`);
    writeFileSync(
      file,
      `auth_url: ${authUrl}
listen: 127.0.0.1:${listen}
rules: rules.yaml
store: { postgres: { url: "${databaseUrl}" } }
master_key: "${masterKey}"
log: { level: warn }
identity_providers:
  - { id: test, type: oidc, label: Test, issuer: "${provider.issuer}", client_id: bouncer, client_secret: chaos, scopes: [openid, email, profile, groups], groups_claim: groups }
`,
    );
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const node = createNode(`node ${number}`, listen, file, join(folder, 'logs', `node-${number}.log`));
    await node.start();
    nodes.push(node);
  }
  const database = new Disturbances();
  return {
    nodes,
    database,
    provider,
    upstream,
    databaseUrl,
    masterKey,
    port,
    folder,
    at: (host, path = '/') => `http://${host}:${port}${path}`,
    killDatabase: async (downMs) => {
      const end = database.begin();
      await postgres.kill();
      await sleep(downMs);
      await postgres.start();
      end();
    },
    close: async () => {
      for (const node of nodes) await node.stop();
      await provider.close();
      await upstream.close();
      await postgres.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
