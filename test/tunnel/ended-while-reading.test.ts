// A session that ends because of a stream that was reset, while others are open on it. Node tells of a reset in the middle of reading it,
// and frees a stream twice when the session is ended there: the process ends, and the test with it.
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { dial } from '../../src/tunnel/connector/dial.ts';
import { createKeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';
import { connectorTo, services, startEdge, waitUntil } from './tunnel-fixture.ts';

const rounds = 12;

test('removals of connectors with much under way end their connections, and no process', async () => {
  const source = createServer((socket) => {
    const timer = setInterval(() => void socket.write('tick\n'), 2);
    socket.on('error', () => {}).on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void source.close());
  const { port } = source.address() as AddressInfo;
  const edge = await startEdge();
  for (let round = 0; round < rounds; round++) {
    const { connector } = connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
    const carriers = await edge.carriers('wiki', 2);
    const sockets = Array.from({ length: 20 }, (_, at) =>
      carriers[at % 2]?.open('wiki', { protocol: 'http/1.1' }),
    );
    let closed = 0;
    let heard = 0;
    for (const socket of sockets) {
      socket?.on('error', () => {}).on('close', () => closed++);
      socket?.once('data', () => heard++).resume();
    }
    await waitUntil(() => heard === sockets.length);
    const id = (await edge.store.tunnels.read()).connectors[0]?.id ?? '';
    await edge.store.tunnels.removeConnector(id);
    await waitUntil(() => closed === sockets.length);
    await connector.close();
  }
});

test('between the word that a connection ends and its end nothing more is asked of it', async () => {
  const edge = await startEdge();
  const token = await edge.token();
  const where = { address: `127.0.0.1:${edge.port}`, pins: token.pins, proxy: null };
  const socket = await dial(where, { connector: createKeyPair(), token: keyPairOf(token.seed) });
  const asked: string[] = [];
  let control: ServerHttp2Stream | null = null;
  const session = performServerHandshake(socket).on('error', () => {});
  session.on('stream', (stream, headers) => {
    stream.on('error', () => {}).respond({ ':status': 200 });
    const name = String(headers[':authority']);
    if (name === '.probe') stream.on('data', (chunk: Buffer) => stream.write(chunk));
    else if (name === '.control') {
      control = stream;
      stream.write(
        `${JSON.stringify({ type: 'hello', protocol: [1, 1], version: 'x', instance: 'a'.repeat(32), index: 0, services: { wiki: { kind: 'http' } } })}\n`,
      );
    } else asked.push(name);
  });
  const [carrier] = await edge.carriers('wiki', 1);
  const failures: unknown[] = [];
  const stop = edge.edge.follow('office', 'wiki', (left) => {
    // Whoever chose it just before opens it now, while the edge reads what ended it.
    if (left.length === 0)
      carrier?.open('wiki', { protocol: 'http/1.1' }).on('error', (error) => failures.push(error));
  });
  onTestFinished(stop);
  (control as ServerHttp2Stream | null)?.write('nonsense\n');
  await new Promise((resolve) => session.once('close', resolve));
  await waitUntil(() => failures.length > 0);
  expect(failures).toEqual([expect.objectContaining({ code: 'UPSTREAM_TUNNEL_REFUSED' })]);
  expect(asked).toEqual([]);
});
