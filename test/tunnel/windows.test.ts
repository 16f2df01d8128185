// How much a stream of a tunnel may be sent that nobody takes: real sockets, and a service that sends for as long as it may.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { BufferBudget, firstWindow, largestWindow } from '../../src/tunnel/wire/buffer-budget.ts';
import type { Carrier } from '../../src/upstream/carriers.ts';
import type { UpstreamSocket } from '../../src/upstream/opener.ts';
import { startRelay } from '../fixtures/relay.ts';
import { connectorTo, services, startEdge, type TestEdge, waitUntil } from './tunnel-fixture.ts';

const megabyte = 1_048_576;

interface Source {
  readonly port: number;
  /** What the kernel took of it. */
  sent: number;
  /** What it was sent. */
  received: number;
  readonly sockets: Set<Socket>;
  /** It reads nothing of the connections that come from now on. */
  isDeaf: boolean;
}

/** Sends without end to whoever connects, as fast as it is taken. */
async function startSource(): Promise<Source> {
  const chunk = Buffer.alloc(65_536, 'x');
  const server = createServer((socket) => {
    source.sockets.add(socket);
    socket.on('error', () => {}).on('close', () => source.sockets.delete(socket));
    if (source.isDeaf) socket.pause();
    else
      socket.on('data', (data: Buffer) => {
        source.received += data.length;
      });
    const send = (): void => {
      if (socket.destroyed) return;
      source.sent += chunk.length;
      if (socket.write(chunk)) setImmediate(send);
      else socket.once('drain', send);
    };
    send();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const source: Source = { port, sent: 0, received: 0, sockets: new Set(), isDeaf: false };
  onTestFinished(() => {
    for (const socket of source.sockets) socket.destroy();
    server.close();
  });
  return source;
}

async function open(carrier: Carrier): Promise<UpstreamSocket> {
  const socket = carrier.open('wiki', { protocol: 'http/1.1' });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.pause();
  await once(socket, 'connect');
  return socket;
}

async function carrierOf(edge: TestEdge, port: number): Promise<readonly Carrier[]> {
  connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
  return edge.carriers('wiki', 2);
}

const bytesOf = ({ edge }: TestEdge): number => edge.counts().bufferBytes;

test('a stream that nobody reads holds its first window, however long it waits, and gives it back', async () => {
  const source = await startSource();
  const edge = await startEdge();
  const [carrier] = await carrierOf(edge, source.port);
  const socket = await open(carrier as Carrier);
  await waitUntil(() => socket.readableLength >= firstWindow);
  // One write passes the limit whole.
  expect(socket.readableLength).toBeLessThanOrEqual(firstWindow + 2 * 65_536);
  expect(bytesOf(edge)).toBe(firstWindow);
  socket.destroy();
  await waitUntil(() => bytesOf(edge) === 0);
});

test('a stream that is read grows, goes on after every pause, and reads every byte', async () => {
  const source = await startSource();
  const edge = await startEdge();
  const [carrier] = await carrierOf(edge, source.port);
  const socket = await open(carrier as Carrier);
  let read = 0;
  socket.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  for (const upTo of [1, 3, 20, 64]) {
    socket.resume();
    await waitUntil(() => read > upTo * megabyte);
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(bytesOf(edge)).toBeGreaterThan(4 * firstWindow);
  expect(bytesOf(edge)).toBeLessThanOrEqual(largestWindow);
  const held = socket.readableLength;
  expect(held).toBeLessThanOrEqual(largestWindow + 2 * 65_536);
  socket.resume();
  await waitUntil(() => read > 80 * megabyte);
});

test('what is sent up waits for who reads it, too', async () => {
  const source = await startSource();
  source.isDeaf = true;
  const edge = await startEdge();
  const [carrier] = await carrierOf(edge, source.port);
  const socket = await open(carrier as Carrier);
  socket.resume();
  let sent = 0;
  const chunk = Buffer.alloc(65_536, 'y');
  const send = (): void => {
    while (!socket.destroyed && sent < 64 * megabyte) {
      sent += chunk.length;
      if (socket.write(chunk)) continue;
      socket.once('drain', send);
      return;
    }
  };
  send();
  const held = await waitUntil(async () => {
    const before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return sent === before && sent;
  });
  // The window, what the kernel holds of two sockets, and what waits on the way.
  expect(held).toBeLessThan(24 * megabyte);
  for (const at of source.sockets) at.on('data', (data: Buffer) => (source.received += data.length)).resume();
  await waitUntil(() => source.received >= 64 * megabyte);
});

test('an end comes after all that was sent before it, however slowly it is read', async () => {
  const bytes = 12 * megabyte;
  const reader = createServer({ allowHalfOpen: true });
  const whole = new Promise<number>((resolve) =>
    reader.on('connection', (socket) => {
      let read = 0;
      socket
        .on('data', (chunk: Buffer) => {
          read += chunk.length;
          socket.pause();
          setTimeout(() => socket.resume(), 1);
        })
        .on('end', () => {
          resolve(read);
          socket.end();
        });
    }),
  );
  await new Promise<void>((resolve) => reader.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void reader.close());
  const edge = await startEdge();
  const [carrier] = await carrierOf(edge, (reader.address() as AddressInfo).port);
  const socket = carrier?.open('wiki', { protocol: 'http/1.1', allowHalfOpen: true });
  // It is still open at the end, when the edge goes.
  socket?.on('error', () => {}).resume();
  socket?.end(Buffer.alloc(bytes, 'z'));
  expect(await whole).toBe(bytes);
});

test('all together keep to the bound: many that stall leave room for one that is read', async () => {
  const source = await startSource();
  const bound = 8 * megabyte;
  const edge = await startEdge({ bufferBytes: bound });
  const carriers = await carrierOf(edge, source.port);
  const stalled: UpstreamSocket[] = [];
  for (let at = 0; at < 200; at++) stalled.push(await open(carriers[at % 2] as Carrier));
  await waitUntil(() => stalled.every((socket) => socket.readableLength > 0));
  await new Promise((resolve) => setTimeout(resolve, 300));
  // 16 KiB are there for each, whatever is left.
  expect(bytesOf(edge)).toBeLessThanOrEqual(bound + 200 * 16_384);
  const held = stalled.reduce((sum, socket) => sum + socket.readableLength, 0);
  expect(held).toBeLessThanOrEqual(bound + 200 * (16_384 + 65_536));
  const reader = await open(carriers[0] as Carrier);
  let read = 0;
  reader.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  reader.resume();
  await waitUntil(() => read > 16 * megabyte);
  for (const socket of stalled) socket.destroy();
  reader.destroy();
  await waitUntil(() => bytesOf(edge) === 0);
});

test('over a long line one download is not held to its first window for each round trip', async () => {
  const source = await startSource();
  const edge = await startEdge();
  const relay = await startRelay(edge.port);
  onTestFinished(() => relay.close());
  edge.addresses.splice(0, 1, `127.0.0.1:${relay.port}`);
  const [carrier] = await carrierOf(edge, source.port);
  relay.delay(50);
  const socket = await open(carrier as Carrier);
  let read = 0;
  socket.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  socket.resume();
  // At a window of 256 KiB a round trip of 100 ms this takes 25 s.
  await waitUntil(() => read > 64 * megabyte, 20_000);
});

test('thousands of downloads that are given up leave the connection as it was, and nothing held', async () => {
  const source = await startSource();
  const edge = await startEdge();
  const carriers = await carrierOf(edge, source.port);
  for (let round = 0; round < 60; round++) {
    const some = await Promise.all(Array.from({ length: 50 }, (_, at) => open(carriers[at % 2] as Carrier)));
    for (const [at, socket] of some.entries()) if (at % 3 === 0) socket.resume();
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const socket of some) socket.destroy();
  }
  await waitUntil(() => bytesOf(edge) === 0);
  const reader = await open(carriers[0] as Carrier);
  let read = 0;
  reader.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  reader.resume();
  await waitUntil(() => read > 16 * megabyte);
  expect(edge.named('tunnel_disconnected')).toEqual([]);
});

test('a budget is never overdrawn but by the least that each gets', () => {
  const budget = new BufferBudget(128 * megabyte);
  const windows = Array.from({ length: 1_000 }, () => budget.open());
  expect(windows[0]).toBe(firstWindow);
  expect(Math.min(...windows)).toBeGreaterThanOrEqual(16_384);
  expect(budget.granted).toBeLessThanOrEqual(128 * megabyte + 1_000 * 16_384);
  const [first = 0] = windows;
  for (const window of windows) budget.close(window);
  expect(budget.granted).toBe(0);
  let grown = budget.open();
  expect(grown).toBe(first);
  for (let at = 0; at < 20; at++) grown = budget.grow(grown);
  expect(grown).toBe(largestWindow);
  // Those that come later grow into what is left.
  const many = Array.from({ length: 40 }, () => budget.open()).map((window) =>
    budget.grow(budget.grow(window)),
  );
  expect(Math.min(...many)).toBeGreaterThanOrEqual(firstWindow);
  expect(budget.granted).toBeLessThanOrEqual(128 * megabyte);
});
