// Uploads: a steady one may last, one that does not come is cut, and nobody is cut because the application does not read.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { afterEach, describe, expect, test } from 'vitest';
import { cleanUp, makeCertificate, makeFolder, RawClient, sleep, startFront } from './front-fixture.ts';

afterEach(cleanUp);

const timeoutMs = 1_500;
const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n';
const piece = `2000\r\n${'x'.repeat(0x2000)}\r\n`;

const countBytes = (req: IncomingMessage, res: ServerResponse): void => {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  req.on('end', () => res.end(`got ${bytes}`));
};

describe('over HTTP/1.1', () => {
  const start = (onRequest: (req: IncomingMessage, res: ServerResponse) => void) =>
    startFront({ onRequest }, { limits: { requestTimeoutMs: timeoutMs } });

  test('a steady upload outlasts `request_timeout`', async () => {
    const { port } = await start(countBytes);
    const client = new RawClient(port);
    client.socket.write(head);
    const endMs = performance.now() + 3 * timeoutMs;
    let pieces = 0;
    while (performance.now() < endMs) {
      client.socket.write(piece);
      pieces += 1;
      await sleep(100);
    }
    client.socket.write('0\r\n\r\n');
    await client.receive(`got ${pieces * 0x2000}`);
    client.socket.destroy();
  });

  test.each([
    ['silence', ''],
    ['a byte now and then', '1\r\nx\r\n'],
  ])('%s is cut with 408', async (_, drip) => {
    const { port } = await start(countBytes);
    const client = new RawClient(port);
    client.socket.write(head + piece);
    const timer = setInterval(() => client.socket.write(drip), 200);
    await client.closed;
    clearInterval(timer);
    expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a body that nobody reads for a while is not slow', async () => {
    const { port } = await start((req, res) => void setTimeout(() => countBytes(req, res), 3 * timeoutMs));
    const client = new RawClient(port);
    client.socket.write(`${head}${piece.repeat(40)}0\r\n\r\n`);
    await client.receive(`got ${40 * 0x2000}`);
    client.socket.destroy();
  });

  test('a body that is read again just before the time is looked at has its time anew', async () => {
    const held = (req: IncomingMessage, res: ServerResponse): void => {
      setTimeout(() => countBytes(req, res), 2 * timeoutMs - 100);
    };
    const { port } = await start(held);
    const client = new RawClient(port);
    client.socket.write(`${head}${piece.repeat(2)}`);
    await sleep(2 * timeoutMs + 400);
    client.socket.write('0\r\n\r\n');
    await client.receive(`got ${2 * 0x2000}`);
    client.socket.destroy();
  });

  test('a connection serves its next request after a body', async () => {
    const { port } = await start(countBytes);
    const client = new RawClient(port);
    client.socket.write(`${head}${piece}0\r\n\r\n`);
    await client.receive('got 8192');
    await sleep(2 * timeoutMs);
    client.socket.write(`${head}5\r\nhello\r\n0\r\n\r\n`);
    await client.receive('got 5');
    client.socket.destroy();
  });
});

describe('over HTTP/2', () => {
  const start = async () => {
    const { port } = await startFront(
      { onRequest: countBytes },
      { limits: { requestTimeoutMs: timeoutMs }, tls: makeCertificate(makeFolder(), 'front') },
    );
    const session = connectHttp2(`https://localhost:${port}`, { rejectUnauthorized: false });
    session.on('error', () => {});
    return { session, stream: session.request({ ':method': 'POST', ':path': '/' }) };
  };

  test('a steady upload outlasts `request_timeout`', async () => {
    const { session, stream } = await start();
    const endMs = performance.now() + 3 * timeoutMs;
    let pieces = 0;
    while (performance.now() < endMs) {
      stream.write(Buffer.alloc(0x2000));
      pieces += 1;
      await sleep(100);
    }
    stream.end();
    const text = Buffer.concat((await stream.toArray()) as Buffer[]).toString();
    expect(text).toBe(`got ${pieces * 0x2000}`);
    session.destroy();
  });

  test('one that stops is reset, and the session goes on', async () => {
    const { session, stream } = await start();
    stream.on('error', () => {});
    stream.write(Buffer.alloc(0x2000));
    await once(stream, 'close');
    expect(stream.rstCode).toBe(8);
    const next = session.request({ ':path': '/' });
    next.end();
    expect(Buffer.concat((await next.toArray()) as Buffer[]).toString()).toBe('got 0');
    session.destroy();
  });
});
