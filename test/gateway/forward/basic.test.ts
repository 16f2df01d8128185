import { createHash } from 'node:crypto';
import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { application, exchange, listen, RawUpstream, TestGateway, tcp } from './fixture.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function front(upstreamPort: number, options = {}): Promise<{ port: number; gateway: TestGateway }> {
  const gateway = new TestGateway(application([tcp(upstreamPort)], options));
  closers.push(() => gateway.close());
  return { port: await gateway.listen(), gateway };
}

test('forwards path, query and headers byte for byte', async () => {
  const upstream = new RawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
  );
  closers.push(() => upstream.close());
  const { port, gateway } = await front(await upstream.listen());
  const answer = await exchange(
    port,
    'GET /a%2Fb/%7e;x=1?q=%20&q=..//\\ HTTP/1.1\r\nHost: App.test\r\nX-One: 1\r\nx-one: 2\r\nCookie: a=b\r\nConnection: close\r\n\r\n',
  );
  expect(upstream.text).toBe(
    'GET /a%2Fb/%7e;x=1?q=%20&q=..//\\ HTTP/1.1\r\nhost: App.test\r\nconnection: keep-alive\r\nX-One: 1\r\nx-one: 2\r\nCookie: a=b\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n/);
  expect(answer.endsWith('\r\n\r\nhi')).toBe(true);
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 200, bytesOut: 2, cut: null });
});

test('streams a body of 10 MB both ways unchanged', async () => {
  const upstream = http.createServer((req, res) => req.pipe(res));
  closers.push(() => upstream.close());
  const { port } = await front(await listen(upstream));
  const body = Buffer.alloc(10_000_000, 'abcdefghijk');
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
  const digest = createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex');
  expect(digest).toBe(createHash('sha256').update(body).digest('hex'));
});
