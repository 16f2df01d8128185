// Connections that a load balancer passes on, over real sockets: whose they are, what is closed and told of, and that TLS, HTTP/2 and
// shares go by the address that the header brings.
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ProxiedRefusal } from '../../src/front/proxied-listener.ts';
import { createProxiedRefusals } from '../../src/front/proxied-refusals.ts';
import { binaryHeader, fromIpv4, fromIpv6, typeLengthValue } from '../fixtures/proxy-header.ts';
import {
  cleanUp,
  type Handlers,
  makeCertificate,
  makeFolder,
  type Recorded,
  startFront,
} from './front-fixture.ts';

const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await cleanUp();
});

const isProxy = (address: string): boolean => address === '127.0.0.1';
/** Answers whom it takes the client for. */
const onRequest: NonNullable<Handlers['onRequest']> = (req, res) => {
  const { remoteAddress = 'nobody', remotePort = 0 } = req.socket;
  res.end(`<${remoteAddress}:${remotePort}>`);
};

async function start(
  handlers: Handlers = {},
  more: Parameters<typeof startFront>[1] = {},
): Promise<Awaited<ReturnType<typeof startFront>> & { readonly proxied: number }> {
  const started = await startFront({ isProxy, onRequest, ...handlers }, more);
  const { port } = await started.front.listenProxied({ kind: 'tcp', host: '127.0.0.1', port: 0 });
  return { ...started, proxied: port ?? 0 };
}

async function open(port: number, localAddress = '127.0.0.1'): Promise<Socket & { text: string }> {
  const socket = Object.assign(connect({ port, host: '127.0.0.1', localAddress, noDelay: true }), {
    text: '',
  });
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    socket.text += chunk.toString('latin1');
  });
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const refused = ({ events }: Recorded) =>
  events.filter(({ name }) => name === 'proxy_header_refused').map(({ fields }) => fields);

describe('a connection that is passed on', () => {
  test.each([
    ['version 2', fromIpv4('203.0.113.7', 51_000), '<203.0.113.7:51000>'],
    ['version 2, IPv6', fromIpv6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7]), '<2001:db8::7:4711>'],
    ['version 1', Buffer.from('PROXY TCP4 203.0.113.7 192.0.2.1 51000 443\r\n'), '<203.0.113.7:51000>'],
    ['an address that is not known', binaryHeader({ kind: 0, body: Buffer.alloc(0) }), '<nobody:0>'],
  ])('is its client’s: %s', async (_, header, whom) => {
    const { proxied } = await start();
    const together = await open(proxied);
    together.write(Buffer.concat([header, Buffer.from(get())]));
    await vi.waitFor(() => expect(together.text).toContain(whom), 30_000);
    // A second request over the same connection, and the header alone first.
    together.write(get());
    await vi.waitFor(() => expect(together.text.split(whom)).toHaveLength(3), 30_000);
    const apart = await open(proxied);
    apart.write(header);
    apart.write(get());
    await vi.waitFor(() => expect(apart.text).toContain(whom), 30_000);
  });

  test('byte by byte it is the same', async () => {
    const { proxied } = await start();
    const socket = await open(proxied);
    for (const byte of Buffer.concat([fromIpv4('203.0.113.7'), Buffer.from(get())])) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(socket.text).toContain('<203.0.113.7:4711>'), 30_000);
  });

  test('of the load balancer itself (LOCAL) is its own', async () => {
    const { proxied } = await start();
    const socket = await open(proxied);
    socket.write(binaryHeader({ first: 0x20, kind: 0, body: Buffer.alloc(0) }));
    socket.write(get());
    await vi.waitFor(() => expect(socket.text).toContain(`<127.0.0.1:${socket.localPort}>`), 30_000);
  });

  test('that sends everything and ends its side is answered', async () => {
    const { proxied } = await start();
    const socket = await open(proxied);
    socket.end(Buffer.concat([fromIpv4('203.0.113.7'), Buffer.from(get())]));
    await vi.waitFor(() => expect(socket.text).toContain('<203.0.113.7:4711>'), 30_000);
  });

  test('with a body goes on whole', async () => {
    const { proxied } = await start({
      onRequest: (req, res) => {
        let bytes = 0;
        req.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        req.on('end', () => res.end(`<${bytes} bytes>`));
      },
    });
    const socket = await open(proxied);
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n';
    socket.write(Buffer.concat([fromIpv4('203.0.113.7'), Buffer.from(head), Buffer.alloc(3_000_000, 'x')]));
    await vi.waitFor(() => expect(socket.text).toContain('<3000000 bytes>'), 30_000);
  });

  test('a second header in it is no header, but a broken request', async () => {
    const { proxied, records } = await start();
    const socket = await open(proxied);
    socket.write(Buffer.concat([fromIpv4('203.0.113.7'), fromIpv4('10.0.0.1'), Buffer.from(get())]));
    await vi.waitFor(() => expect(socket.text).toMatch(/^HTTP\/1\.1 400 /), 30_000);
    expect(socket.text).not.toContain('10.0.0.1');
    await vi.waitFor(() => expect(records).toMatchObject([{ status: 400, ip: '203.0.113.7' }]), 30_000);
  });
});

