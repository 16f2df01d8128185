// The way to an edge through the proxy of a network, `HTTPS_PROXY`: real CONNECT proxies, good ones and bad ones.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkConnector } from '../../src/tunnel/connector/check-connector.ts';
import { reachEdge } from '../../src/tunnel/connector/dial.ts';
import { proxyOf } from '../../src/tunnel/connector/proxy-of.ts';
import { trustedCertificate } from './trusted-certificate.ts';
import { connectorTo, services, startEdge, type TestConnector, waitUntil } from './tunnel-fixture.ts';

const list = () => services('wiki=http://127.0.0.1:9');

interface TestProxy {
  readonly port: number;
  /** What it was asked for. */
  readonly asked: { readonly target: string; readonly authorization: string | undefined }[];
}

type Answer = (client: net.Socket, target: string, authorization: string | undefined) => void;

/** Node's own server as a proxy, which reads the requests as strictly as Node does. */
async function startProxy(answer: Answer): Promise<TestProxy> {
  const asked: { target: string; authorization: string | undefined }[] = [];
  const open = new Set<net.Socket>();
  const server = http.createServer();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  server.on('connect', (req, socket) => {
    const { 'proxy-authorization': authorization, host } = req.headers;
    expect(host).toBe(req.url);
    asked.push({ target: req.url ?? '', authorization });
    answer(socket as net.Socket, req.url ?? '', authorization);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, asked };
}

/** @param heads what it says once it is through, written in these pieces */
const through =
  (...heads: readonly string[]): Answer =>
  (client, target) => {
    const [host = '', port] = target.split(':');
    const onward = net.connect(Number(port), host, async () => {
      for (const head of heads) {
        client.write(head);
        await new Promise((resolve) => setImmediate(resolve));
      }
      onward.pipe(client).pipe(onward);
    });
    onward.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => onward.destroy());
  };

const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** The fields of the first record that a connector wrote of a connection that was not made. */
const failureOf = ({ said }: TestConnector) =>
  waitUntil(() => said.find(({ name }) => name === 'not_connected')?.fields);

