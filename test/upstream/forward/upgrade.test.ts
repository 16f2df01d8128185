// WebSockets: a tunnel of opaque bytes after a correct 101, anything else an ordinary response.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createSocketResponse } from '../../../src/gateway/socket-response.ts';
import {
  application,
  deadPort,
  exchange,
  gatewayTo,
  httpUpstream,
  listen,
  rawUpstream,
  tcp,
  waitFor,
} from './fixture.ts';

const handshake =
  'GET /socket?a=%20b HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat\r\n\r\n';
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const switching = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;

function client(port: number, bytes: string | Buffer = handshake): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  return socket;
}

function collect(socket: net.Socket): () => string {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('latin1');
}

test('the handshake passes both ways, with early bytes of both sides', async () => {
  let isAnswered = false;
  const { port: upstreamPort, upstream } = await rawUpstream((socket, sofar) => {
    if (!sofar.includes('\r\n\r\n') || isAnswered) return;
    isAnswered = true;
    socket.write(
      `${switching}Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nfirst`,
    );
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port, `${handshake}early`);
  const text = collect(socket);
  await waitFor(() => text().endsWith('first'));
  await waitFor(() => upstream.text.endsWith('early'));
  expect(upstream.text).toBe(
    'GET /socket?a=%20b HTTP/1.1\r\nHost: app.test\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly',
  );
  expect(text()).toBe(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n` +
      'Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nfirst',
  );
  socket.end();
  upstream.sockets[0]?.end();
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 101, cut: null, bytesOut: 5 });
});

test('opaque bytes pass in any pieces, in both directions at once', async () => {
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    if (sofar.endsWith('\r\n\r\n') && sofar.startsWith('GET')) {
      socket.removeAllListeners('data');
      socket.write(`${switching}\r\n`);
      socket.pipe(socket);
    }
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port);
  await once(socket, 'data');
  const bytes = Buffer.alloc(20_000_000);
  for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(i, i);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end(bytes);
  await once(socket, 'end');
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
});

test('a tunnel whose reader stopped holds the other side back', async () => {
  let sent = 0;
  const { port: upstreamPort } = await rawUpstream((socket) => {
    socket.write(`${switching}\r\n`);
    const more = (): void => {
      while (sent < 64_000_000) {
        sent += 65_536;
        if (!socket.write(Buffer.alloc(65_536))) {
          socket.once('drain', more);
          return;
        }
      }
    };
    more();
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port);
  await once(socket, 'readable');
  let before = -1;
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(sent).toBeLessThan(24_000_000);
});

test.each([
  [
    'a wrong accept',
    switching.replace(accept, 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='),
    /wrong `Sec-WebSocket-Accept`/,
  ],
  ['no accept', switching.replace(/Sec-WebSocket-Accept.*\r\n/, ''), /wrong `Sec-WebSocket-Accept`/],
  ['two accepts', `${switching}Sec-WebSocket-Accept: ${accept}\r\n`, /wrong `Sec-WebSocket-Accept`/],
  ['another protocol', switching.replace('Upgrade: websocket', 'Upgrade: h2c'), /no `Upgrade: websocket`/],
])('a 101 with %s opens no tunnel', async (_name, head, message) => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket) => socket.write(`${head}\r\nsecret`));
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const answer = await exchange(port, handshake);
  expect(answer).toMatch(/^HTTP\/1\.1 502 /);
  expect(answer).not.toContain('secret');
  expect((await gateway.outcome()).error?.message).toMatch(message);
  await waitFor(() => upstream.sockets.every((socket) => socket.closed));
});

test.each([
  ['a fixed length', 'Content-Length: 6\r\n\r\ndenied', 'denied'],
  ['chunks', 'Transfer-Encoding: chunked\r\n\r\n6\r\ndenied\r\n0\r\n\r\n', '6\r\ndenied\r\n0\r\n\r\n'],
])(
  'a refusal with %s passes with its body and cookies, then the connection ends',
  async (_name, rest, body) => {
    const { port: upstreamPort } = await rawUpstream((socket) =>
      socket.write(
        `HTTP/1.1 403 Forbidden\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nWWW-Authenticate: Basic\r\n${rest}`,
      ),
    );
    const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
    const answer = await exchange(port, handshake);
    expect(answer).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nWWW-Authenticate: Basic\r\n[\s\S]*Connection: close/,
    );
    expect(answer.endsWith(`\r\n\r\n${body}`)).toBe(true);
    expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 403, cut: null, bytesOut: 6 });
  },
);

test('a large refusal passes whole to a slow reader', async () => {
  const body = 'x'.repeat(8_000_000);
  const upstream = await httpUpstream(() => {});
  upstream.server.on('upgrade', (_req, socket) => {
    socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  const socket = client(port);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const text = collect(socket);
  await once(socket, 'end');
  expect(text().length).toBeGreaterThan(body.length);
  expect(await gateway.outcome()).toMatchObject({ status: 404, bytesOut: body.length, cut: null });
});

test('a refusal that goes on holds its place until it ends', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n'),
  );
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)], { maxWebSockets: 1 });
  const first = client(port);
  const text = collect(first);
  await waitFor(() => text().endsWith('x\r\n'));
  expect(await exchange(port, handshake, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 503 /);
  first.destroy();
  await gateway.outcome(2);
  expect(await exchange(port, handshake, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
});

test('an upstream that cannot be reached is a failure, and gives the place back', async () => {
  const { port, gateway } = await gatewayTo([tcp(await deadPort())], { maxWebSockets: 1 });
  for (let i = 0; i < 3; i++) expect(await exchange(port, handshake)).toMatch(/^HTTP\/1\.1 502 /);
  expect(gateway.outcomes.map((outcome) => outcome.error?.code)).toEqual(
    Array(3).fill('upstream_unreachable'),
  );
});

test('an upstream that says nothing is a 504', async () => {
  const { port: upstreamPort } = await rawUpstream();
  const { port } = await gatewayTo([tcp(upstreamPort)], { responseTimeoutMs: 200 });
  expect(await exchange(port, handshake)).toMatch(/^HTTP\/1\.1 504 /);
});

test('a client that leaves during the handshake takes the upstream connection with it', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream();
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port);
  await waitFor(() => upstream.sockets.length > 0 && upstream.text.endsWith('\r\n\r\n'));
  socket.destroy();
  await once(upstream.sockets[0]!, 'close');
  expect(gateway.outcomes).toMatchObject([{ kind: 'end', status: 499, cut: 'client-gone' }]);
});

test.each(['client', 'upstream'])(
  'when the %s breaks off, the other side is closed and the end is reported once',
  async (side) => {
    const { port: upstreamPort, upstream } = await rawUpstream((socket) => socket.write(`${switching}\r\n`));
    const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
    const socket = client(port);
    await once(socket, 'data');
    const other = side === 'client' ? upstream.sockets[0]! : socket;
    const closed = once(other, 'end');
    other.resume();
    (side === 'client' ? socket : upstream.sockets[0]!).resetAndDestroy();
    await closed;
    expect(gateway.outcomes).toMatchObject([{ cut: side === 'client' ? 'client-gone' : 'upstream-broken' }]);
  },
);

test('an orderly end of one side still lets the other finish', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket, sofar) => {
    if (sofar.endsWith('\r\n\r\n')) socket.write(`${switching}\r\n`);
  });
  upstream.server.on('connection', (socket: net.Socket) => {
    socket.allowHalfOpen = true;
    socket.on('end', () => setTimeout(() => socket.end('last words'), 50));
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port);
  await once(socket, 'data');
  const text = collect(socket);
  socket.end('bye');
  await once(socket, 'end');
  expect(text()).toBe('last words');
  expect(upstream.text.endsWith('bye')).toBe(true);
  expect(await gateway.outcome()).toMatchObject({ status: 101, cut: null });
});

test('end() closes both sides at once and says why', async () => {
  const upstream = await httpUpstream(() => {});
  new WebSocketServer({ server: upstream.server });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  gateway.ends.at(-1)?.('session-revoked');
  expect((await closed)[0]).toBe(1006);
  expect(gateway.outcomes).toMatchObject([{ kind: 'end', status: 101, cut: 'session-revoked' }]);
});

test('end() before the 101 fails the handshake, and the upstream loses its connection', async () => {
  const upstream = await httpUpstream(() => {});
  const gone = new Promise<void>((resolve) => {
    upstream.server.on('upgrade', (_req, socket) => {
      socket.on('error', () => {}).on('end', () => socket.end());
      socket.on('close', () => resolve()).resume();
      gateway.ends.at(-1)?.('session-revoked');
    });
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  socket.on('error', () => {});
  await gone;
  expect(await gateway.outcome()).toMatchObject({ kind: 'failure', error: { code: 'access_ended' } });
  socket.terminate();
});

test('a WebSocket on which nothing is said is cut after its idle time, a lively one is not', async () => {
  const upstream = await httpUpstream(() => {});
  new WebSocketServer({ server: upstream.server }).on('connection', (socket, req) => {
    if (req.url !== '/lively') return;
    const timer = setInterval(() => socket.send('tick'), 50);
    socket.on('close', () => clearInterval(timer));
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { webSocketIdleTimeoutMs: 250 });
  const lively = new WebSocket(`ws://127.0.0.1:${port}/lively`);
  const idle = new WebSocket(`ws://127.0.0.1:${port}/idle`);
  await once(idle, 'close');
  expect(await gateway.outcome()).toMatchObject({ cut: 'idle' });
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(lively.readyState).toBe(WebSocket.OPEN);
  lively.terminate();
});

test('messages, fragments, pings, compression and close codes pass as with no proxy', async () => {
  const upstream = await httpUpstream(() => {});
  const server = new WebSocketServer({ server: upstream.server, perMessageDeflate: { threshold: 0 } });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', (code, reason) => codes.push([code, reason.toString()]));
  });
  const codes: unknown[] = [];
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: { threshold: 0 } });
  await once(socket, 'open');
  expect(socket.extensions).toBe('permessage-deflate');
  socket.ping('p');
  expect(String((await once(socket, 'pong'))[0])).toBe('p');
  for (const text of ['', 'a', 'ü'.repeat(70_000)]) {
    socket.send(text);
    expect(String((await once(socket, 'message'))[0])).toBe(text);
  }
  socket.send('one ', { fin: false });
  socket.send('two', { fin: true });
  expect(String((await once(socket, 'message'))[0])).toBe('one two');
  const binary = Buffer.alloc(3_000_000, 7);
  socket.send(binary);
  expect(((await once(socket, 'message'))[0] as Buffer).equals(binary)).toBe(true);
  socket.close(4001, 'done');
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([4001, 'done']);
  await waitFor(() => codes.length > 0);
  expect(codes).toEqual([[4001, 'done']]);
});

