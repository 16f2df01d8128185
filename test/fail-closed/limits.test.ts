// Every limit of the settings on the running product: the documented status and reason, a closed connection, and good clients
// who notice nothing.
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = `
applications:
  - name: app
    host: app.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [everyone] }]
`;
const head = (line: string, fields = ''): string =>
  `${line} HTTP/1.1\r\nHost: app.localhost\r\n${fields}\r\n`;
const send = (site: Site, text: string) =>
  exchangeRaw(site.port, Buffer.from(text, 'latin1'), { quietMs: 1_500 });
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes the parts at their times, and says what came back and after how long the connection was closed. */
function trickle(
  site: Site,
  first: string,
  more: { readonly part: string; readonly everyMs: number; readonly times: number },
): Promise<{ readonly received: string; readonly closedAfterMs: number }> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const socket = connect(site.port, '127.0.0.1');
    let received = '';
    let left = more.times;
    socket.write(first);
    const timer = setInterval(() => {
      left -= 1;
      if (left >= 0) socket.write(more.part);
      else clearInterval(timer);
    }, more.everyMs);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ received, closedAfterMs: performance.now() - startedMs });
    });
  });
}

const good = async (site: Site): Promise<number> =>
  (await site.browser().get(site.at('app.localhost'))).status;

describe('what one request may hold', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({
      rules,
      settings: 'limits: { header_bytes: 2048, header_count: 20, url_bytes: 512, body_bytes: 1000 }',
    });
  });
  afterAll(() => site.close());

  test.each<readonly [string, number, string, string]>([
    ['more bytes of fields', 431, 'headers-too-large', head('GET /', `X-A: ${'a'.repeat(3_000)}\r\n`)],
    ['many more bytes of fields', 431, 'headers-too-large', head('GET /', `X-A: ${'a'.repeat(30_000)}\r\n`)],
    ['more fields', 431, 'headers-too-many', head('GET /', 'X-A: b\r\n'.repeat(25))],
    ['many more fields', 431, 'headers-too-many', head('GET /', 'X: \r\n'.repeat(300))],
    ['a longer target', 414, 'url-too-long', head(`GET /${'a'.repeat(600)}`)],
    ['a longer query', 414, 'url-too-long', head(`GET /?${'a'.repeat(600)}`)],
    ['a body that says it is larger', 413, 'body-too-large', head('POST /', 'Content-Length: 1001\r\n')],
    [
      'a body that says it is endless',
      413,
      'body-too-large',
      head('POST /', 'Content-Length: 99999999999999\r\n'),
    ],
    [
      'chunks that come to more',
      413,
      'body-too-large',
      `${head('POST /', 'Transfer-Encoding: chunked\r\n')}${`190\r\n${'a'.repeat(400)}\r\n`.repeat(3)}0\r\n\r\n`,
    ],
    [
      'more fields in a WebSocket handshake',
      431,
      'headers-too-many',
      head('GET /ws', `Connection: Upgrade\r\nUpgrade: websocket\r\n${'X-A: b\r\n'.repeat(25)}`),
    ],
  ])('%s than allowed: %i %s, and the connection ends', async (_, status, reason, text) => {
    const from = site.logText().length;
    const before = site.upstream.seen.length;
    const got = await send(site, text);
    expect(got.responses.map((response) => response.status)).toEqual([status]);
    expect(got.isClosed).toBe(true);
    // Node's parser may refuse too many fields by itself (26), or leave it to us (24).
    const reasons = reason === 'headers-too-many' ? 'headers-too-many|headers-too-large' : reason;
    const wanted = `"status":${status},"decision":"refused","reason":"(?:${reasons})"`;
    expect(site.logText().slice(from)).toMatch(new RegExp(wanted));
    expect(site.upstream.seen.length).toBe(before);
    expect(await good(site)).toBe(200);
  });

  test('exactly as much as allowed passes', async () => {
    const body = 'a'.repeat(1_000);
    const statuses = [
      head(`GET /${'a'.repeat(511)}`, 'Connection: close\r\n'),
      head('GET /', `Connection: close\r\n${'X-A: b\r\n'.repeat(18)}`),
      `${head('POST /', 'Connection: close\r\nContent-Length: 1000\r\n')}${body}`,
      `${head('POST /', 'Connection: close\r\nTransfer-Encoding: chunked\r\n')}3e8\r\n${body}\r\n0\r\n\r\n`,
    ].map(async (text) => (await send(site, text)).responses[0]?.status);
    expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
  });

  test('a refusal with a body that nobody read ends the connection: what follows is not a request', async () => {
    const smuggled = head('GET /smuggled');
    const text = `${head('TRACE /', `Content-Length: ${smuggled.length}\r\n`)}${smuggled}`;
    const got = await send(site, text);
    expect(got.responses).toHaveLength(1);
    expect(got.isClosed).toBe(true);
    expect(site.upstream.seen.some(({ url }) => url === '/smuggled')).toBe(false);
  });
});

