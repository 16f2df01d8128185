// Where the edges are, as connectors are told: addresses that are wrong, that lead to one edge twice, or where nobody answers.
import { once } from 'node:events';
import { connect } from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { controlName, probeName, writeLine } from '../../src/tunnel/wire/control-messages.ts';
import { createEdgeKeyText, edgeKeyOf } from '../../src/tunnel/wire/edge-certificate.ts';
import { createKeyPair, seedOf } from '../../src/tunnel/wire/key-text.ts';
import { alpn, proofBytes } from '../../src/tunnel/wire/proof.ts';
import { verdictByte } from '../../src/tunnel/wire/verdict.ts';
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

/** An edge that tells nothing but itself, and probes when it is told to, after the connector heard what it told. */
async function edgeThatWaits(): Promise<{ readonly address: string; readonly pin: string; probe(): void }> {
  const { privateKey, certificate, pin } = edgeKeyOf(createEdgeKeyText());
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' });
  const probes: (() => void)[] = [];
  const server = tls.createServer({ key, cert: certificate, ALPNProtocols: [alpn] }, (socket) => {
    socket.on('error', () => {});
    const look = (): void => {
      if (socket.read(proofBytes) === null) return;
      socket.off('readable', look).write(verdictByte('welcome'), () => setImmediate(greet));
    };
    const greet = (): void => {
      const session = connect('http://tunnel', { createConnection: () => socket }).on('error', () => {});
      const ask = (name: string) =>
        session.request({ ':method': 'CONNECT', ':authority': name }).on('error', () => {});
      const control = ask(controlName);
      control.once('data', () => control.write(writeLine({ ...welcome, addresses: [address], pins: [pin] })));
      probes.push(() => void ask(probeName).resume());
    };
    socket.on('readable', look);
  });
  const welcome = { type: 'welcome', connector: 'c_000000000000', tunnel: 'office', edge: 'here/1' } as const;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const probe = (): void => {
    for (const ask of probes.splice(0)) ask();
  };
  return { address, pin, probe };
}

test('an address where nobody is any more is given up as soon as another one carries', async () => {
  const { address, pin, probe } = await edgeThatWaits();
  const token = { addresses: ['127.0.0.1:9', address], pins: [pin], seed: seedOf(createKeyPair()) };
  const { connector, state } = connectorTo(token, list());
  const edges = () => connector.report().connections.map(({ edge }) => edge);
  await waitUntil(() => connector.report().tunnel === 'office');
  expect(edges()).toContain('127.0.0.1:9');
  await waitUntil(() => {
    probe();
    return connector.report().connections.filter(({ isUsable }) => isUsable).length === 2;
  });
  expect(edges()).toEqual([address, address]);
  expect(state().addresses).toEqual([address]);
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
