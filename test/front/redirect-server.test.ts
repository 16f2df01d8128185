// The plain http address beside an https one, and further addresses of the front, over real sockets.
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type RedirectServer, startRedirectServer } from '../../src/front/redirect-server.ts';
import { cleanUp, makeCertificate, makeFolder, startFront } from './front-fixture.ts';

let server: RedirectServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
  await cleanUp();
});

/** The whole answer to raw bytes. */
function ask(port: number | null, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port ?? 0, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('plain http', () => {
  const start = async (): Promise<number | null> => {
    server = await startRedirectServer(
      { kind: 'tcp', host: '127.0.0.1', port: 0 },
      {
        settings: () => ({ authUrl: 'https://auth.example.com:8443' }),
        isKnownHost: (host) => host === 'wiki.example.com',
      },
    );
    return server.port;
  };

  test.each([
    [
      'GET /page?a=1&b=%2F HTTP/1.1\r\nHost: wiki.example.com',
      'https://wiki.example.com:8443/page?a=1&b=%2F',
    ],
    ['HEAD / HTTP/1.1\r\nHost: WIKI.example.com:80', 'https://wiki.example.com:8443/'],
    [
      'GET //evil.example/x HTTP/1.1\r\nHost: wiki.example.com',
      'https://wiki.example.com:8443//evil.example/x',
    ],
  ])('%j is sent on to the same page by https', async (head, location) => {
    const answer = await ask(await start(), `${head}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 308 /);
    expect(/^location: (.*)\r$/im.exec(answer)?.[1]).toBe(location);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  });

  test.each([
    ['another host', 'GET / HTTP/1.1\r\nHost: evil.example', 421],
    ['a form', 'POST /login HTTP/1.1\r\nHost: wiki.example.com\r\nContent-Length: 3', 403],
    ['no host', 'GET / HTTP/1.1', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: wiki.example.com\r\nHost: wiki.example.com', 400],
    ['no host at all in Host', 'GET / HTTP/1.1\r\nHost: a b', 400],
    ['another server', 'GET http://wiki.example.com/ HTTP/1.1\r\nHost: wiki.example.com', 400],
    ['bytes that are no text', 'GET /\u00e9 HTTP/1.1\r\nHost: wiki.example.com', 400],
    ['no HTTP', 'hello', 400],
  ])('%s is led nowhere', async (_, head, status) => {
    const answer = await ask(await start(), `${head}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toMatch(/^location:/im);
  });

  test('a second request in the body of the first is not answered', async () => {
    const smuggled = 'GET / HTTP/1.1\r\nHost: wiki.example.com\r\n\r\n';
    const head = `POST / HTTP/1.1\r\nHost: wiki.example.com\r\nContent-Length: ${smuggled.length}\r\n\r\n`;
    expect((await ask(await start(), head + smuggled)).match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });
});

describe('a further address', () => {
  test.each(['plain', 'TLS'] as const)(
    'is answered like the first, %s, until the front drains',
    async (kind) => {
      const tls = kind === 'TLS' ? makeCertificate(makeFolder(), 'localhost') : null;
      const { front, port: first } = await startFront({ onRequest: (_, res) => res.end('here') }, { tls });
      const { port } = await front.listenAlso({ kind: 'tcp', host: '127.0.0.1', port: 0 });
      const socket = join(makeFolder(), 'front.sock');
      await front.listenAlso({ kind: 'unix', path: socket });
      const { request } = await import(tls === null ? 'node:http' : 'node:https');
      const get = (where: object): Promise<string> =>
        new Promise((resolve, reject) => {
          const asked = request(
            { ...where, path: '/', headers: { host: 'localhost' }, rejectUnauthorized: false, agent: false },
            (response: AsyncIterable<Buffer>) => {
              (async () => {
                let body = '';
                for await (const chunk of response) body += chunk;
                return body;
              })().then(resolve, reject);
            },
          );
          asked.on('error', reject);
          asked.end();
        });
      expect(await get({ host: '127.0.0.1', port: first })).toBe('here');
      expect(await get({ host: '127.0.0.1', port })).toBe('here');
      expect(await get({ socketPath: socket })).toBe('here');
      await front.drain(0);
      await expect(get({ host: '127.0.0.1', port })).rejects.toThrow();
    },
  );

  test('that is taken is told by name', async () => {
    const { front, port } = await startFront({ onRequest: (_, res) => res.end('here') });
    await expect(front.listenAlso({ kind: 'tcp', host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'listen_failed',
      message: expect.stringContaining('another program listens there already'),
    });
  });
});
