// Connections that belong to one client connection and person, by the pool that keeps them: whatever ends first, nothing of it
// stays.
import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { clientTo, Sender } from './client-fixture.ts';
import { waitFor } from './forward/fixture.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A client's connection. */
async function clientSocket(): Promise<net.Socket> {
  const server = net.createServer((socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  return socket;
}

async function leave(client: net.Socket): Promise<void> {
  const closed = once(client, 'close');
  client.destroy();
  await closed;
}

test('a client that left before its request was sent holds nothing', async () => {
  const { pool, server } = await clientTo((socket) => socket.write(ok));
  const client = await clientSocket();
  await leave(client);
  const pair = { client, person: 'alice' };
  expect(await new Sender(pool, {}, null, { pair }).text()).toBe('ok');
  expect(pool.isBound(client)).toBe(false);
  await waitFor(() => pool.size === 0 && server.sockets[0]?.readableEnded === true);
});

test.each(['while the application is asked', 'in the middle of the answer'])(
  'a client that leaves %s holds nothing: the connection closes with the answer',
  async (when) => {
    const { pool, server } = await clientTo((socket) => {
      if (when !== 'while the application is asked') socket.write(ok.slice(0, -1));
    });
    const client = await clientSocket();
    const sender = new Sender(pool, {}, null, { pair: { client, person: 'alice' } });
    await waitFor(() => server.received().includes('GET'));
    if (when !== 'while the application is asked') await sender.until(() => sender.head !== null);
    expect(pool.isBound(client)).toBe(true);
    await leave(client);
    expect(pool.isBound(client)).toBe(false);
    server.sockets[0]?.write(when === 'while the application is asked' ? ok : 'k');
    expect(await sender.text()).toBe('ok');
    await waitFor(() => pool.size === 0);
    // Nobody is given it.
    new Sender(pool);
    await waitFor(() => server.sockets.length === 2);
  },
);

test('a connection that the application closed while idle is forgotten, and the next one is the pair’s', async () => {
  const { pool, server } = await clientTo((socket) => socket.write(ok));
  const client = await clientSocket();
  const pair = { client, person: 'alice' };
  for (let nth = 1; nth <= 12; nth++) {
    expect(await new Sender(pool, {}, null, { pair }).text()).toBe('ok');
    expect([pool.isBound(client), server.sockets.length, client.listenerCount('close')]).toEqual([
      true,
      nth,
      1,
    ]);
    server.sockets[nth - 1]?.end();
    await waitFor(() => pool.size === 0);
    expect([pool.isBound(client), client.listenerCount('close')]).toEqual([false, 0]);
  }
});

test('another person on the same client connection closes what the first one had, also while it is at work', async () => {
  const { pool, server } = await clientTo((socket, sofar, nth) => {
    if (nth > 1 || sofar.includes('/quick')) socket.write(ok);
  });
  const client = await clientSocket();
  const alice = new Sender(pool, { path: '/slow' }, null, { pair: { client, person: 'alice' } });
  await waitFor(() => server.received().includes('/slow'));
  await new Sender(pool, {}, null, { pair: { client, person: 'bob' } }).text();
  expect(server.sockets.length).toBe(2);
  server.sockets[0]?.write(ok);
  expect(await alice.text()).toBe('ok');
  await waitFor(() => server.sockets[0]?.readableEnded === true);
  // Bob's own stays.
  await new Sender(pool, {}, null, { pair: { client, person: 'bob' } }).text();
  expect(server.sockets.length).toBe(2);
});

test('one person with many connections makes no room at the cost of another', async () => {
  const { pool, server } = await clientTo((socket) => socket.write(ok));
  const alice = await clientSocket();
  await new Sender(pool, {}, null, { pair: { client: alice, person: 'alice' } }).text();
  for (let i = 0; i < 70; i++)
    await new Sender(pool, {}, null, { pair: { client: await clientSocket(), person: 'mallory' } }).text();
  expect(pool.size).toBe(64);
  expect(pool.isBound(alice)).toBe(true);
  await new Sender(pool, {}, null, { pair: { client: alice, person: 'alice' } }).text();
  expect(server.sockets.length).toBe(71);
});
