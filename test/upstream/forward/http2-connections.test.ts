// The connections to upstreams over HTTP/2: how many, how much on each, and what is sent again where one of them did not look at it.
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { CoarseClock } from '../../../src/upstream/coarse-clock.ts';
import { Http2Pool } from '../../../src/upstream/http2/http2-pool.ts';
import { SocketOpener } from '../../../src/upstream/open-socket.ts';
import { Sender } from '../client-fixture.ts';
import { defaultUpstreamOptions, exchange, gatewayTo, listen, rawUpstream, tcp, waitFor } from './fixture.ts';
import {
  data,
  endStream,
  goaway,
  headers,
  hello,
  rawHttp2Upstream,
  reset,
  windowUpdate,
} from './raw-http2.ts';

const isHttp2 = { isHttp2: true };

test.each<[string, (socket: net.Socket, stream: number) => void]>([
  ['RST_STREAM(REFUSED_STREAM)', (socket, stream) => void socket.write(reset(stream, 7))],
  ['GOAWAY', (socket) => void socket.write(goaway(0, 0))],
  ['GOAWAY with an error', (socket) => void socket.write(goaway(0, 11))],
])('a request that %s left unprocessed is sent once more, its body too', async (_name, refuse) => {
  let nth = 0;
  const upstream = await rawHttp2Upstream((socket, stream) => {
    if (++nth === 1) refuse(socket, stream);
    else socket.write(headers(stream, { ':status': '200', 'content-length': '0' }, endStream));
  });
  const { port } = await gatewayTo([tcp(upstream.port)], isHttp2);
  const answer = await exchange(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(nth).toBe(2);
});

test('what is refused again and again is a failure', async () => {
  let nth = 0;
  const upstream = await rawHttp2Upstream((socket, stream) => {
    nth++;
    socket.write(reset(stream, 7));
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], isHttp2);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
  expect((await gateway.outcome()).error?.code).toBe('upstream_broken');
  expect(nth).toBe(6);
});

test.each([
  ['RST_STREAM(REFUSED_STREAM)', (stream: number) => reset(stream, 7)],
  ['GOAWAY', () => goaway(0, 0)],
])(
  'what connection after connection leaves unprocessed by %s is sent again, an upload of 200 KB too',
  async (_name, refuse) => {
    let nth = 0;
    const sizes: number[] = [];
    // Refused as soon as its head is there, as nginx does after `keepalive_requests`.
    const upstream = await rawHttp2Upstream(
      (socket, stream) =>
        void socket.write(headers(stream, { ':status': '200', 'content-length': '0' }, endStream)),
      {
        onHead: (socket, stream) => void (++nth % 4 !== 0 && socket.write(refuse(stream))),
        onData: (socket, stream, size) => {
          sizes[nth] = (sizes[nth] ?? 0) + size;
          if (size > 0) socket.write(Buffer.concat([windowUpdate(0, size), windowUpdate(stream, size)]));
        },
      },
    );
    const { port } = await gatewayTo([tcp(upstream.port)], isHttp2);
    for (let round = 1; round <= 3; round++) {
      const body = Buffer.alloc(200_000, 'x');
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
      expect([answer.status, nth, sizes[nth]]).toEqual([200, 4 * round, 200_000]);
    }
  },
);

test('a POST that an upstream looked at before its connection broke is not sent again, a GET is', async () => {
  let nth = 0;
  const upstream = await rawHttp2Upstream((socket, stream) => {
    nth++;
    if (nth === 2) socket.destroy();
    else socket.write(headers(stream, { ':status': '200', 'content-length': '0' }, endStream));
  });
  const { port } = await gatewayTo([tcp(upstream.port)], isHttp2);
  const ask = (method: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/`, { method });
  expect((await ask('GET')).status).toBe(200);
  expect((await ask('GET')).status).toBe(200);
  expect(nth).toBe(3);
  nth = 1;
  expect((await ask('POST')).status).toBe(502);
  expect(nth).toBe(2);
});

test.each([
  ['RST_STREAM', (stream: number) => reset(stream, 13)],
  ['GOAWAY', () => goaway(0, 13)],
])(
  'an upstream that wants HTTP/1.1 and says so by %s is a failure with the way out',
  async (_name, refuse) => {
    const upstream = await rawHttp2Upstream((socket, stream) => void socket.write(refuse(stream)));
    const { port, gateway } = await gatewayTo([tcp(upstream.port)], isHttp2);
    expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'hello' })).status).toBe(502);
    const { error } = await gateway.outcome();
    expect([error?.message, error?.hint]).toEqual([
      `upstream \`http://127.0.0.1:${upstream.port}\` takes this request over HTTP/1.1 alone (UPSTREAM_HTTP1_REQUIRED)`,
      'leave out `http2`',
    ]);
  },
);

