import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { RequestWriter } from '../../src/upstream/http1/request-writer.ts';
import { RequestBody } from '../../src/upstream/request-body.ts';
import { freeMemory } from '../../src/upstream/spent-memory.ts';
import type { UpstreamStream } from '../../src/upstream/upstream-exchange.ts';
import { gatewayTo, tcp, waitFor } from './forward/fixture.ts';

test('a large piece with memory of its own is freed', () => {
  const piece = Buffer.alloc(65_536, 7);
  freeMemory(piece);
  expect(piece).toHaveLength(0);
});

test('a piece that shares its memory, and a small one, stay as they are', () => {
  const shared = Buffer.alloc(100_000, 7);
  const pieces = [shared.subarray(0, 65_536), Buffer.alloc(100, 7), Buffer.from('x'.repeat(2_000))];
  for (const piece of pieces) {
    const { length } = piece;
    freeMemory(piece);
    expect(piece).toHaveLength(length);
  }
});

/** A connection whose other side reads nothing until it is told. */
async function connection(): Promise<{ socket: net.Socket; other: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [other] = (await once(server, 'connection')) as [net.Socket];
  onTestFinished(() => {
    socket.destroy();
    other.destroy();
    server.close();
  });
  socket.on('error', () => {});
  return { socket, other };
}

/** Larger than what systems keep for a connection. */
const huge = 16_777_216;

test('a piece is spent only when the last of its bytes went out', async () => {
  const { socket, other } = await connection();
  const writer = new RequestWriter(socket, () => {});
  const spent: Buffer[] = [];
  const piece = randomBytes(huge);
  writer.begin('POST / HTTP/1.1\r\n\r\n', huge);
  expect(writer.write(piece, (chunk) => void spent.push(chunk))).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(spent).toEqual([]);
  let bytes = 0;
  other.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
  await waitFor(() => spent.length === 1);
  expect(spent[0]).toBe(piece);
  await waitFor(() => bytes === huge + 19);
});

test.each([
  { name: 'is destroyed', end: (socket: net.Socket) => void socket.destroy() },
  {
    name: 'is reset by the other side',
    end: (_: net.Socket, other: net.Socket) => void other.resetAndDestroy(),
  },
])('a piece that a connection still holds when it $name is not spent', async ({ end }) => {
  const { socket, other } = await connection();
  const writer = new RequestWriter(socket, () => {});
  const spent: Buffer[] = [];
  writer.begin('POST / HTTP/1.1\r\n\r\n', 2 * huge);
  for (let i = 0; i < 2; i++) writer.write(Buffer.alloc(huge), (chunk) => void spent.push(chunk));
  await new Promise((resolve) => setImmediate(resolve));
  end(socket, other);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(spent).toEqual([]);
});

interface Heard {
  readonly name: string;
  readonly sum: string;
}

/** An application that reads in fits and starts, and notes what it read. */
async function slowReader(): Promise<{ port: number; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = http.createServer((req, res) => {
    const sum = createHash('sha256');
    let pieces = 0;
    req.on('data', (chunk: Buffer) => {
      sum.update(chunk);
      if (++pieces % 5 !== 0) return;
      req.pause();
      setTimeout(() => req.resume(), pieces % 3);
    });
    req.on('end', () => {
      heard.push({ name: String(req.url), sum: sum.digest('hex') });
      res.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, heard };
}

/** Send it in pieces; `leaves`: break off in the middle. */
function upload(port: number, name: string, body: Buffer, { framing, leaves }: How): Promise<void> {
  return new Promise((resolve) => {
    const headers =
      framing === 'length' ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' };
    const req = http.request({ port, method: 'PUT', path: name, agent: false, headers }, (res) => {
      res.resume().once('close', resolve);
    });
    req.on('error', () => resolve());
    const half = Math.floor(body.length / 2);
    req.write(body.subarray(0, half));
    if (leaves) setTimeout(() => req.destroy(), 5);
    else req.end(body.subarray(half));
  });
}

interface How {
  readonly framing: 'length' | 'chunks';
  readonly leaves: boolean;
}

test('many uploads at once, some of which break off, arrive byte for byte', async () => {
  const { port, heard } = await slowReader();
  const gateway = await gatewayTo([tcp(port)]);
  const wanted: Heard[] = [];
  const uploads = Array.from({ length: 24 }, (_, i) => {
    const name = `/${i}`;
    const body = randomBytes(1_500_000 + 70_001 * (i % 7));
    const leaves = i % 4 === 3;
    if (!leaves) wanted.push({ name, sum: createHash('sha256').update(body).digest('hex') });
    return upload(gateway.port, name, body, { framing: i % 2 === 0 ? 'length' : 'chunks', leaves });
  });
  await Promise.all(uploads);
  const byName = (a: Heard, b: Heard): number => a.name.localeCompare(b.name);
  expect([...heard].sort(byName)).toEqual([...wanted].sort(byName));
});

test.each(['before', 'after'])(
  'a piece that somebody else heard once is theirs, who came %s',
  async (when) => {
    const kept: Buffer[] = [];
    const server = http.createServer((req, res) => {
      const hear = (): unknown => req.once('data', (chunk: Buffer) => kept.push(chunk));
      if (when === 'before') hear();
      const body = new RequestBody(req, 0, { onBodyTooLarge: () => {}, trailersOf: (raw) => raw });
      const write = (chunk: Buffer, onSpent?: (chunk: Buffer) => void): boolean => {
        setImmediate(() => onSpent?.(chunk));
        return true;
      };
      body.start({ write, end: () => void setImmediate(() => res.end()) } as unknown as UpstreamStream);
      if (when === 'after') hear();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as net.AddressInfo;
    await upload(port, '/', Buffer.alloc(1_000_000, 7), { framing: 'length', leaves: false });
    expect(kept[0]?.length).toBeGreaterThan(0);
  },
);
