// Where the edges are, as connectors are told: addresses that are wrong, that lead to one edge twice, or where nobody answers.
import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectorTo, services, startEdge, waitUntil } from './tunnel-fixture.ts';

const list = () => services('wiki=http://127.0.0.1:9');

test('an edge that tells a wrong address keeps its connectors, and they go on to the right one once it is told', async () => {
  const edge = await startEdge();
  const right = [...edge.addresses];
  const token = await edge.token();
  // Nobody listens there.
  edge.addresses.splice(0, 1, '127.0.0.1:9');
  const { connector, state, said } = connectorTo(token, list());
  await edge.carriers('wiki', 2);
  await waitUntil(() =>
    said.some(({ name, fields }) => name === 'not_connected' && fields['edge'] === '127.0.0.1:9'),
  );
  expect(connector.report().isReady).toBe(true);
  expect(edge.named('tunnel_disconnected')).toEqual([]);
  // A start leads back as well.
  expect(state().addresses).toEqual([...right, '127.0.0.1:9']);
  connector.close();
  await edge.carriers('wiki', 0);
  const again = connectorTo(null, list(), { state: state() });
  await edge.carriers('wiki', 2);
  // The edge starts again with the right ones.
  const next = await startEdge({ store: edge.store });
  edge.addresses.splice(0, 1, ...next.addresses);
  again.connector.close();
  await edge.carriers('wiki', 0);
  const last = connectorTo(null, list(), { state: again.state() });
  await next.carriers('wiki', 2);
  await edge.carriers('wiki', 0);
  expect(last.state().addresses).toEqual(next.addresses);
});

test('two addresses of one edge are two ways there, which leave each other in peace', async () => {
  const edge = await startEdge();
  edge.addresses.push(`localhost:${edge.port}`);
  const { connector } = connectorTo(await edge.token(), list());
  await edge.carriers('wiki', 4);
  await waitUntil(() => connector.report().connections.every(({ isUsable }) => isUsable));
  expect(edge.named('tunnel_disconnected')).toEqual([]);
  // One that comes anew still takes the place of its own.
  const { state } = connectorTo(await edge.token(), list());
  await edge.carriers('wiki', 8);
  expect(state().addresses).toEqual(edge.addresses);
});

test('edges that say nothing do not hold up a first start: the one that answers is joined', async () => {
  const edge = await startEdge();
  // Accepts connections, and never finishes TLS.
  const silent = net.createServer((socket) => socket.on('error', () => {}));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  edge.addresses.unshift(`127.0.0.1:${(silent.address() as net.AddressInfo).port}`);
  const startedMs = performance.now();
  connectorTo(await edge.token(), list());
  await edge.carriers('wiki', 2);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(edge.named('join_token_reused')).toEqual([]);
});

test.each([
  ['finishes TLS', {}],
  ['answers as a proxy', { HTTPS_PROXY: 'EDGE' }],
])('a connector that stops waits for no edge that never %s', async (_what, env) => {
  const edge = await startEdge();
  const silent = net.createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const address = `127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
  edge.addresses.splice(0, 1, address);
  const { connector } = connectorTo(await edge.token(), list(), {
    env: Object.fromEntries(Object.keys(env).map((name) => [name, `http://${address}`])),
  });
  const [socket] = (await once(silent, 'connection')) as [net.Socket];
  const closed = once(socket.on('error', () => {}).resume(), 'close');
  const startedMs = performance.now();
  await connector.drain(60_000);
  await closed;
  // By itself it would wait for fifteen seconds.
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});
