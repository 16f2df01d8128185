// Whoever writes into a tunnel writes as they like: the other side is never sent more than it may be for that, and nothing is lost.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { BufferBudget, usualBufferBytes } from '../../src/tunnel/wire/buffer-budget.ts';
import { SendGate } from '../../src/tunnel/wire/send-gate.ts';
import { StreamFlow } from '../../src/tunnel/wire/stream-flow.ts';
import type { UpstreamSocket } from '../../src/upstream/opener.ts';
import { connectorTo, services, startEdge } from './tunnel-fixture.ts';

const megabyte = 1_048_576;
/** More than the kernel takes of it for a service that does not read yet. */
const body = randomBytes(12 * megabyte);
const hashOf = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

type Target = Pick<Duplex, 'write' | 'cork' | 'uncork'> & { end(chunk?: string | Buffer): unknown };
const writers: readonly (readonly [string, Buffer, (to: Target) => void])[] = [
  [
    'one write',
    body,
    (to) => {
      to.write(body);
      to.end();
    },
  ],
  ['one end', body, (to) => void to.end(body)],
  [
    'many writes that wait for nothing',
    body,
    (to) => {
      for (let at = 0; at < body.length; at += 8_192) to.write(body.subarray(at, at + 8_192));
      to.end();
    },
  ],
  [
    'many writes in one go',
    body,
    (to) => {
      to.cork();
      for (let at = 0; at < body.length; at += 1_000) to.write(body.subarray(at, at + 1_000));
      to.uncork();
      to.end();
    },
  ],
  [
    'a text of as many letters as a third of its bytes',
    Buffer.from('€'.repeat(3 * megabyte)),
    (to) => void to.end('€'.repeat(3 * megabyte)),
  ],
];

/** Reads nothing for a moment, then everything. */
async function hashFrom(stream: NodeJS.ReadableStream): Promise<string> {
  stream.pause();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const hash = createHash('sha1');
  stream.on('data', (chunk: Buffer) => hash.update(chunk));
  stream.resume();
  await once(stream, 'end');
  return hash.digest('hex');
}

test.each(writers)('%s up to a service that is slow to read arrives whole', async (_name, bytes, write) => {
  const server = createServer({ allowHalfOpen: true });
  const arrived = new Promise<string>((resolve) =>
    server.on('connection', (socket) => {
      void hashFrom(socket).then(resolve);
      socket.on('end', () => socket.end());
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const edge = await startEdge();
  const { port } = server.address() as AddressInfo;
  connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
  const [carrier] = await edge.carriers('wiki', 2);
  const socket = carrier?.open('wiki', { protocol: 'http/1.1', allowHalfOpen: true }) as UpstreamSocket;
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  write(socket);
  expect(await arrived).toBe(hashOf(bytes));
  expect(edge.named('tunnel_disconnected')).toEqual([]);
});

test.each(writers)(
  '%s down to who is slow to read stays within what was allowed',
  async (_name, bytes, write) => {
    let isOverrun = false;
    const flowTo = (tell: () => StreamFlow | null): StreamFlow =>
      new StreamFlow({
        budget: new BufferBudget(usualBufferBytes),
        tell: (grants) => setImmediate(() => tell()?.onGrants(grants)),
        onOverrun: () => {
          isOverrun = true;
        },
      });
    let sender: StreamFlow | null = null;
    const reader = flowTo(() => sender);
    sender = flowTo(() => reader);
    const server = createHttp2Server({ settings: { initialWindowSize: 16 * megabyte } });
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond();
      sender?.limit(stream, 262_144);
      write(stream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      settings: { initialWindowSize: 16 * megabyte },
    });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/' });
    reader.follow(stream, 262_144);
    expect(await hashFrom(stream)).toBe(hashOf(bytes));
    expect(isOverrun).toBe(false);
  },
);

test.each([1, 100_000])('who writes %d bytes and ends is told once of each', async (length) => {
  const server = createHttp2Server();
  const told: string[] = [];
  const over = new Promise<void>((resolve) =>
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond();
      new SendGate(stream, Number.POSITIVE_INFINITY);
      stream.once('close', resolve);
      stream.write(Buffer.alloc(length), () => void told.push('written'));
      stream.write('a'.repeat(length), 'utf8', () => void told.push('text written'));
      stream.end('a'.repeat(length), () => void told.push('ended'));
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => session.destroy());
  session.request({ ':path': '/' }).resume();
  await over;
  expect(told).toEqual(['written', 'text written', 'ended']);
});
