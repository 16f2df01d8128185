// Nobody takes all connections: one address has its share, the silent go first, and a turn of the event loop stays short.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { clientNetwork } from '../../src/http/client-network.ts';
import { cleanUp, limits, makeCertificate, makeFolder, RawClient, startFront } from './front-fixture.ts';

const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await cleanUp();
});

async function open(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** The status of one request on a connection of its own. */
async function ask(port: number, localAddress: string): Promise<string> {
  const socket = await open(port, localAddress);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  if (!socket.closed) await once(socket, 'close');
  return text.slice(0, 12);
}

describe('the network of an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3::', '1:2:3:0::/64'],
  ])('%s counts to %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});

describe('connections', () => {
  test('that are silent shut nobody out: 220 of one address at a limit of 200', async () => {
    const { port, events, front } = await startFront(
      {},
      { limits: { connections: 200, connectionsPerAddress: 100 } },
    );
    for (let i = 0; i < 220; i++) await open(port, '127.0.0.2');
    await vi.waitFor(() => expect(front.connections).toBeLessThanOrEqual(100), 30_000);
    expect(await ask(port, '127.0.0.3')).toBe('HTTP/1.1 200');
    expect(await ask(port, '127.0.0.2')).toBe('HTTP/1.1 200');
    const told = events.filter(({ name }) => name === 'limit_reached');
    expect(told).toEqual([
      {
        name: 'limit_reached',
        fields: { limit: 'connections_per_address', address: '127.0.0.2', count: 1 },
      },
    ]);
  });

  test('that are silent go first when all addresses together have too many', async () => {
    const { port, front } = await startFront({}, { limits: { connections: 50, connectionsPerAddress: 20 } });
    for (let i = 0; i < 60; i++) await open(port, `127.0.0.${2 + (i % 5)}`);
    await vi.waitFor(() => expect(front.connections).toBe(50), 30_000);
    expect(await ask(port, '127.0.0.9')).toBe('HTTP/1.1 200');
  });

  test('that are being answered, and WebSockets, are never cut for a newcomer', async () => {
    const closed: string[] = [];
    const { port, front } = await startFront(
      {
        onRequest: (req, res) => {
          if (req.url === '/slow') res.write('begun');
          else res.end('hello');
        },
        onUpgrade: (_req, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
      },
      { limits: { connections: 200, connectionsPerAddress: 3 } },
    );
    const slow = new RawClient(port);
    slow.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await slow.receive('begun');
    const upgraded = new RawClient(port);
    upgraded.socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await upgraded.receive('101');
    const idle = new RawClient(port);
    idle.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await idle.receive('hello');
    for (const [name, client] of Object.entries({ slow, upgraded, idle }))
      void client.closed.then(() => closed.push(name));
    const newcomer = new RawClient(port);
    newcomer.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await newcomer.receive('begun');
    await vi.waitFor(() => expect(closed).toEqual(['idle']), 30_000);
    // All three are busy now.
    const refused = new RawClient(port);
    await refused.closed;
    expect(front.connections).toBe(3);
    expect(closed).toEqual(['idle']);
    for (const client of [slow, upgraded, newcomer]) client.socket.destroy();
  });

  test('of a trusted proxy are many people’s: they count to no share', async () => {
    const { port, front } = await startFront(
      { isProxy: (address) => address === '127.0.0.2' },
      { limits: { connections: 100, connectionsPerAddress: 5 } },
    );
    for (let i = 0; i < 30; i++) await open(port, '127.0.0.2');
    await vi.waitFor(() => expect(front.connections).toBe(30), 30_000);
  });

  test('over TLS count from the accept on, before their handshake', async () => {
    const tls = makeCertificate(makeFolder(), 'localhost');
    const { port, front } = await startFront(
      {},
      { tls, limits: { connections: 100, connectionsPerAddress: 5 } },
    );
    const kept = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    sockets.push(kept);
    await once(kept, 'secureConnect');
    kept.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(kept, 'data');
    for (let i = 0; i < 12; i++) await open(port, '127.0.0.1');
    await vi.waitFor(() => expect(front.connections).toBe(5), 30_000);
    // It asked once, so those that never did went before it.
    expect(kept.destroyed).toBe(false);
    kept.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(kept, 'close');
  });
});

describe('a turn of the event loop', () => {
  test('ends after a few milliseconds of requests, and the next begins with whoever asked least', async () => {
    const served: string[] = [];
    const { port, front } = await startFront(
      {
        onRequest: (req, res) => {
          const until = performance.now() + 4;
          while (performance.now() < until);
          served.push(req.socket.remoteAddress ?? '');
          res.end('hello');
        },
      },
      { limits },
    );
    const many = await Promise.all(Array.from({ length: 60 }, () => open(port, '127.0.0.2')));
    const late = await open(port, '127.0.0.3');
    await vi.waitFor(() => expect(front.connections).toBe(61), 30_000);
    for (const socket of many) socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    late.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(late, 'data');
    // In the order of arrival it would be the last of 61.
    expect(served.indexOf('127.0.0.3')).toBeLessThan(20);
    await vi.waitFor(() => expect(served).toHaveLength(61), 30_000);
  });

  test('lets a request go whose client left while it waited', async () => {
    const served: string[] = [];
    const { port, front } = await startFront({
      onRequest: (req, res) => {
        const until = performance.now() + 40;
        while (performance.now() < until);
        served.push(req.url ?? '');
        res.end('hello');
      },
    });
    const clients = await Promise.all(Array.from({ length: 30 }, () => open(port, '127.0.0.1')));
    await vi.waitFor(() => expect(front.connections).toBe(30), 30_000);
    for (const socket of clients) socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(served.length).toBeGreaterThan(0), 30_000);
    for (const socket of clients) socket.resetAndDestroy();
    await vi.waitFor(() => expect(front.connections).toBe(0), 30_000);
    expect(served.length).toBeLessThan(30);
  });
});
