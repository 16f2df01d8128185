// Traps of forwarding, each as the rule that avoids it.
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { compileHeaderPlan } from '../../../src/http/header-plan.ts';
import { upstreamRequestTrailers } from '../../../src/http/request-headers.ts';
import { type Certificates, createCertificates } from './certificates.ts';
import {
  application,
  deadPort,
  exchange,
  gatewayTo,
  httpUpstream,
  listen,
  permitFor,
  rawUpstream,
  TestGateway,
  tcp,
  waitFor,
} from './fixture.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
let certificates: Certificates;
beforeAll(() => {
  certificates = createCertificates();
});
afterAll(() => certificates.remove());

test('1: an answer before the whole upload reaches the client, and its connection serves the next request', async () => {
  const upstream = await httpUpstream((req, res) => {
    if (req.method === 'GET') res.end('next');
    else res.writeHead(413, { 'Content-Length': '9' }).end('too large');
  });
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  const size = 16_000_000;
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
  for (let sent = 0; sent < size; sent += 1_000_000) {
    if (!socket.write(Buffer.alloc(1_000_000))) await once(socket, 'drain');
  }
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await once(socket, 'end');
  expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*too largeHTTP\/1\.1 200 OK[\s\S]*next$/);
});

test('2: the certificate is verified against server_name, and changing Host headers share one TLS connection', async () => {
  const pair = certificates.issue('wiki', 'DNS:wiki.internal');
  const server = https.createServer({ key: pair.key, cert: pair.cert }, (req, res) =>
    res.end(`${(req.socket as TLSSocket & { servername?: string }).servername} ${req.headers.host}`),
  );
  let connections = 0;
  server.on('secureConnection', () => void connections++);
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  const upstream = tcp(await listen(server), true);
  const { port } = await gatewayTo([upstream], {
    caFile: certificates.caFile,
    serverName: 'wiki.internal',
    maxConnections: 1,
  });
  const seen: string[] = [];
  for (const host of ['a.test', 'b.test', 'a.test', 'b.test', 'a.test', 'b.test']) {
    const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    seen.push(answer.slice(answer.indexOf('wiki.internal')));
  }
  expect(seen).toEqual(
    [0, 1, 2, 3, 4, 5]
      .map((i) => `wiki.internal ${i % 2 === 0 ? 'a' : 'b'}.test`)
      .map((text) => expect.stringContaining(text)),
  );
  expect(connections).toBe(1);
});

