// Trailers that Node's HTTP/2 does not write: it says so when the stream asks for them, where nobody catches.
import { once } from 'node:events';
import http2 from 'node:http2';
import type net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { exchange, gatewayTo, listen, rawUpstream, tcp } from './fixture.ts';

const odd = [
  ['a field that is only once in a message, twice', 'ETag: "a"\r\nETag: "b"\r\n'],
  ['a field of connections', 'HTTP2-Settings: AAAA\r\n'],
  ['a text that is no token of HTTP/2', 'TE: gzip\r\n'],
] as const;

function trackErrors(): unknown[] {
  const errors: unknown[] = [];
  const note = (error: unknown): void => void errors.push(error);
  process.on('uncaughtException', note);
  onTestFinished(() => void process.off('uncaughtException', note));
  return errors;
}

test.each(odd)('%s does not reach an HTTP/2 client, and harms nobody', async (_what, trailers) => {
  const errors = trackErrors();
  const upstream = await rawUpstream((socket, sofar) => {
    if (sofar.endsWith('\r\n\r\n'))
      socket.end(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nSum: 7\r\n${trailers}\r\n`,
      );
  });
  const { gateway } = await gatewayTo([tcp(upstream.port)]);
  const server = http2.createServer();
  server.on('request', gateway.handle as never);
  const port = await listen(server as net.Server);
  const session = http2.connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => {
    session.destroy();
    server.close();
  });
  const stream = session.request({ ':path': '/', ':authority': 'app.test' });
  stream.on('error', () => {}).resume();
  await once(stream, 'close');
  expect(errors).toEqual([]);
  expect(stream.rstCode).toBe(0);
});

test.each(odd)('%s does not reach an HTTP/2 upstream, and harms nobody', async (_what, trailers) => {
  const errors = trackErrors();
  const server = http2.createServer((req, res) => {
    req.resume().on('end', () => res.end('whole'));
  });
  onTestFinished(() => void server.close());
  const { port } = await gatewayTo([tcp(await listen(server as net.Server))], { isHttp2: true });
  const head =
    'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\nConnection: close\r\n\r\n';
  const answer = await exchange(port, `${head}1\r\nx\r\n0\r\nSum: 7\r\n${trailers}\r\n`);
  expect(errors).toEqual([]);
  expect(answer).toContain('whole');
});
