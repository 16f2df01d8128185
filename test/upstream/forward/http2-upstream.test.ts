// Upstreams over HTTP/2: every byte arrives or the response is cut, and gRPC finds its status.
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  application,
  exchange,
  gatewayTo,
  httpUpstream,
  listen,
  type TestGateway,
  tcp,
  waitFor,
} from './fixture.ts';
import { data, endStream, goaway, headers, rawHttp2Upstream, reset } from './raw-http2.ts';

const isHttp2 = { isHttp2: true };

type Listener = (req: http2.Http2ServerRequest, res: http2.Http2ServerResponse) => void;

async function http2Upstream(listener: Listener): Promise<number> {
  const server = http2.createServer(listener);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('checkContinue', listener);
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return listen(server as net.Server);
}

/** A client's HTTP/2 session to a front that forwards. */
async function http2Client(gateway: TestGateway): Promise<http2.ClientHttp2Session> {
  const server = http2.createServer();
  const handle = gateway.handle as unknown as Listener;
  server.on('request', handle).on('checkContinue', handle);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  const session = http2.connect(`http://127.0.0.1:${await listen(server as net.Server)}`);
  session.on('error', () => {});
  onTestFinished(() => {
    session.destroy();
    for (const one of sessions) one.destroy();
    server.close();
  });
  return session;
}

function bytes(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
}

/** Read a response, slowly or not; the trailers with it. */
function read(
  port: number,
  path: string,
  isSlow: boolean,
): Promise<{ body: Buffer; trailers: string[]; isWhole: boolean }> {
  return new Promise((resolve, reject) => {
    const req = http.get({ port, path, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      const done = (): void =>
        resolve({ body: Buffer.concat(chunks), trailers: res.rawTrailers, isWhole: res.complete });
      res.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (!isSlow) return;
        res.pause();
        setTimeout(() => res.resume(), 2);
      });
      res.on('end', done).on('error', done);
    });
    req.on('error', reject);
  });
}

const sizes = [
  0, 1, 16_383, 16_384, 16_385, 65_534, 65_535, 65_536, 70_000, 100_000, 262_143, 262_144, 262_145, 1_000_000,
];

test.each(['HTTP/1.1', 'HTTP/2'])(
  'over %s a body of any size comes whole before its trailers, to fast and slow readers',
  async (protocol) => {
    const whole = bytes(1_000_000);
    const listener = (req: { url?: string | undefined }, res: http.ServerResponse): void => {
      res.setHeader('Trailer', 'sum');
      res.writeHead(200);
      res.addTrailers({ sum: req.url ?? '' });
      res.end(whole.subarray(0, Number(req.url?.slice(1))));
    };
    const upstreamPort =
      protocol === 'HTTP/2'
        ? await http2Upstream(listener as unknown as Listener)
        : (await httpUpstream(listener)).port;
    const { port } = await gatewayTo([tcp(upstreamPort)], { isHttp2: protocol === 'HTTP/2' });
    for (const isSlow of [false, true]) {
      for (const size of sizes) {
        const answer = await read(port, `/${size}`, isSlow);
        expect(answer.isWhole).toBe(true);
        expect(answer.body.equals(whole.subarray(0, size)), `${size} bytes`).toBe(true);
        expect(answer.trailers).toEqual(['sum', `/${size}`]);
      }
    }
  },
);

test('twenty answers at once with trailers, whole, to clients of HTTP/2', async () => {
  const whole = bytes(70_000);
  const upstreamPort = await http2Upstream((_req, res) => {
    res.writeHead(200, { 'content-type': 'application/grpc' });
    res.addTrailers({ 'grpc-status': '0' });
    res.end(whole);
  });
  const { gateway } = await gatewayTo([tcp(upstreamPort)], isHttp2);
  const session = await http2Client(gateway);
  const one = async (nth: number): Promise<void> => {
    const stream = session.request({ ':path': `/${nth}` });
    const chunks: Buffer[] = [];
    let status: unknown;
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (nth % 2 === 1) {
        stream.pause();
        setTimeout(() => stream.resume(), 3);
      }
    });
    stream.on('trailers', (trailers) => (status = trailers['grpc-status']));
    await once(stream, 'close');
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
    expect(status).toBe('0');
  };
  await Promise.all(Array.from({ length: 20 }, (_, nth) => one(nth)));
});

test.each([
  ['an end', Buffer.alloc(0)],
  ['RST_STREAM(NO_ERROR) after it', reset(1, 0)],
])('a gRPC answer of headers alone ends the stream with the head: %s', async (_name, after) => {
  const upstream = await rawHttp2Upstream((socket, stream) => {
    socket.write(
      Buffer.concat([headers(stream, { ':status': '200', 'grpc-status': '12' }, endStream), after]),
    );
  });
  const { gateway } = await gatewayTo([tcp(upstream.port)], isHttp2);
  const session = await http2Client(gateway);
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  stream.end('x');
  const [head, flags] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders, number];
  expect(head).toMatchObject({ ':status': 200, 'grpc-status': '12' });
  expect(flags & http2.constants.NGHTTP2_FLAG_END_STREAM).not.toBe(0);
  stream.resume();
  await once(stream, 'close');
  expect(stream.rstCode).toBe(0);
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 200, cut: null });
});

