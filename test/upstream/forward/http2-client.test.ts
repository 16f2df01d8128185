// The client's side is HTTP/2 (node:http2's compatibility objects).
import { once } from 'node:events';
import type http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { TestGateway } from './fixture.ts';
import { deadPort, gatewayTo, httpUpstream, listen, rawUpstream, tcp, waitFor } from './fixture.ts';

async function h2Front(
  upstreamPort: number,
  forwarderOptions = {},
): Promise<{ session: http2.ClientHttp2Session; gateway: TestGateway; port: number }> {
  const { gateway } = await gatewayTo([tcp(upstreamPort)], {}, forwarderOptions);
  const server = http2.createServer();
  const handle = gateway.handle as unknown as (
    req: http2.Http2ServerRequest,
    res: http2.Http2ServerResponse,
  ) => void;
  server.on('request', handle).on('checkContinue', handle);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  const port = await listen(server as net.Server);
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  onTestFinished(() => {
    session.destroy();
    for (const one of sessions) one.destroy();
    server.close();
  });
  return { session, gateway, port };
}

interface Answer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: http2.IncomingHttpHeaders;
  readonly code: number;
  readonly isWhole: boolean;
}

function ask(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: Buffer,
): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  let head: http2.IncomingHttpHeaders = {};
  let trailers: http2.IncomingHttpHeaders = {};
  let isWhole = false;
  stream.on('end', () => (isWhole = true));
  const chunks: Buffer[] = [];
  stream.on('response', (received) => (head = received));
  stream.on('trailers', (received) => (trailers = received));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => {});
  if (body !== undefined) stream.end(body);
  return new Promise((resolve) =>
    stream.on('close', () =>
      resolve({
        headers: head,
        body: Buffer.concat(chunks).toString(),
        trailers,
        code: stream.rstCode,
        isWhole,
      }),
    ),
  );
}

test('request and response pass, without fields of a connection, with cookies in order', async () => {
  const upstream = await httpUpstream((req, res) => {
    res.writeHead(200, 'A reason', [
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'X-Seen',
      `${req.method} ${req.url} ${req.headers.host}`,
    ]);
    req.pipe(res);
  });
  const { session, gateway } = await h2Front(upstream.port);
  const body = Buffer.alloc(2_000_000, 'x');
  const answer = await ask(session, { ':method': 'POST', ':path': '/a?b=c', ':authority': 'app.test' }, body);
  expect(answer.headers[':status']).toBe(200);
  expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  expect(answer.headers['x-seen']).toBe('POST /a?b=c app.test');
  expect(answer.body.length).toBe(body.length);
  expect(await gateway.outcome()).toMatchObject({ status: 200, bytesOut: body.length, cut: null });
});

test.each([
  ['GET', 200, 'ok'],
  ['HEAD', 200, ''],
  ['DELETE', 204, ''],
])('%s with status %i ends the stream', async (method, status, body) => {
  const upstream = await httpUpstream((_req, res) => {
    res.writeHead(status, status === 204 ? {} : { 'Content-Length': '2' });
    res.end(status === 204 || method === 'HEAD' ? undefined : 'ok');
  });
  const { session, gateway } = await h2Front(upstream.port);
  const answer = await ask(session, { ':method': method, ':path': '/', ':authority': 'a' });
  expect(answer).toMatchObject({ body, code: 0 });
  expect(answer.headers[':status']).toBe(status);
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', status, cut: null });
});

test('trailers and hints pass', async () => {
  const { port } = await rawUpstream((socket) =>
    socket.write(
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nChecksum: 7\r\n\r\n',
    ),
  );
  const { session } = await h2Front(port);
  const stream = session.request({ ':path': '/', ':authority': 'a' });
  const [hints] = (await once(stream, 'headers')) as [http2.IncomingHttpHeaders];
  expect([hints[':status'], hints['link']]).toEqual([103, '</a>, </b>']);
  const trailers = once(stream, 'trailers');
  stream.resume();
  expect((await trailers)[0]).toMatchObject({ checksum: '7' });
});