describe('a connector behind a proxy', () => {
  test('comes in by CONNECT with its login, on every connection, and the login is nowhere in its log', async () => {
    const edge = await startEdge();
    const proxy = await startProxy(through(established));
    const made = connectorTo(await edge.token(), list(), {
      env: { HTTPS_PROXY: `http://jo%40office:s%3Acret-word@127.0.0.1:${proxy.port}` },
    });
    await edge.carriers('wiki', 2);
    expect(proxy.asked).toHaveLength(2);
    for (const { target, authorization } of proxy.asked) {
      expect(target).toBe(`127.0.0.1:${edge.port}`);
      expect(Buffer.from(authorization?.split(' ')[1] ?? '', 'base64').toString()).toBe(
        'jo@office:s:cret-word',
      );
    }
    const told = JSON.stringify([made.said, made.connector.report(), made.state(), edge.events]);
    expect(made.said.map(({ name }) => name)).toContain('connected');
    expect(told).not.toMatch(/cret-word|jo(@|%40)office/);
  });

  test.each([
    ['in pieces', ['HTTP/1.', '1 200 OK\r', '\nVia: 1.1 proxy\r\n\r', '\n']],
    ['of HTTP/1.0 without a reason', ['HTTP/1.0 200\r\n\r\n']],
    ['after an interim one', ['HTTP/1.1 102 Processing\r\n\r\n', established]],
  ])('reads an answer %s', async (_name, heads) => {
    const edge = await startEdge();
    const proxy = await startProxy(through(...heads));
    connectorTo(await edge.token(), list(), { env: { https_proxy: `127.0.0.1:${proxy.port}` } });
    await edge.carriers('wiki', 2);
    expect(proxy.asked.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  test('is told that the proxy wants a login, without the one that it showed', async () => {
    const edge = await startEdge();
    const proxy = await startProxy((client) =>
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 2\r\n\r\nno',
      ),
    );
    const env = { HTTPS_PROXY: `http://jo:cret-word@127.0.0.1:${proxy.port}` };
    const token = await edge.token();
    const made = connectorTo(token, list(), { env });
    const target = `127.0.0.1:${edge.port}`;
    const cause = `the proxy 127.0.0.1:${proxy.port} answered 407 to CONNECT ${target}`;
    expect(await failureOf(made)).toMatchObject({
      cause,
      hint: 'it wants a login: write it into `HTTPS_PROXY`',
    });
    const looks = await checkConnector({ addresses: [target], pins: token.pins, services: [], env });
    expect(looks).toEqual([
      {
        about: `edge ${target} through the proxy 127.0.0.1:${proxy.port}`,
        ...{ failure: cause, hint: 'it wants a login: write it into `HTTPS_PROXY`' },
      },
    ]);
    expect(JSON.stringify([made.said, made.connector.report(), looks])).not.toContain('cret-word');
    // Nothing went around the proxy.
    expect(edge.events).toEqual([]);
  });

  test.each([
    ['closes without an answer', '', 'was closed'],
    ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'is not HTTP'],
    ['has no end of its head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(9_000)}`, 'is too long'],
    ['says nothing but interim answers', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(400), 'is too long'],
  ])('gives up a proxy that %s', async (_name, words, why) => {
    const edge = await startEdge();
    const proxy = await startProxy((client) => client.end(words));
    const where = { address: `127.0.0.1:${edge.port}`, pins: [] };
    await expect(reachEdge({ ...where, proxy: new URL(`http://127.0.0.1:${proxy.port}`) })).rejects.toThrow(
      `the answer of the proxy 127.0.0.1:${proxy.port} ${why}`,
    );
  });

  test.each([
    ['says nothing', ''],
    ['stops in the middle of its answer', 'HTTP/1.1 200 OK\r\n'],
  ])('waits fifteen seconds for a proxy that %s', async (_name, words) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const isOver = Promise.withResolvers<void>();
    const isAsked = Promise.withResolvers<void>();
    const proxy = await startProxy((client) => {
      client.once('end', isOver.resolve).once('close', isOver.resolve).resume();
      if (words === '') isAsked.resolve();
      else client.write(words, () => isAsked.resolve());
    });
    const reached = reachEdge({
      ...{ address: '127.0.0.1:9', pins: [] },
      proxy: new URL(`http://127.0.0.1:${proxy.port}`),
    });
    const failed = expect(reached).rejects.toThrow(
      `the answer of the proxy 127.0.0.1:${proxy.port} took too long`,
    );
    await isAsked.promise;
    await vi.advanceTimersByTimeAsync(15_000);
    await failed;
    // And does not leave the connection behind.
    await isOver.promise;
  });

  test('takes bytes right behind the 200 for the edge that they are not from', async () => {
    const edge = await startEdge();
    const proxy = await startProxy(through(`${established}<html>Welcome to the hotel</html>`));
    const made = connectorTo(await edge.token(), list(), {
      env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
    });
    expect(await failureOf(made)).toMatchObject({
      cause: expect.stringMatching(/^the TLS handshake with 127\.0\.0\.1:\d+ failed \(ERR_SSL_/),
    });
    expect((await edge.store.tunnels.read()).connectors).toEqual([]);
  });

  test('speaks TLS to an `https` proxy, and sends no login to one whose certificate is not trusted', async () => {
    const edge = await startEdge();
    // The edge's own listener stands for it: TLS with a certificate that no authority signed.
    const where = { address: `127.0.0.1:${edge.port}`, pins: [] };
    await expect(
      reachEdge({ ...where, proxy: new URL(`https://jo:cret-word@127.0.0.1:${edge.port}`) }),
    ).rejects.toThrow(`the TLS handshake with the proxy 127.0.0.1:${edge.port} failed (`);
  });
});

test.each([
  ['127.0.0.1', 'DNS:localhost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['127.0.0.1', 'IP:127.0.0.1', null],
  ['localhost', 'IP:127.0.0.1', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['localhost', 'DNS:localhost', null],
])('a proxy at https://%s with a certificate for %s: %s', async (host, name, code) => {
  const { cert, key } = trustedCertificate(name);
  const edge = await startEdge();
  const server = https.createServer({ cert, key });
  server.on('connect', (_req, socket) => socket.on('error', () => {}).end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const reached = reachEdge({
    ...{ address: `127.0.0.1:${edge.port}`, pins: [] },
    proxy: new URL(`https://${host}:${port}`),
  });
  await expect(reached).rejects.toThrow(
    code === null
      ? `the proxy ${host}:${port} answered 403 to CONNECT`
      : `the TLS handshake with the proxy ${host}:${port} failed (${code})`,
  );
});

describe('which proxy leads to an edge', () => {
  const proxy = 'http://proxy.example:3128';
  test.each([
    [
      'the variable in small letters comes first',
      { https_proxy: proxy, HTTPS_PROXY: 'http://b' },
      'proxy.example:3128',
    ],
    ['an empty one is not set', { https_proxy: '', HTTPS_PROXY: proxy }, 'proxy.example:3128'],
    ['`ALL_PROXY` counts where there is no other', { ALL_PROXY: proxy }, 'proxy.example:3128'],
    ['`HTTP_PROXY` does not count', { HTTP_PROXY: proxy, http_proxy: proxy }, null],
    ['`NO_PROXY` with the name', { HTTPS_PROXY: proxy, NO_PROXY: 'a.example, EDGE.example.com' }, null],
    ['with a domain above', { HTTPS_PROXY: proxy, no_proxy: '.example.com' }, null],
    ['with everything', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, null],
    ['with the end of a word', { HTTPS_PROXY: proxy, NO_PROXY: 'ge.example.com' }, 'proxy.example:3128'],
    ['empty in small letters', { HTTPS_PROXY: proxy, no_proxy: '', NO_PROXY: 'edge.example.com' }, null],
  ])('%s', (_name, env, host) => {
    expect(proxyOf(env, 'edge.example.com')?.host ?? null).toBe(host);
  });

  test.each([
    ['10.2.3.4', '10.0.0.0/8', true],
    ['11.2.3.4', '10.0.0.0/8', false],
    ['10.2.3.4', '10.0.0.1/8', false],
    ['[2001:db8::1]', '[2001:db8::1]', true],
    ['[2001:db8::1]', '2001:db8::/32', true],
    ['edge.example.com', '0.0.0.0/0', false],
  ])('to %s where `NO_PROXY` is %s', (host, NO_PROXY, isExcepted) => {
    expect(proxyOf({ HTTPS_PROXY: proxy, NO_PROXY }, host) === null).toBe(isExcepted);
  });

  test('goes around the proxy to what `NO_PROXY` names', async () => {
    const edge = await startEdge();
    connectorTo(await edge.token(), list(), {
      env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.0/8' },
    });
    await edge.carriers('wiki', 2);
  });

  test.each([
    ['http://jo:cret-word@proxy:port', '`HTTPS_PROXY` is not an address'],
    ['http://jo:100%cret-word@proxy:3128', '`HTTPS_PROXY` is not an address'],
    ['socks5://jo:cret-word@proxy:1080', '`HTTPS_PROXY` names a socks5: proxy'],
  ])('is told of %s without its text', async (HTTPS_PROXY, message) => {
    const edge = await startEdge();
    const made = connectorTo(await edge.token(), list(), { env: { HTTPS_PROXY } });
    const fields = await failureOf(made);
    expect(fields).toMatchObject({ cause: message, hint: expect.any(String) });
    expect(JSON.stringify([fields, made.connector.report()])).not.toContain('cret-word');
  });
});
