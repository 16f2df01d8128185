// A request goes out at the end of the turn. What its connection says or does before that has nothing to do with it.
import { expect, test } from 'vitest';
import { type Client, clientTo, Sender } from './client-fixture.ts';

const answerOf = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

const hello = [Buffer.from('he'), Buffer.from('llo')];
const requests = [
  { name: 'GET', request: { method: 'GET' } },
  { name: 'POST without a body', request: { method: 'POST' } },
  {
    name: 'POST that waits for a word about its body',
    request: { method: 'POST', hasBody: true, expectsContinue: true },
  },
];

/** A connection that served one request and is kept; answers to the n-th connection name it. */
async function kept(): Promise<Client> {
  const client = await clientTo((socket, sofar, nth) => {
    if (sofar.endsWith('\r\n\r\n') || sofar.endsWith('hello')) socket.write(answerOf(`over ${nth}`));
  });
  expect(await new Sender(client.pool).text()).toBe('over 1');
  return client;
}

/** In one turn, before the connection is read again. */
function inOneTurn<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => void setImmediate(() => resolve(act())));
}

test.each(requests)('$name: bytes that nobody asked for are not its answer', async ({ request }) => {
  const { pool, server } = await kept();
  const sender = await inOneTurn(() => {
    server.sockets[0]?.write(answerOf('of somebody else'));
    return new Sender(pool, request);
  });
  expect(await sender.text()).toBe('over 2');
  expect(server.received(1).match(/ HTTP\/1\.1/g)).toHaveLength(1);
});

test.each(requests)(
  '$name: a connection that is closed meanwhile costs nobody the request',
  async ({ request }) => {
    const { pool, server } = await kept();
    const sender = await inOneTurn(() => {
      server.sockets[0]?.destroy();
      return new Sender(pool, request);
    });
    expect(await sender.text()).toBe('over 2');
  },
);

test('a request whose body was taken already fails, and what nobody asked for is not its answer', async () => {
  const { pool, server } = await kept();
  const sender = await inOneTurn(() => {
    server.sockets[0]?.write(answerOf('of somebody else'));
    return new Sender(pool, { headers: ['Host', 'app.test', 'Content-Length', '5'] }, hello);
  });
  expect(await sender.failure()).toBe('UPSTREAM_SPOKE_UNASKED');
  expect(server.received(1).match(/ HTTP\/1\.1/g)).toHaveLength(1);
});

test('who greets a connection before anything was asked does not speak HTTP', async () => {
  const { pool, server } = await clientTo(() => {});
  server.server.on('connection', (socket) => void socket.write('220 mail.test ESMTP\r\n'));
  expect(await new Sender(pool).failure()).toBe('UPSTREAM_NOT_HTTP');
});

test('nothing is written for who left in the same turn', async () => {
  const { pool, server } = await kept();
  await inOneTurn(() => new Sender(pool).stream.abort());
  expect(await new Sender(pool).text()).toBe('over 2');
  expect(server.received(1).match(/ HTTP\/1\.1/g)).toHaveLength(1);
});

/** What the pieces of one turn look like on the wire. */
const framings = [
  {
    name: 'with a length',
    headers: ['Host', 'app.test', 'Content-Length', '5'],
    wire: 'Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello',
  },
  {
    name: 'in chunks',
    headers: ['Host', 'app.test'],
    wire: 'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
  },
];

test.each(framings)(
  'a small body $name that is there in the same turn goes out with its head',
  async (framing) => {
    const segments: string[] = [];
    const { pool } = await clientTo((socket, sofar) => {
      segments.push(sofar);
      if (sofar.endsWith('hello') || sofar.endsWith('0\r\n\r\n')) socket.write(answerOf('ok'));
    });
    expect(await new Sender(pool, { headers: framing.headers }, hello).text()).toBe('ok');
    expect(segments).toEqual([expect.stringContaining(framing.wire)]);
  },
);

test('bytes of every value arrive as they are, whether they go out with the head or after it', async () => {
  const small = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const large = Buffer.alloc(100_000, small);
  const { pool, server } = await clientTo((socket, sofar) => {
    if (sofar.length > 100_300 && sofar.endsWith(large.toString('latin1'))) socket.write(answerOf('ok'));
  });
  const length = String(small.length + large.length);
  const sender = new Sender(pool, { headers: ['Host', 'app.test', 'Content-Length', length] }, [
    small,
    large,
  ]);
  expect(await sender.text()).toBe('ok');
  expect(server.received().endsWith(Buffer.concat([small, large]).toString('latin1'))).toBe(true);
});

test('more than announced is not sent, nor is what came before it in the same turn', async () => {
  const { pool, server } = await kept();
  const headers = ['Host', 'app.test', 'Content-Length', '4'];
  expect(await new Sender(pool, { headers }, hello).failure()).toBe('UPSTREAM_REQUEST_LENGTH');
  expect(await new Sender(pool).text()).toBe('over 2');
  expect(server.received(1).match(/ HTTP\/1\.1/g)).toHaveLength(1);
});
