// One client, login or token holds a share of an application's places, however many requests it has open: the others find some free.
import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { LimitNotices } from '../../../src/telemetry/limit-notices.ts';
import { exchange, gatewayTo, httpUpstream, tcp, waitFor } from './fixture.ts';

type Limit = readonly [limit: string, application: string | undefined];

function noted(): { readonly limits: Limit[]; readonly notices: Pick<LimitNotices, 'note'> } {
  const limits: Limit[] = [];
  const note: LimitNotices['note'] = (limit, _address, { application } = {}) =>
    void limits.push([limit, application]);
  return { limits, notices: { note } };
}

const ask = (port: number, path: string, person: string): Promise<string> =>
  exchange(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Person: ${person}\r\nConnection: close\r\n\r\n`);

test('who holds their share of the connections waits for one of their own; others go at once', async () => {
  const held: http.ServerResponse[] = [];
  const paths: string[] = [];
  const upstream = await httpUpstream((req, res) => {
    paths.push(req.url ?? '');
    if (req.url === '/quick') res.end('quick');
    else held.push(res);
  });
  const { limits, notices } = noted();
  const options = { maxConnections: 4, maxConnectionsPerClient: 2, maxQueue: 4 };
  const { port } = await gatewayTo([tcp(upstream.port)], options, { notices });
  const hog = [ask(port, '/1', 'mallory'), ask(port, '/2', 'mallory')];
  await waitFor(() => held.length === 2);
  const later = ask(port, '/3', 'mallory');
  await waitFor(() => limits.length === 1);
  expect(limits).toEqual([['max_connections_per_client', 'app']]);
  for (let i = 0; i < 3; i++) expect(await ask(port, '/quick', 'alice')).toContain('quick');
  expect(paths).not.toContain('/3');
  held[0]?.end('done');
  await waitFor(() => held.length === 3);
  for (const res of held) if (!res.writableEnded) res.end('done');
  for (const answer of await Promise.all([...hog, later])) expect(answer).toContain('200 OK');
});

test('nor may they fill the queue: a share of it, and a place stays for the others', async () => {
  const held: http.ServerResponse[] = [];
  const upstream = await httpUpstream((req, res) =>
    req.url === '/quick' ? res.end('quick') : held.push(res),
  );
  const options = { maxConnections: 2, maxConnectionsPerClient: 1, maxQueue: 4 };
  const { port } = await gatewayTo([tcp(upstream.port)], options);
  const hog = Array.from({ length: 3 }, (_, index) => ask(port, `/${index}`, 'mallory'));
  await waitFor(() => held.length === 1);
  // One is under way, two wait: as many as a half of the queue is.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await ask(port, '/4', 'mallory')).toMatch(/^HTTP\/1\.1 503 /);
  const bob = ask(port, '/bob', 'bob');
  await waitFor(() => held.length === 2);
  const alice = ask(port, '/quick', 'alice');
  held[1]?.end('bob');
  expect(await alice).toContain('quick');
  expect(await bob).toContain('bob');
  while (held.some((res) => !res.writableEnded)) {
    for (const res of held) if (!res.writableEnded) res.end('done');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const answer of await Promise.all(hog)) expect(answer).toContain('200 OK');
});

test('WebSockets have a share of their own, which is given back', async () => {
  const server = http.createServer();
  new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { limits, notices } = noted();
  const options = { maxWebSockets: 10, maxWebSocketsPerClient: 2 };
  const { port } = await gatewayTo([tcp((server.address() as net.AddressInfo).port)], options, { notices });
  const open = (person: string): Promise<{ readonly status: string; readonly socket: net.Socket }> =>
    new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.write(
        `GET / HTTP/1.1\r\nHost: a\r\nX-Person: ${person}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      );
      socket.once('data', (chunk) => resolve({ status: String(chunk).slice(9, 12), socket }));
    });
  const first = await open('mallory');
  expect([first.status, (await open('mallory')).status]).toEqual(['101', '101']);
  expect((await open('mallory')).status).toBe('503');
  expect(limits).toEqual([['max_websockets_per_client', 'app']]);
  expect((await open('alice')).status).toBe('101');
  first.socket.destroy();
  let status = '';
  await expect.poll(async () => (status = (await open('mallory')).status), { timeout: 30_000 }).toBe('101');
  expect(status).toBe('101');
});