test.each([
  ['fixed', 'Content-Length: 100\r\n\r\nhalf'],
  ['chunked', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
])('a truncated %s response resets the stream and never ends it', async (_name, rest) => {
  const { port } = await rawUpstream((socket) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`));
  const { session, gateway } = await h2Front(port);
  const answer = await ask(session, { ':path': '/', ':authority': 'a' });
  expect(answer).toMatchObject({ code: http2.constants.NGHTTP2_INTERNAL_ERROR, isWhole: false });
  expect(await gateway.outcome()).toMatchObject({ cut: 'upstream-broken' });
});

test('a client that resets its stream takes the upstream connection with it', async () => {
  const { port, upstream } = await rawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
  );
  const { session, gateway } = await h2Front(port);
  const stream = session.request({ ':path': '/', ':authority': 'a' });
  await once(stream, 'data');
  const closed = once(upstream.sockets[0]!, 'close');
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await closed;
  expect(gateway.outcomes).toMatchObject([{ status: 200, cut: 'client-gone' }]);
});

test('end() resets the stream only; the connection serves on', async () => {
  const upstream = await httpUpstream((req, res) => {
    res.writeHead(200);
    res.write('some');
    if (req.url === '/whole') res.end();
  });
  const { session, gateway } = await h2Front(upstream.port);
  const stream = session.request({ ':path': '/', ':authority': 'a' });
  await once(stream, 'data');
  const failed = once(stream, 'error');
  gateway.ends[0]?.('session-revoked');
  await failed;
  expect(gateway.outcomes).toMatchObject([{ cut: 'session-revoked' }]);
  expect((await ask(session, { ':path': '/whole', ':authority': 'a' })).body).toBe('some');
});

test('a slow reader stops the upstream', async () => {
  let sent = 0;
  const upstream = await httpUpstream((_req, res) => {
    const more = (): void => {
      while (sent < 64_000_000) {
        sent += 65_536;
        if (!res.write(Buffer.alloc(65_536))) {
          res.once('drain', more);
          return;
        }
      }
    };
    more();
  });
  const { session } = await h2Front(upstream.port);
  const stream = session.request({ ':path': '/', ':authority': 'a' });
  await once(stream, 'response');
  let before = -1;
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(sent).toBeLessThan(24_000_000);
});

test('failures, an early answer and a body over the limit leave the connection usable', async () => {
  const upstream = await httpUpstream((req, res) => {
    if (req.url === '/early') res.writeHead(403).end('no');
    else req.resume().on('end', () => res.end('ok'));
  });
  const { session, gateway } = await h2Front(upstream.port, { bodyBytes: 1_000_000 });
  const large = Buffer.alloc(900_000);
  expect(
    (await ask(session, { ':method': 'POST', ':path': '/early', ':authority': 'a' }, large)).headers[
      ':status'
    ],
  ).toBe(403);
  const over = await ask(
    session,
    { ':method': 'POST', ':path': '/', ':authority': 'a' },
    Buffer.alloc(1_100_000),
  );
  expect(over.headers[':status']).toBe(413);
  expect((await ask(session, { ':method': 'POST', ':path': '/', ':authority': 'a' }, large)).body).toBe('ok');
  const dead = (await gatewayTo([tcp(await deadPort())])).gateway;
  gateway.app = dead.app;
  expect((await ask(session, { ':path': '/', ':authority': 'a' })).headers[':status']).toBe(502);
  await waitFor(() => gateway.outcomes.length === 4);
});

test('Expect: 100-continue is answered when the body is wanted', async () => {
  const upstream = await httpUpstream((req: http.IncomingMessage, res) => void req.pipe(res));
  const { session } = await h2Front(upstream.port);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/',
    ':authority': 'a',
    expect: '100-continue',
  });
  await once(stream, 'continue');
  stream.end('hello');
  stream.setEncoding('utf8');
  expect((await once(stream, 'data'))[0]).toBe('hello');
});

/** Type and flags of each frame that came for a stream (RFC 9113 section 4.1), in order. */
function framesOf(bytes: Buffer, streamId: number): string[] {
  const names: Readonly<Record<number, string>> = { 0: 'DATA', 1: 'HEADERS', 3: 'RST_STREAM' };
  const frames: string[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes.readUInt32BE(at + 5) !== streamId) continue;
    const isEnd = ((bytes[at + 4] ?? 0) & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    frames.push(`${names[bytes[at + 3] ?? 9]} ${bytes.readUIntBE(at, 3)}${isEnd ? ' end' : ''}`);
  }
  return frames;
}

test.each([
  ['a known length', 'Content-Length: 5\r\n\r\nhello', ['DATA 5 end']],
  ['chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', ['DATA 5', 'DATA 0 end']],
])(
  'the last frame of a body with %s ends its stream, where no trailers can follow',
  async (_name, rest, wanted) => {
    const { port } = await rawUpstream((socket) => socket.write(`HTTP/1.1 200 OK\r\n${rest}`));
    const front = await h2Front(port);
    const chunks: Buffer[] = [];
    const relay = net.createServer((client) => {
      const onward = net.connect(front.port, '127.0.0.1');
      client.pipe(onward).pipe(client);
      onward.on('data', (chunk: Buffer) => chunks.push(chunk));
      for (const one of [client, onward]) one.on('error', () => {});
    });
    const between = http2.connect(`http://127.0.0.1:${await listen(relay)}`);
    onTestFinished(() => {
      between.destroy();
      relay.close();
    });
    const answer = await ask(between, { ':path': '/', ':authority': 'a' });
    expect(answer).toMatchObject({ body: 'hello', code: 0 });
    expect(framesOf(Buffer.concat(chunks), 1).slice(1)).toEqual(wanted);
  },
);
