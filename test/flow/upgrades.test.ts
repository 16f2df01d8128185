// Connections that change to another protocol: those that an application lists pass as opaque bytes, the others are refused in words.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

/** Answers with what `answer` says to the head that arrived, and echoes what comes after it in capitals. */
function startUpstream(
  answer: (head: string) => string,
): Promise<{ server: Server; heads: string[]; port: number }> {
  const heads: string[] = [];
  const server = createServer((socket) => {
    let text = '';
    let isOpen = false;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (isOpen) {
        socket.write(chunk.toString('latin1').toUpperCase(), 'latin1');
        return;
      }
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) return;
      isOpen = true;
      heads.push(text.slice(0, end));
      socket.write(answer(text.slice(0, end)), 'latin1');
    });
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, heads, port: typeof address === 'object' && address !== null ? address.port : 0 });
    }),
  );
}

let site: Site;
let kube: Awaited<ReturnType<typeof startUpstream>>;
const sockets: Socket[] = [];

beforeAll(async () => {
  kube = await startUpstream((head) =>
    head.includes('/wrong')
      ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
      : head.includes('/forbidden')
        ? 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'
        : 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: spdy/3.1\r\nX-Stream-Protocol-Version: v4\r\n\r\nEARLY',
  );
  site = await startSite({
    rules: `
applications:
  - name: kube
    host: kube.localhost
    upstream: http://127.0.0.1:${kube.port}
    upgrades: [SPDY/3.1]
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: app
    host: app.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await site.close();
  kube.server.close();
});

const ask = (host: string, line: string, fields: string): Buffer =>
  Buffer.from(`${line} HTTP/1.1\r\nHost: ${host}.localhost\r\n${fields}\r\n`, 'latin1');
const spdy =
  'Connection: Upgrade\r\nUpgrade: spdy/3.1\r\nX-Stream-Protocol-Version: v4\r\nContent-Length: 0\r\n';

async function receive(socket: Socket, part: string): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    if (text.includes(part)) return text;
  }
  throw new Error(`closed after ${JSON.stringify(text)}`);
}

describe('an upgrade that the application lists', () => {
  test('passes with its method, in any case, and then bytes both ways', async () => {
    const socket = connect(site.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(ask('kube', 'POST /exec', spdy));
    const answer = await receive(socket, 'EARLY');
    expect(answer).toMatch(
      /^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: SPDY\/3\.1\r\nConnection: Upgrade\r\n/,
    );
    expect(answer).toContain('X-Stream-Protocol-Version: v4');
    expect(kube.heads.at(-1)).toMatch(/^POST \/exec HTTP\/1\.1\r\n/);
    expect(kube.heads.at(-1)).toMatch(/\r\nConnection: Upgrade\r\nUpgrade: SPDY\/3\.1(\r\n|$)/);
    expect(kube.heads.at(-1)?.match(/content-length/gi)).toHaveLength(1);
    socket.write('frames\u0000');
    expect(await receive(socket, '\u0000')).toBe('FRAMES\u0000');
  });

  test('gets the answer of an application that does not want it', async () => {
    const { responses } = await exchangeRaw(site.port, ask('kube', 'POST /forbidden', spdy));
    expect(responses.map(({ status, body }) => [status, body])).toEqual([[403, 'no']]);
  });

  test('is 502 where the application changes to something else', async () => {
    const { responses } = await exchangeRaw(site.port, ask('kube', 'POST /wrong', spdy));
    expect(responses[0]?.status).toBe(502);
  });
});

describe('an upgrade that the application does not list', () => {
  test.each([
    ['app', 'POST /a', spdy],
    ['app', 'GET /a', 'Connection: Upgrade\r\nUpgrade: websocket, foo\r\n'],
    ['app', 'GET /a', 'Connection: close, upgrade\r\nUpgrade: tcp\r\n'],
    [
      'kube',
      'GET /a',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    ],
  ])('is refused in words and reaches nobody: %s %s %s', async (host, line, fields) => {
    const before = [site.upstream.seen.length, kube.heads.length];
    const { responses, isClosed } = await exchangeRaw(site.port, ask(host, line, fields), { quietMs: 2_500 });
    expect(responses.map(({ status }) => status)).toEqual([501]);
    expect(JSON.parse(responses[0]?.body ?? '')).toMatchObject({ reason: 'upgrade-refused' });
    expect(isClosed).toBe(true);
    expect([site.upstream.seen.length, kube.heads.length]).toEqual(before);
  });

  test('that only offers another form of HTTP is answered as the request that it is', async () => {
    const fields =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const { responses } = await exchangeRaw(site.port, ask('app', 'GET /h2c', fields));
    expect(responses[0]?.status).toBe(200);
    const { url, headers } = site.upstream.seen.at(-1) ?? {};
    expect(url).toBe('/h2c');
    expect(headers).not.toHaveProperty('upgrade');
    expect(headers).not.toHaveProperty('http2-settings');
  });
});
