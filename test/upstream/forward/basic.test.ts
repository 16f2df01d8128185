import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { exchange, gatewayTo, httpUpstream, rawUpstream, tcp } from './fixture.ts';

test('forwards path, query and headers byte for byte', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
  );
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const answer = await exchange(
    port,
    'GET /a%2Fb/%7e;x=1?q=%20&q=..//\\ HTTP/1.1\r\nHost: App.test\r\nX-One: 1\r\nx-one: 2\r\nCookie: a=b\r\nConnection: close\r\n\r\n',
  );
  expect(upstream.text).toBe(
    'GET /a%2Fb/%7e;x=1?q=%20&q=..//\\ HTTP/1.1\r\nHost: App.test\r\nX-One: 1\r\nx-one: 2\r\nCookie: a=b\r\nConnection: keep-alive\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n/);
  expect(answer.endsWith('\r\n\r\nhi')).toBe(true);
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 200, bytesOut: 2, cut: null });
});

test('streams a body of 10 MB both ways unchanged', async () => {
  const upstream = await httpUpstream((req, res) => void req.pipe(res));
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const body = Buffer.alloc(10_000_000, 'abcdefghijk');
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
  const digest = createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex');
  expect(digest).toBe(createHash('sha256').update(body).digest('hex'));
});

test('a redirect of the upstream is the client’s to follow', async () => {
  const upstream = await httpUpstream((_req, res) => {
    res.writeHead(302, { Location: 'http://127.0.0.1:1/elsewhere' }).end();
  });
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/elsewhere']);
});
