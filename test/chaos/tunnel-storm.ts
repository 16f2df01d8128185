// `node test/chaos/tunnel-storm.ts [COUNT]`: so many connectors, with real connections, lose their edge in one instant and come back to the
// next one, all from one address. Says how long it took until the first, half, and all of them could be used again.
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createTunnelEdge, type TunnelEdge } from '../../src/tunnel/edge/create-tunnel-edge.ts';
import { connectorIdOf } from '../../src/tunnel/edge/tunnel-register.ts';
import { usualBufferBytes } from '../../src/tunnel/wire/buffer-budget.ts';
import { pinsOf, readEdgeKeys } from '../../src/tunnel/wire/edge-keys.ts';
import type { FromConnectors, ToConnectors } from './storm-connectors.ts';

/** Of one process: files that it may open are few on some machines. */
const mostInProcess = 2_500;
/** Files of the edge besides the connections of connectors. */
const otherFiles = 100;
const within = 60_000;
const mostMs = 300_000;
const lookEveryMs = 50;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface StormResult {
  readonly connectors: number;
  /** Milliseconds from the edge's end. */
  readonly firstMs: number;
  readonly halfMs: number;
  readonly allMs: number;
  /** Until all were back, of the edge and of all connectors together; at the edge for each of their connections. Milliseconds. */
  readonly edgeCpuMs: number;
  readonly connectorsCpuMs: number;
  /** What went wrong meanwhile, as connectors say it, and how often. */
  readonly troubles: Readonly<Record<string, number>>;
}

interface StormEdge {
  readonly edge: TunnelEdge;
  readonly port: number;
  /** Connectors with a connection that takes requests. */
  present(): number;
}

async function startEdge(store: Store, port: number): Promise<StormEdge> {
  // To list all of them again and again would cost more than what is measured.
  const connections = new Map<string, number>();
  const count = (connector: string, by: 1 | -1): void => {
    const now = (connections.get(connector) ?? 0) + by;
    if (now === 0) connections.delete(connector);
    else connections.set(connector, now);
  };
  const edge = createTunnelEdge({
    settings: { listen: { host: '127.0.0.1', port }, addresses: [], bufferBytes: usualBufferBytes },
    store,
    telemetry: {
      event: (name, fields) => {
        const { connector } = fields as Readonly<Record<string, unknown>>;
        if (name === 'tunnel_connected') count(String(connector), 1);
        if (name === 'tunnel_disconnected') count(String(connector), -1);
      },
    },
  });
  const bound = await edge.listen();
  return { edge, port: bound.port, present: () => connections.size };
}

interface CrowdState {
  readonly ready: number;
  readonly cpuMs: number;
}

interface Crowd {
  start(port: number): void;
  state(): CrowdState;
  /** What went wrong since it was asked last. */
  takeTroubles(): Readonly<Record<string, number>>;
  stop(): void;
}

/** Connectors of one tunnel, in processes of their own, whose keys the store has already. */
async function makeCrowd(store: Store, count: number): Promise<Crowd> {
  await store.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
  const pins = pinsOf(await readEdgeKeys(store.secrets));
  const states = new Map<ChildProcess, CrowdState>();
  let troubles: Record<string, number> = {};
  const tell = (child: ChildProcess, message: ToConnectors): void => void child.send(message);
  for (let left = count; left > 0; left -= mostInProcess) {
    const child = fork(join(import.meta.dirname, 'storm-connectors.ts'));
    tell(child, { kind: 'make', count: Math.min(left, mostInProcess) });
    await addConnectors(store, child);
    child.on('message', (message: FromConnectors) => {
      if (message.kind !== 'ready') return;
      states.set(child, { ready: message.count, cpuMs: message.cpuMs });
      for (const [what, times] of Object.entries(message.troubles))
        troubles[what] = (troubles[what] ?? 0) + times;
    });
    states.set(child, { ready: 0, cpuMs: 0 });
  }
  return {
    start: (port) => {
      for (const child of states.keys()) tell(child, { kind: 'start', port, pins });
    },
    state: () =>
      [...states.values()].reduce(
        (sum, one) => ({ ready: sum.ready + one.ready, cpuMs: sum.cpuMs + one.cpuMs }),
        { ready: 0, cpuMs: 0 },
      ),
    takeTroubles: () => {
      const taken = troubles;
      troubles = {};
      return taken;
    },
    stop: () => {
      for (const child of states.keys()) child.kill('SIGKILL');
    },
  };
}

