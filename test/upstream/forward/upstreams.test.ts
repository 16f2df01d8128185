// Which upstream a request goes to, how connections to it are made, and what happens while one of them is down.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { UpstreamOptions } from '../../../src/rules/model/compiled-rules.ts';
import { type Certificates, createCertificates } from './certificates.ts';
import {
  application,
  deadPort,
  exchange,
  gatewayTo,
  httpUpstream,
  listen,
  rawUpstream,
  tcp,
  waitFor,
} from './fixture.ts';

const get = async (port: number, path = '/'): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${answer.status} ${await answer.text()}`;
};

describe('several upstreams', () => {
  test('the one with the fewest outstanding requests is chosen, in turn where equal', async () => {
    const held: http.ServerResponse[] = [];
    const counts = [0, 0, 0];
    const upstreams = await Promise.all(
      counts.map((_count, i) =>
        httpUpstream((req, res) => {
          counts[i]!++;
          if (req.url === '/hold') held.push(res);
          else res.end(String(i));
        }),
      ),
    );
    const { port } = await gatewayTo(upstreams.map((upstream) => tcp(upstream.port)));
    const holding = [0, 1, 2, 3].map(() => get(port, '/hold'));
    await waitFor(() => held.length === 4);
    expect([...counts].sort()).toEqual([1, 1, 2]);
    const busiest = counts.indexOf(2);
    for (let i = 0; i < 6; i++) expect(await get(port)).not.toBe(`200 ${busiest}`);
    for (const res of held) res.end();
    await Promise.all(holding);
    expect(counts.reduce((sum, count) => sum + count)).toBe(10);
  });

  test('a request of any method goes to another one when the first cannot be connected to', async () => {
    const upstream = await httpUpstream((req, res) => void req.pipe(res));
    const { port, gateway } = await gatewayTo([tcp(await deadPort()), tcp(upstream.port)]);
    for (let i = 0; i < 4; i++) {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: `body ${i}` });
      expect(await answer.text()).toBe(`body ${i}`);
    }
    // Found out once, then left alone for a while.
    expect(gateway.events).toMatchObject([
      { name: 'upstream_unhealthy', fields: { application: 'app', cause: 'ECONNREFUSED' } },
    ]);
  });

  test('an upstream that comes back is used again', async () => {
    const dead = await deadPort();
    const other = await httpUpstream((_req, res) => res.end('other'));
    const { port, gateway } = await gatewayTo([tcp(dead), tcp(other.port)]);
    await get(port);
    await get(port);
    const server = http.createServer((_req, res) => res.end('back'));
    onTestFinished(() => void server.close());
    onTestFinished(() => server.closeAllConnections());
    server.listen(dead, '127.0.0.1');
    await once(server, 'listening');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const answers = new Set([await get(port), await get(port), await get(port)]);
    expect(answers).toEqual(new Set(['200 other', '200 back']));
    expect(gateway.events.map((event) => event.name)).toEqual(['upstream_unhealthy', 'upstream_healthy']);
  });

  test('when all are down each request still tries, and says what failed', async () => {
    const { port, gateway } = await gatewayTo([tcp(await deadPort()), tcp(await deadPort())]);
    for (let i = 0; i < 3; i++) expect(await get(port)).toBe('502 upstream_unreachable');
    expect(gateway.outcomes.every((outcome) => outcome.error?.message.includes('ECONNREFUSED'))).toBe(true);
  });

  test('an upstream that gives no answer three times in a row is left alone for a while', async () => {
    const { port: silentPort, upstream: silent } = await rawUpstream((socket) => socket.destroy());
    const other = await httpUpstream((_req, res) => res.end('other'));
    const { port, gateway } = await gatewayTo([tcp(silentPort), tcp(other.port)]);
    for (let i = 0; i < 12; i++) await get(port);
    expect(silent.sockets.length).toBe(3);
    expect(gateway.events).toMatchObject([
      { name: 'upstream_unhealthy', fields: { cause: 'UPSTREAM_CLOSED' } },
    ]);
  });
});

test('while one upstream is down, what the others have no slot for waits instead of failing', async () => {
  const held: http.ServerResponse[] = [];
  const upstream = await httpUpstream((req, res) => {
    if (req.url === '/hold') held.push(res);
    else res.end('ok');
  });
  const { port } = await gatewayTo([tcp(await deadPort()), tcp(upstream.port)], { maxConnections: 1 });
  expect(await get(port)).toBe('200 ok');
  expect(await get(port)).toBe('200 ok');
  const holding = get(port, '/hold');
  await waitFor(() => held.length === 1);
  const waiting = Promise.all([get(port), get(port)]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  held[0]?.end('held');
  expect(await holding).toBe('200 held');
  expect(await waiting).toEqual(['200 ok', '200 ok']);
});

describe('active health checks', () => {
  const healthCheck = { path: '/healthz', intervalMs: 50, timeoutMs: 200 };

  test('an upstream that fails its check gets no requests until it passes again', async () => {
    let isHealthy = false;
    let asked = 0;
    const sick = await httpUpstream((req, res) => {
      if (req.url === '/healthz') res.writeHead(isHealthy ? 200 : 503).end();
      else {
        asked++;
        res.end('sick');
      }
    });
    const well = await httpUpstream((_req, res) => res.end('well'));
    const { port, gateway } = await gatewayTo([tcp(sick.port), tcp(well.port)], { healthCheck });
    await waitFor(() => gateway.events.length === 1);
    for (let i = 0; i < 6; i++) expect(await get(port)).toBe('200 well');
    expect(asked).toBe(0);
    expect(gateway.events[0]).toMatchObject({
      name: 'upstream_unhealthy',
      fields: { cause: 'answered 503' },
    });
    isHealthy = true;
    await waitFor(() => gateway.events.length === 2);
    const answers = new Set([await get(port), await get(port), await get(port)]);
    expect(answers).toEqual(new Set(['200 sick', '200 well']));
  });

  test('an upstream that does not answer its check in time is down', async () => {
    const silent = await httpUpstream(() => {});
    const well = await httpUpstream((_req, res) => res.end('well'));
    const { port, gateway } = await gatewayTo([tcp(silent.port), tcp(well.port)], { healthCheck });
    await waitFor(() => gateway.events.length === 1);
    for (let i = 0; i < 4; i++) expect(await get(port)).toBe('200 well');
    expect(gateway.events[0]).toMatchObject({ fields: { cause: 'no answer in time' } });
  });

  test('checks end with the application', async () => {
    let checks = 0;
    const upstream = await httpUpstream((_req, res) => {
      checks++;
      res.end();
    });
    const { gateway } = await gatewayTo([tcp(upstream.port)], { healthCheck });
    await waitFor(() => checks > 2);
    gateway.forwarder.retain([]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const before = checks;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(checks).toBe(before);
  });
});

describe('connections', () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = createCertificates();
  });
  afterAll(() => certificates.remove());

  async function tlsUpstream(name: string, alternative: string, options: https.ServerOptions = {}, days = 2) {
    const pair = certificates.issue(name, alternative, days);
    const server = https.createServer({ key: pair.key, cert: pair.cert, ...options }, (req, res) => {
      const peer = (req.socket as TLSSocket).getPeerCertificate();
      res.end(`host=${req.headers.host} client=${peer.subject?.CN}`);
    });
    server.on('tlsClientError', () => {});
    onTestFinished(() => void server.close());
    onTestFinished(() => server.closeAllConnections());
    return tcp(await listen(server), true);
  }

  async function failure(address: ReturnType<typeof tcp>, options: Partial<UpstreamOptions>) {
    const { port, gateway } = await gatewayTo([address], options);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
    const { error } = await gateway.outcome();
    expect(error?.code).toBe('upstream_unreachable');
    return `${error?.message} / ${error?.hint}`;
  }

  test('TLS to an address: the certificate is verified against it, whatever the Host header says', async () => {
    const address = await tlsUpstream('address', 'IP:127.0.0.1');
    const { port } = await gatewayTo([address], { caFile: certificates.caFile });
    const answer = await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: wiki.example.com\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toContain('host=wiki.example.com');
  });

  test('a certificate from an unknown authority, for another name, or expired, is refused with the reason', async () => {
    expect(await failure(await tlsUpstream('unknown', 'IP:127.0.0.1'), {})).toMatch(
      /unknown issuer .* \/ set `ca_file`/,
    );
    const { caFile } = certificates;
    expect(await failure(await tlsUpstream('other', 'DNS:other.internal'), { caFile })).toMatch(
      /another name .* \/ set `server_name`/,
    );
    expect(
      await failure(await tlsUpstream('host', 'DNS:app.test'), { caFile, serverName: 'not.this.test' }),
    ).toMatch(/another name/);
  });

  test('a client certificate is shown where one is configured', async () => {
    const client = certificates.issue('bouncer', 'DNS:bouncer.internal');
    const needs = { requestCert: true, rejectUnauthorized: true, ca: certificates.ca };
    const address = await tlsUpstream('needs', 'IP:127.0.0.1', needs);
    const { caFile } = certificates;
    const { port } = await gatewayTo([address], {
      caFile,
      clientCertFile: client.certFile,
      clientKeyFile: client.keyFile,
    });
    expect(await get(port)).toContain('client=bouncer');
    const { port: without } = await gatewayTo([address], { caFile });
    expect(await get(without)).toMatch(/^502 /);
  });

  test('TLS where the upstream speaks plain HTTP is a failure that says so', async () => {
    const plain = await httpUpstream((_req, res) => res.end());
    expect(await failure(tcp(plain.port, true), {})).toMatch(/TLS handshake/);
  });

  test('a certificate file that is missing fails the requests of its application only, until a reload finds it', async () => {
    const address = await tlsUpstream('late', 'IP:127.0.0.1');
    const { port, gateway } = await gatewayTo([address], { caFile: '/nonexistent/ca.pem' });
    expect(await get(port)).toBe('502 upstream_unreachable');
    expect((await gateway.outcome()).error?.message).toContain('`ca_file`');
    gateway.app = application([address], { caFile: certificates.caFile });
    gateway.forwarder.retain([gateway.app]);
    expect(await get(port)).toMatch(/^200 /);
  });

  test('a client certificate that is none fails its requests with the reason, and holds no place', async () => {
    const address = await tlsUpstream('plain', 'IP:127.0.0.1');
    const folder = mkdtempSync(join(tmpdir(), 'bouncer-pem-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'none.pem');
    writeFileSync(file, 'not a certificate');
    const files = { caFile: certificates.caFile, clientCertFile: file, clientKeyFile: file };
    const { port, gateway } = await gatewayTo([address], { ...files, maxConnections: 1 });
    for (let i = 0; i < 3; i++) expect(await get(port)).toBe('502 upstream_unreachable');
    expect(gateway.outcomes[2]?.error?.message).toMatch(
      /certificate or key of `upstream_options` cannot be read/,
    );
    const two = await gatewayTo([address], { ...files, isHttp2: true, maxConnections: 1 });
    for (let i = 0; i < 3; i++) expect(await get(two.port)).toBe('502 upstream_unreachable');
  });

  test('a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bouncer-socket-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'app.sock');
    const server = http.createServer((req, res) => res.end(`${req.headers.host} ${req.url}`));
    onTestFinished(() => void server.close());
    onTestFinished(() => server.closeAllConnections());
    server.listen(path);
    await once(server, 'listening');
    const { port } = await gatewayTo([{ kind: 'unix', path, text: `unix:${path}` }]);
    const answer = await exchange(
      port,
      'GET /a%2Fb?c HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toContain('app.test /a%2Fb?c');
  });

  test('an IPv6 address', async () => {
    const server = http.createServer((_req, res) => res.end('six'));
    onTestFinished(() => void server.close());
    onTestFinished(() => server.closeAllConnections());
    server.listen(0, '::1');
    const isListening = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    if (!isListening) return;
    const { port: six } = server.address() as net.AddressInfo;
    for (const host of ['::1', '[::1]']) {
      const { port } = await gatewayTo([
        { kind: 'tcp', isTls: false, host, port: six, text: `http://[::1]:${six}` },
      ]);
      expect(await get(port)).toBe('200 six');
    }
  });

  test('a connection that is not accepted in time is a 504', async () => {
    // A listener that never takes its connections over: the handshake of TLS never comes.
    const { port: mute } = await rawUpstream();
    const { port, gateway } = await gatewayTo([tcp(mute, true)], { connectTimeoutMs: 200 });
    expect(await get(port)).toBe('504 upstream_timeout');
    expect((await gateway.outcome()).error?.hint).toBe('see `connect_timeout`');
  });

  test.each(['TLS', 'prior knowledge'])(
    'HTTP/2 with %s: bodies, repeated fields, cookies, trailers, HEAD',
    async (kind) => {
      const pair = certificates.issue('two', 'IP:127.0.0.1');
      const listener = (req: http2.Http2ServerRequest, res: http2.Http2ServerResponse): void => {
        seen.push({ headers: req.headers, raw: req.rawHeaders });
        res.setHeader('Set-Cookie', ['a=1', 'b=2', 'c=3']);
        if (req.method === 'HEAD') {
          res.setHeader('Content-Length', '77');
          res.end();
          return;
        }
        res.addTrailers({ checksum: '7' });
        req.pipe(res);
      };
      const seen: { headers: http2.IncomingHttpHeaders; raw: string[] }[] = [];
      const server =
        kind === 'TLS'
          ? http2.createSecureServer({ key: pair.key, cert: pair.cert }, listener)
          : http2.createServer(listener);
      const sessions = new Set<http2.ServerHttp2Session>();
      server.on('session', (session) => sessions.add(session));
      onTestFinished(() => void server.close());
      onTestFinished(() => {
        for (const session of sessions) session.destroy();
      });
      const address = tcp(await listen(server as net.Server), kind === 'TLS');
      const { port, gateway } = await gatewayTo([address], { caFile: certificates.caFile, isHttp2: true });
      const answer = await exchange(
        port,
        'POST /p?q HTTP/1.1\r\nHost: app.test\r\nCookie: a=1; b=2\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      );
      expect(answer).toMatch(
        /^HTTP\/1\.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nset-cookie: c=3\r\n/,
      );
      expect(answer).toMatch(/\r\n5\r\nhello\r\n0\r\nchecksum: 7\r\n\r\n$/);
      expect(seen[0]?.headers).toMatchObject({
        ':authority': 'app.test',
        ':path': '/p?q',
        cookie: 'a=1; b=2',
        'x-a': '1, 2',
      });
      const head = await exchange(port, 'HEAD / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n');
      expect(head).toMatch(/content-length: 77\r\n/);
      const large = Buffer.alloc(3_000_000, 'z');
      const echoed = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: large });
      expect(Buffer.from(await echoed.arrayBuffer()).equals(large)).toBe(true);
      expect(sessions.size).toBe(1);
      expect(gateway.outcomes.every((outcome) => outcome.cut === null)).toBe(true);
    },
  );

  test('an HTTP/2 stream that is reset before its head is a 502, after it a cut', async () => {
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      if (headers[':path'] === '/early') {
        stream.destroy(new Error('no'));
        return;
      }
      (stream as http2.ServerHttp2Stream).respond({ ':status': 200 });
      stream.write('half', () => setTimeout(() => stream.destroy(new Error('no')), 30));
    });
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on('session', (session) => sessions.add(session));
    onTestFinished(() => void server.close());
    onTestFinished(() => {
      for (const session of sessions) session.destroy();
    });
    const address = tcp(await listen(server as net.Server));
    const { port, gateway } = await gatewayTo([address], { isHttp2: true });
    expect((await fetch(`http://127.0.0.1:${port}/early`)).status).toBe(502);
    await expect(fetch(`http://127.0.0.1:${port}/late`).then((answer) => answer.text())).rejects.toThrow();
    expect(await gateway.outcome(2)).toMatchObject({ status: 200, cut: 'upstream-broken' });
  });

  test('an application that a reload leaves as it is keeps its connections; one that is gone loses them when idle', async () => {
    const upstream = await httpUpstream((_req, res) => res.end('ok'));
    const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
    await get(port);
    gateway.app = application([tcp(upstream.port)]);
    gateway.forwarder.retain([gateway.app]);
    await get(port);
    expect(upstream.connections()).toBe(1);
    const open = (): Promise<number> =>
      new Promise((resolve) => upstream.server.getConnections((_e, n) => resolve(n)));
    expect(await open()).toBe(1);
    gateway.forwarder.retain([]);
    for (let i = 0; i < 100 && (await open()) > 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await open()).toBe(0);
  });

  test('a request in flight survives a reload that drops its application', async () => {
    const held: http.ServerResponse[] = [];
    const upstream = await httpUpstream((_req, res) => void held.push(res));
    const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
    const answer = get(port);
    await waitFor(() => held.length === 1);
    gateway.forwarder.retain([]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    held[0]?.end('in time');
    expect(await answer).toBe('200 in time');
  });

  test('what waits for a slot survives such a reload, too, and so does what was decided just before it', async () => {
    const held: http.ServerResponse[] = [];
    const upstream = await httpUpstream((_req, res) => void held.push(res));
    const { port, gateway } = await gatewayTo([tcp(upstream.port)], { maxConnections: 1 });
    const answers = [get(port), get(port)];
    await waitFor(() => gateway.started === 2 && held.length === 1);
    gateway.forwarder.retain([]);
    const late = get(port);
    held[0]?.end('one');
    await waitFor(() => held.length === 3);
    for (const res of held.slice(1)) res.end('one');
    expect(await Promise.all([...answers, late])).toEqual(['200 one', '200 one', '200 one']);
  });
});