test('a whole answer of HTTP/1.1 without a body ends the stream of HTTP/2 with the head, HEAD and 204 too', async () => {
  const upstream = await httpUpstream((req, res) => {
    if (req.url === '/204') res.writeHead(204);
    else res.writeHead(200, { 'content-length': '0', 'x-seen': String(req.method) });
    res.end();
  });
  const { gateway } = await gatewayTo([tcp(upstream.port)]);
  const session = await http2Client(gateway);
  for (const [method, path] of [
    ['GET', '/'],
    ['HEAD', '/'],
    ['GET', '/204'],
  ] as const) {
    const stream = session.request({ ':method': method, ':path': path });
    const [, flags] = (await once(stream, 'response')) as [unknown, number];
    expect(flags & http2.constants.NGHTTP2_FLAG_END_STREAM).not.toBe(0);
    stream.resume();
    await once(stream, 'close');
  }
});

test('everything in one write: data, trailers, a reset without an error and GOAWAY lose no byte', async () => {
  const whole = bytes(60_000);
  const upstream = await rawHttp2Upstream((socket, stream) => {
    socket.write(
      Buffer.concat([
        headers(stream, { ':status': '200' }),
        data(stream, whole),
        headers(stream, { sum: '7' }, endStream),
        reset(stream, 0),
        goaway(stream, 0),
      ]),
    );
  });
  const { port } = await gatewayTo([tcp(upstream.port)], isHttp2);
  for (const isSlow of [false, true]) {
    const answer = await read(port, '/', isSlow);
    expect(answer.body.equals(whole)).toBe(true);
    expect(answer.trailers).toEqual(['sum', '7']);
  }
});

test.each<[string, (stream: number) => Buffer]>([
  ['a reset without an error', (stream) => reset(stream, 0)],
  ['a reset', (stream) => reset(stream, 8)],
  ['GOAWAY and the end of the connection', (stream) => goaway(stream, 0)],
  ['GOAWAY with an error', (stream) => goaway(stream, 11)],
  ['nothing but the end of the connection', () => Buffer.alloc(0)],
])('half a body and %s is half a body', async (name, end) => {
  const upstream = await rawHttp2Upstream((socket, stream) => {
    socket.write(
      Buffer.concat([headers(stream, { ':status': '200' }), data(stream, Buffer.alloc(20_000)), end(stream)]),
    );
    if (!name.includes('reset')) setTimeout(() => socket.end(), 20);
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], isHttp2);
  const answer = await read(port, '/', false);
  expect(answer.isWhole).toBe(false);
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 200, cut: 'upstream-broken' });
});

test('TE: trailers goes on where the client sent it, and nowhere else', async () => {
  const seen: unknown[] = [];
  const upstreamPort = await http2Upstream((req, res) => {
    seen.push(req.headers.te);
    res.end();
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)], isHttp2);
  const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
  await exchange(port, `${get}TE: trailers\r\n\r\n`);
  await exchange(port, `${get}TE: gzip;q=0.5, Trailers\r\n\r\n`);
  await exchange(port, `${get}TE: gzip\r\n\r\n`);
  await exchange(port, `${get}\r\n`);
  const session = await http2Client(gateway);
  const stream = session.request({ ':path': '/', te: 'trailers' });
  stream.resume();
  await once(stream, 'close');
  expect(seen).toEqual(['trailers', 'trailers', undefined, undefined, 'trailers']);
});

test('bodies, early answers and expectations as over HTTP/1.1', async () => {
  const upstreamPort = await http2Upstream((req, res) => {
    if (req.url === '/refuse') {
      res.writeHead(413);
      res.end('too large');
      return;
    }
    if (req.headers.expect !== undefined) {
      if (req.url === '/denied') {
        res.writeHead(401);
        res.end('no');
        return;
      }
      res.writeContinue();
    }
    req.pipe(res);
  });
  const { port } = await gatewayTo([tcp(upstreamPort)], isHttp2);
  const head = (path: string, size: number, more = ''): string =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${size}\r\n${more}\r\n`;
  expect(await exchange(port, `${head('/refuse', 10_000_000)}${'x'.repeat(10_000_000)}`)).toMatch(
    /^HTTP\/1\.1 413 [\s\S]*too large/,
  );
  expect(await exchange(port, head('/denied', 5, 'Expect: 100-continue\r\n'))).toMatch(
    /^HTTP\/1\.1 401 [\s\S]*no/,
  );
  const expecting = await exchange(port, `${head('/echo', 5, 'Expect: 100-continue\r\n')}hello`);
  expect(expecting).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*hello/);
  const large = bytes(3_000_000);
  const answer = await fetch(`http://127.0.0.1:${port}/echo`, { method: 'POST', body: large });
  expect(Buffer.from(await answer.arrayBuffer()).equals(large)).toBe(true);
});

