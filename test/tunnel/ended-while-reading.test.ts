// A session that ends because of a stream that was reset, while others are open on it. Node tells of a reset in the middle of reading it,
// and frees a stream twice when the session is ended there: the process ends, and the test with it.
import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished, test } from 'vitest';
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
