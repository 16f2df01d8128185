// An answer before the end of an upload reaches a client of HTTP/1.1 that is still sending, and nothing that comes behind it is a request.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cleanUp, startFront } from './front-fixture.ts';

afterEach(cleanUp);

const refuse = { Connection: 'close', 'Content-Length': 2 } as const;

/** Sends the pieces one after the other, whatever comes back. @returns all that came back, once the connection is over */
function send(port: number, pieces: readonly (string | Buffer)[]): Promise<{ text: string; tookMs: number }> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const rest = [...pieces];
    const next = (): void => {
      const piece = rest.shift();
      if (piece !== undefined && !socket.destroyed) socket.write(piece, () => setImmediate(next));
    };
    socket.on('connect', next).on('error', () => {});
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => resolve({ text, tookMs: performance.now() - startedMs }));
  });
}

describe('an answer before the end of an upload', () => {
  test('arrives, though the client is still sending', { timeout: 60_000 }, async () => {
    const { port } = await startFront({ onRequest: (_req, res) => res.writeHead(403, refuse).end('no') });
    const chunk = Buffer.alloc(256 * 1024);
    const upload = [`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 * chunk.length}\r\n\r\n`];
    const pieces = [...upload, ...Array.from({ length: 64 }, () => chunk)];
    for (let n = 0; n < 20; n++)
      expect((await send(port, pieces)).text).toMatch(/^HTTP\/1\.1 403 [\s\S]*no$/);
  });

  test('ends the connection: what stands behind the body is not a request', async () => {
    const seen: unknown[] = [];
    const { port } = await startFront({
      onRequest: (req, res) => {
        seen.push(req.url);
        res.writeHead(403, refuse).end('no');
      },
    });
    const head = 'POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';
    for (const pieces of [
      [head, 'half.', `half.${hidden}`],
      [head, `halfahalfa${hidden}`],
      [`${head}half.`, hidden],
    ])
      expect((await send(port, pieces)).text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(seen).toEqual(['/first', '/first', '/first']);
  });

  test('costs a connection nothing that grows with its requests, and ends it after many as after one', async () => {
    const { port } = await startFront({
      onRequest: (req, res) => void req.resume().on('end', () => res.end('ok')),
    });
    const socket = connect(port, '127.0.0.1');
    let answers = 0;
    socket.on('data', (chunk: Buffer) => {
      answers += chunk.toString().split('HTTP/1.1 ').length - 1;
    });
    const upload = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na';
    // More than a stack is deep.
    for (let sent = 0; sent < 20_000; sent += 100) {
      socket.write(upload.repeat(100));
      await vi.waitFor(() => expect(answers).toBe(sent + 100), { timeout: 30_000, interval: 1 });
    }
    socket.write(upload.replace('Host', 'Connection: close\r\nHost'));
    await once(socket, 'close');
    expect(answers).toBe(20_001);
  }, 120_000);

  test('waits a moment for a client that sends nothing more, and no longer', async () => {
    const { port, front } = await startFront({
      onRequest: (_req, res) => res.writeHead(403, refuse).end('no'),
    });
    const started = new Promise<void>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () =>
        socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf.'),
      );
      socket.on('error', () => {}).on('data', () => resolve());
    });
    await started;
    await expect.poll(() => front.connections, { timeout: 10_000 }).toBe(0);
  });
});
