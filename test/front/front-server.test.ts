import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { Agent, get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFrontServer } from '../../src/front/front-server.ts';
import { cleanUp, limits, makeFolder, RawClient, sleep, startFront } from './front-fixture.ts';

afterEach(cleanUp);

const never = { request: () => {}, event: () => {} };

describe('limits of HTTP/1.1', () => {
  test('answers a malformed head with 400, logs it and closes', async () => {
    const { port, records } = await startFront({});
    const client = new RawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
    expect(records.map((record) => [record.status, record.decision, record.reason])).toEqual([
      [400, 'refused', 'malformed-request'],
    ]);
  });

  test.each(['LIST', 'VERSION-CONTROL', 'BASELINE-CONTROL', 'brew'])(
    'names what is wrong with the unknown method %s, under the number that stands in the log',
    async (method) => {
      const { port, records } = await startFront({ onRequest: (_req, res) => void res.end('first') });
      const client = new RawClient(port);
      client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await client.receive('first');
      client.socket.write(`${method} /dav HTTP/1.1\r\nHost: a\r\n\r\n`);
      await client.closed;
      const answer = client.text.slice(client.text.lastIndexOf('HTTP/1.1'));
      expect(answer).toMatch(/^HTTP\/1\.1 501 Not Implemented\r\nConnection: close\r\n/);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
        error: 'not_implemented',
        reason: 'method-unknown',
        request_id: records[0]?.requestId,
      });
      expect(records.map(({ status, reason }) => [status, reason])).toEqual([[501, 'method-unknown']]);
    },
  );

  test.each(['\u0016\u0003\u0001 / HTTP/1.1', 'hello world', '{"a": /}', 'x'.repeat(100)])(
    'does not take %j for a method',
    async (bytes) => {
      const { port, records } = await startFront({});
      const client = new RawClient(port);
      client.socket.write(`${bytes}\r\n\r\n`);
      await client.closed;
      expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
      expect(records[0]?.reason).toBe('malformed-request');
    },
  );

  test('refuses a head that is too large with 431', async () => {
    const { port, records } = await startFront({});
    const client = new RawClient(port);
    client.socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(160_000)}\r\n\r\n`);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 431 /);
    expect(records[0]?.reason).toBe('headers-too-large');
  });

  test.each([63, 64])('hands over all of %i fields', async (count) => {
    const seen: number[] = [];
    const { port } = await startFront({
      onRequest: (req, res) => void res.end(String(seen.push(req.rawHeaders.length / 2))),
    });
    const client = new RawClient(port);
    client.socket.write(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(count)}\r\n`);
    await client.receive('200 OK');
    expect(seen).toEqual([count]);
    client.socket.destroy();
  });

  test.each([65, 66, 97, 200])(
    'refuses %i fields when 64 are allowed, instead of shortening the list',
    async (count) => {
      let calls = 0;
      const { port, records } = await startFront({ onRequest: (_req, res) => void res.end(String(++calls)) });
      const client = new RawClient(port);
      client.socket.write(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(count)}\r\n`);
      await client.closed;
      expect(client.text).toMatch(/^HTTP\/1\.1 431 /);
      expect(calls).toBe(0);
      expect(['headers-too-many', 'headers-too-large']).toContain(records[0]?.reason);
    },
  );

  test('cuts a sender that does not finish its head, with 408', async () => {
    const { port, records } = await startFront({}, { limits: { headersTimeoutMs: 300 } });
    const client = new RawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(records[0]?.reason).toBe('request-timeout');
  });

  test('cuts a connection that sends nothing at all', async () => {
    const { port } = await startFront({}, { limits: { headersTimeoutMs: 300 } });
    const client = new RawClient(port);
    await client.closed;
    expect(client.socket.destroyed).toBe(true);
  });

  test('accepts no more connections than allowed', async () => {
    const { port, front } = await startFront({ onRequest: () => {} }, { limits: { connections: 2 } });
    const kept = [new RawClient(port), new RawClient(port)];
    for (const client of kept) client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(front.connections).toBe(2), 30_000);
    const third = new RawClient(port);
    await third.closed;
    expect(front.connections).toBe(2);
    for (const client of kept) client.socket.destroy();
  });

  test('a parse error inside a body closes the connection of a running request, and adds nothing to its response', async () => {
    let seen: IncomingMessage | null = null;
    const { port } = await startFront({
      onRequest: (req, res) => {
        seen = req;
        req.resume();
        res.writeHead(200, { 'Content-Length': '5' });
        res.write('he');
      },
    });
    const client = new RawClient(port);
    client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await client.receive('he');
    client.socket.write('zz\r\n');
    await client.closed;
    expect(client.text.endsWith('\r\n\r\nhe')).toBe(true);
    expect((seen as IncomingMessage | null)?.complete).toBe(false);
  });

  test('CONNECT gets 405 and its connection ends', async () => {
    const { port } = await startFront({});
    const client = new RawClient(port);
    client.socket.write('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('a handler that throws costs one connection, not the process', async () => {
    const { port, events } = await startFront({
      onRequest: () => {
        throw new Error('a fault');
      },
    });
    const client = new RawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.closed;
    expect(client.text).toBe('');
    expect(events.map(({ name }) => name)).toEqual(['internal_error']);
  });
});

describe('Upgrade and Expect', () => {
  test.each(['WebSocket', 'SPDY/3.1', 'websocket, h2c'])(
    'an Upgrade to `%s` goes to onUpgrade with the bytes behind the head',
    async (token) => {
      const { port } = await startFront({
        onUpgrade: (_req, socket, head) =>
          void socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${head.toString()}`),
      });
      const client = new RawClient(port);
      client.socket.write(
        `POST / HTTP/1.1\r\nHost: a\r\nUpgrade: ${token}\r\nConnection: Upgrade\r\n\r\nearly`,
      );
      await client.receive('101 Switching Protocols\r\n\r\nearly');
      client.socket.destroy();
    },
  );

  test.each(['h2c', 'TLS/1.0', 'H2C, HTTP/2.0'])(
    'an Upgrade to `%s` is an ordinary request',
    async (token) => {
      const { port } = await startFront({});
      const client = new RawClient(port);
      client.socket.write(`GET / HTTP/1.1\r\nHost: a\r\nUpgrade: ${token}\r\nConnection: Upgrade\r\n\r\n`);
      await client.receive('hello');
      client.socket.destroy();
    },
  );

  test('100 Continue is not sent by itself', async () => {
    const { port } = await startFront({
      onCheckContinue: (_req, res) => void res.writeHead(403, { Connection: 'close' }).end(),
    });
    const client = new RawClient(port);
    client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('any other expectation reaches onRequest, which refuses it', async () => {
    const { port } = await startFront({
      onRequest: (req, res) => void res.writeHead(417).end(req.headers.expect),
    });
    const client = new RawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nExpect: y\r\n\r\n');
    await client.receive('417');
    client.socket.destroy();
  });
});

