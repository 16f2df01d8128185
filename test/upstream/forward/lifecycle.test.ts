// Who leaves when, and how much is in flight: aborts, truncation, back-pressure, limits. Each ending is reported once.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { BodyRefusal } from '../../../src/gateway/forwarder.ts';
import {
  application,
  deadPort,
  exchange,
  gatewayTo,
  httpUpstream,
  permitFor,
  rawUpstream,
  refusing,
  TestGateway,
  tcp,
  waitFor,
} from './fixture.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

function client(port: number, bytes = get): net.Socket {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  return socket;
}

function endOf(socket: net.Socket): Promise<'closed' | 'reset'> {
  return new Promise((resolve) => socket.on('close', (hadError) => resolve(hadError ? 'reset' : 'closed')));
}

test.each([
  ['before the head', ''],
  ['in a body of fixed length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
  ['in a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
])('a client that leaves %s takes the upstream connection with it', async (_when, bytes) => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket) => socket.write(bytes));
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port);
  if (bytes === '') await waitFor(() => upstream.received.length > 0);
  else await once(socket, 'data');
  const closed = once(upstream.sockets[0]!, 'close');
  socket.destroy();
  await closed;
  const status = bytes === '' ? 499 : 200;
  expect(await gateway.outcome()).toMatchObject({
    kind: 'end',
    status,
    cut: 'client-gone',
    bytesOut: bytes === '' ? 0 : 4,
  });
});

test('a client that leaves in the middle of its upload takes the upstream connection with it', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream();
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf');
  await waitFor(() => upstream.text.includes('half'));
  const closed = once(upstream.sockets[0]!, 'close');
  socket.destroy();
  await closed;
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 499, cut: 'client-gone' });
});

test('a parse error in the client’s chunked body destroys the upstream connection: the body never looks complete', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream();
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  );
  await waitFor(() => upstream.text.includes('half'));
  const closed = once(upstream.sockets[0]!, 'close');
  socket.write('zz\r\nGET /admin HTTP/1.1\r\n\r\n');
  await closed;
  expect(upstream.text).not.toMatch(/\r\n0\r\n|admin/);
  expect(gateway.outcomes.length).toBe(1);
});

test.each([
  ['content-length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
  ['chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ['bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n'],
])('a truncated response (%s) never looks complete', async (_name, bytes) => {
  const { port: upstreamPort } = await rawUpstream((socket) => socket.end(bytes));
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  await expect(fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text())).rejects.toThrow();
  const raw = await exchange(port, get);
  expect(raw.endsWith('0\r\n\r\n')).toBe(false);
  expect(await gateway.outcome(2)).toMatchObject({ kind: 'end', status: 200, cut: 'upstream-broken' });
});

test('a response that ends with its connection is truncated when that is reset', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\nhalf');
    setTimeout(() => socket.resetAndDestroy(), 30);
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  await expect(fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text())).rejects.toThrow();
  expect(await gateway.outcome()).toMatchObject({ cut: 'upstream-broken' });
});

test('to HTTP/1.0 a truncated response ends with a reset, a whole one with a close', async () => {
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    const chunks = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n';
    socket.write(chunks);
    setTimeout(() => (sofar.includes('/half') ? socket.destroy() : socket.write('0\r\n\r\n')), 30);
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const whole = client(port, 'GET /whole HTTP/1.0\r\nHost: a\r\n\r\n');
  whole.resume();
  expect(await endOf(whole)).toBe('closed');
  const half = client(port, 'GET /half HTTP/1.0\r\nHost: a\r\n\r\n');
  half.resume();
  expect(await endOf(half)).toBe('reset');
});

test.each([
  ['rubbish', 'hello?\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a control character in a field', 'HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n'],
  [
    'an upgrade that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  ],
  ['a status below 100', 'HTTP/1.1 042 No\r\nContent-Length: 0\r\n\r\n'],
  ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`],
])('a response with %s is a 502 with a cause', async (_name, bytes) => {
  const { port: upstreamPort } = await rawUpstream((socket) => socket.end(bytes, 'latin1'));
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  expect(await exchange(port, get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).toMatch(
    /^HTTP\/1\.1 502 /,
  );
  const { error } = await gateway.outcome();
  expect(error?.code).toBe('upstream_broken');
  expect(error?.message).toContain(`upstream \`http://127.0.0.1:${upstreamPort}\``);
});

