import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import express from 'express';
import helmet from 'helmet';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { prepareForExpress } from '../../src/front/http2-express.ts';
import { watchEnd } from '../../src/upstream/http2/stream-end.ts';
import { cleanUp, type Handlers, makeCertificate, makeFolder, sleep, startFront } from './front-fixture.ts';

const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await cleanUp();
});

async function open(port: number): Promise<ClientHttp2Session> {
  const session = connect(`https://localhost:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  sessions.push(session);
  await once(session, 'remoteSettings');
  return session;
}

interface Answer {
  readonly status: number | undefined;
  readonly raw: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly interim: readonly (readonly [number | undefined, readonly string[]])[];
  /** The server ended the stream. */
  readonly isEnded: boolean;
  /** And nobody broke it off. */
  readonly isWhole: boolean;
  readonly rstCode: number;
}

/** Send a request and wait for the end of its stream, whatever it is. */
async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders | readonly string[],
  body: string | null = null,
): Promise<Answer> {
  const stream: ClientHttp2Stream = session.request(headers as never, { endStream: body === null });
  if (body !== null) stream.end(body);
  return collect(stream);
}

async function collect(stream: ClientHttp2Stream): Promise<Answer> {
  const answer = {
    status: undefined as number | undefined,
    raw: [] as string[],
    body: '',
    trailers: [] as string[],
    isWhole: false,
  };
  const interim: [number | undefined, string[]][] = [];
  let isAborted = false;
  let isEnded = false;
  watchEnd(stream, () => {
    isEnded = true;
  });
  stream.on('headers', (headers, _flags, raw) =>
    interim.push([headers[':status'], raw as unknown as string[]]),
  );
  stream.on('response', (headers, _flags, raw) => {
    answer.status = headers[':status'];
    answer.raw = (raw as unknown as string[]).slice();
  });
  stream.on('trailers', (_trailers, _flags, raw) => {
    answer.trailers = (raw as unknown as string[]).slice();
  });
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    answer.body += chunk;
  });
  stream.on('aborted', () => {
    isAborted = true;
  });
  stream.on('error', () => {
    isAborted = true;
  });
  await once(stream, 'close').catch(() => {});
  while (!stream.closed && !stream.destroyed) await sleep(5);
  return {
    ...answer,
    interim,
    isEnded,
    isWhole: isEnded && !isAborted && stream.rstCode === 0,
    rstCode: stream.rstCode,
  };
}

describe('HTTP/2', () => {
  let folder = '';
  let tls = { certFile: '', keyFile: '' };
  beforeAll(() => {
    folder = makeFolderOnce();
    tls = makeCertificate(folder, 'first');
  });
  const start = (handlers: Handlers, more: { limits?: Record<string, number> } = {}) =>
    startFront(handlers, { tls, ...more });
  const seeHead = async (headers: readonly string[] | OutgoingHttpHeaders, body: string | null = null) => {
    const seen: { method: string; url: string; version: string; raw: string[] }[] = [];
    const { port } = await start({
      onRequest: (req, res) => {
        seen.push({
          method: req.method ?? '',
          url: req.url ?? '',
          version: req.httpVersion,
          raw: req.rawHeaders,
        });
        req.resume();
        res.end('ok');
      },
    });
    const answer = await ask(await open(port), headers, body);
    return { head: seen[0], answer };
  };

  test('the request has the head of the HTTP/1.1 request that means the same', async () => {
    const { head } = await seeHead([
      ...[':method', 'GET', ':path', '/a%2Fb?q=1', ':scheme', 'https', ':authority', 'app.example.com'],
      ...['x-one', '1', 'cookie', 'a=1', 'x-two', '2', 'x-one', '3', 'cookie', 'b=2'],
    ]);
    expect(head).toEqual({
      method: 'GET',
      url: '/a%2Fb?q=1',
      version: '2.0',
      raw: ['host', 'app.example.com', 'x-one', '1', 'cookie', 'a=1; b=2', 'x-two', '2', 'x-one', '3'],
    });
  });

  test('an equal Host beside :authority is one host', async () => {
    const { head } = await seeHead({
      ':path': '/',
      ':authority': 'app.example.com',
      host: 'app.example.com',
    });
    expect(head?.raw.filter((name) => name === 'host')).toHaveLength(1);
  });

  test('a Host that differs from :authority stays a second host, which the gate refuses', async () => {
    const { head } = await seeHead({
      ':path': '/',
      ':authority': 'app.example.com',
      host: 'other.example.com',
    });
    expect(head?.raw.slice(0, 4)).toEqual(['host', 'app.example.com', 'host', 'other.example.com']);
  });

  test('a body without a length is announced as chunked; one with a length, and none, are not', async () => {
    const chunked = await seeHead({ ':path': '/', ':method': 'POST' }, 'body');
    expect(chunked.head?.raw.slice(-2)).toEqual(['transfer-encoding', 'chunked']);
    const sized = await seeHead({ ':path': '/', ':method': 'POST', 'content-length': '4' }, 'body');
    expect(sized.head?.raw).not.toContain('transfer-encoding');
    const none = await seeHead({ ':path': '/', ':method': 'GET' });
    expect(none.head?.raw).not.toContain('transfer-encoding');
  });

  test.each([
    ['transfer-encoding', 'chunked'],
    ['connection', 'close'],
    ['te', 'gzip'],
  ])('the field `%s: %s` of a client never arrives', async (name, value) => {
    const { port } = await start({ onRequest: (req, res) => void res.end(JSON.stringify(req.rawHeaders)) });
    // Node's own client refuses to send it, so it goes through curl-less raw frames: HPACK literals without indexing.
    const answer = await rawRequest(port, [
      [':method', 'GET'],
      [':path', '/'],
      [':scheme', 'https'],
      [':authority', 'a'],
      [name, value],
    ]);
    expect(answer).not.toContain(`"${name}"`);
  });

  test('repeated response fields keep their order; connection fields and the reason phrase are dropped', async () => {
    const { port } = await start({
      onRequest: (_req, res) => {
        res.writeHead(200, 'Fine', [
          ...[
            'Set-Cookie',
            'a=1',
            'X-B',
            '2',
            'Set-Cookie',
            'c=3',
            'Content-Type',
            'text/a',
            'Content-Type',
            'text/b',
          ],
          ...[
            'Connection',
            'keep-alive',
            'Keep-Alive',
            'timeout=5',
            'Transfer-Encoding',
            'chunked',
            'Date',
            'now',
          ],
        ]);
        res.end('x');
      },
    });
    const answer = await ask(await open(port), { ':path': '/' });
    expect(answer.raw).toEqual([
      ...[
        ':status',
        '200',
        'set-cookie',
        'a=1',
        'x-b',
        '2',
        'set-cookie',
        'c=3',
        'content-type',
        'text/a',
        'content-type',
        'text/b',
        'date',
        'now',
      ],
    ]);
    expect(answer.isWhole).toBe(true);
  });

  test.each([204, 304])('a %i has no body and ends', async (status) => {
    const { port } = await start({
      onRequest: (_req, res) => void res.writeHead(status, ['ETag', '"x"']).end(),
    });
    expect(await ask(await open(port), { ':path': '/' })).toMatchObject({ status, body: '', isWhole: true });
  });

  test('HEAD keeps the length of the body that it does not have', async () => {
    const { port } = await start({
      onRequest: (_req, res) => void res.writeHead(200, ['Content-Length', '1234']).end(),
    });
    const answer = await ask(await open(port), { ':path': '/', ':method': 'HEAD' });
    expect(answer.raw).toContain('1234');
    expect(answer).toMatchObject({ status: 200, body: '', isWhole: true });
  });

  test('interim responses and trailers pass', async () => {
    const { port } = await start({
      onRequest: (_req, res) => {
        res.writeInformation(103, [
          'Link',
          '</a>; rel=preload',
          'Link',
          '</b>; rel=preload',
          'Connection',
          'x',
        ] as never);
        res.writeHead(200, ['Content-Type', 'text/plain']);
        res.write('body');
        res.addTrailers([
          ['X-Sum', '1'],
          ['X-Sum', '2'],
        ] as never);
        res.end();
      },
    });
    const answer = await ask(await open(port), { ':path': '/' });
    expect(answer.interim.map(([status]) => status)).toEqual([103]);
    expect(answer.interim[0]?.[1].filter((text) => text.startsWith('</'))).toEqual([
      '</a>; rel=preload',
      '</b>; rel=preload',
    ]);
    expect(answer.body).toBe('body');
    expect(answer.trailers).toEqual(['x-sum', '1', 'x-sum', '2']);
  });

  test('a destroyed response is never taken for a whole one, and other streams go on', async () => {
    const { port } = await start({
      onRequest: (req, res) => {
        if (req.url === '/whole') {
          setTimeout(() => res.end('whole'), 100);
          return;
        }
        res.writeHead(200, ['Content-Type', 'text/plain']);
        res.write('half');
        setTimeout(() => res.destroy(), 20);
      },
    });
    const session = await open(port);
    const [whole, half] = await Promise.all([
      ask(session, { ':path': '/whole' }),
      ask(session, { ':path': '/half' }),
    ]);
    expect(half).toMatchObject({ body: 'half', isWhole: false });
    expect(half.rstCode).not.toBe(0);
    expect(whole).toMatchObject({ body: 'whole', isWhole: true });
  });

  test('an answer before the end of an upload arrives whole, and the rest of the upload is refused without an error', async () => {
    const { port } = await start({
      onRequest: (_req, res) => void res.writeHead(413, ['Connection', 'close']).end('too large'),
    });
    const session = await open(port);
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    stream.write(Buffer.alloc(1_000_000));
    const answer = await collect(stream);
    expect(answer).toMatchObject({ status: 413, body: 'too large', rstCode: 0 });
  });

  test('an answer in pieces, or with trailers, before the end of an upload ends before the upload is refused', async () => {
    const { port } = await start({
      onRequest: (req, res) => {
        res.writeHead(413, []);
        if (req.url === '/trailers') res.addTrailers({ sum: '7' });
        if (req.url !== '/pieces') {
          res.end('y'.repeat(300_000));
          return;
        }
        let left = 20;
        const timer = setInterval(() => {
          if (left-- > 0) res.write('piece');
          else {
            clearInterval(timer);
            res.end();
          }
        }, 2);
      },
    });
    const session = await open(port);
    const unfinished = (path: string): Promise<Answer> => {
      const stream = session.request({ ':path': path, ':method': 'POST' });
      stream.write(Buffer.alloc(1_000));
      return collect(stream);
    };
    for (let round = 0; round < 5; round++) {
      const paths = ['/pieces', '/large', '/trailers', '/pieces', '/large', '/trailers'];
      const answers = await Promise.all(paths.map(unfinished));
      expect(answers.map(({ isEnded, rstCode }) => [isEnded, rstCode])).toEqual(
        Array(paths.length).fill([true, 0]),
      );
      expect(answers.map(({ body }) => body.length)).toEqual([100, 300_000, 300_000, 100, 300_000, 300_000]);
      expect(answers.map(({ trailers }) => trailers[1])).toEqual([
        undefined,
        undefined,
        '7',
        undefined,
        undefined,
        '7',
      ]);
    }
  });

  test('answers without reading the upload arrive whole, with a body and without, again and again', async () => {
    const { port } = await start({
      onRequest: (req, res) => void res.writeHead(403, []).end(req.url === '/empty' ? undefined : 'no'),
    });
    const session = await open(port);
    for (let round = 0; round < 100; round++) {
      const [empty, full] = await Promise.all(
        ['/empty', '/full'].map((path) =>
          ask(session, { ':path': path, ':method': 'POST' }, 'x'.repeat(round * 997)),
        ),
      );
      expect(empty).toMatchObject({ status: 403, body: '', isWhole: true });
      expect(full).toMatchObject({ status: 403, body: 'no', isWhole: true });
    }
  });

  test('100 Continue is only sent when the handler asks for it', async () => {
    const { port } = await start({
      onCheckContinue: (req, res) => {
        if (req.url === '/no') {
          res.writeHead(403, []).end();
          return;
        }
        res.writeContinue();
        req.resume().on('end', () => res.end('got it'));
      },
    });
    const session = await open(port);
    const refused = await ask(session, { ':path': '/no', ':method': 'POST', expect: '100-continue' }, 'x');
    expect(refused).toMatchObject({ status: 403, interim: [] });
    const stream = session.request({ ':path': '/', ':method': 'POST', expect: '100-continue' });
    stream.on('continue', () => stream.end('body'));
    expect(await collect(stream)).toMatchObject({ status: 200, body: 'got it' });
  });

  test('refuses too many fields, and a head that is too large', async () => {
    let calls = 0;
    const { port } = await start({ onRequest: (_req, res) => void res.end(String(++calls)) });
    const session = await open(port);
    const many = ask(session, {
      ':path': '/',
      ...Object.fromEntries(Array.from({ length: 350 }, (_, index) => [`x-${index}`, 'y'])),
    });
    expect((await many).status).not.toBe(200);
    const large = await open(port);
    const fields = Object.fromEntries([...'xyz'].map((name) => [name, 'y'.repeat(60_000)]));
    expect((await ask(large, { ':path': '/', ...fields })).status).not.toBe(200);
    expect(calls).toBe(0);
  });

  test('a flood of streams that are reset at once ends the connection', async () => {
    const { port } = await start({ onRequest: () => {} });
    const session = await open(port);
    const closed = once(session, 'close').catch(() => {});
    for (let index = 0; index < 2_000 && !session.destroyed; index++) {
      const stream = session.request({ ':path': '/' });
      stream.on('error', () => {});
      stream.close(8);
      if (index % 50 === 0) await sleep(1);
    }
    await Promise.race([closed, sleep(5_000).then(() => Promise.reject(new Error('still open')))]);
  });

  test('HTTP/1.1 works beside it, upgrades included', async () => {
    const { port } = await start({
      onRequest: (req, res) => void res.end(req.httpVersion),
      onUpgrade: (_req, socket) =>
        void socket.end(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi',
        ),
    });
    const req = httpsRequest({ port, host: 'localhost', rejectUnauthorized: false });
    req.end();
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    expect((await res.toArray()).join('')).toBe('1.1');
    const upgrade = httpsRequest({
      port,
      host: 'localhost',
      rejectUnauthorized: false,
      headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
    });
    upgrade.end();
    const [answer, socket] = (await once(upgrade, 'upgrade')) as [IncomingMessage, Duplex];
    expect(answer.statusCode).toBe(101);
    socket.destroy();
  });

  test('Express, helmet and their body parsers work over it', async () => {
    const app = express();
    app.use(helmet());
    app.get('/a', (req, res) => {
      res.cookie('a', 'b').status(201).send(`${req.hostname} ${req.protocol} ${req.query['q']} ${req.ip}`);
    });
    app.post('/b', express.urlencoded({ extended: false }), (req, res) => void res.json(req.body));
    const { port } = await start({
      onRequest: (req, res) => {
        prepareForExpress(req, res);
        app(req, res);
      },
    });
    const session = await open(port);
    const page = await ask(session, { ':path': '/a?q=1' });
    expect(page).toMatchObject({ status: 201, body: 'localhost https 1 127.0.0.1', isWhole: true });
    expect(page.raw).toEqual(
      expect.arrayContaining(['set-cookie', 'a=b; Path=/', 'x-content-type-options', 'nosniff']),
    );
    const form = { ':path': '/b', ':method': 'POST', 'content-type': 'application/x-www-form-urlencoded' };
    expect(await ask(session, form, 'x=1')).toMatchObject({ status: 200, body: '{"x":"1"}', isWhole: true });
    expect(await ask(session, { ':path': '/none' })).toMatchObject({ status: 404, isWhole: true });
    expect(await ask(session, { ...form, ':path': '/none' }, 'x=1')).toMatchObject({
      status: 404,
      isWhole: true,
    });
    const aborted = session.request(form, { endStream: false });
    aborted.on('error', () => {});
    aborted.write('x=');
    await sleep(30);
    aborted.close(8);
    await sleep(30);
    expect((await ask(session, { ':path': '/a' })).status).toBe(201);
  });

  test('curl speaks HTTP/2 with it', async () => {
    const { port } = await start({
      onRequest: (req, res) =>
        void req.resume().on('end', () => res.end(`${req.httpVersion} ${req.headers.host}`)),
    });
    const { promisify } = await import('node:util');
    const { execFile } = await import('node:child_process');
    const { stdout } = await promisify(execFile)('curl', [
      '-sSk',
      '--http2',
      '-d',
      'body',
      `https://localhost:${port}/`,
    ]);
    expect(stdout).toBe(`2.0 localhost:${port}`);
  });

  describe('WebSockets (RFC 8441)', () => {
    const extended = {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'https',
      ':path': '/chat?x=1',
      ':authority': 'app.example.com',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'chat',
    };
    const accept = (req: IncomingMessage): string =>
      createHash('sha1')
        .update(
          `${req.headers['sec-websocket-key'] ?? field(req, 'sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
        )
        .digest('base64');
    const field = (req: IncomingMessage, name: string): string =>
      req.rawHeaders[req.rawHeaders.indexOf(name) + 1] ?? '';

    test('arrive as the handshake of RFC 6455, and its 101 leaves as a 200', async () => {
      let seen: IncomingMessage | null = null;
      const { port } = await start({
        onUpgrade: (req, socket) => {
          seen = req;
          socket.write(
            `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(req)}\r\nSec-WebSocket-`,
          );
          socket.write('Protocol: chat\r\n\r\nearly ');
          socket.on('data', (chunk) => socket.write(chunk));
          socket.on('end', () => socket.end());
        },
      });
      const session = await open(port);
      const stream = session.request(extended);
      stream.write('there');
      setTimeout(() => stream.end(' and back'), 50);
      const answer = await collect(stream);
      expect(answer).toMatchObject({ status: 200, body: 'early there and back', isWhole: true });
      expect(answer.raw).toEqual([':status', '200', 'sec-websocket-protocol', 'chat']);
      const req = seen as unknown as IncomingMessage;
      expect([req.method, req.url]).toEqual(['GET', '/chat?x=1']);
      expect(req.rawHeaders.slice(0, -1)).toEqual([
        ...['host', 'app.example.com', 'sec-websocket-version', '13', 'sec-websocket-protocol', 'chat'],
        ...['upgrade', 'websocket', 'connection', 'Upgrade', 'sec-websocket-key'],
      ]);
      expect(Buffer.from(req.rawHeaders.at(-1) ?? '', 'base64')).toHaveLength(16);
    });

    test.each([
      ['with a length', 'Content-Length: 4\r\n\r\n', ['no', 'pe']],
      ['ended by its connection', 'Connection: close\r\n\r\n', ['no', 'pe']],
      ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n', ['2\r\nno\r\n2', '\r\npe\r\n0\r\n\r\n']],
      [
        'in chunks that are cut anywhere',
        'Transfer-Encoding: chunked\r\n\r\n',
        [...'2\r\nno\r\n02\r\npe\r\n0\r\n\r\n'],
      ],
    ])('a refusal passes with its fields and its body %s', async (_how, rest, parts) => {
      const { port } = await start({
        onUpgrade: (_req, socket) => {
          socket.write(`HTTP/1.1 403 Forbidden\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n${rest}`);
          for (const part of parts) socket.write(part);
          socket.end();
        },
      });
      const answer = await ask(await open(port), extended, null);
      expect(answer).toMatchObject({ status: 403, body: 'nope', isWhole: true });
      expect(answer.raw.filter((text) => /^[ab]=/.test(text))).toEqual(['a=1', 'b=2']);
    });

    test('a refusal ends before what the client might still say is refused', async () => {
      const { port } = await start({
        onUpgrade: (_req, socket) => {
          socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 300000\r\n\r\n');
          socket.end('y'.repeat(300_000), () => socket.destroy());
        },
      });
      const session = await open(port);
      const refused = Array.from({ length: 10 }, () =>
        collect(session.request(extended, { endStream: false })),
      );
      for (const { status, body, isEnded, rstCode } of await Promise.all(refused))
        expect([status, body.length, isEnded, rstCode]).toEqual([403, 300_000, true, 0]);
    });

    test('a destroyed tunnel resets its stream only', async () => {
      const { port } = await start({
        onRequest: (_req, res) => void res.end('alive'),
        onUpgrade: (_req, socket) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
          setTimeout(() => socket.destroy(), 30);
        },
      });
      const session = await open(port);
      const stream = session.request(extended, { endStream: false });
      expect(await collect(stream)).toMatchObject({ status: 200, isWhole: false });
      expect((await ask(session, { ':path': '/' })).body).toBe('alive');
    });

    test('a client that goes away closes the socket', async () => {
      let closed: Promise<unknown> | null = null;
      const { port } = await start({
        onUpgrade: (_req, socket) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
          closed = once(socket, 'close');
        },
      });
      const session = await open(port);
      const stream = session.request(extended, { endStream: false });
      stream.on('error', () => {});
      await once(stream, 'response');
      stream.close(8);
      await closed;
    });

    test('a sender that outruns its reader is held back', async () => {
      let received = 0;
      let socket: Duplex | null = null;
      const { port } = await start({
        onUpgrade: (_req, duplex) => {
          socket = duplex;
          duplex.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        },
      });
      const session = await open(port);
      const stream = session.request(extended, { endStream: false });
      stream.on('error', () => {});
      await once(stream, 'response');
      const total = 8_000_000;
      stream.write(Buffer.alloc(total));
      await sleep(300);
      expect((socket as unknown as Duplex).readableLength).toBeLessThan(1_000_000);
      (socket as unknown as Duplex).on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      while (received < total) await sleep(10);
    });

    test('a plain CONNECT gets 405', async () => {
      const { port, records } = await start({});
      const session = await open(port);
      const answer = await ask(session, { ':method': 'CONNECT', ':authority': 'example.com:443' });
      expect(answer.status).toBe(405);
      expect(records[0]?.reason).toBe('method-refused');
    });
  });

  describe('draining', () => {
    test('says GOAWAY, finishes what is in flight, and takes the request that crossed it', async () => {
      const { port, front } = await start({
        onRequest: (_req, res) => void setTimeout(() => res.end('done'), 100),
      });
      const session = await open(port);
      const goaway = once(session, 'goaway');
      const inFlight = ask(session, { ':path': '/' });
      await sleep(30);
      const drained = front.drain(5_000);
      expect(await inFlight).toMatchObject({ body: 'done', isWhole: true });
      await goaway;
      expect(await drained).toEqual({ cut: 0 });
    });

    test('cuts streams at the deadline', async () => {
      const { port, front } = await start({ onRequest: (_req, res) => void res.write('begun') });
      const stream = (await open(port)).request({ ':path': '/' });
      const answer = collect(stream);
      await once(stream, 'response');
      expect(await front.drain(200)).toEqual({ cut: 1 });
      expect((await answer).isWhole).toBe(false);
    });
  });

  describe('the certificate', () => {
    const nameOf = async (port: number): Promise<string> => {
      const socket = connectTls({ port, host: 'localhost', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { subject } = socket.getPeerCertificate() as PeerCertificate;
      socket.destroy();
      return [subject.CN].flat().join();
    };
    const setUp = async (certificateCheckMs: number) => {
      const own = makeFolder();
      const files = makeCertificate(own, 'live');
      copyFileSync(tls.certFile, files.certFile);
      copyFileSync(tls.keyFile, files.keyFile);
      const next = makeCertificate(own, 'next');
      return { files, next, ...(await startFront({ certificateCheckMs }, { tls: files })) };
    };

    test('is replaced when both files change; open connections stay', async () => {
      const { files, next, port, events } = await setUp(30);
      const session = await open(port);
      expect(await nameOf(port)).toBe('first');
      copyFileSync(next.certFile, files.certFile);
      copyFileSync(next.keyFile, files.keyFile);
      while ((await nameOf(port)) !== 'next') await sleep(20);
      expect(events).toMatchObject([{ name: 'reloaded', fields: { what: 'certificate' } }]);
      expect((await ask(session, { ':path': '/' })).body).toBe('hello');
    });

    test('stays when the new one cannot be used, and the log says so once', async () => {
      const { files, next, port, events, front } = await setUp(30);
      copyFileSync(next.certFile, files.certFile);
      while (events.length === 0) await sleep(20);
      await sleep(150);
      expect(await nameOf(port)).toBe('first');
      expect(events.map(({ name }) => name)).toEqual(['reload_failed']);
      expect(await front.reloadCertificate()).toBe(false);
      writeFileSync(files.certFile, 'rubbish');
      expect(await front.reloadCertificate()).toBe(false);
      expect(await nameOf(port)).toBe('first');
    });

    test('TLS 1.1 and weak ciphers are refused', async () => {
      const { port } = await start({});
      const handshake = (options: object): Promise<string> =>
        new Promise((resolve) => {
          const socket = connectTls({ port, host: 'localhost', rejectUnauthorized: false, ...options });
          socket.once('secureConnect', () => {
            resolve('connected');
            socket.destroy();
          });
          socket.once('error', () => resolve('refused'));
        });
      expect(
        await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
      ).toBe('refused');
      expect(await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toBe('refused');
      expect(await handshake({ maxVersion: 'TLSv1.2' })).toBe('connected');
    });

    test('that cannot be used stops the start', async () => {
      const other = makeCertificate(makeFolder(), 'other');
      await expect(
        startFront({}, { tls: { certFile: tls.certFile, keyFile: other.keyFile } }),
      ).rejects.toMatchObject({ code: 'settings_invalid' });
      await expect(
        startFront({}, { tls: { certFile: '/nonexistent', keyFile: tls.keyFile } }),
      ).rejects.toMatchObject({ code: 'settings_invalid' });
    });
  });
});

/** Outlives `cleanUp`, which runs after each test. */
function makeFolderOnce(): string {
  return execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
}

/** One request as HTTP/2 frames of our own making, for what node's client will not send; what came back, as text. */
async function rawRequest(port: number, fields: readonly (readonly [string, string])[]): Promise<string> {
  const socket = connectTls({ port, host: 'localhost', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const literal = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const block = Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.write(
    Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      frame(4, 0, 0, Buffer.alloc(0)),
      frame(1, 5, 1, block),
    ]),
  );
  await sleep(150);
  socket.destroy();
  return text;
}

test('a drain begins in the very moment in which a session is destroyed', async () => {
  let leave = (): void => {};
  const { port, front } = await startFront(
    {
      onRequest: (req, res) => {
        const { session } = (req as unknown as { stream: { session: { destroy(): void } } }).stream;
        leave = () => session.destroy();
        res.end();
      },
    },
    { tls: makeCertificate(makeFolder(), 'drain') },
  );
  const stream = (await open(port)).request({ ':path': '/' });
  await once(stream, 'response');
  leave();
  await expect(front.drain(2_000)).resolves.toEqual({ cut: 0 });
});
