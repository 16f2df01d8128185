// What a connector does when its edge goes, forgets it or moves, and when its own disk is full: it comes back by itself.
import { once } from 'node:events';
import { connect } from 'node:http2';
import net from 'node:net';
import type { TLSSocket } from 'node:tls';
import { queryObjects } from 'node:v8';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { freshState } from '../../src/tunnel/connector/connector-state.ts';
import { startConnector } from '../../src/tunnel/connector/create-connector.ts';
import { Link } from '../../src/tunnel/connector/link.ts';
import { BufferBudget } from '../../src/tunnel/wire/buffer-budget.ts';
import { writeLine } from '../../src/tunnel/wire/control-messages.ts';
import { UpstreamTarget } from '../../src/upstream/upstream-target.ts';
import { gatewayTo, httpUpstream } from '../upstream/forward/fixture.ts';
import { connectorTo, type SaidEvent, services, startEdge, waitUntil } from './tunnel-fixture.ts';

const nowhere = services('wiki=http://127.0.0.1:9');
const day = { lifetimeMs: 86_400_000, from: null, maxConnectors: null };

test('a connector that cannot write its state goes on, says so, and writes it once it can', async () => {
  const edge = await startEdge();
  const said: SaidEvent[] = [];
  const kept: string[][] = [];
  let isFull = true;
  const connector = startConnector({
    state: freshState(),
    save: ({ addresses }) => {
      if (isFull) throw new Error('the disk is full');
      kept.push([...addresses]);
    },
    token: await edge.token(),
    services: nowhere,
    version: 'x',
    env: {},
    log: {
      info: (name, fields) => void said.push({ name, fields }),
      warn: (name, fields) => void said.push({ name, fields }),
    },
  });
  onTestFinished(() => connector.close());
  // Told of by the welcome, which the connector wants to keep.
  edge.addresses.push('edge.invalid:1');
  await edge.carriers('wiki', 2);
  await waitUntil(() => said.some(({ name }) => name === 'state_not_kept'));
  expect(said.find(({ name }) => name === 'state_not_kept')?.fields).toEqual({ cause: 'the disk is full' });
  isFull = false;
  await edge.edge.close();
  const again = await startEdge({ store: edge.store, port: edge.port });
  again.addresses.push('edge.invalid:1');
  await again.carriers('wiki', 2);
  expect(kept[0]).toEqual(edge.addresses);
});

/** The edge's side of a connection, over a socket without TLS: it opens the control stream, probes, and says that it stops. */
async function edgeByHand(): Promise<{
  readonly connectorSide: net.Socket;
  drain(): void;
  /** Nothing more is said on the control stream. */
  hangUp(): void;
  probe(): Promise<unknown>;
}> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const edgeSide = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [connectorSide] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  const session = connect('http://tunnel', { createConnection: () => edgeSide });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  const control = session.request({ ':method': 'CONNECT', ':authority': '.control' });
  control.on('error', () => {}).resume();
  return {
    connectorSide,
    drain: () => void control.write(writeLine({ type: 'drain' })),
    hangUp: () => void control.end(),
    probe: () => once(session.request({ ':method': 'CONNECT', ':authority': '.probe' }), 'response'),
  };
}

/** One that connects to whatever edge is there, and notes why its connections are over. */
function linkTo(edge: () => Awaited<ReturnType<typeof edgeByHand>>) {
  const told = { dialled: 0, gone: [] as string[] };
  const link = new Link({
    ...{ address: 'edge.test:7844', index: 0 },
    connect: async () => {
      told.dialled++;
      return edge().connectorSide as TLSSocket;
    },
    session: () => ({
      ...{ services: () => nowhere, budget: new BufferBudget(1_048_576) },
      hello: () => ({
        ...{ type: 'hello', protocol: [1, 1], version: 'x', instance: 'a'.repeat(32), index: 0 },
        services: nowhere.announce(),
      }),
      ...{ onWelcome: () => {}, onEdges: () => {}, onRelay: () => {}, onVisit: () => {} },
      beforePassing: () => {},
    }),
    onUsable: () => {},
    onGone: (_link, cause) => void told.gone.push(cause),
    onFailure: () => {},
  });
  onTestFinished(() => link.stop());
  link.start();
  return told;
}

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('an edge that probes no more is given up after 28 seconds, and not before', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let edge = await edgeByHand();
  const told = linkTo(() => edge);
  for (let probes = 0; probes < 3; probes++) {
    await edge.probe();
    await vi.advanceTimersByTimeAsync(27_000);
    expect(told.gone).toEqual([]);
  }
  edge = await edgeByHand();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(told.gone).toEqual(['silence']);
  while (told.dialled < 2) {
    await vi.advanceTimersByTimeAsync(100);
    await aTurn();
  }
});

