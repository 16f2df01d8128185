// An application cannot tell the forwarder from no proxy: every request is made directly and through it, and what both
// sides saw is compared, apart from what belongs to one connection.
import { createHash } from 'node:crypto';
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { exchange, gatewayTo, httpUpstream, rawUpstream, tcp } from './fixture.ts';

/** What belongs to one connection, to the framing, or to the minute. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'date',
  'content-length',
  'host',
]);

interface Message {
  readonly line: string;
  readonly fields: readonly string[];
  readonly host?: string | undefined;
  readonly length: string | undefined;
  readonly body: string;
  readonly trailers: readonly string[];
  readonly hints?: readonly unknown[];
}

function fieldsOf(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (!ofConnection.has(raw[i]!.toLowerCase())) fields.push(`${raw[i]}: ${raw[i + 1]}`);
  }
  return fields;
}

async function bodyOf(message: http.IncomingMessage): Promise<string> {
  const digest = createHash('sha256');
  let size = 0;
  for await (const chunk of message) {
    digest.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return `${size} ${digest.digest('base64')}`;
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly fields?: readonly string[];
  /** Each is written on its own. */
  readonly body?: readonly Buffer[];
  readonly framing?: 'chunked' | 'fixed';
}

function ask(
  port: number,
  { method = 'GET', path = '/', fields = [], body = [], framing }: Ask,
): Promise<Message> {
  const size = body.reduce((sum, chunk) => sum + chunk.length, 0);
  const framed =
    framing === 'fixed'
      ? ['content-length', String(size)]
      : framing === 'chunked'
        ? ['transfer-encoding', 'chunked']
        : [];
  return new Promise((resolve, reject) => {
    const headers = ['host', 'app.test', ...fields, ...framed] as never;
    const req = http.request({ port, method, path, headers, agent: false }, (res) => {
      bodyOf(res).then(
        (text) =>
          resolve({
            line: `${res.statusCode} ${res.statusMessage}`,
            fields: fieldsOf(res.rawHeaders),
            length: res.headers['content-length'],
            body: text,
            trailers: res.rawTrailers,
            hints,
          }),
        reject,
      );
    });
    const hints: unknown[] = [];
    req.on('information', (info) => hints.push([info.statusCode, info.rawHeaders]));
    req.on('error', reject);
    for (const chunk of body) req.write(chunk);
    req.end();
  });
}

/** Make the request directly and through the forwarder; expect that upstream and client saw the same. */
async function expectSame(
  asked: Ask,
  answer: (req: http.IncomingMessage, res: http.ServerResponse) => void,
): Promise<Message> {
  const seen: Message[] = [];
  const upstream = await httpUpstream((req, res) => {
    void bodyOf(req).then((body) => {
      seen.push({
        line: `${req.method} ${req.url} HTTP/${req.httpVersion}`,
        fields: fieldsOf(req.rawHeaders),
        host: req.headers.host,
        length: body.startsWith('0 ') ? undefined : req.headers['content-length'],
        body,
        trailers: req.rawTrailers,
      });
      answer(req, res);
    });
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  const direct = await ask(upstream.port, asked);
  const through = await ask(port, asked);
  expect(through).toEqual(direct);
  // A small chunked body may arrive with its length: the body is the same.
  const withoutLength = (message: Message | undefined) => ({ ...message, length: undefined });
  expect(withoutLength(seen[1])).toEqual(withoutLength(seen[0]));
  if (asked.framing === 'fixed') expect(seen[1]?.length).toBe(seen[0]?.length);
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', cut: null });
  return through;
}

const plain = (_req: http.IncomingMessage, res: http.ServerResponse): void => void res.end('ok');

const sizes: readonly [string, Buffer[]][] = [
  ['0 B', []],
  ['1 B', [Buffer.from('x')]],
  ['65 KB in three pieces', [Buffer.alloc(1, 'a'), Buffer.alloc(65_535, 'b'), Buffer.alloc(7, 'c')]],
  ['10 MB', Array.from({ length: 10 }, (_, i) => Buffer.alloc(1_000_000, String(i)))],
];
for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT', 'QUERY']) {
  for (const framing of ['fixed', 'chunked'] as const) {
    test.each(sizes)(`${method} with a ${framing} body of %s`, async (_size, body) => {
      await expectSame({ method, body, framing }, plain);
    });
  }
}

test.each(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'MKCOL', 'PURGE'])(
  '%s without a body',
  async (method) => {
    await expectSame({ method }, plain);
  },
);