test('a hundred WebSockets at once, and every place comes back', async () => {
  const upstream = await httpUpstream(() => {});
  new WebSocketServer({ server: upstream.server }).on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data));
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { maxWebSockets: 100 });
  for (let round = 1; round <= 2; round++) {
    const sockets = Array.from({ length: 100 }, () => new WebSocket(`ws://127.0.0.1:${port}/`));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const echoes = sockets.map(async (socket, i) => {
      socket.send(String(i));
      return String((await once(socket, 'message'))[0]);
    });
    expect(await Promise.all(echoes)).toEqual(sockets.map((_socket, i) => String(i)));
    for (const socket of sockets) socket.close();
    await gateway.outcome(100 * round);
  }
  expect(gateway.outcomes.every((outcome) => outcome.cut === null)).toBe(true);
});

test('an upstream that goes away is left out of upgrades while another answers', async () => {
  const upstream = await httpUpstream(() => {});
  new WebSocketServer({ server: upstream.server });
  const { port, gateway } = await gatewayTo([tcp(await deadPort()), tcp(upstream.port)]);
  for (let i = 0; i < 4; i++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(socket, 'open');
    socket.terminate();
  }
  expect(gateway.events.map((event) => event.name)).toEqual(['upstream_unhealthy']);
});

test('a permit for a WebSocket without a key opens no tunnel', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) => socket.write(`${switching}\r\n`));
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  gateway.app = application([tcp(upstreamPort)]);
  expect(await exchange(port, handshake.replace(/Sec-WebSocket-Key.*\r\n/, ''))).toMatch(/^HTTP\/1\.1 502 /);
});

