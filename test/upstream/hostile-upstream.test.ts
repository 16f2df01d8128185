// Upstreams that never stop, cut, lie, answer twice or stall: each ends as a failure that says so, in bounded time and memory, and no
// answer of one request ever reaches another.
import type net from 'node:net';
import { describe, expect, test } from 'vitest';
import { clientTo, Sender } from './client-fixture.ts';
import { waitFor } from './forward/fixture.ts';
import { pick, randomFrom } from './random-responses.ts';

const ok = 'HTTP/1.1 200 OK\r\n';

/** Write the piece for ever, as fast as it is taken. */
function endlessly(socket: net.Socket, start: string, piece: string): () => number {
  let bytes = 0;
  const large = piece.repeat(Math.ceil(16_384 / piece.length));
  const more = (): void => {
    while (!socket.destroyed) {
      bytes += large.length;
      if (!socket.write(large, 'latin1')) {
        socket.once('drain', more);
        return;
      }
    }
  };
  socket.write(start, 'latin1');
  more();
  return () => bytes;
}

describe('an upstream that never stops', () => {
  test.each([
    ['100', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'UPSTREAM_INTERIM_FLOOD'],
    ['103', '', `HTTP/1.1 103 Early Hints\r\nLink: </${'a'.repeat(500)}>\r\n\r\n`, 'UPSTREAM_INTERIM_FLOOD'],
    ['fields', ok, 'X-A: b\r\n', 'UPSTREAM_HEAD_TOO_LARGE'],
    ['a field', `${ok}X-A: `, 'bbbbbbbb', 'UPSTREAM_HEAD_TOO_LARGE'],
    ['trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`, 'X-A: b\r\n', 'UPSTREAM_TRAILERS_TOO_LARGE'],
    ['chunk extensions', `${ok}Transfer-Encoding: chunked\r\n\r\n1;`, 'a=b;c=d;', 'UPSTREAM_CHUNK_INVALID'],
  ])('sending %s is cut off', async (_name, start, piece, code) => {
    let written: () => number = () => 0;
    const { pool } = await clientTo((socket) => {
      written = endlessly(socket, start, piece);
    });
    const before = process.memoryUsage().rss;
    expect(await new Sender(pool).failure()).toBe(code);
    await waitFor(() => pool.size === 0);
    // What the kernel and the writer's own buffer hold, no more.
    expect(written()).toBeLessThan(24_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test('sending a body without an end holds no memory while nobody reads it', async () => {
    let written: () => number = () => 0;
    const { pool } = await clientTo((socket) => {
      written = endlessly(socket, `${ok}\r\n`, 'x'.repeat(16_384));
    });
    const sender = new Sender(pool);
    sender.onChunk = (stream) => stream.pause();
    let before = -1;
    while (before !== written() || before === 0) {
      before = written();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(written()).toBeLessThan(24_000_000);
    sender.stream.abort();
  });
});

test.each([
  ['cuts in the head', `${ok}Content-Le`, 'UPSTREAM_CLOSED'],
  ['cuts in the body', `${ok}Content-Length: 5\r\n\r\nhel`, 'UPSTREAM_CLOSED'],
  ['cuts in a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`, 'UPSTREAM_CLOSED'],
  ['cuts before the last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n`, 'UPSTREAM_CLOSED'],
  ['cuts in the last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n`, 'UPSTREAM_CLOSED'],
  ['speaks something else', 'EHLO\r\n', 'UPSTREAM_NOT_HTTP'],
  [
    'switches unasked',
    'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'UPSTREAM_SWITCH_UNASKED',
  ],
])('an upstream that %s is a failure, whether it closes or resets', async (_name, bytes, code) => {
  for (const end of ['close', 'reset']) {
    const { pool } = await clientTo((socket) => {
      socket.write(bytes, 'latin1');
      setTimeout(() => (end === 'close' ? socket.end() : socket.resetAndDestroy()), 30);
    });
    const failure = await new Sender(pool).failure();
    expect([code, ...(end === 'reset' ? ['ECONNRESET'] : [])]).toContain(failure);
    expect(pool.size).toBe(0);
  }
});

test('a body that ends with its connection is cut, not whole, when that is reset', async () => {
  const { pool } = await clientTo((socket) => {
    socket.write(`${ok}\r\nhalf`);
    setTimeout(() => socket.resetAndDestroy(), 30);
  });
  expect(await new Sender(pool).failure()).toBe('ECONNRESET');
});

test('an upstream that speaks before it is asked answers nobody', async () => {
  const { pool, server } = await clientTo(() => {});
  server.server.on('connection', (socket: net.Socket) =>
    // It would be kept for ten minutes.
    setTimeout(() => socket.write(`${ok}Keep-Alive: timeout=600\r\nContent-Length: 8\r\n\r\nunasked!`), 30),
  );
  const first = new Sender(pool);
  expect((await first.answer()).body.toString()).toBe('unasked!');
  // It was an answer to a request that was there; while none is, it ends the connection.
  server.sockets[0]?.write(`${ok}Content-Length: 8\r\n\r\npoisoned`);
  await waitFor(() => pool.size === 0);
  const second = new Sender(pool);
  expect((await second.answer()).body.toString()).toBe('unasked!');
  expect(server.sockets.length).toBe(2);
});

test('a response that ends where a read ends leaves nothing for the next request', async () => {
  // The head and the body fill one read exactly; a second answer waits behind.
  const head = (size: number): string => `${ok}Content-Length: ${size}\r\n\r\n`;
  const size = 65_536 - head(65_000).length;
  const { pool } = await clientTo((socket) =>
    socket.write(`${head(size)}${'x'.repeat(size)}${head(8)}poisoned`),
  );
  for (let i = 0; i < 20; i++) {
    const sender = new Sender(pool);
    const next = sender.over().then(() => new Sender(pool).answer());
    expect((await sender.answer()).body.length).toBe(size);
    expect((await next).body.length).toBe(size);
  }
});

test.each([
  ['by its length', ['Host', 'a', 'Content-Length', '10']],
  ['in chunks', ['Host', 'a']],
])('an answer before the end of an upload (%s) leaves its connection to nobody else', async (_, headers) => {
  const { pool, server } = await clientTo((socket, sofar) => {
    if (sofar.startsWith('POST ') ? sofar.includes('half') : sofar.endsWith('\r\n\r\n'))
      socket.write(`${ok}Content-Length: 2\r\n\r\nok`);
  });
  const upload = new Sender(pool, { method: 'POST', hasBody: true, headers });
  await upload.until(() => upload.calls.includes('wanted'));
  upload.stream.write(Buffer.from('half'));
  expect(await upload.text()).toBe('ok');
  // What comes of it late is written nowhere.
  upload.stream.write(Buffer.from('GET / '));
  expect(await new Sender(pool, { path: '/next' }).text()).toBe('ok');
  expect(server.received(1)).not.toContain('GET /');
  expect(server.received(2)).toMatch(/^GET \/next HTTP\/1\.1\r\n/);
});

const misdeeds = [
  'right',
  'right',
  'right',
  'twice',
  'junk',
  'cut',
  'reset',
  'close',
  'pieces',
  'stall',
  'hints',
] as const;

test.each([3, 20_261_126])(
  'whatever it does, each request gets its own answer or a failure (seed %i)',
  async (seed) => {
    const random = randomFrom(seed);
    const { pool } = await clientTo((socket, sofar) => {
      const paths = sofar.match(/(?<=(?:GET|POST) )\/\d+/g) ?? [];
      const path = paths.at(-1) ?? '';
      if (!sofar.endsWith('\r\n\r\n') && !sofar.endsWith('hello')) return;
      const body = `${path}:${'x'.repeat(Math.floor(random() * 3_000))}`;
      const answer =
        random() < 0.5
          ? `${ok}Content-Length: ${body.length}\r\n\r\n${body}`
          : `${ok}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      const misdeed = pick(random, misdeeds);
      if (misdeed === 'right') socket.write(answer);
      else if (misdeed === 'hints') socket.write(`HTTP/1.1 103 X\r\nLink: <${path}>\r\n\r\n${answer}`);
      else if (misdeed === 'twice') socket.write(answer + answer);
      else if (misdeed === 'junk')
        socket.write(`${answer}${pick(random, ['\r\n', 'x', '0\r\n\r\n', 'HTTP/1.1 200 OK\r\n'])}`);
      else if (misdeed === 'cut') socket.end(answer.slice(0, Math.floor(random() * answer.length)));
      else if (misdeed === 'reset') {
        socket.write(answer.slice(0, Math.floor(random() * answer.length)));
        socket.resetAndDestroy();
      } else if (misdeed === 'close') socket.end(answer);
      else if (misdeed === 'stall') socket.write(answer.slice(0, -1));
      else {
        const at = Math.floor(random() * answer.length);
        socket.write(answer.slice(0, at));
        setTimeout(() => socket.write(answer.slice(at)), random() * 5);
      }
    });
    let whole = 0;
    let nth = 0;
    const one = async (): Promise<void> => {
      while (nth < 1_500) {
        const path = `/${nth++}`;
        const isPost = random() < 0.3;
        const times = { responseTimeoutMs: 300, idleTimeoutMs: 300 };
        const sender = isPost
          ? new Sender(pool, { path, headers: ['Host', 'a', 'Content-Length', '5'], ...times }, [
              Buffer.from('hello'),
            ])
          : new Sender(pool, { path, ...times });
        // Some leave before they have their answer.
        if (random() < 0.1) {
          await new Promise((resolve) => setTimeout(resolve, random() * 3));
          if (!sender.isOver) sender.stream.abort();
          continue;
        }
        await sender.over();
        for (const [, fields] of sender.interims) expect(fields).toEqual(['Link', `<${path}>`]);
        if (sender.error !== null) continue;
        whole++;
        expect(sender.bytes.toString().split(':')[0]).toBe(path);
      }
    };
    await Promise.all(Array.from({ length: 12 }, one));
    expect(whole).toBeGreaterThan(600);
    // Idle ones go by themselves.
    await waitFor(() => pool.size === 0, 12_000);
  },
);