test('what was asked for over a new connection that breaks is not asked for again, however many asked', async () => {
  let nth = 0;
  const upstream = await rawHttp2Upstream((socket) => void (++nth % 2 === 0 && socket.destroy()));
  const { port } = await gatewayTo([tcp(upstream.port)], isHttp2);
  const both = [0, 1].map(() => fetch(`http://127.0.0.1:${port}/`));
  expect((await Promise.all(both)).map(({ status }) => status)).toEqual([502, 502]);
  expect([nth, upstream.sockets.length]).toEqual([2, 1]);
});

test('a connection that answered nothing is not a kept one: what it breaks under is not asked for again', async () => {
  let nth = 0;
  const upstream = await rawHttp2Upstream((socket, stream) => {
    if (++nth === 1) socket.write(reset(stream, 2));
    else socket.destroy();
  });
  const { port } = await gatewayTo([tcp(upstream.port)], isHttp2);
  for (let i = 0; i < 2; i++) expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
  expect([nth, upstream.sockets.length]).toEqual([2, 1]);
});

test('who left while a connection was being made takes no place on it', async () => {
  const upstream = await rawHttp2Upstream(
    (socket, stream) =>
      void socket.write(headers(stream, { ':status': '200', 'content-length': '0' }, endStream)),
    { saysHello: 'no' },
  );
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { isHttp2: true, maxConnections: 4 });
  const leaving = new AbortController();
  // As many as one connection carries.
  const left = Array.from({ length: 100 }, () =>
    fetch(`http://127.0.0.1:${port}/left`, { signal: leaving.signal }).catch(() => 'left'),
  );
  await waitFor(() => gateway.started === 100 && upstream.sockets.length === 1);
  leaving.abort();
  await Promise.all(left);
  await waitFor(() => gateway.outcomes.length === 100);
  const stayed = fetch(`http://127.0.0.1:${port}/stayed`);
  await waitFor(() => gateway.started === 101);
  upstream.sockets[0]?.write(hello);
  expect((await stayed).status).toBe(200);
  expect(upstream.requests.map(({ length }) => length)).toEqual([1]);
});

test('a connection that fell silent is not used again', async () => {
  const upstream = await rawHttp2Upstream((socket, stream, nth) => {
    if (nth > 1) socket.write(headers(stream, { ':status': '200', 'content-length': '0' }, endStream));
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { isHttp2: true, responseTimeoutMs: 300 });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(504);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  expect(upstream.sockets.length).toBe(2);
  expect(gateway.app.upstreamOptions.isHttp2).toBe(true);
});

test('requests share connections, up to what the upstream allows on one', async () => {
  const server = http2.createServer({ settings: { maxConcurrentStreams: 4 } });
  const held: http2.Http2ServerResponse[] = [];
  server.on('request', (_req, res) => void held.push(res));
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = await gatewayTo([tcp(await listen(server as net.Server))], {
    isHttp2: true,
    maxConnections: 8,
  });
  const first = fetch(`http://127.0.0.1:${port}/`);
  await waitFor(() => held.length === 1);
  const more = Array.from({ length: 7 }, () => fetch(`http://127.0.0.1:${port}/`));
  await waitFor(() => held.length === 8);
  expect(sessions.size).toBe(2);
  for (const res of held) res.end('ok');
  for (const answer of [await first, ...(await Promise.all(more))]) expect(await answer.text()).toBe('ok');
});

test.each([1, 3])(
  'forty at once are no more than %i on one connection of an upstream that says so',
  async (most) => {
    let refused = 0;
    const server = http2.createServer({ settings: { maxConcurrentStreams: most } });
    server.on('request', (req, res) => {
      req.stream.on('close', () => void (req.stream.rstCode !== 0 && refused++));
      req.pipe(res);
    });
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on('session', (session) => sessions.add(session));
    onTestFinished(() => {
      for (const session of sessions) session.destroy();
      server.close();
    });
    const { port, gateway } = await gatewayTo([tcp(await listen(server as net.Server))], isHttp2);
    const body = Buffer.alloc(150_000, 'x');
    const one = async (): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
      return (await answer.arrayBuffer()).byteLength;
    };
    const got = await Promise.all(Array.from({ length: 40 }, () => one()));
    expect(got).toEqual(got.map(() => 150_000));
    expect(gateway.outcomes.filter(({ kind }) => kind === 'failure')).toEqual([]);
    expect(refused).toBe(0);
  },
);