test('the response on an upgraded socket can give the socket away, take it back, and then ends the connection', async () => {
  const server = http.createServer();
  onTestFinished(() => void server.close());
  server.on('upgrade', (req, socket) => {
    const res = createSocketResponse(req, socket);
    res.detachSocket(socket as net.Socket);
    setTimeout(() => {
      res.assignSocket(socket as net.Socket);
      res.on('close', () => isClosed.push(true));
      res.writeHead(502, { 'Content-Length': '2' }).end('no');
    }, 10);
  });
  const isClosed: boolean[] = [];
  const answer = await exchange(await listen(server), handshake);
  expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n[\s\S]*Connection: close[\s\S]*\r\n\r\nno$/);
  expect(isClosed).toEqual([true]);
});

test('a refusal that is whole reaches a client that closes its side in the same turn', async () => {
  const { port: upstreamPort } = await rawUpstream(
    (socket) => void socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'),
  );
  const sides: Duplex[] = [];
  const { port, gateway } = await gatewayTo(
    [tcp(upstreamPort)],
    {},
    {
      responseHeaders: (_permit, raw) => {
        process.nextTick(() => sides[0]?.emit('end'));
        return [...raw];
      },
    },
  );
  gateway.server.prependListener('upgrade', (_req, side: Duplex) => void sides.push(side));
  expect(await exchange(port, handshake)).toMatch(/^HTTP\/1\.1 403 .*no$/s);
  expect(await gateway.outcome()).toMatchObject({ status: 403, cut: null });
});
