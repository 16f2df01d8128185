// Two edges and two connectors of one tunnel, each a process, under load while each is killed in turn. An answer is right or it is none,
// nothing that may not be sent twice is, and only what was under way on the killed process fails.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/demo/free-port.ts';
import { askSteadily } from './ask-steadily.ts';

export interface TunnelChaosOptions {
  readonly seconds: number;
  /** A slow machine goes on until this holds, up to six times as long. */
  readonly until?: (result: TunnelChaosResult) => boolean;
  readonly requestsPerSecond: number;
  /** Between two kills, seconds. */
  readonly pauseSeconds: number;
  readonly say: (line: string) => void;
}

export interface TunnelChaosResult {
  readonly requests: number;
  readonly right: number;
  /** No answer, or one that says that the way broke. */
  readonly failed: number;
  readonly kills: number;
  readonly violations: readonly string[];
}

const main = join(import.meta.dirname, '../../src/main.ts');
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** After a kill, what was begun before it was noticed may fail as well, milliseconds. */
const noticedWithinMs = 500;
const bodyBytes = 20_000;

/** Answers with what it was asked, and counts how often. */
async function startApplication(): Promise<{
  readonly port: number;
  readonly posts: ReadonlyMap<string, number>;
  close(): void;
}> {
  const posts = new Map<string, number>();
  const server: Server = createServer((req, res) => {
    const number = req.url?.slice(1) ?? '';
    if (req.method === 'POST') posts.set(number, (posts.get(number) ?? 0) + 1);
    req
      .resume()
      .on('end', () => setTimeout(() => res.end(bodyOf(number)), Number(number) % 5 === 0 ? 60 : 0));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    posts,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function bodyOf(number: string): string {
  return `${number} `.repeat(Math.ceil(bodyBytes / (number.length + 1)));
}

interface Process {
  readonly name: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

function createProcess(
  name: string,
  args: readonly string[],
  cwd: string,
  isUp: () => Promise<boolean>,
): Process {
  let child: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    name,
    async start() {
      child = spawn(process.execPath, [main, ...args], { cwd, stdio: 'ignore' });
      for (let attempt = 0; attempt < 1_200; attempt++) {
        if (await isUp()) return;
        await sleep(50);
      }
      throw new Error(`${name} did not come up within a minute`);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const req = request({ port, host: '127.0.0.1', path: '/readyz', timeout: 1_000 }, (res) => {
      res.resume();
      resolve(res.statusCode === 200);
    });
    req.on('error', () => resolve(false)).end();
  });
}

interface World {
  readonly application: Awaited<ReturnType<typeof startApplication>>;
  readonly fronts: readonly number[];
  readonly host: string;
  readonly processes: readonly Process[];
  close(): Promise<void>;
}

async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-tunnel-chaos-'));
  const application = await startApplication();
  const ports = await Promise.all(Array.from({ length: 6 }, () => findFreePort(0, 1)));
  const [frontA = 0, frontB = 0, edgeA = 0, edgeB = 0, manageA = 0, manageB = 0] = ports;
  writeFileSync(
    join(folder, 'rules.yaml'),
    `applications:
  - name: wiki
    host: wiki.localhost
    upstream: tunnel:office/wiki
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  );
  const addresses = [`127.0.0.1:${edgeA}`, `127.0.0.1:${edgeB}`];
  const edges = [
    [frontA, edgeA],
    [frontB, edgeB],
  ].map(([front, edge], at) => {
    const file = join(folder, `edge-${at}.yaml`);
    writeFileSync(
      file,
      `auth_url: http://auth.localhost:${frontA}
listen: 127.0.0.1:${front}
rules: rules.yaml
data_dir: data
log: { level: error }
tunnel: { listen: "127.0.0.1:${edge}", addresses: ${JSON.stringify(addresses)} }
identity_providers:
  - { id: test, type: oidc, label: Test, issuer: "http://127.0.0.1:9", client_id: bouncer, client_secret: chaos }
`,
    );
    return createProcess(`edge ${at}`, ['serve', '-c', file], folder, () => canConnect(front ?? 0));
  });
  for (const edge of edges) await edge.start();
  const connectors: Process[] = [];
  for (const [at, manage] of [manageA, manageB].entries()) {
    const token = join(folder, `token-${at}`);
    await makeToken(folder, at === 0 ? ['create', 'office'] : ['rotate', 'office'], token);
    const management = `127.0.0.1:${manage}`;
    const args = ['connector', 'run', '--token-file', token, '--key-file', `connector-${at}.key`];
    const connector = createProcess(
      `connector ${at}`,
      [...args, '--service', `wiki=http://127.0.0.1:${application.port}`, '--management', management],
      folder,
      () => isReady(manage),
    );
    await connector.start();
    connectors.push(connector);
  }
  const processes = [...edges, ...connectors];
  return {
    application,
    processes,
    fronts: [frontA, frontB],
    host: `wiki.localhost:${frontA}`,
    close: async () => {
      await Promise.all(processes.map((one) => one.stop()));
      application.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function makeToken(folder: string, args: readonly string[], file: string): Promise<void> {
  const child = spawn(process.execPath, [main, 'tunnel', ...args, '-c', 'edge-0.yaml'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error('there is no token');
  writeFileSync(file, text, { mode: 0o600 });
}

type Outcome = 'right' | 'wrong' | 'failed' | 'nobody';

/** One request to one edge. `nobody`: nothing listens there. */
function ask(world: World, front: number, number: string, method: 'GET' | 'POST'): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { port: front, host: '127.0.0.1', path: `/${number}`, method, timeout: 30_000 };
    let isOut = false;
    const req = request({ ...options, headers: { host: world.host } }, (res) => {
      let body = '';
      res.setEncoding('latin1').on('data', (text: string) => (body += text));
      res.on('error', () => resolve('failed'));
      res.on('close', () => {
        // What was cut off must show as that.
        if (!res.complete) resolve('failed');
        else if (res.statusCode !== 200) resolve('failed');
        else resolve(body === bodyOf(number) ? 'right' : 'wrong');
      });
    });
    req.on('socket', (socket) => {
      // Over a connection that was open before, something may have been sent.
      if (!socket.connecting) isOut = true;
      else
        socket.once('connect', () => {
          isOut = true;
        });
    });
    req.on('timeout', () => req.destroy());
    req.on('error', () => resolve(isOut ? 'failed' : 'nobody'));
    req.end(method === 'POST' ? 'x' : undefined);
  });
}

class Load {
  readonly counts = { requests: 0, right: 0, failed: 0 };
  readonly violations: string[] = [];
  readonly kills: { readonly name: string; readonly atMs: number }[] = [];
  readonly #world: World;
  #number = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async one(): Promise<void> {
    const number = String(++this.#number);
    const method = this.#number % 4 === 0 ? 'POST' : 'GET';
    const startedMs = performance.now();
    const [first = 0, second = 0] =
      this.#number % 2 === 0 ? this.#world.fronts : [...this.#world.fronts].reverse();
    let outcome = await ask(this.#world, first, number, method);
    // Where nothing listens nothing was sent: whoever balances between edges takes the other one.
    if (outcome === 'nobody') outcome = await ask(this.#world, second, number, method);
    const endedMs = performance.now();
    this.counts.requests++;
    if (outcome === 'right') this.counts.right++;
    else if (outcome === 'wrong') this.violations.push(`a wrong answer to ${method} ${number}`);
    else {
      this.counts.failed++;
      const kill = this.kills.find(
        ({ atMs }) => startedMs <= atMs + noticedWithinMs && endedMs >= atMs - noticedWithinMs,
      );
      if (kill === undefined)
        this.violations.push(
          `${method} ${number} failed, begun at ${Math.round(startedMs)} and over at ${Math.round(endedMs)}, when nothing was killed`,
        );
    }
  }
}

/** @returns what happened; `violations` must be empty */
export async function runTunnelChaos(options: TunnelChaosOptions): Promise<TunnelChaosResult> {
  const { seconds, requestsPerSecond, pauseSeconds, say, until = () => true } = options;
  const world = await startWorld();
  try {
    const load = new Load(world);
    const startedMs = performance.now();
    const result = (): TunnelChaosResult => ({
      ...load.counts,
      kills: load.kills.length,
      violations: load.violations,
    });
    /** @param aheadMs so long it must still last */
    const isTime = (aheadMs = 0): boolean => {
      const spentSeconds = (performance.now() + aheadMs - startedMs) / 1000;
      return spentSeconds < seconds || (spentSeconds < 6 * seconds && !until(result()));
    };
    const loading = askSteadily({ requestsPerSecond, isOver: () => !isTime() }, () => load.one());
    await sleep(1_500);
    for (let turn = 0; isTime((pauseSeconds + 6) * 1000); turn++) {
      const victim = world.processes[turn % world.processes.length];
      if (victim === undefined) break;
      load.kills.push({ name: victim.name, atMs: performance.now() });
      await victim.kill();
      const { right, failed } = load.counts;
      say(`${victim.name} is killed, after ${right} right answers and ${failed} failures`);
      await sleep(500);
      await victim.start();
      await sleep(pauseSeconds * 1000);
    }
    await loading;
    const { posts } = world.application;
    for (const [number, times] of posts)
      if (times > 1) load.violations.push(`POST ${number} reached the application ${times} times`);
    return result();
  } finally {
    await world.close();
  }
}