test.each([
  ['HEAD', ''],
  ['DELETE', 'body'],
  ['GET', 'body'],
  ['OPTIONS', 'body'],
])('3: five %s requests with the body `%s` use one upstream connection', async (method, body) => {
  const upstream = await httpUpstream((req, res) => {
    req.resume().on('end', () => res.end('ok'));
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  for (let i = 0; i < 5; i++) {
    const framing = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
    await exchange(port, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${framing}\r\n${body}`);
    await waitFor(() => gateway.outcomes.length === i + 1);
  }
  expect(upstream.connections()).toBe(1);
});

test('4: fields that would frame or route the request a second time are a failure with a cause, not a throw', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket) => socket.write(ok));
  const app = application([tcp(upstreamPort)]);
  const gateway = new TestGateway(app);
  onTestFinished(() => gateway.close());
  for (const field of ['Upgrade', 'Keep-Alive', 'Transfer-Encoding', 'Expect', 'Host']) {
    const req = { method: 'GET', url: '/', headers: {}, rawHeaders: [], httpVersionMajor: 1 } as never;
    const permit = permitFor(app, req);
    permit.headers.push('Host', 'a', field, 'x');
    const res = new http.ServerResponse(req);
    gateway.forwarder.forward(
      permit,
      req,
      res,
      gateway.sink(() => {}),
    );
  }
  await gateway.outcome(5);
  expect(gateway.outcomes.map((outcome) => outcome.error?.code)).toEqual(Array(5).fill('internal'));
  expect(upstream.text).toBe('');
});

test('5: 103 Early Hints pass with several Link fields as sent, then the response', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) =>
    socket.write(
      `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload, </b.js>; rel=preload\r\nlink: </c>; rel=x\r\nConnection: x\r\n\r\n` +
        `HTTP/1.1 102 Processing\r\n\r\n${ok}`,
    ),
  );
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload, <\/b\.js>; rel=preload\r\nlink: <\/c>; rel=x\r\n\r\nHTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
  );
});

test('5: a client of HTTP/1.0 gets no 1xx response', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`),
  );
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  expect(await exchange(port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('6: a 100 Continue that nobody asked for says nothing', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) =>
    socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${ok}`),
  );
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/);
});

test('7: Expect: 100-continue is answered when the body is wanted, and not when the upstream cannot be reached', async () => {
  const upstream = await httpUpstream((req, res) => void req.pipe(res));
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  const head =
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n';
  const socket = net.connect(port, '127.0.0.1');
  socket.write(head);
  const [first] = (await once(socket, 'data')) as [Buffer];
  expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  socket.write('hello');
  const [second] = (await once(socket, 'data')) as [Buffer];
  expect(second.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*hello/);

  gateway.app = application([tcp(await deadPort())]);
  const refused = await exchange(port, head.replace('Connection: close\r\n', ''));
  // The connection ends: the client may or may not send the body that it announced.
  expect(refused).toMatch(/^HTTP\/1\.1 502 [\s\S]*Connection: close/);
});

test('8: an event stream with long gaps lives, a silent upstream is a 504, a body that falls silent is cut', async () => {
  const upstream = await httpUpstream((req, res) => {
    if (req.url === '/never') return;
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.write('data: 1\n\n');
    if (req.url === '/events') setTimeout(() => res.end('data: 2\n\n'), 1_500);
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { responseTimeoutMs: 400 });
  const events = await fetch(`http://127.0.0.1:${port}/events`);
  expect(await events.text()).toBe('data: 1\n\ndata: 2\n\n');
  const never = await fetch(`http://127.0.0.1:${port}/never`);
  expect(never.status).toBe(504);
  expect((await gateway.outcome(2)).error).toMatchObject({
    code: 'upstream_timeout',
    hint: 'see `response_timeout`',
  });
  gateway.app = application([tcp(upstream.port)], { idleTimeoutMs: 300 });
  const silent = await fetch(`http://127.0.0.1:${port}/silent`);
  await expect(silent.text()).rejects.toThrow();
  expect(await gateway.outcome(3)).toMatchObject({ status: 200, cut: 'upstream-timeout' });
});

test('9: what does not fit the queue is a 503 at once; who leaves the queue is never sent and breaks nothing', async () => {
  const held: http.ServerResponse[] = [];
  const paths: (string | undefined)[] = [];
  const upstream = await httpUpstream((req, res) => {
    paths.push(req.url);
    if (req.url === '/quick') res.end('quick');
    else held.push(res);
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { maxConnections: 2, maxQueue: 2 });
  const ask = (path: string): Promise<string> =>
    exchange(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  const first = [ask('/1'), ask('/2')];
  await waitFor(() => held.length === 2);
  const leaver = net.connect(port, '127.0.0.1');
  leaver.write('GET /leaver HTTP/1.1\r\nHost: a\r\n\r\n');
  const stayer = ask('/quick');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await ask('/full')).toMatch(/^HTTP\/1\.1 503 /);
  leaver.destroy();
  await gateway.outcome(2);
  for (const res of held) res.end('held');
  expect(
    (await Promise.all(first)).every(
      (answer) => answer.endsWith('held\r\n0\r\n\r\n') || answer.endsWith('held'),
    ),
  ).toBe(true);
  expect(await stayer).toContain('quick');
  expect(paths.sort()).toEqual(['/1', '/2', '/quick']);
  expect(upstream.connections()).toBe(2);
  expect(gateway.outcomes[1]).toMatchObject({ kind: 'end', status: 499, cut: 'client-gone' });
});

test('9: who waits for a slot longer than a connection may take gets a 503', async () => {
  const upstream = await httpUpstream(() => {});
  const { port } = await gatewayTo([tcp(upstream.port)], { maxConnections: 1, connectTimeoutMs: 100 });
  const first = net.connect(port, '127.0.0.1');
  onTestFinished(() => void first.destroy());
  first.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await waitFor(() => upstream.connections() === 1);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503);
});

test('10: WebSockets have a cap of their own and take no slot of requests', async () => {
  const upstream = await httpUpstream((_req, res) => res.end('ok'));
  const sockets: WebSocket[] = [];
  new WebSocketServer({ server: upstream.server }).on('connection', (socket) => sockets.push(socket));
  const { port } = await gatewayTo([tcp(upstream.port)], { maxConnections: 1, maxWebSockets: 2 });
  const handshake =
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const open = (): net.Socket => {
    const socket = net.connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(handshake);
    return socket;
  };
  const [one, two] = [open(), open()];
  await Promise.all([once(one, 'data'), once(two, 'data')]);
  expect(await exchange(port, handshake)).toMatch(/^HTTP\/1\.1 503 /);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ok');
  one.destroy();
  await waitFor(() => sockets.some((socket) => socket.readyState === socket.CLOSED));
  const [again] = (await once(open(), 'data')) as [Buffer];
  expect(again.toString()).toMatch(/^HTTP\/1\.1 101 /);
});

test('11: HTTP/2 is spoken only where asked, and never for WebSockets', async () => {
  const pair = certificates.issue('h2', 'IP:127.0.0.1');
  const server = http2.createSecureServer({ key: pair.key, cert: pair.cert, allowHTTP1: true }, (req, res) =>
    res.end(req.httpVersion),
  );
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  new WebSocketServer({ server: server as never }).on('connection', (socket) => socket.send('hello'));
  onTestFinished(() => void server.close());
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
  });
  const address = tcp(await listen(server), true);
  const { port, gateway } = await gatewayTo([address], { caFile: certificates.caFile });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('1.1');
  gateway.app = application([address], { caFile: certificates.caFile, isHttp2: true });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('2.0');
  const answer = await exchange(
    port,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    'hello',
  );
  expect(answer).toMatch(
    /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n[\s\S]*hello$/,
  );
});

test('12: a GET on a keep-alive connection that the upstream just closed is sent once more, a POST is a 502', async () => {
  let requests = 0;
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    requests++;
    // The second request of a connection finds it closed.
    if (sofar.split('HTTP/1.1').length === 2) socket.write(ok);
    else socket.destroy();
  });
  const { port } = await gatewayTo([tcp(upstreamPort)], { maxConnections: 1 });
  const ask = (method: string): Promise<string> =>
    exchange(port, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  expect(await ask('GET')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await ask('GET')).toMatch(/^HTTP\/1\.1 200 /);
  expect(requests).toBe(3);
  expect(await ask('POST')).toMatch(/^HTTP\/1\.1 502 /);
  expect(requests).toBe(4);
});

test('12: a connection that closes without an answer to its first request is not tried again', async () => {
  let requests = 0;
  const { port: upstreamPort } = await rawUpstream((socket) => {
    requests++;
    socket.destroy();
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
  expect(requests).toBe(1);
  expect((await gateway.outcome()).error?.code).toBe('upstream_broken');
});

test('12: a connection that closes in the middle of a head is not tried again', async () => {
  let requests = 0;
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    requests++;
    if (sofar.split('HTTP/1.1').length === 2) socket.write(ok);
    else socket.end('HTTP/1.1 200 O');
  });
  const { port } = await gatewayTo([tcp(upstreamPort)], { maxConnections: 1 });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
  expect(requests).toBe(2);
});

test.each(['*', 'http://elsewhere.test/', '', '/a b'])('13: the target `%s` is never sent', async (path) => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket) => socket.write(ok));
  const app = application([tcp(upstreamPort)]);
  const gateway = new TestGateway(app);
  onTestFinished(() => gateway.close());
  const req = { method: 'OPTIONS', url: path, headers: {}, rawHeaders: [], httpVersionMajor: 1 } as never;
  const res = new http.ServerResponse(req);
  gateway.forwarder.forward(
    permitFor(app, req),
    req,
    res,
    gateway.sink(() => {}),
  );
  expect((await gateway.outcome()).error?.code).toBe('internal');
  expect(upstream.text).toBe('');
});

test('14: trailers of a request go on with its body, but for those that no client may send', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket, sofar) => {
    if (/\r\n0\r\n(?:[^\r\n]+\r\n)*\r\n$/.test(sofar)) socket.write(ok);
  });
  const plan = compileHeaderPlan({
    assertionHeader: 'X-Bouncer-Jwt-Assertion',
    identityHeaders: ['X-Email'],
    requestHeaders: { set: [], remove: [] },
  });
  const requestTrailers = (_permit: unknown, raw: readonly string[]) => upstreamRequestTrailers(raw, plan);
  const { port } = await gatewayTo([tcp(upstreamPort)], {}, { requestTrailers });
  const trailers =
    'Sum: 7\r\nX-Bouncer-User: mallory\r\nx_email: mallory\r\nX-Forwarded-For: 1.2.3.4\r\nCookie: mallory=1\r\nAuthorization: mallory\r\n';
  await exchange(
    port,
    `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n5\r\nhello\r\n0\r\n${trailers}\r\n`,
  );
  expect(upstream.text).toMatch(/\r\n5\r\nhello\r\n0\r\nSum: 7\r\n\r\n$/);
});
