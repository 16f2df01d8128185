// Clients that do not read are cut; slow ones, and those who wait for the application, never.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cleanUp, makeCertificate, makeFolder, RawClient, sleep, startFront } from './front-fixture.ts';

const closing: (() => void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await cleanUp();
});

const block = Buffer.alloc(64 * 1024);

/** An application that sends as long as somebody takes: counts the answers that it began, and those that it is still writing. */
function endless() {
  let [begun, open] = [0, 0];
  return {
    begun: () => begun,
    open: () => open,
    onRequest(req: IncomingMessage, res: ServerResponse): void {
      if (req.url === '/small') return void res.end('hello');
      begun += 1;
      open += 1;
      res.on('close', () => {
        open -= 1;
      });
      if (req.url === '/waits') return void res.write('data: begun\n\n');
      const go = (): void => {
        while (res.write(block));
      };
      res.on('drain', go);
      go();
    },
  };
}

function session(port: number): ClientHttp2Session {
  const client = connectHttp2(`https://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: 65_535 },
  });
  client.on('error', () => {});
  closing.push(() => client.destroy());
  return client;
}

function ask(client: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = client.request({ ':path': path });
  stream.on('error', () => {});
  stream.end();
  return stream;
}

/** Passes bytes on like a thin, shaky link: a piece now and then, and nothing at all for a while. */
async function startThinLink(target: number, bytesASecond: number, outageMs: number): Promise<number> {
  const server: Server = createServer((near: Socket) => {
    const far = connect(target, '127.0.0.1');
    const startedMs = performance.now();
    let isDown = false;
    const pieces = setInterval(() => {
      const ms = performance.now() - startedMs;
      isDown = ms > 3_000 && ms < 3_000 + outageMs;
      const piece: Buffer | null = isDown ? null : far.read(Math.min(far.readableLength, bytesASecond / 50));
      if (piece !== null) near.write(piece);
    }, 20);
    far.on('readable', () => {});
    near.on('data', (chunk) => far.write(chunk));
    const end = (): void => {
      clearInterval(pieces);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far])
      socket.on('error', end).on('close', () => setTimeout(end, 5_000).unref());
    closing.push(end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return (server.address() as { port: number }).port;
}

describe('a client that does not read', () => {
  test('over HTTP/1.1 loses its connection, and the others are served', async () => {
    const app = endless();
    const { port, events } = await startFront(app, { limits: { writeTimeoutMs: 1_000 } });
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(port, '127.0.0.1').pause();
      socket.on('error', () => {});
      socket.write('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
      closing.push(() => socket.destroy());
      return socket;
    });
    await vi.waitFor(() => expect(app.begun()).toBe(20), 60_000);
    const other = new RawClient(port);
    other.socket.write('GET /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await other.receive('hello');
    await vi.waitFor(() => expect(app.open()).toBe(0), 60_000);
    expect(sockets).toHaveLength(20);
    expect(events.filter(({ name }) => name === 'limit_reached')).toMatchObject([
      { fields: { limit: 'write_timeout', address: '127.0.0.1' } },
    ]);
  });

  test('over HTTP/2 loses the streams that it leaves unread, and keeps the one that it reads', async () => {
    const app = endless();
    const tls = makeCertificate(makeFolder(), 'localhost');
    const { port } = await startFront(app, { tls, limits: { writeTimeoutMs: 1_000 } });
    const client = session(port);
    const unread = Array.from({ length: 100 }, () => ask(client, '/big').pause());
    await vi.waitFor(() => expect(app.begun()).toBe(100), 60_000);
    await vi.waitFor(() => expect(app.open()).toBe(0), 60_000);
    await vi.waitFor(() => expect(unread.every(({ closed }) => closed)).toBe(true), 60_000);
    let text = '';
    const small = ask(client, '/small')
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        text += chunk;
      });
    await once(small, 'end');
    expect(text).toBe('hello');
  });

  test('may leave few answers unread at a time, and these for the whole time', async () => {
    const app = endless();
    const tls = makeCertificate(makeFolder(), 'localhost');
    const limits = { writeTimeoutMs: 60_000, stalledPerAddress: 3 };
    const { port, events } = await startFront(app, { tls, limits });
    const client = session(port);
    for (let i = 0; i < 10; i++) ask(client, '/big').pause();
    await vi.waitFor(() => expect(app.begun()).toBe(10), 60_000);
    // A sixth of the minute later.
    await vi.waitFor(() => expect(app.open()).toBe(3), { timeout: 90_000, interval: 200 });
    await sleep(6_000);
    expect(app.open()).toBe(3);
    expect(events.filter(({ name }) => name === 'limit_reached')).toMatchObject([
      { fields: { limit: 'stalled_per_address', address: '127.0.0.1' } },
    ]);
  }, 240_000);
});

describe('nobody is cut', () => {
  test('who waits for the application: event streams and slow answers', async () => {
    const app = endless();
    const tls = makeCertificate(makeFolder(), 'localhost');
    const plain = await startFront(app, { limits: { writeTimeoutMs: 1_000 } });
    const secure = await startFront(app, { tls, limits: { writeTimeoutMs: 1_000 } });
    const waiting = new RawClient(plain.port);
    waiting.socket.write('GET /waits HTTP/1.1\r\nHost: a\r\n\r\n');
    await waiting.receive('begun');
    const stream = ask(session(secure.port), '/waits').resume();
    await once(stream, 'response');
    await sleep(4_000);
    expect(app.open()).toBe(2);
    waiting.socket.destroy();
  });

  test('on a thin link with an outage: a download, and a page of 200 resources over HTTP/2', async () => {
    const size = 6 * 1024 * 1024;
    const tls = makeCertificate(makeFolder(), 'localhost');
    const { port, events } = await startFront(
      {
        onRequest: (req, res) =>
          void res.end(req.url === '/download' ? Buffer.alloc(size) : Buffer.alloc(12_000)),
      },
      { tls, limits: { writeTimeoutMs: 12_000, stalledPerAddress: 8 } },
    );
    const link = await startThinLink(port, 600_000, 3_000);
    const received = async (stream: ClientHttp2Stream): Promise<number> => {
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      await once(stream, 'close');
      return bytes;
    };
    const download = received(ask(session(link), '/download'));
    const page = session(link);
    const resources = Promise.all(Array.from({ length: 200 }, () => received(ask(page, '/r'))));
    expect(await download).toBe(size);
    expect(new Set(await resources)).toEqual(new Set([12_000]));
    expect(events.filter(({ name }) => name === 'limit_reached')).toEqual([]);
  }, 120_000);
});
