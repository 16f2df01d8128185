// A connector of whose two connections one is lost, or that is back a moment later: what was not sent goes on.
import { once } from 'node:events';
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { dial } from '../../src/tunnel/connector/dial.ts';
import type { EdgeSession } from '../../src/tunnel/edge/edge-session.ts';
import { createKeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';
import { exchange, gatewayTo } from '../upstream/forward/fixture.ts';
import { startEdge, type TestEdge } from './tunnel-fixture.ts';

const wiki = { kind: 'tunnel', tunnel: 'office', service: 'wiki', text: 'tunnel:office/wiki' } as const;

const plain = 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n';
const upgrade =
  'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
/** Of the key above (RFC 6455 section 1.3). */
const switched =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

/** One connector, whose connections do with a request what each is told. */
async function connector(edge: TestEdge) {
  const token = await edge.token();
  const where = { address: `127.0.0.1:${edge.port}`, pins: token.pins, proxy: null };
  const key = createKeyPair();
  let isKnown = false;
  return async (index: 0 | 1, serve: (stream: ServerHttp2Stream, cut: () => void) => void) => {
    const socket = await dial(where, { connector: key, token: isKnown ? null : keyPairOf(token.seed) });
    isKnown = true;
    const session = performServerHandshake(socket);
    onTestFinished(() => session.destroy());
    session.on('error', () => {});
    session.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      if (headers[':authority'] === '.control') {
        stream.respond({ ':status': 200 });
        stream.write(
          `${JSON.stringify({ type: 'hello', protocol: [1, 1], version: 'x', instance: 'a'.repeat(32), index, services: { wiki: { kind: 'http' } } })}\n`,
        );
      } else if (headers[':authority'] === '.probe') {
        stream.respond({ ':status': 200 });
        stream.on('data', (chunk: Buffer) => stream.write(chunk));
      } else serve(stream, () => socket.destroy());
    });
  };
}

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 });
  stream.on('data', (chunk: Buffer) => {
    const isUpgrade = chunk.toString('latin1').includes('Sec-WebSocket-Key');
    stream.write(isUpgrade ? switched : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
}

/** The first line of what comes back. */
async function firstLine(port: number, request: string): Promise<string> {
  const client = net.connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void client.destroy());
  client.write(request);
  const [chunk] = (await once(client, 'data')) as [Buffer];
  return chunk.toString('latin1').split('\r\n')[0] ?? '';
}

test.each([
  ['a request', plain, 'HTTP/1.1 200 OK'],
  ['a handshake of a WebSocket', upgrade, 'HTTP/1.1 101 Switching Protocols'],
])(
  '%s that one connection takes with it before it was sent goes by the other one',
  async (_, request, line) => {
    const edge = await startEdge();
    const connect = await connector(edge);
    let lost = 0;
    await connect(0, (_stream, cut) => {
      lost++;
      cut();
    });
    await edge.carriers('wiki', 1);
    const { port } = await gatewayTo([wiki], {}, { carriers: edge.edge });
    await connect(1, answer);
    await edge.carriers('wiki', 2);
    const answers = await Promise.all(Array.from({ length: 4 }, () => firstLine(port, request)));
    expect(lost).toBeGreaterThan(0);
    expect(new Set(answers)).toEqual(new Set([line]));
  },
);

test.each([
  ['a request', plain, 'HTTP/1.1 200 OK'],
  ['a handshake of a WebSocket', upgrade, 'HTTP/1.1 101 Switching Protocols'],
])('%s waits for a connector that broke off a moment ago', async (_, request, line) => {
  const edge = await startEdge();
  const connect = await connector(edge);
  const { port } = await gatewayTo([wiki], { connectTimeoutMs: 30_000 }, { carriers: edge.edge });
  await connect(0, answer);
  const [session] = (await edge.carriers('wiki', 1)) as EdgeSession[];
  session?.end('closed');
  await edge.carriers('wiki', 0);
  const answered = firstLine(port, request);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await connect(0, answer);
  expect(await answered).toBe(line);
});

test('a handshake that waits for a connector is over with its client, and with its time', async () => {
  const edge = await startEdge();
  const connect = await connector(edge);
  const { port, gateway } = await gatewayTo([wiki], { connectTimeoutMs: 300 }, { carriers: edge.edge });
  await connect(0, answer);
  const [session] = (await edge.carriers('wiki', 1)) as EdgeSession[];
  session?.end('closed');
  await edge.carriers('wiki', 0);
  const client = net.connect(port, '127.0.0.1');
  client.write(upgrade);
  await new Promise((resolve) => setTimeout(resolve, 50));
  client.destroy();
  expect(await gateway.outcome(1)).toMatchObject({ cut: 'client-gone' });
  expect(await exchange(port, upgrade)).toMatch(/^HTTP\/1\.1 502 /);
  expect(gateway.outcomes).toHaveLength(2);
});
