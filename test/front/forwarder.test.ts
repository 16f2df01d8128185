// The front server and the forwarder together: what HTTP/2 brings in reaches an HTTP/1.1 upstream, and back.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { createSocketResponse } from '../../src/gateway/socket-response.ts';
import { gatewayTo, httpUpstream, permitFor, tcp } from '../upstream/forward/fixture.ts';
import { cleanUp, makeCertificate, makeFolder, startFront } from './front-fixture.ts';

afterEach(cleanUp);

/** The gateway of the fixture reads them, the product's only reads `rawHeaders`. */
function withoutPseudoFields(req: IncomingMessage): IncomingMessage {
  delete req.headers[':authority'];
  return req;
}

async function setUp(upstreamPort: number) {
  const { gateway } = await gatewayTo([tcp(upstreamPort)]);
  const { port } = await startFront(
    {
      onRequest: (req, res) => gateway.handle(withoutPseudoFields(req), res),
      onCheckContinue: (req, res) => gateway.handle(withoutPseudoFields(req), res),
      onUpgrade: (raw, socket, head) => {
        const req = withoutPseudoFields(raw);
        const sink = gateway.sink((error) => void socket.destroy(error));
        const respond = () => createSocketResponse(req, socket);
        gateway.forwarder.upgrade(permitFor(gateway.app, req), { req, socket, head, respond }, sink);
      },
    },
    { tls: makeCertificate(makeFolder(), 'front') },
  );
  const session = connect(`https://localhost:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return { session, gateway };
}

test('an upload of unknown length comes back whole, with interim responses and trailers', async () => {
  const { port } = await httpUpstream((req, res) => {
    res.writeInformation(103, { Link: '</style.css>; rel=preload' });
    res.writeHead(200, { Trailer: 'X-Sum', 'X-Coding': req.headers['transfer-encoding'] ?? 'none' });
    const sum = createHash('sha256');
    req.on('data', (chunk: Buffer) => {
      sum.update(chunk);
      if (!res.write(chunk)) {
        req.pause();
        res.once('drain', () => req.resume());
      }
    });
    req.on('end', () => {
      res.addTrailers({ 'X-Sum': sum.digest('hex') });
      res.end();
    });
  });
  const { session } = await setUp(port);
  const body = randomBytes(3_000_000);
  const stream = session.request({ ':path': '/', ':method': 'POST' });
  const interim: unknown[] = [];
  stream.on('headers', (headers) => interim.push(headers[':status']));
  let trailers: Record<string, unknown> = {};
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  const answered = once(stream, 'response');
  stream.end(body);
  const received = Buffer.concat((await stream.toArray()) as Buffer[]);
  const [headers] = await answered;
  expect(headers).toMatchObject({ ':status': 200, 'x-coding': 'chunked' });
  expect(received.equals(body)).toBe(true);
  expect(interim).toEqual([103]);
  expect(trailers['x-sum']).toBe(createHash('sha256').update(body).digest('hex'));
});

test('an upstream that breaks off is never a whole response', async () => {
  const { port } = await httpUpstream((_req, res) => {
    res.writeHead(200);
    res.write('half');
    setTimeout(() => res.destroy(), 30);
  });
  const { session } = await setUp(port);
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => {});
  stream.resume();
  await once(stream, 'close').catch(() => {});
  expect(stream.rstCode).not.toBe(0);
});

test('a client that resets its stream ends the upstream request', async () => {
  let ended: Promise<unknown> | null = null;
  const { port } = await httpUpstream((_req, res) => {
    ended = once(res, 'close');
    res.writeHead(200);
    res.write('begun');
  });
  const { session } = await setUp(port);
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => {});
  await once(stream, 'response');
  stream.close(8);
  await ended;
});

test('clients that reset their streams before anybody has looked at the requests leave none behind', async () => {
  let open = 0;
  const { port } = await httpUpstream((req, res) => {
    if (req.url === '/last') return void res.end('last');
    open += 1;
    res.once('close', () => (open -= 1));
  });
  const { session } = await setUp(port);
  for (let n = 0; n < 20; n++) {
    const stream = session.request({ ':path': '/hang' });
    stream.on('error', () => {});
    stream.end();
    stream.close(8);
  }
  const last = session.request({ ':path': '/last' });
  expect(Buffer.concat((await last.toArray()) as Buffer[]).toString()).toBe('last');
  await vi.waitFor(() => expect(open).toBe(0), { timeout: 30_000 });
});

test('a WebSocket over HTTP/2 reaches an upstream that knows only HTTP/1.1', async () => {
  const { port, server } = await httpUpstream((_req, res) => void res.end());
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'chat' });
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  const { session } = await setUp(port);
  const stream = session.request(
    {
      ...{
        ':method': 'CONNECT',
        ':protocol': 'websocket',
        ':scheme': 'https',
        ':path': '/',
        ':authority': 'app.test',
      },
      ...{ 'sec-websocket-version': '13', 'sec-websocket-protocol': 'chat' },
    },
    { endStream: false },
  );
  const [headers] = await once(stream, 'response');
  expect(headers).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'chat' });
  expect(headers).not.toHaveProperty('sec-websocket-accept');
  const message = Buffer.from('hello');
  stream.write(Buffer.concat([Buffer.from([0x81, 0x85, 0, 0, 0, 0]), message]));
  const [echo] = (await once(stream, 'data')) as [Buffer];
  expect(echo).toEqual(Buffer.concat([Buffer.from([0x81, 0x05]), message]));
  stream.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
  const [closing] = (await once(stream, 'data')) as [Buffer];
  expect(closing).toEqual(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
  await once(stream, 'end');
  stream.end();
});

test('a refused WebSocket passes with its status, cookies and body', async () => {
  const { port, server } = await httpUpstream((_req, res) => void res.end());
  server.on('upgrade', (_req, socket) => {
    socket.end(
      'HTTP/1.1 403 Forbidden\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n',
    );
  });
  const { session } = await setUp(port);
  const stream = session.request({
    ...{
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'https',
      ':path': '/',
      ':authority': 'app.test',
    },
    'sec-websocket-version': '13',
  });
  const [headers] = await once(stream, 'response');
  expect(headers).toMatchObject({ ':status': 403, 'set-cookie': ['a=1', 'b=2'] });
  expect(Buffer.concat((await stream.toArray()) as Buffer[]).toString()).toBe('nope');
});