test('repeated, empty, long and latin-1 fields keep order, case and bytes', async () => {
  const fields = [
    'X-A',
    '1',
    'x-b',
    '',
    'X-A',
    '2',
    'Accept',
    '*/*',
    'x-a',
    'caf\xe9',
    'Cookie',
    `a=${'b'.repeat(6_000)}`,
  ];
  await expectSame({ fields, path: '/%7e/%2F;a=b?c=%20d&c=+&%ff' }, (_req, res) => {
    const { socket } = res;
    const head = `HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: caf\xe9\r\nX-Empty: \r\nX-A: 2\r\nVary: a\r\nvary: b\r\nX-Long: ${'y'.repeat(7_000)}\r\n`;
    socket?.end(`${head}Content-Length: 0\r\n\r\n`, 'latin1');
  });
});

test('several Set-Cookie and WWW-Authenticate keep order and case', async () => {
  const through = await expectSame({}, (_req, res) => {
    res.socket?.end(
      'HTTP/1.1 401 Unauthorized\r\nSet-Cookie: a=1; Path=/\r\nWWW-Authenticate: Negotiate\r\nset-cookie: b=2\r\n' +
        'Www-Authenticate: Basic realm="x, y"\r\nSet-Cookie: c=3; HttpOnly\r\nContent-Length: 2\r\n\r\nno',
    );
  });
  expect(through.fields.filter((field) => /cookie/i.test(field))).toEqual([
    'Set-Cookie: a=1; Path=/',
    'set-cookie: b=2',
    'Set-Cookie: c=3; HttpOnly',
  ]);
});

