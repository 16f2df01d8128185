// What a turn of the event loop brings of an answer goes out at its end, in one write, byte for byte as it came.
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { exchange, gatewayTo, type Outcome, rawUpstream, type TestGateway, tcp, waitFor } from './fixture.ts';

const everyValue = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));

const answers = [
  { name: 'with a length', bytes: `HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n${everyValue}` },
  {
    name: 'in chunks',
    bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n${everyValue}\r\n0\r\n\r\n`,
  },
  {
    name: 'in chunks with trailers',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nSum: 7\r\n\r\n',
  },
  { name: 'with an empty body', bytes: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' },
  { name: 'without a body', bytes: 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n' },
];

test.each(answers)('an answer $name arrives in one piece', async ({ bytes }) => {
  const { port: upstreamPort } = await rawUpstream((socket) => void socket.write(bytes, 'latin1'));
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const client = net.connect(port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  const pieces: string[] = [];
  client.on('data', (piece: Buffer) => pieces.push(piece.toString('latin1')));
  for (let nth = 1; nth <= 5; nth++) {
    client.write('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
    await waitFor(() => pieces.length === nth);
  }
  for (const piece of pieces) {
    expect(piece.startsWith(bytes.slice(0, bytes.indexOf('\r\n')))).toBe(true);
    expect(piece.endsWith(bytes.slice(bytes.indexOf('\r\n\r\n')))).toBe(true);
  }
});

test('a head goes out although its body is not there yet, and so does each piece', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream(
    (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'),
  );
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const client = net.connect(port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  let got = '';
  client.on('data', (piece: Buffer) => (got += piece.toString('latin1')));
  client.write('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
  await waitFor(() => got.includes('\r\n\r\n'));
  for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
    upstream.sockets[0]?.write(text);
    await waitFor(() => got.includes(text));
  }
});

test('answers to requests that came together come in their order', async () => {
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    const path = /^GET \/(\w+)/.exec(sofar.slice(sofar.lastIndexOf('GET')))?.[1] ?? '';
    setTimeout(
      () => void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`),
      path === 'slow' ? 20 : 0,
    );
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const ask = (path: string): string => `GET /${path} HTTP/1.1\r\nHost: app.test\r\n`;
  const got = await exchange(
    port,
    `${ask('slow')}\r\n${ask('quick')}\r\n${ask('last')}Connection: close\r\n\r\n`,
  );
  expect(got.split('\r\n\r\n').map((part) => part.split('HTTP/1.1')[0])).toEqual([
    '',
    'slow',
    'quick',
    'last',
  ]);
});

