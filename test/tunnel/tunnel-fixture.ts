// An edge with its store, and connectors of it, in this process and over real sockets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type ConnectorState, freshState } from '../../src/tunnel/connector/connector-state.ts';
import { type Connector, startConnector } from '../../src/tunnel/connector/create-connector.ts';
import {
  createServiceList,
  parseServiceOption,
  type ServiceList,
} from '../../src/tunnel/connector/service-list.ts';
import type { SleepClocks } from '../../src/tunnel/connector/sleep-watch.ts';
import {
  createTunnelEdge,
  type TunnelEdge,
  type TunnelEdgeParts,
} from '../../src/tunnel/edge/create-tunnel-edge.ts';
import { issueJoinToken, type TokenOrder } from '../../src/tunnel/edge/issue-join-token.ts';
import { usualBufferBytes } from '../../src/tunnel/wire/buffer-budget.ts';
import { type JoinToken, parseJoinToken } from '../../src/tunnel/wire/join-token.ts';
import type { Carrier } from '../../src/upstream/carriers.ts';

export interface SaidEvent {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestEdge {
  readonly edge: TunnelEdge;
  readonly store: Store;
  readonly port: number;
  readonly events: SaidEvent[];
  /** How connectors are told to reach it; a test may put a relay there. */
  readonly addresses: string[];
  token(order?: Partial<TokenOrder>): Promise<JoinToken>;
  /** Waits until so many connections of the tunnel can be used for the service. */
  carriers(service: string, count: number, tunnel?: string): Promise<readonly Carrier[]>;
  named(name: string): readonly SaidEvent['fields'][];
}

export async function waitUntil<T>(
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > untilMs)
      throw new Error(`nothing came within ${withinMs} ms: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** @param store of an edge before it; absent: a fresh one with the tunnel `office` */
export async function startEdge(
  given: {
    readonly store?: Store;
    readonly times?: TunnelEdgeParts['times'];
    readonly host?: string;
    readonly port?: number;
    readonly bufferBytes?: number;
  } = {},
): Promise<TestEdge> {
  const store = given.store ?? openStore();
  if (given.store === undefined)
    await store.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
  const events: SaidEvent[] = [];
  const addresses: string[] = [];
  const edge = createTunnelEdge({
    settings: {
      listen: { host: given.host ?? '127.0.0.1', port: given.port ?? 0 },
      addresses,
      bufferBytes: given.bufferBytes ?? usualBufferBytes,
    },
    store,
    telemetry: { event: (name, fields) => void events.push({ name, fields }) },
    ...(given.times === undefined ? {} : { times: given.times }),
  });
  const { port } = await edge.listen();
  addresses.push(`127.0.0.1:${port}`);
  onTestFinished(() => edge.close());
  return {
    ...{ edge, store, port, events, addresses },
    token: async (order = {}) => {
      const { text } = await issueJoinToken(store, { ...order, tunnel: order.tunnel ?? 'office', addresses });
      const token = parseJoinToken(text);
      if (token === null) throw new Error('not a token');
      return token;
    },
    carriers: async (service, count, tunnel = 'office') => {
      let now: readonly Carrier[] = [];
      const stop = edge.follow(tunnel, service, (carriers) => {
        now = carriers;
      });
      try {
        return await waitUntil(() => now.length === count && now);
      } finally {
        stop();
      }
    },
    named: (name) => events.filter((event) => event.name === name).map(({ fields }) => fields),
  };
}

function openStore(): Store {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-tunnel-'));
  const store = createStore(join(folder, 'data'));
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return store;
}

export interface TestConnector {
  readonly connector: Connector;
  readonly state: () => ConnectorState;
  readonly said: SaidEvent[];
}

export function services(...options: readonly string[]): ServiceList {
  return createServiceList(options.map((text) => parseServiceOption(text, '/')));
}

export function connectorTo(
  token: JoinToken | null,
  list: ServiceList,
  given: {
    readonly state?: ConnectorState;
    readonly env?: Readonly<Record<string, string>>;
    readonly clocks?: SleepClocks;
  } = {},
): TestConnector {
  let state = given.state ?? freshState();
  const said: SaidEvent[] = [];
  const note = (name: string, fields: Readonly<Record<string, unknown>>): void =>
    void said.push({ name, fields });
  const connector = startConnector({
    state,
    save: (next) => {
      state = next;
    },
    token,
    services: list,
    version: '0.0.0-test',
    env: given.env ?? {},
    log: { info: note, warn: note },
    ...(given.clocks === undefined ? {} : { clocks: given.clocks }),
  });
  onTestFinished(() => connector.close());
  return { connector, state: () => state, said };
}
