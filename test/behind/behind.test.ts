// People and programs reach bouncer through real servers in front of it, configured as docs/behind.md says: whose address counts, https,
// HTTP/2, WebSockets, streams, uploads and large cookies.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { type Front, runFront } from '../fixtures/front-program.ts';
import type { SeenRequest } from '../fixtures/recording-upstream.ts';
import { type BehindSite, startBehindSite } from './behind-site.ts';
import { isHere, serversInFront } from './servers-in-front.ts';

describe.each(serversInFront.filter(isHere))('behind $name', (server) => {
  let site: BehindSite;
  let front: Front;
  let alice: string;

  beforeAll(async () => {
    site = await startBehindSite(server.tls);
    front = await runFront(server.program, server.setup(site.places), site.places.port);
    // Some listen before they have read where to.
    await vi.waitFor(async () => expect((await ask('/public/ready', [])).status).toBe(200), 30_000);
    const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/first'));
    alice = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  }, 60_000);
  afterAll(async () => {
    await front?.close();
    await site?.close();
  });

  const host = (): string => `wiki.localhost:${site.places.port}`;

  async function open(localAddress: string, protocol: string): Promise<TLSSocket> {
    const { port, certificate } = site.places;
    const to = {
      host: '127.0.0.1',
      port,
      localAddress,
      servername: 'wiki.localhost',
      ALPNProtocols: [protocol],
    };
    const socket = connectTls({ ...to, ca: certificate.cert, rejectUnauthorized: false });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket;
  }

  /** One request of HTTP/1.1 as written, over a connection of its own. */
  async function ask(
    path: string,
    fields: readonly string[],
    from = '127.0.0.5',
  ): Promise<{ readonly status: number; readonly head: string; readonly body: string }> {
    const socket = await open(from, 'http/1.1');
    const head = [`GET ${path} HTTP/1.1`, `Host: ${host()}`, ...fields, 'Connection: close', '', ''];
    socket.write(head.join('\r\n'));
    let text = '';
    for await (const chunk of socket) text += chunk.toString('latin1');
    const [before = '', ...after] = text.split('\r\n\r\n');
    return {
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
      head: before,
      body: after.join('\r\n\r\n'),
    };
  }

  test('a login comes back to where it began, by https all the way', async () => {
    const { response } = await site.logIn('alice', site.at('wiki.localhost', '/deep/page?a=1&b=%2F'));
    expect([response.status, response.url]).toEqual([200, site.at('wiki.localhost', '/deep/page?a=1&b=%2F')]);
    const seen = JSON.parse(response.body) as SeenRequest;
    expect(seen.url).toBe('/deep/page?a=1&b=%2F');
    expect(seen.headers).toMatchObject({
      host: host(),
      'x-forwarded-host': host(),
      'x-forwarded-proto': 'https',
      'x-forwarded-email': 'alice@example.com',
    });
    expect(alice).toMatch(/^__Host-bouncer_session=/);
  });

  test('the client’s address is the one that the server in front saw, whatever the client says', async () => {
    const forged = ['X-Forwarded-For: 203.0.113.1', 'Forwarded: for=203.0.113.1', 'X-Real-IP: 203.0.113.1'];
    const before = site.upstream.seen.length;
    for (const fields of [[], forged, ['X-Forwarded-For: 127.0.0.1'], ['CF-Connecting-IP: 203.0.113.1']])
      expect((await ask('/office', fields)).status).toBe(200);
    for (const { headers } of site.upstream.seen.slice(before)) {
      expect(headers['x-forwarded-for']).toBe('127.0.0.5');
      const id = headers['x-request-id'];
      await vi.waitFor(
        () =>
          expect(site.records().find((one) => one['request_id'] === id && 'status' in one)).toMatchObject({
            ip: '127.0.0.5',
          }),
        { timeout: 30_000 },
      );
    }
    expect((await ask('/office', ['X-Forwarded-For: 127.0.0.5'], '127.0.0.6')).status).toBe(403);
    expect(site.upstream.seen.length - before).toBe(4);
  });

  test('paths pass as they were sent', async () => {
    for (const path of [
      '/public/caf%C3%A9',
      '/public/a%20b',
      "/public/~user/!$&'()*+,=:@-._",
      '/public?x=%2F..',
    ]) {
      const before = site.upstream.seen.length;
      expect([path, (await ask(path, [])).status]).toEqual([path, 200]);
      expect(site.upstream.seen[before]?.url).toBe(path);
    }
  });

  test('HTTP/2, many requests side by side', async () => {
    const socket = await open('127.0.0.5', 'h2');
    expect(socket.alpnProtocol).toBe('h2');
    const session = connectHttp2(site.at('wiki.localhost'), { createConnection: () => socket });
    session.on('error', () => {});
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const stream = session.request({ ':path': `/page/${index}`, cookie: alice });
        let body = '';
        for await (const chunk of stream) body += chunk;
        return (JSON.parse(body) as SeenRequest).url;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => `/page/${index}`));
    session.destroy();
  });

  test('a WebSocket opens and carries both ways', async () => {
    const open = (headers: Readonly<Record<string, string>>): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`wss://127.0.0.1:${site.places.port}/ws`, {
          headers: { host: host(), origin: site.at('wiki.localhost', ''), ...headers },
          ...{ servername: 'wiki.localhost', rejectUnauthorized: false },
        });
        socket.once('open', () => socket.send('x'.repeat(100_000)));
        socket.once('message', (data) => {
          socket.close();
          resolve(`${String(data).length} bytes`);
        });
        socket.once('unexpected-response', (_, res) => resolve(`status ${res.statusCode}`));
        socket.once('error', (error) => resolve(error.message));
      });
    expect(await open({ cookie: alice })).toBe('100000 bytes');
    expect(await open({})).toBe('status 401');
  });

  test('a stream of events arrives as it is sent', async () => {
    const socket = await open('127.0.0.5', 'http/1.1');
    socket.write(`GET /stream HTTP/1.1\r\nHost: ${host()}\r\nCookie: ${alice}\r\n\r\n`);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    await vi.waitFor(() => expect(text).toContain('data: 3'), { timeout: 30_000 });
    socket.destroy();
  });

  test('an upload of 8 MB arrives whole', async () => {
    const body = randomBytes(8 * 1024 * 1024);
    const before = site.upstream.seen.length;
    const socket = await open('127.0.0.5', 'http/1.1');
    const head = [
      'POST /upload HTTP/1.1',
      `Host: ${host()}`,
      `Cookie: ${alice}`,
      `Content-Length: ${body.length}`,
    ];
    socket.write(`${[...head, 'Connection: close', '', ''].join('\r\n')}`);
    socket.write(body);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
    const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    expect(digest(Buffer.from(site.upstream.seen[before]?.body ?? '', 'latin1'))).toBe(digest(body));
  });

  test('12 KB of cookies reach the application; what is too much is refused by bouncer, with a number', async () => {
    const large = `big=${'x'.repeat(12_000)}`;
    const before = site.upstream.seen.length;
    expect((await ask('/page', [`Cookie: ${alice}; ${large}`])).status).toBe(200);
    expect(site.upstream.seen[before]?.headers['cookie']).toBe(large);
    const refused = await ask('/page', [`Cookie: ${alice}; big=${'x'.repeat(20_000)}`]);
    expect(refused.status).toBe(431);
    expect(refused.head.toLowerCase()).toContain('x-request-id: ');
    expect(site.upstream.seen.length - before).toBe(1);
  });
});
