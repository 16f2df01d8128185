// Applications that answer before they have the whole request: refusals, expectations, answers that stream while the upload does.
import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { exchange, gatewayTo, httpUpstream, rawUpstream, tcp, waitFor } from './fixture.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function client(port: number): { readonly socket: net.Socket; readonly text: () => string } {
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { socket, text: () => Buffer.concat(chunks).toString('latin1') };
}

test.each([
  ['413 Content Too Large', 'Content-Length'],
  ['413 Content Too Large', 'chunked'],
  ['401 Unauthorized', 'Content-Length'],
])(
  'a %s that the application sends before it closes reaches the client in the middle of its upload (%s)',
  async (status, framing) => {
    const { port: upstreamPort } = await rawUpstream((socket) => {
      socket.pause();
      socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 6\r\nConnection: close\r\n\r\nno way`, () =>
        socket.destroy(),
      );
    });
    const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
    for (let round = 1; round <= 10; round++) {
      const { socket, text } = client(port);
      const size = 20_000_000;
      const piece = Buffer.alloc(65_536, 'x');
      socket.write(
        `PUT / HTTP/1.1\r\nHost: a\r\n${framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${size}`}\r\n\r\n`,
      );
      for (let sent = 0; sent < size && !socket.destroyed && text() === ''; sent += piece.length) {
        if (framing === 'chunked') socket.write('10000\r\n');
        const isRoom = socket.write(piece);
        if (framing === 'chunked') socket.write('\r\n');
        if (!isRoom) await Promise.race([once(socket, 'drain'), once(socket, 'data'), once(socket, 'close')]);
      }
      await waitFor(() => text().endsWith('no way'), 30_000);
      expect(text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\r\n`));
      socket.destroy();
      expect(await gateway.outcome(round)).toMatchObject({ kind: 'end', status: Number(status.slice(0, 3)) });
    }
  },
);

test('Expect: 100-continue goes to the application, whose 100 asks the client for the body', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket, sofar) => {
    if (sofar.endsWith('\r\n\r\n')) setTimeout(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 50);
    if (sofar.endsWith('hello')) socket.write(ok);
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const { socket, text } = client(port);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
  await waitFor(() => upstream.text.endsWith('\r\n\r\n'));
  expect(upstream.text).toContain('\r\nExpect: 100-continue\r\n');
  expect(text()).toBe('');
  await waitFor(() => text() === 'HTTP/1.1 100 Continue\r\n\r\n');
  socket.write('hello');
  await waitFor(() => text().endsWith('ok'));
  // Without it nothing is asked.
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
  await waitFor(() => text().split('HTTP/1.1 200 OK').length === 3);
  expect(upstream.text.split('Expect').length).toBe(2);
});

test.each(['401 Unauthorized', '417 Expectation Failed'])(
  'the application’s %s takes the place of the 100: the body is never asked for',
  async (status) => {
    const { port: upstreamPort, upstream } = await rawUpstream((socket) =>
      socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`),
    );
    const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
    const answer = await exchange(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000000000\r\n\r\n',
    );
    // The client may or may not send what it announced: nothing more is read on its connection.
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\r\n[\\s\\S]*Connection: close[\\s\\S]*no$`));
    expect(await gateway.outcome()).toMatchObject({ kind: 'end', cut: null });
    await waitFor(() => upstream.sockets.every((socket) => socket.closed));
  },
);

test('an application that never says 100 gets the body after a while', async () => {
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    if (sofar.endsWith('hello')) socket.write(ok);
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const { socket, text } = client(port);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
  await waitFor(() => text() === 'HTTP/1.1 100 Continue\r\n\r\n', 20_000);
  socket.write('hello');
  await waitFor(() => text().endsWith('ok'), 20_000);
});

test('the head of a request is sent before its body comes', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket, sofar) => {
    if (sofar.endsWith('hello')) socket.write(ok);
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const { socket, text } = client(port);
  socket.write('POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
  await waitFor(() => upstream.text.startsWith('POST /early HTTP/1.1\r\n'));
  expect(upstream.text.endsWith('\r\n\r\n')).toBe(true);
  socket.write('hello');
  await waitFor(() => text().endsWith('ok'));
});

test.each(['PUT', 'DELETE', 'PROPFIND', 'QUERY'])(
  'a %s without a body is sent once more where the kept connection was closed',
  async (method) => {
    let requests = 0;
    const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
      requests++;
      if (sofar.split('HTTP/1.1').length === 2) socket.write(ok);
      else socket.destroy();
    });
    const { port } = await gatewayTo([tcp(upstreamPort)], { maxConnections: 1 });
    const ask = `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    expect(await exchange(port, ask)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchange(port, ask)).toMatch(/^HTTP\/1\.1 200 /);
    expect(requests).toBe(3);
  },
);

test('an answer that streams while the upload does ends with the upload', async () => {
  const upstream = await httpUpstream((req, res) => {
    res.writeHead(200);
    req.on('data', (chunk: Buffer) => res.write(chunk.toString().toUpperCase()));
    req.on('end', () => res.end('.'));
  });
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const { socket, text } = client(port);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
  await waitFor(() => text().includes('ONE'));
  socket.write('3\r\ntwo\r\n');
  await waitFor(() => text().includes('TWO'));
  socket.write('0\r\n\r\n');
  await waitFor(() => text().endsWith('0\r\n\r\n'));
});