describe('over TLS', () => {
  const secured = async (port: number, protocol: string): Promise<TLSSocket> => {
    const socket = await open(port);
    socket.removeAllListeners('data');
    socket.write(fromIpv4('203.0.113.7', 51_000));
    const tls = connectTls({
      socket,
      servername: 'localhost',
      rejectUnauthorized: false,
      ALPNProtocols: [protocol],
    });
    tls.on('error', () => {});
    sockets.push(tls);
    await once(tls, 'secureConnect');
    expect(tls.alpnProtocol).toBe(protocol);
    return tls;
  };

  test('HTTP/1.1 and HTTP/2 come after the header, and the client is its', async () => {
    const tls = makeCertificate(makeFolder(), 'localhost');
    const { proxied } = await start({}, { tls });
    const old = await secured(proxied, 'http/1.1');
    old.write(get());
    const [answer] = await once(old, 'data');
    expect(String(answer)).toContain('<203.0.113.7:51000>');
    const newer = await secured(proxied, 'h2');
    const session = connectHttp2('https://localhost', { createConnection: () => newer });
    const stream = session.request({ ':path': '/' });
    let body = '';
    for await (const chunk of stream) body += chunk;
    expect(body).toBe('<203.0.113.7:51000>');
    session.destroy();
  });

  test('a handshake that comes with the header in one piece is done', async () => {
    const tls = makeCertificate(makeFolder(), 'localhost');
    const { proxied } = await start({}, { tls });
    const socket = await open(proxied);
    socket.removeAllListeners('data');
    socket.cork();
    socket.write(fromIpv4('203.0.113.7', 51_000));
    const secure = connectTls({ socket, servername: 'localhost', rejectUnauthorized: false });
    sockets.push(secure);
    setImmediate(() => socket.uncork());
    await once(secure, 'secureConnect');
    secure.write(get());
    const [answer] = await once(secure, 'data');
    expect(String(answer)).toContain('<203.0.113.7:51000>');
  });
});