test.each([
  ['a fixed length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n'],
  ['an end by closing', 'HTTP/1.1 200 OK\r\n\r\nhello'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhello'],
  ['HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello'],
  ['a reason of its own', 'HTTP/1.1 200 All is well\r\nContent-Length: 0\r\n\r\n'],
  ['an empty reason', 'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n'],
  ['a reason in UTF-8', 'HTTP/1.1 404 N\xc3\xa3o\r\nContent-Length: 0\r\n\r\n'],
  ['an unknown status', 'HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n'],
  ['204', 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n'],
  ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 1234\r\n\r\n'],
  ['206', 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/5\r\nContent-Length: 2\r\n\r\nel'],
  ['416', 'HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n'],
  [
    'hints before it',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ],
  [
    'trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Checksum\r\n\r\n1\r\na\r\n0\r\nChecksum: 7\r\nx-two: 2\r\n\r\n',
  ],
])('a response with %s', async (_name, bytes) => {
  await expectSame({ fields: ['Range', 'bytes=1-2', 'If-None-Match', '"a"'] }, (_req, res) => {
    res.socket?.end(bytes, 'latin1');
  });
});

test.each([
  ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: "a"\r\n\r\n'],
  ['that would be chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Checksum\r\n\r\n'],
  ['of 304', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'],
])('a response to HEAD %s', async (name, bytes) => {
  if (name === 'that would be chunked') {
    // `Trailer` announces nothing that could come: it is left out.
    const { port: upstreamPort } = await rawUpstream((socket) => socket.write(bytes));
    const { port } = await gatewayTo([tcp(upstreamPort)]);
    const answer = await exchange(port, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\n\r\n$/);
    return;
  }
  await expectSame({ method: 'HEAD' }, (_req, res) => void res.socket?.end(bytes, 'latin1'));
});

test('content codings are nobody’s business here', async () => {
  const body = gzipSync('hello '.repeat(1000));
  await expectSame({ fields: ['Accept-Encoding', 'gzip, br'] }, (_req, res) => {
    res.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': body.length }).end(body);
  });
});

test('a response head of 60 KB passes', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\nSet-Cookie: a=${'b'.repeat(60_000)}\r\nContent-Length: 0\r\n\r\n`),
  );
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toContain(`Set-Cookie: a=${'b'.repeat(60_000)}\r\n`);
});

test('any body in any pieces, written one by one, arrives as it was sent, both ways', async () => {
  const upstream = await httpUpstream((req, res) => void req.pipe(res));
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  onTestFinished(() => agent.destroy());
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      pieces,
      fc.constantFrom('POST', 'PUT', 'DELETE', 'GET'),
      fc.boolean(),
      async (body, method, isFixed) => {
        const whole = Buffer.concat(body);
        const framing = isFixed ? { 'Content-Length': whole.length } : { 'Transfer-Encoding': 'chunked' };
        const echoed = await new Promise<Buffer>((resolve, reject) => {
          const req = http.request({ port, agent, method, headers: framing }, (res) => {
            const chunks: Buffer[] = [];
            res
              .on('data', (chunk: Buffer) => chunks.push(chunk))
              .on('end', () => resolve(Buffer.concat(chunks)));
            res.on('error', reject);
          });
          req.on('error', reject);
          for (const piece of body) req.write(piece);
          req.end();
        });
        expect(echoed.equals(whole)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test('two-way streaming: the response begins while the request is still being sent', async () => {
  const upstream = await httpUpstream((req, res) => void req.pipe(res));
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const req = http.request({ port, method: 'POST' });
  const answered = new Promise<http.IncomingMessage>((resolve) => req.on('response', resolve));
  req.write('one');
  const res = await answered;
  const heard: string[] = [];
  const next = (): Promise<string> =>
    new Promise((resolve) => res.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  heard.push(await next());
  req.write('two');
  heard.push(await next());
  req.end('three');
  heard.push(await next());
  expect(heard).toEqual(['one', 'two', 'three']);
});

test('the head of an event stream arrives before its first event', async () => {
  const upstream = await httpUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.flushHeaders();
  });
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
});

test('a head with bytes above ASCII passes as sent before its body is there', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) => {
    socket.write(
      'HTTP/1.1 200 OK\r\nContent-Disposition: inline; filename=caf\xc3\xa9\r\nContent-Length: 2\r\n\r\n',
      'latin1',
    );
    setTimeout(() => socket.write('ok'), 100);
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(
    /^HTTP\/1\.1 200 OK\r\nContent-Disposition: inline; filename=caf\xc3\xa9\r\n[\s\S]*ok$/,
  );
});

test('neither hints nor trailers set cookies or lead elsewhere', async () => {
  const evil = 'Set-Cookie: bouncer_session=x\r\nClear-Site-Data: "cookies"\r\nAlt-Svc: h2="evil:1"\r\n';
  const { port: upstreamPort } = await rawUpstream((socket) =>
    socket.write(
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n${evil}\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nChecksum: 7\r\n${evil}\r\n`,
    ),
  );
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\n0\r\nChecksum: 7\r\n\r\n$/);
  expect(answer).not.toMatch(/cookie|alt-svc|clear-site/i);
});

test.each([1, 8_191, 8_192, 8_193, 20_000])(
  'a response of %i bytes of every value arrives as sent',
  async (size) => {
    const body = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
    const upstream = await httpUpstream((req, res) => {
      res.writeHead(200, req.url === '/fixed' ? { 'Content-Length': size } : {});
      res.end(body);
    });
    const { port } = await gatewayTo([tcp(upstream.port)]);
    for (const path of ['/fixed', '/chunked']) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    }
  },
);