test('a connection on which the edge says nothing more is replaced, though it stands', async () => {
  const first = await edgeByHand();
  let edge = first;
  const told = linkTo(() => edge);
  await first.probe();
  edge = await edgeByHand();
  first.hangUp();
  await waitUntil(() => told.dialled === 2);
  expect(told.gone).toEqual(['control-closed']);
});

test('an edge that is restarted again and again, as it should be, is no failure: its connectors are back within half a second each time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const now = performance.now.bind(performance);
  let livedMs = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + livedMs);
  onTestFinished(() => clock.mockRestore());
  let edge = await edgeByHand();
  const told = linkTo(() => edge);
  for (let restarts = 1; restarts <= 10; restarts++) {
    await vi.waitFor(() => expect(told.dialled).toBe(restarts));
    livedMs += 3_600_000;
    const before = edge;
    edge = await edgeByHand();
    before.drain();
    while (told.gone.length < restarts) await aTurn();
    await vi.advanceTimersByTimeAsync(500);
    expect(told.dialled, `after ${restarts} restarts`).toBe(restarts + 1);
  }
});

test('a connection to an address that no edge has any more finishes what it carries, and ends with its connector', async () => {
  const first = await startEdge();
  const second = await startEdge({ store: first.store });
  const [address = ''] = second.addresses;
  second.addresses.unshift(...first.addresses);
  first.addresses.push(address);
  let isAsked = false;
  const { port } = await httpUpstream((_req, res) => {
    res.write('begun');
    isAsked = true;
  });
  const { connector } = connectorTo(await first.token(), services(`wiki=http://127.0.0.1:${port}`));
  const [carrier] = await first.carriers('wiki', 2);
  await second.carriers('wiki', 2);
  const carried = carrier?.open('wiki', { protocol: 'http/1.1' });
  if (carried === undefined) throw new Error('there is no carrier');
  carried.on('error', () => {}).resume();
  await once(carried, 'connect');
  carried.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await waitUntil(() => isAsked);
  // The next welcome of the second one says that there is no other.
  await second.edge.close();
  const only = await startEdge({ store: first.store, port: second.port });
  await only.carriers('wiki', 2);
  await first.carriers('wiki', 0);
  await waitUntil(() => connector.report().connections.every(({ edge }) => edge === address));
  expect(carried.destroyed).toBe(false);
  connector.close();
  await waitUntil(() => carried.destroyed);
});

test('a connector of a reusable token that was forgotten while it was away joins again by itself', async () => {
  const edge = await startEdge();
  let bootMs = 1_000_000;
  const clocks = { wallMs: () => Date.now(), sinceBootMs: () => bootMs };
  const { said } = connectorTo(await edge.token({ reusable: day }), nowhere, { clocks });
  await edge.carriers('wiki', 2);
  await edge.edge.close();
  await waitUntil(() => said.filter(({ name }) => name === 'disconnected').length === 2);
  bootMs += 700_000;
  await edge.store.tunnels.removeStale(Date.now() + 1, 0);
  expect((await edge.store.tunnels.read()).connectors).toEqual([]);
  const again = await startEdge({ store: edge.store, port: edge.port });
  await again.carriers('wiki', 2);
  expect((await edge.store.tunnels.read()).connectors).toHaveLength(1);
});

test('a connector of a reusable token that was revoked stays away', async () => {
  const edge = await startEdge();
  const { said } = connectorTo(await edge.token({ reusable: day }), nowhere);
  await edge.carriers('wiki', 2);
  const [{ id } = { id: '' }] = (await edge.store.tunnels.read()).connectors;
  await edge.store.tunnels.removeConnector(id);
  await waitUntil(() => said.filter(({ fields }) => fields['refused'] === 'unknown').length > 2);
  expect((await edge.store.tunnels.read()).connectors).toEqual([]);
});

test('a connection that took nothing new leaves nothing behind once its WebSockets are over', async () => {
  const edge = await startEdge();
  const { port, server } = await httpUpstream((_req, res) => res.end());
  const application = new WebSocketServer({ server });
  onTestFinished(() => application.close());
  const { connector } = connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
  await edge.carriers('wiki', 2);
  const wiki = { kind: 'tunnel', tunnel: 'office', service: 'wiki', text: 'tunnel:office/wiki' } as const;
  const { port: front, gateway } = await gatewayTo([wiki], {}, { carriers: edge.edge });
  expect(queryObjects(UpstreamTarget)).toBe(2);
  const client = new WebSocket(`ws://127.0.0.1:${front}/live`, { headers: { Host: 'app.test' } });
  client.on('error', () => {});
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  const drained = connector.drain(60_000);
  await edge.carriers('wiki', 0);
  client.close();
  await once(client, 'close');
  await drained;
  // What the test itself keeps of them.
  for (const kept of [gateway.ends, gateway.goodbyes]) kept.length = 0;
  await waitUntil(() => queryObjects(UpstreamTarget) === 0);
});