describe('time', () => {
  let site: Site;
  // What the settings say is sooner; only that it counts can be told on a busy machine.
  const [defaultHeadersMs, defaultKeepAliveMs] = [15_000, 65_000];
  beforeAll(async () => {
    site = await startSite({
      rules,
      settings: 'limits: { headers_timeout: 1s, request_timeout: 3s, keep_alive_timeout: 1s }',
    });
  });
  afterAll(() => site.close());

  test('a head that comes byte by byte is cut with 408, and a good client is served meanwhile', async () => {
    const slow = trickle(site, 'GET / HTTP/1.1\r\nHost: app.localhost\r\nX-A: ', {
      part: 'a',
      everyMs: 100,
      times: 100,
    });
    const from = site.logText().length;
    await wait(300);
    expect(await good(site)).toBe(200);
    const { received, closedAfterMs } = await slow;
    expect(received).toMatch(/^HTTP\/1\.1 408 /);
    expect(closedAfterMs).toBeLessThan(defaultHeadersMs);
    expect(site.logText().slice(from)).toContain(
      '"status":408,"decision":"refused","reason":"request-timeout"',
    );
  });

  test('a connection that never sends anything is cut', async () => {
    const { closedAfterMs } = await trickle(site, '', { part: '', everyMs: 10_000, times: 0 });
    expect(closedAfterMs).toBeLessThan(defaultHeadersMs);
  });

  test('a body that outlasts the time for the head is waited for', async () => {
    const got = await new Promise<number>((resolve, reject) => {
      const req = httpRequest(
        {
          host: '127.0.0.1',
          port: site.port,
          method: 'POST',
          path: '/up',
          headers: { host: 'app.localhost' },
        },
        (res) => {
          res.resume();
          resolve(res.statusCode ?? 0);
        },
      );
      req.on('error', reject);
      for (let i = 0; i < 6; i++) setTimeout(() => req.write('part'), i * 250);
      setTimeout(() => req.end(), 1_600);
    });
    expect(got).toBe(200);
    expect(site.upstream.seen.at(-1)).toMatchObject({ url: '/up', body: 'part'.repeat(6) });
  });

  test('a body that outlasts the time for a request is cut, and the upstream does not take it for a whole one', async () => {
    const before = site.upstream.seen.length;
    const first = head('POST /slow', 'Content-Length: 1000\r\n');
    const { closedAfterMs } = await trickle(site, first, { part: 'a', everyMs: 100, times: 200 });
    expect(closedAfterMs).toBeGreaterThan(2_000);
    expect(closedAfterMs).toBeLessThan(60_000);
    expect(site.upstream.seen.length).toBe(before);
    expect(await good(site)).toBe(200);
  });

  test('an idle connection is closed', async () => {
    const { received, closedAfterMs } = await trickle(site, head('GET /'), {
      part: '',
      everyMs: 10_000,
      times: 0,
    });
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(closedAfterMs).toBeLessThan(defaultKeepAliveMs);
  });
});

test('further connections than allowed take the place of those that are silent longest', async () => {
  const site = await startSite({ rules, settings: 'limits: { connections: 5 }' });
  const sockets: Socket[] = [];
  try {
    for (let i = 0; i < 12; i++) {
      const socket = connect(site.port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    await vi.waitFor(
      () =>
        expect(sockets.map(({ closed }) => closed)).toEqual([
          ...Array(7).fill(true),
          ...Array(5).fill(false),
        ]),
      { timeout: 30_000 },
    );
    expect(await good(site)).toBe(200);
  } finally {
    for (const socket of sockets) socket.destroy();
    await site.close();
  }
});

test('2,000 senders that never finish a head are all cut, and a good client is served all the while', async () => {
  const site = await startSite({ rules, settings: 'limits: { headers_timeout: 3s }' });
  let closed = 0;
  const sockets = Array.from({ length: 2_000 }, () => {
    const socket = connect(site.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => {
      closed += 1;
    });
    socket.write('GET / HTTP/1.1\r\nHost: app.localhost\r\n');
    return socket;
  });
  const dripping = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('X');
  }, 500);
  try {
    let served = 0;
    const endMs = performance.now() + 60_000;
    while (closed < sockets.length && performance.now() < endMs) {
      expect(await good(site)).toBe(200);
      served += 1;
      await wait(100);
    }
    expect(closed).toBe(sockets.length);
    expect(served).toBeGreaterThan(3);
    expect(site.upstream.seen.length).toBe(served);
  } finally {
    clearInterval(dripping);
    for (const socket of sockets) socket.destroy();
    await site.close();
  }
}, 40_000);

test('every limit has a documented default', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/settings.md'), 'utf8');
  const section = /^## `limits`$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(page)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `(\w+)` +\|[^|]*\| `([^`]+)` +\|/gm)].map(
    ([, name, value]) => `${name} ${value}`,
  );
  expect(rows).toEqual([
    'header_bytes 16384',
    'cookie_bytes 131072',
    'header_count 100',
    'url_bytes 8192',
    'body_bytes 0',
    'preserved_body_bytes 1048576',
    'headers_timeout 15s',
    'request_timeout 10m',
    'keep_alive_timeout 65s',
    'connections 10000',
    'write_timeout 60s',
    'stalled_per_address 64',
    'failed_logins_per_address 20',
    'failed_logins_per_provider 300',
    'drain_delay 0s',
    'drain_timeout 25s',
  ]);
});