test('an upstream that does not say hello has not accepted the connection', async () => {
  const { port: upstreamPort } = await rawUpstream();
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)], { isHttp2: true, connectTimeoutMs: 200 });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(504);
  expect(gateway.outcomes[0]?.error?.message).toMatch(/did not accept the connection in time/);
});

test('a large upload whose first stream was refused arrives whole, or fails: never a part of it', async () => {
  const sizes: number[] = [];
  let nth = 0;
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: http2.ServerHttp2Stream) => {
    stream.on('error', () => {});
    if (++nth % 2 === 1) {
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    let size = 0;
    stream.on('data', (chunk: Buffer) => (size += chunk.length));
    stream.on('end', () => {
      sizes.push(size);
      stream.respond({ ':status': 200 });
      stream.end(String(size));
    });
  });
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = await gatewayTo([tcp(await listen(server as net.Server))], isHttp2);
  for (const pauseMs of [0, 0, 1, 3]) {
    for (const size of [10_000, 60_000, 70_000, 300_000]) {
      const answer = await new Promise<string>((resolve) => {
        const req = http.request({ port, method: 'POST', agent: false }, (res) => {
          let text = '';
          res.on('data', (chunk: Buffer) => (text += chunk.toString()));
          res.on('end', () => resolve(`${res.statusCode} ${text}`));
        });
        req.on('error', (error) => resolve(error.message));
        let left = size;
        const more = (): void => {
          const piece = Math.min(left, 20_000);
          left -= piece;
          req.write(Buffer.alloc(piece));
          if (left === 0) req.end();
          else if (pauseMs === 0) more();
          else setTimeout(more, pauseMs);
        };
        more();
      });
      if (answer.startsWith('200')) expect(answer).toBe(`200 ${size}`);
      else expect(answer).toMatch(/^502 /);
    }
  }
  expect(sizes.length).toBeGreaterThan(2);
  expect(sizes.every((size) => [10_000, 60_000, 70_000, 300_000].includes(size))).toBe(true);
});

test('an upload that goes on after the upstream reset its answer does not keep it from ending', async () => {
  const upstream = await rawHttp2Upstream(() => {}, {
    onHead: (socket, stream) =>
      void socket.write(
        Buffer.concat([
          headers(stream, { ':status': '200' }),
          data(stream, Buffer.alloc(100_000)),
          reset(stream, 0),
        ]),
      ),
  });
  const clock = new CoarseClock();
  const tls = { ca: null, cert: null, key: null };
  const address = { kind: 'tcp', isTls: false, host: '127.0.0.1', port: upstream.port, text: '' } as const;
  const pool = new Http2Pool(new SocketOpener(address, defaultUpstreamOptions, tls), clock, 1);
  onTestFinished(() => {
    pool.destroy();
    clock.close();
  });
  const sender = new Sender(pool as never, { method: 'POST', hasBody: true });
  sender.onChunk = (stream) => stream.pause();
  await sender.until(() => sender.chunks.length > 0);
  // Whenever the reset arrives: pieces go on coming from the client.
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    sender.stream.write(Buffer.from('more'));
  }
  sender.onChunk = null;
  sender.stream.resume();
  await waitFor(() => sender.isOver, 10_000);
  expect(await sender.failure()).toBe('UPSTREAM_CLOSED');
});