describe('a connection is closed and told of', () => {
  const peer = '127.0.0.1';
  const half = fromIpv4('203.0.113.7').subarray(0, 20);

  test.each<[ProxiedRefusal, string, Buffer]>([
    ['not-trusted', '127.0.0.2', fromIpv4('203.0.113.7')],
    ['no-header', peer, Buffer.from(get())],
    ['no-header', peer, Buffer.from([0x16, 0x03, 0x01])],
    ['unknown-version', peer, binaryHeader({ first: 0x31, kind: 0x11, body: Buffer.alloc(12) })],
    ['unknown-kind', peer, binaryHeader({ kind: 0x12, body: Buffer.alloc(12) })],
    ['malformed', peer, Buffer.from('PROXY TCP4 1 2 3 4\r\n')],
    ['too-long', peer, fromIpv4('203.0.113.7', 1, typeLengthValue(4, Buffer.alloc(64_000)))],
  ])('%s from %s', async (reason, from, bytes) => {
    let asked = 0;
    const started = await start({
      onRequest: (_, res) => {
        asked++;
        res.end();
      },
    });
    const socket = await open(started.proxied, from);
    socket.write(Buffer.concat([bytes, Buffer.from(get())]));
    if (!socket.closed) await once(socket, 'close');
    expect([socket.text, asked, started.front.connections]).toEqual(['', 0, 0]);
    expect(refused(started)).toMatchObject([
      { reason, address: from, count: 1, cause: expect.any(String), hint: expect.any(String) },
    ]);
  });

  test('silent, also where a byte comes now and then', async () => {
    const started = await start({ proxyHeaderTimeoutMs: 200 });
    const mute = await open(started.proxied);
    const slow = await open(started.proxied);
    const drip = setInterval(() => slow.write(Buffer.from([0x0d])), 50);
    for (const byte of half.subarray(0, 3)) slow.write(Buffer.from([byte]));
    await Promise.all([mute, slow].map((socket) => socket.closed || once(socket, 'close')));
    clearInterval(drip);
    expect(refused(started).map(({ reason }) => reason)).toContain('silent');
    expect([mute.text, slow.text]).toEqual(['', '']);
  });

  test('cut-off, but not who only looks whether somebody listens', async () => {
    const started = await start();
    (await open(started.proxied)).end();
    const socket = await open(started.proxied);
    socket.end(half);
    if (!socket.closed) await once(socket, 'close');
    await vi.waitFor(() => expect(refused(started)).toHaveLength(1), 30_000);
    expect(refused(started)).toMatchObject([{ reason: 'cut-off', address: peer, count: 1 }]);
  });

  test('and told of once a minute, with how many', () => {
    const told: object[] = [];
    let nowMs = 0;
    const note = createProxiedRefusals({ event: (_, fields) => void told.push(fields) }, () => nowMs);
    for (let i = 0; i < 5; i++) note('not-trusted', '203.0.113.9');
    note('silent', '127.0.0.1');
    nowMs = 60_000;
    note('not-trusted', '203.0.113.10');
    expect(told).toMatchObject([
      { reason: 'not-trusted', address: '203.0.113.9', count: 1 },
      { reason: 'silent', count: 1 },
      { reason: 'not-trusted', address: '203.0.113.10', count: 5 },
    ]);
  });
});

describe('shares', () => {
  test('are the client’s, not the load balancer’s', async () => {
    const { proxied, front, events } = await start(
      {},
      { limits: { connections: 100, connectionsPerAddress: 5 } },
    );
    for (let i = 0; i < 12; i++) (await open(proxied)).write(fromIpv4('203.0.113.7'));
    await vi.waitFor(() => expect(front.connections).toBe(5), 30_000);
    const other = await open(proxied);
    other.write(Buffer.concat([fromIpv4('203.0.113.8'), Buffer.from(get())]));
    await vi.waitFor(() => expect(other.text).toContain('<203.0.113.8:4711>'), 30_000);
    expect(events).toContainEqual({
      name: 'limit_reached',
      fields: { limit: 'connections_per_address', address: '203.0.113.7', count: 1 },
    });
  });

  test('of those whose header is awaited: the oldest goes, and a drain ends all', async () => {
    const { proxied, front } = await start({}, { limits: { connections: 3, connectionsPerAddress: 3 } });
    const waiting = [];
    for (let i = 0; i < 4; i++) waiting.push(await open(proxied));
    const [oldest, ...others] = waiting;
    await vi.waitFor(() => expect(oldest?.closed).toBe(true), 30_000);
    expect(others.map(({ closed }) => closed)).toEqual([false, false, false]);
    await front.drain(0);
    await vi.waitFor(() => expect(others.map(({ closed }) => closed)).toEqual([true, true, true]), 30_000);
  });
});