/** Those whose keys it makes. */
async function addConnectors(store: Store, child: ChildProcess): Promise<void> {
  for (;;) {
    const [made] = (await once(child, 'message')) as [FromConnectors];
    if (made.kind !== 'made') continue;
    for (const publicKey of made.publicKeys)
      await store.tunnels.addConnector({
        ...{ id: connectorIdOf(publicKey), tunnel: 'office', publicKey, tokenKey: '' },
        ...{ joinedAtMs: 1, lastSeenMs: 1, isPassing: false, isDrained: false },
      });
    return;
  }
}

export async function runStorm(count: number, say: (line: string) => void): Promise<StormResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-storm-'));
  const store = createStore(join(folder, 'data'));
  const crowd = await makeCrowd(store, count);
  const before = await startEdge(store, 0);
  crowd.start(before.port);
  while (crowd.state().ready < count) await sleep(lookEveryMs);
  say(`${count} connectors are here, with ${before.edge.sessions().length} connections`);
  crowd.takeTroubles();
  const crowdCpuMs = crowd.state().cpuMs;
  await before.edge.close();
  const endedMs = performance.now();
  const cpu = process.cpuUsage();
  const { edge, present } = await startEdge(store, before.port);
  const at: Record<'first' | 'half' | 'all', number> = { first: 0, half: 0, all: 0 };
  while (at.all === 0) {
    await sleep(lookEveryMs);
    const back = present();
    const ms = Math.round(performance.now() - endedMs);
    if (back > 0 && at.first === 0) at.first = ms;
    if (back >= count / 2 && at.half === 0) at.half = ms;
    if (back === count) at.all = ms;
    if (ms > mostMs)
      throw new Error(
        `${back} of ${count} are back after five minutes: ${JSON.stringify(crowd.takeTroubles())}`,
      );
  }
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    ...{ connectors: count, firstMs: at.first, halfMs: at.half, allMs: at.all },
    ...{ edgeCpuMs: (user + system) / 1_000, connectorsCpuMs: crowd.state().cpuMs - crowdCpuMs },
    troubles: crowd.takeTroubles(),
  };
  crowd.stop();
  await edge.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return result;
}

/** Each connector has two connections, and each of them is a file of the edge. */
function mostHere(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Math.floor((Number(limit) - otherFiles) / 2);
}

if (process.argv[1] === import.meta.filename) {
  const wanted = Number(process.argv[2] ?? 10_000);
  const count = Math.min(wanted, mostHere());
  const say = (line: string): void => console.log(line);
  if (count < wanted) say(`only ${count} of ${wanted}: this machine lets a process open no more files`);
  const { firstMs, halfMs, allMs, edgeCpuMs, connectorsCpuMs, troubles } = await runStorm(count, say);
  const each = (ms: number): string => (ms / count / 2).toFixed(1);
  for (const [what, times] of Object.entries(troubles)) say(`${times} × ${what}`);
  say(`CPU: ${each(edgeCpuMs)} ms a connection at the edge, ${each(connectorsCpuMs)} ms at the connector`);
  const [first, half, all] = [firstMs, halfMs, allMs].map((ms) => `${(ms / 1_000).toFixed(1)} s`);
  say(
    `${count} connectors, two connections each, lost their edge: the first is back after ${first}, half after ${half}, all after ${all}`,
  );
  process.exit(allMs < within ? 0 : 1);
}