test('fields keep order and repetition both ways, and bytes above ASCII', async () => {
  let seen: readonly string[] = [];
  const upstreamPort = await http2Upstream((req, res) => {
    seen = req.rawHeaders;
    res.stream.respond([':status', '200', 'x-a', '1', 'x-b', 'caf\xe9', 'x-a', '2'] as never);
    res.stream.end();
  });
  const { port } = await gatewayTo([tcp(upstreamPort)], isHttp2);
  const answer = await exchange(
    port,
    Buffer.from(
      'GET /\xe9 HTTP/1.1\r\nHost: a.test\r\nX-A: 1\r\nX-B: caf\xe9\r\nx-a: 2\r\nConnection: close\r\n\r\n'.replace(
        '/\xe9',
        '/e',
      ),
      'latin1',
    ),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nx-a: 1\r\nx-b: caf\xe9\r\nx-a: 2\r\n/);
  expect(seen.slice(0, 14)).toEqual([
    ...[':method', 'GET', ':scheme', 'http', ':authority', 'a.test', ':path', '/e'],
    ...['x-a', '1', 'x-b', 'caf\xe9', 'x-a', '2'],
  ]);
});

test('an upstream of interim responses without an end is cut off', async () => {
  const upstream = await rawHttp2Upstream((socket, stream) => {
    const piece = Buffer.concat(
      Array.from({ length: 500 }, () => headers(stream, { ':status': '103', link: '</a>' })),
    );
    const more = (): void => {
      while (!socket.destroyed) if (!socket.write(piece)) return void socket.once('drain', more);
    };
    more();
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], isHttp2);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toContain('HTTP/1.1 502 ');
  expect((await gateway.outcome()).error?.message).toMatch(/interim responses without an end/);
});

test('interim responses that are large are cut off before they are many', async () => {
  const hints = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-${i}`, 'y'.repeat(120)]));
  const upstream = await rawHttp2Upstream((socket, stream) => {
    for (let i = 0; i < 20; i++) socket.write(headers(stream, { ':status': '103', ...hints }));
    socket.write(headers(stream, { ':status': '200', 'content-length': '0' }, endStream));
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], isHttp2);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toContain('HTTP/1.1 502 ');
  expect(answer.length).toBeLessThan(80_000);
  expect((await gateway.outcome()).error?.message).toMatch(/interim responses without an end/);
});

test('an upstream that speaks no HTTP/2 is a failure that says so', async () => {
  const upstream = await httpUpstream((_req, res) => res.end());
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], isHttp2);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
  expect(gateway.outcomes[0]?.error?.code).toMatch(/^upstream_/);
});

test('a client that leaves resets its stream and no other', async () => {
  const closed: string[] = [];
  const upstreamPort = await http2Upstream((req, res) => {
    res.write('some');
    res.stream.on('close', () => closed.push(`${req.url} ${res.stream.rstCode}`));
    if (req.url === '/end') setTimeout(() => res.end('more'), 300);
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)], isHttp2);
  gateway.app = application([tcp(upstreamPort)], isHttp2);
  const staying = fetch(`http://127.0.0.1:${port}/end`).then((answer) => answer.text());
  const leaving = http.get({ port, path: '/leave', agent: false });
  leaving.on('error', () => {});
  const [res] = (await once(leaving, 'response')) as [http.IncomingMessage];
  await once(res, 'data');
  leaving.destroy();
  await waitFor(() => closed.length > 0);
  expect(closed[0]).toBe('/leave 8');
  expect(await staying).toBe('somemore');
});

test.each([
  ['all of it', 'hello', null],
  ['a part of it', 'hell', 'client-gone'],
])(
  'a client of HTTP/1.1 that has read %s and leaves before the upstream says the end',
  async (_, body, cut) => {
    const port = await http2Upstream((_req, res) => {
      res.writeHead(200, { 'content-length': 5 });
      // The end never comes.
      res.write(body);
    });
    const { gateway, port: at } = await gatewayTo([tcp(port)], isHttp2);
    const got = await new Promise<string>((resolve, reject) => {
      http
        .get({ port: at, agent: false }, (res) => {
          let text = '';
          res
            .on('error', () => {})
            .on('data', (chunk: Buffer) => {
              text += chunk.toString();
              if (text === body) res.destroy();
            });
          res.on('close', () => resolve(text));
        })
        .on('error', reject);
    });
    expect(got).toBe(body);
    expect(await gateway.outcome(1)).toMatchObject({ kind: 'end', status: 200, cut });
  },
);
