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

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface StormResult {
  readonly connectors: number;
  /** Milliseconds from the edge's end. */
  readonly firstMs: number;
  readonly halfMs: number;
  readonly allMs: number;
}

async function startEdge(
  store: Store,
  port: number,
): Promise<{ readonly edge: TunnelEdge; readonly port: number }> {
  const edge = createTunnelEdge({
    settings: { listen: { host: '127.0.0.1', port }, addresses: [], bufferBytes: usualBufferBytes },
    store,
    telemetry: { event: () => {} },
  });
  const bound = await edge.listen();
  return { edge, port: bound.port };
}

interface Crowd {
  start(port: number): void;
  ready(): number;
  stop(): void;
}

/** Connectors of one tunnel, in processes of their own, whose keys the store has already. */
async function makeCrowd(store: Store, count: number): Promise<Crowd> {
  await store.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
  const pins = pinsOf(await readEdgeKeys(store.secrets));
  const ready = new Map<ChildProcess, number>();
  const tell = (child: ChildProcess, message: ToConnectors): void => void child.send(message);
  for (let left = count; left > 0; left -= mostInProcess) {
    const child = fork(join(import.meta.dirname, 'storm-connectors.ts'));
    ready.set(child, 0);
    tell(child, { kind: 'make', count: Math.min(left, mostInProcess) });
    const [made] = (await once(child, 'message')) as [FromConnectors];
    if (made.kind !== 'made') throw new Error('it was to make keys');
    for (const publicKey of made.publicKeys)
      await store.tunnels.addConnector({
        ...{ id: connectorIdOf(publicKey), tunnel: 'office', publicKey, tokenKey: '' },
        ...{ joinedAtMs: 1, lastSeenMs: 1, isPassing: false, isDrained: false },
      });
    child.on('message', (message: FromConnectors) => {
      if (message.kind === 'ready') ready.set(child, message.count);
    });
  }
  return {
    start: (port) => {
      for (const child of ready.keys()) tell(child, { kind: 'start', port, pins });
    },
    ready: () => [...ready.values()].reduce((sum, one) => sum + one, 0),
    stop: () => {
      for (const child of ready.keys()) child.kill('SIGKILL');
    },
  };
}

export async function runStorm(count: number, say: (line: string) => void): Promise<StormResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-storm-'));
  const store = createStore(join(folder, 'data'));
  const crowd = await makeCrowd(store, count);
  let { edge, port } = await startEdge(store, 0);
  crowd.start(port);
  while (crowd.ready() < count) await sleep(100);
  say(`${count} connectors are here, with ${edge.sessions().length} connections`);
  const endedMs = performance.now();
  await edge.close();
  ({ edge, port } = await startEdge(store, port));
  const at: Record<'first' | 'half' | 'all', number> = { first: 0, half: 0, all: 0 };
  for (let back = 0; back < count; ) {
    await sleep(50);
    // As the edge sees it: each with a connection that takes requests.
    back = new Set(edge.sessions().flatMap(({ connector, isUsable }) => (isUsable ? [connector] : []))).size;
    const ms = Math.round(performance.now() - endedMs);
    if (back > 0 && at.first === 0) at.first = ms;
    if (back >= count / 2 && at.half === 0) at.half = ms;
    if (back === count) at.all = ms;
    if (ms > 300_000) throw new Error(`${back} of ${count} are back after five minutes`);
  }
  crowd.stop();
  await edge.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return { connectors: count, firstMs: at.first, halfMs: at.half, allMs: at.all };
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
  const { firstMs, halfMs, allMs } = await runStorm(count, say);
  const [first, half, all] = [firstMs, halfMs, allMs].map((ms) => `${(ms / 1_000).toFixed(1)} s`);
  say(
    `${count} connectors, two connections each, lost their edge: the first is back after ${first}, half after ${half}, all after ${all}`,
  );
  process.exit(allMs < within ? 0 : 1);
}