describe('Unix sockets', () => {
  const listenOptions = {
    limits,
    tls: null,
    telemetry: never,
    onUpgrade: () => {},
    onCheckContinue: () => {},
  };
  const create = () =>
    createFrontServer({ ...listenOptions, onRequest: (_req, res) => void res.end('by socket') });

  test('listens on one that only owner and group may open, and removes it when it goes', async () => {
    const path = join(makeFolder(), 'front.sock');
    const front = create();
    await front.listen({ kind: 'unix', path });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const client = new RawClient(path);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await client.receive('by socket');
    await front.close();
    expect(existsSync(path)).toBe(false);
  });

  test('replaces the socket of a dead process', async () => {
    const path = join(makeFolder(), 'front.sock');
    const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script, path]).signal).toBe('SIGKILL');
    expect(existsSync(path)).toBe(true);
    const front = create();
    await front.listen({ kind: 'unix', path });
    const client = new RawClient(path);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await client.receive('by socket');
    await front.close();
  });

  test('refuses the socket of a living process', async () => {
    const path = join(makeFolder(), 'front.sock');
    const other = createServer().listen(path);
    await once(other, 'listening');
    await expect(create().listen({ kind: 'unix', path })).rejects.toMatchObject({ code: 'listen_failed' });
    expect(existsSync(path)).toBe(true);
    other.close();
  });

  test('refuses a path that is not a socket, and leaves it alone', async () => {
    const path = join(makeFolder(), 'precious.txt');
    writeFileSync(path, 'precious');
    await expect(create().listen({ kind: 'unix', path })).rejects.toMatchObject({ code: 'listen_failed' });
    expect(existsSync(path)).toBe(true);
  });

  test('says which address cannot be listened on', async () => {
    const { port } = await startFront({});
    await expect(create().listen({ kind: 'tcp', host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'listen_failed',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });
});

describe('draining', () => {
  test('finishes the request in flight, says Connection: close, and accepts nobody new', async () => {
    let finish: (() => void) | null = null;
    const { port, front } = await startFront({
      onRequest: (_req, res) => {
        finish = () => void res.end('done');
      },
    });
    const client = new RawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    while (finish === null) await sleep(5);
    const drained = front.drain(5_000);
    const late = new RawClient(port);
    await late.closed;
    expect(late.text).toBe('');
    (finish as () => void)();
    await client.closed;
    expect(client.text).toContain('done');
    expect(client.text.toLowerCase()).toContain('connection: close');
    expect(await drained).toEqual({ cut: 0 });
  });

  test('a request that arrives on an idle connection after the drain began is answered, and told to go', async () => {
    const { port, front } = await startFront({});
    const client = new RawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.receive('hello');
    const drained = front.drain(5_000);
    await sleep(50);
    client.text = '';
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.closed;
    expect(client.text).toContain('hello');
    expect(client.text.toLowerCase()).toContain('connection: close');
    expect(await drained).toEqual({ cut: 0 });
  });

  test('closes connections that stay idle long before the deadline', async () => {
    const { port, front } = await startFront({});
    const idle = new RawClient(port);
    idle.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await idle.receive('hello');
    const fresh = new RawClient(port);
    await once(fresh.socket, 'connect');
    expect(await front.drain(60_000)).toEqual({ cut: 0 });
    await Promise.all([idle.closed, fresh.closed]);
  });

  test('cuts streams and upgraded sockets at the deadline', async () => {
    const { port, front } = await startFront({
      onRequest: (_req, res) => void res.write('begun'),
      onUpgrade: (_req, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    });
    const stream = new RawClient(port);
    stream.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const webSocket = new RawClient(port);
    webSocket.socket.write('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    await Promise.all([stream.receive('begun'), webSocket.receive('101')]);
    expect(await front.drain(300)).toEqual({ cut: 2 });
    await Promise.all([stream.closed, webSocket.closed]);
  });

  test('loses no request of clients that reuse connections while another process takes over the port', async () => {
    const answer = (name: string) => (_req: IncomingMessage, res: ServerResponse) =>
      void setTimeout(() => res.end(name), 3);
    const { front: old, port } = await startFront({ onRequest: answer('old') });
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const counts = { old: 0, new: 0, failed: 0 };
    let isOver = false;
    const request = (): Promise<void> =>
      new Promise((resolve) => {
        const req = httpGet({ host: '127.0.0.1', port, agent }, (res) => {
          let text = '';
          res.on('data', (chunk) => {
            text += chunk;
          });
          res.on('end', () => {
            counts[text as 'old' | 'new'] += 1;
            resolve();
          });
        });
        req.on('error', () => {
          counts.failed += 1;
          resolve();
        });
      });
    const client = async (): Promise<void> => {
      while (!isOver) await request();
    };
    const clients = Array.from({ length: 16 }, client);
    await vi.waitFor(() => expect(counts.old).toBeGreaterThan(50), 15_000);
    const next = createFrontServer({
      ...{ limits, tls: null, telemetry: never, onUpgrade: () => {}, onCheckContinue: () => {} },
      onRequest: answer('new'),
    });
    // What a supervisor does with a listening socket: there is no moment without one.
    const drained = old.drain(15_000);
    await next.listen({ kind: 'tcp', host: '127.0.0.1', port });
    expect(await drained).toEqual({ cut: 0 });
    await vi.waitFor(() => expect(counts.new).toBeGreaterThan(50), 15_000);
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    await next.close();
    expect(counts.failed).toBe(0);
  });
});

const upgrade =
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

describe('junk behind a good request', () => {
  const good = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';

  test.each([
    ['no request line', '\u0001\u0002junk\r\n\r\n', 400, 'malformed-request'],
    ['an unknown method', 'LIST / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'method-unknown'],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method-refused'],
    ['a change of protocol', upgrade, 400, 'malformed-request'],
    [
      'one with too many fields',
      upgrade.replace('\r\n\r\n', `${'\r\nA: b'.repeat(65)}\r\n\r\n`),
      431,
      'headers-too-many',
    ],
  ])('%s: the answer comes first and whole, then the refusal', async (_, junk, status, reason) => {
    let answer = (): void => {};
    const { port, records } = await startFront({
      onRequest: (req, res) => {
        req.resume();
        answer = () => void res.end(`done ${req.url}`);
      },
    });
    const client = new RawClient(port);
    client.socket.write(good + junk);
    // More of it than the parser took at first.
    await sleep(100);
    client.socket.write('x'.repeat(70_000));
    await sleep(100);
    expect(client.text).toBe('');
    answer();
    await client.closed;
    expect(client.text).toMatch(new RegExp(`^HTTP/1\\.1 200 OK\\r\\n.*done /aHTTP/1\\.1 ${status} `, 's'));
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(2);
    expect(records.map((record) => [record.status, record.reason])).toEqual([[status, reason]]);
  });

  test('of CONNECT and changes of protocol, behind answers of a pipeline that fill the line', async () => {
    const large = 4_000_000;
    for (const next of ['CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', upgrade]) {
      let drained = 0;
      const { port, events } = await startFront({
        onRequest: (_req, res) => {
          const half = Buffer.alloc(large / 2, 'x');
          res.writeHead(200, { 'Content-Length': large });
          if (res.write(half)) throw new Error('the line has room for all of it');
          // As whoever forwards: it goes on when there is room.
          res.once('drain', () => {
            drained++;
            res.end(half);
          });
        },
        onUpgrade: () => {
          throw new Error('somebody gets it');
        },
      });
      const client = new RawClient(port);
      client.socket.write(`GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n${next}`);
      await client.closed;
      expect([...client.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
        '200',
        '200',
        next === upgrade ? '400' : '405',
      ]);
      expect(client.text.length).toBeGreaterThan(2 * large);
      expect(drained).toBe(2);
      expect(events).toEqual([]);
    }
  });

  test('every request of a pipeline before it is answered', async () => {
    const { port, records } = await startFront({
      onRequest: (req, res) =>
        void setTimeout(() => res.end(`done ${req.url};`), req.url === '/1' ? 200 : 10),
    });
    const client = new RawClient(port);
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    client.socket.write(`${get('/1')}${get('/2')}${get('/3')}\u0001junk\r\n\r\n`);
    await client.closed;
    expect([...client.text.matchAll(/done ..;|HTTP\/1\.1 (?:400)/g)].map(([text]) => text)).toEqual([
      'done /1;',
      'done /2;',
      'done /3;',
      'HTTP/1.1 400',
    ]);
    expect(records).toHaveLength(1);
  });

  test('inside a body is a refusal at once, and nothing is added to an answer that began', async () => {
    const { port } = await startFront({ onRequest: (_req, res) => void res.write('begun') });
    const client = new RawClient(port);
    client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    await client.receive('begun');
    client.socket.write('zz\r\n');
    await client.closed;
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});
