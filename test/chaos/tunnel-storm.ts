// `node test/chaos/tunnel-storm.ts [COUNT]`: so many connectors, with real connections, lose their edge in one instant and come back to the
// next one, all from one address. Says how long it took until the first, half, and all of them could be used again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { freshState } from '../../src/tunnel/connector/connector-state.ts';
import { type Connector, startConnector } from '../../src/tunnel/connector/create-connector.ts';
import { createServiceList, parseServiceOption } from '../../src/tunnel/connector/service-list.ts';
import { createTunnelEdge, type TunnelEdge } from '../../src/tunnel/edge/create-tunnel-edge.ts';
import { connectorIdOf } from '../../src/tunnel/edge/tunnel-register.ts';
import { usualBufferBytes } from '../../src/tunnel/wire/buffer-budget.ts';
import { pinsOf, readEdgeKeys } from '../../src/tunnel/wire/edge-keys.ts';

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

/** Connectors of one tunnel whose keys the store has already. */
async function startConnectors(store: Store, count: number, port: number): Promise<readonly Connector[]> {
  await store.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
  const pins = pinsOf(await readEdgeKeys(store.secrets));
  const services = createServiceList([parseServiceOption('wiki=http://127.0.0.1:9', '/')]);
  const connectors: Connector[] = [];
  for (let at = 0; at < count; at++) {
    const state = { ...freshState(), addresses: [`127.0.0.1:${port}`], pins };
    const publicKey = state.key.publicKey.toString('base64url');
    await store.tunnels.addConnector({
      ...{ id: connectorIdOf(publicKey), tunnel: 'office', publicKey, tokenKey: '' },
      ...{ joinedAtMs: 1, lastSeenMs: 1, isPassing: false, isDrained: false },
    });
    connectors.push(
      startConnector({
        ...{ state, save: () => {}, token: null, services, version: 'storm', env: {} },
        log: { info: () => {}, warn: () => {} },
      }),
    );
    if (at % 20 === 0) await sleep(20);
  }
  return connectors;
}

export async function runStorm(count: number, say: (line: string) => void): Promise<StormResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-storm-'));
  const store = createStore(join(folder, 'data'));
  let { edge, port } = await startEdge(store, 0);
  const connectors = await startConnectors(store, count, port);
  const ready = (): number => connectors.filter((one) => one.report().isReady).length;
  while (ready() < count) await sleep(200);
  say(`${count} connectors are here, with ${edge.sessions().length} connections`);
  const endedMs = performance.now();
  await edge.close();
  ({ edge, port } = await startEdge(store, port));
  const at: Record<'first' | 'half' | 'all', number> = { first: 0, half: 0, all: 0 };
  for (let back = 0; back < count; ) {
    await sleep(50);
    back = ready();
    const ms = Math.round(performance.now() - endedMs);
    if (back > 0 && at.first === 0) at.first = ms;
    if (back >= count / 2 && at.half === 0) at.half = ms;
    if (back === count) at.all = ms;
    if (ms > 300_000) throw new Error(`${back} of ${count} are back after five minutes`);
  }
  for (const one of connectors) one.close();
  await edge.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return { connectors: count, firstMs: at.first, halfMs: at.half, allMs: at.all };
}

if (process.argv[1] === import.meta.filename) {
  const result = await runStorm(Number(process.argv[2] ?? 10_000), (line) =>
    process.stdout.write(`${line}\n`),
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}