test('an answer whose upstream breaks off in the same turn does not look whole', async () => {
  const { port: upstreamPort } = await rawUpstream((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello');
    socket.resetAndDestroy();
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const got = await exchange(port, 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n').catch(() => '');
  expect(got === '' || got.includes('Content-Length: 100') || got.startsWith('HTTP/1.1 502')).toBe(true);
  expect(await gateway.outcome()).toSatisfy(
    ({ cut, kind }) => cut === 'upstream-broken' || kind === 'failure',
  );
});

/** An application that says `hello` of so many bytes, and what happens in the turn in which that comes. */
async function answerThen(
  bytes: number,
  act: (gateway: TestGateway) => void,
): Promise<{ readonly port: number; readonly gateway: TestGateway }> {
  const { port: upstreamPort } = await rawUpstream(
    (socket) => void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\nhello`),
  );
  const responseHeaders = (_permit: unknown, raw: readonly string[]): string[] => {
    process.nextTick(() => act(found.gateway));
    return [...raw];
  };
  const found = await gatewayTo([tcp(upstreamPort)], {}, { responseHeaders });
  return found;
}

test('an answer that is ended in the turn in which it began is cut, and was told so', async () => {
  const { port, gateway } = await answerThen(100, ({ ends }) => ends[0]?.('session-ended'));
  const got = await exchange(port, 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n').catch(() => '');
  expect(got.length === 0 || got.endsWith('hello')).toBe(true);
  expect(await gateway.outcome()).toMatchObject({ kind: 'end', cut: 'session-ended' });
});

test('a client that leaves in the turn of its answer got nothing of it', async () => {
  const { port, gateway } = await answerThen(5, ({ server }) => server.closeAllConnections());
  const got = await exchange(port, 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n').catch(() => '');
  expect(got).toBe('');
  const wanted = { kind: 'end', status: 499, bytesOut: 0, cut: 'client-gone' };
  expect(await gateway.outcome()).toMatchObject(wanted);
});

/** Two requests that come together: the first is answered when the second was, which therefore waits in its place. */
async function secondWaits(
  answer: string,
): Promise<{ readonly got: string; readonly outcomes: readonly Outcome[] }> {
  let first: net.Socket | null = null;
  const { port: upstreamPort } = await rawUpstream((socket, sofar) => {
    if (sofar.startsWith('GET /first')) first = socket;
    else {
      socket.write(answer, 'latin1');
      socket.end();
    }
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: app.test\r\n`;
  const got = exchange(port, `${ask('/first')}\r\n${ask('/second')}Connection: close\r\n\r\n`);
  await waitFor(() => first !== null);
  await Promise.race([gateway.outcome(), new Promise((resolve) => setTimeout(resolve, 50))]);
  first!.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst');
  return { got: await got, outcomes: gateway.outcomes };
}

test('an answer that is cut while it waits behind another one ends the connection after that', async () => {
  const { got, outcomes } = await secondWaits('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello');
  expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nfirst/);
  expect(outcomes[0]).toMatchObject({ kind: 'end', cut: 'upstream-broken' });
});

test('nothing comes before its turn: hints and a large answer that wait behind another one', async () => {
  const body = 'x'.repeat(30_000);
  const { got } = await secondWaits(
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n${body}`,
  );
  expect(got.split('HTTP/1.1 ').map((part) => part.slice(0, 3))).toEqual(['', '200', '200']);
  expect(got.endsWith(`\r\n\r\n${body}`)).toBe(true);
});

test('a word about the body that waits behind another answer comes in its turn', async () => {
  const body = 'x'.repeat(30_000);
  const { port: upstreamPort, upstream } = await rawUpstream((socket, sofar) => {
    if (sofar.startsWith('POST') && sofar.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    if (sofar.endsWith('hello'))
      socket.write(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 30000\r\n\r\n${body}`);
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const got = exchange(
    port,
    'GET /first HTTP/1.1\r\nHost: app.test\r\n\r\n' +
      'POST /second HTTP/1.1\r\nHost: app.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
  );
  await waitFor(() => upstream.text.endsWith('hello'));
  await waitFor(() => upstream.sockets.some(({ destroyed }) => destroyed));
  upstream.sockets
    .find(({ destroyed }) => !destroyed)!
    .write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst');
  const answers = (await got).split('HTTP/1.1 ').map((part) => part.slice(0, 3));
  expect([
    ['', '200', '200'],
    ['', '200', '100', '200'],
  ]).toContainEqual(answers);
  expect((await got).endsWith(`\r\n\r\n${body}`)).toBe(true);
  expect(gateway.outcomes.every(({ cut }) => cut === null)).toBe(true);
});

test('a client that waits for a word about its body behind another answer gets it in its turn', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket, sofar) => {
    if (sofar.startsWith('POST') && sofar.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    if (sofar.endsWith('hello')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const { port } = await gatewayTo([tcp(upstreamPort)]);
  const client = net.connect(port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  let got = '';
  client.on('data', (piece: Buffer) => (got += piece.toString('latin1')));
  client.write(
    'GET /first HTTP/1.1\r\nHost: app.test\r\n\r\n' +
      'POST /second HTTP/1.1\r\nHost: app.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  );
  await waitFor(() => upstream.sockets.length === 2 && upstream.text.includes('POST /second'));
  upstream.sockets[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst');
  await waitFor(() => got.includes('HTTP/1.1 100'));
  client.write('hello');
  await waitFor(() => got.endsWith('ok'));
  expect(got.split('HTTP/1.1 ').map((part) => part.slice(0, 3))).toEqual(['', '200', '100', '200']);
});