test('bytes after a complete response are not the next one’s', async () => {
  let nth = 0;
  const { port: upstreamPort } = await rawUpstream((socket) => {
    nth++;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${nth}`);
    if (nth === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned');
  });
  const { port } = await gatewayTo([tcp(upstreamPort)], { maxConnections: 1 });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('1');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('2');
});

test('a slow reader stops the upstream: at most buffers are in flight, and all 64 MB arrive', async () => {
  const size = 64_000_000;
  let sent = 0;
  const upstream = await httpUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Length': size });
    const more = (): void => {
      while (sent < size) {
        const chunk = Buffer.alloc(Math.min(65_536, size - sent), 'x');
        sent += chunk.length;
        if (!res.write(chunk)) {
          res.once('drain', more);
          return;
        }
      }
      res.end();
    };
    more();
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  const socket = client(port);
  let got = 0;
  await once(socket, 'readable');
  let before = -1;
  // The upstream stops by itself.
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(sent).toBeLessThan(24_000_000);
  socket.on('data', (chunk: Buffer) => (got += chunk.length));
  expect(await gateway.outcome()).toMatchObject({ bytesOut: size, cut: null });
  await waitFor(() => got >= size);
});

test('a slow upstream stops the client’s upload, and all 64 MB arrive', async () => {
  const size = 64_000_000;
  let received = 0;
  const resumers: (() => void)[] = [];
  const upstream = await httpUpstream((req, res) => {
    resumers.push(() => req.on('data', (chunk: Buffer) => (received += chunk.length)));
    req.on('end', () => res.end('done'));
  });
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const socket = client(
    port,
    `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`,
  );
  let sent = 0;
  const more = (): void => {
    while (sent < size) {
      const chunk = Buffer.alloc(Math.min(65_536, size - sent), 'x');
      sent += chunk.length;
      if (!socket.write(chunk)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
  let before = -1;
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(sent).toBeLessThan(24_000_000);
  resumers[0]?.();
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(received).toBe(size);
});

test('pipelined requests are answered in order, and a client that leaves ends those that were not', async () => {
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    if (sofar.includes('/slow')) return;
    const body = sofar.includes('/large') ? 'x'.repeat(3_000_000) : 'ok';
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const one = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
  const last = 'GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  expect((await exchange(port, one + one + last)).split('HTTP/1.1 200 OK').length).toBe(4);
  const socket = client(port, one.replace('/a', '/slow') + one.replace('/a', '/large') + one);
  await waitFor(() => gateway.started === 6);
  socket.destroy();
  await waitFor(() => gateway.outcomes.length === gateway.started);
});

test('end() cuts a response at once on both sides and reports why', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
  );
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const socket = client(port);
  await once(socket, 'data');
  const gone = Promise.all([once(socket, 'close'), once(upstream.sockets[0]!, 'close')]);
  gateway.ends[0]?.('session-revoked');
  await gone;
  gateway.ends[0]?.('again');
  expect(gateway.outcomes).toMatchObject([{ kind: 'end', status: 200, cut: 'session-revoked', bytesOut: 4 }]);
});

test.each(['chunked', 'fixed'])(
  'a %s body over the limit is a 413, and the upstream connection is cut',
  async (framing) => {
    const { port: upstreamPort, upstream } = await rawUpstream();
    const { port, gateway } = await gatewayTo([tcp(upstreamPort)], {}, { bodyBytes: 10 });
    const body =
      framing === 'fixed'
        ? 'Content-Length: 11\r\n\r\nhello hello'
        : 'Transfer-Encoding: chunked\r\n\r\nb\r\nhello hello\r\n0\r\n\r\n';
    expect(await exchange(port, `POST / HTTP/1.1\r\nHost: a\r\n${body}`)).toMatch(
      /^HTTP\/1\.1 413 [\s\S]*Connection: close/,
    );
    expect(gateway.outcomes).toMatchObject([{ kind: 'end', status: 413 }]);
    await waitFor(() => upstream.sockets.every((socket) => socket.closed));
    expect(upstream.text).not.toContain('hello');
  },
);

test('a sink that answers refusals of bodies itself is asked to', async () => {
  const { port: upstreamPort } = await rawUpstream();
  const app = application([tcp(upstreamPort)]);
  const gateway = new TestGateway(app, { bodyBytes: 3 });
  onTestFinished(() => gateway.close());
  const refused: BodyRefusal[] = [];
  const server = http.createServer((req, res) => {
    const sink = { ...gateway.sink(() => {}), ...refusing(refused) };
    gateway.forwarder.forward(permitFor(app, req), req, res, sink);
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client(
    (server.address() as net.AddressInfo).port,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour',
  );
  await waitFor(() => refused.length > 0);
  expect(refused).toEqual([{ status: 413, reason: 'body-too-large' }]);
  expect(gateway.outcomes).toEqual([]);
  server.closeAllConnections();
});

test.each([
  [
    'nothing listens',
    async () => tcp(await deadPort()),
    'upstream_unreachable',
    /refused the connection \(ECONNREFUSED\)/,
  ],
  [
    'the name does not exist',
    async () =>
      ({
        kind: 'tcp',
        isTls: false,
        host: 'nowhere.invalid',
        port: 80,
        text: 'http://nowhere.invalid',
      }) as const,
    'upstream_unreachable',
    /host name that (does not resolve|could not be looked up)/,
  ],
  [
    'the socket file is missing',
    async () =>
      ({ kind: 'unix', path: '/nonexistent/app.sock', text: 'unix:/nonexistent/app.sock' }) as const,
    'upstream_unreachable',
    /`unix:\/nonexistent\/app\.sock` has no socket file/,
  ],
])('where %s, the failure says so', async (_name, address, code, message) => {
  const { port, gateway } = await gatewayTo([await address()]);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
  const { error } = await gateway.outcome();
  expect(error?.code).toBe(code);
  expect(error?.message).toMatch(message);
});

test('a failed POST leaves the client’s connection usable: its body is read to the end', async () => {
  const { port, gateway } = await gatewayTo([tcp(await deadPort())]);
  const socket = client(port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n`);
  socket.write(Buffer.alloc(3_000_000));
  socket.write(get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'end');
  expect(text.split('HTTP/1.1 502').length).toBe(3);
  expect(gateway.outcomes.length).toBe(2);
});

test('a thousand clients that leave at random moments leave nothing behind', async () => {
  const upstream = await httpUpstream((req, res) => {
    req.resume();
    setTimeout(() => {
      res.writeHead(200);
      res.write('some');
      setTimeout(() => res.end('more'), Math.random() * 5);
    }, Math.random() * 5);
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { maxConnections: 8, maxQueue: 1_000 });
  const leave = async (i: number): Promise<void> => {
    const hasBody = i % 3 === 0;
    const socket = client(port, hasBody ? 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel' : get);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    if (i % 2 === 0) socket.destroy();
    else socket.end();
    socket.resume();
    await once(socket, 'close');
  };
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => leave(i)));
  }
  expect(gateway.started).toBeGreaterThan(100);
  await waitFor(() => gateway.outcomes.length === gateway.started);
  // Every slot came back: eight at a time still go through.
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => (await fetch(`http://127.0.0.1:${port}/`)).text()),
  );
  expect(answers).toEqual(Array(8).fill('somemore'));
});

test('close() cuts what is in flight, answers who waits, and refuses what comes later', async () => {
  const upstream = await httpUpstream((_req, res) => {
    res.write('some');
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], { maxConnections: 1 });
  const first = client(port);
  await once(first, 'data');
  const waiting = fetch(`http://127.0.0.1:${port}/`);
  await waitFor(() => gateway.started === 2);
  await gateway.forwarder.close();
  expect((await waiting).status).toBe(503);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503);
  await waitFor(() => gateway.outcomes.length === 3);
  expect(gateway.outcomes.find((outcome) => outcome.kind === 'end')).toMatchObject({
    cut: 'upstream-broken',
  });
});
