// Streams over every kind of upstream: both ways at once, back-pressure, answers before the upload is through, ends that come early.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exchange, waitFor } from './fixture.ts';
import { gatewayToKind, summary, summaryOf, upstreamKinds, withCertificates } from './upstream-kinds.ts';

/** A client that says and hears bytes. */
function rawClient(port: number): { readonly socket: net.Socket; readonly text: () => string } {
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on('error', () => {}).on('data', (chunk: Buffer) => chunks.push(chunk));
  return { socket, text: () => Buffer.concat(chunks).toString('latin1') };
}

withCertificates();

describe.each(upstreamKinds)('over $name', (kind) => {
  test('both ways at once: the answer begins, piece by piece, while the request is being sent', async () => {
    const { port } = await gatewayToKind(kind, (req, res) => {
      res.writeHead(200);
      req.on('data', (chunk: Buffer) => res.write(chunk.toString().toUpperCase()));
      req.on('end', () => res.end('.'));
    });
    const { socket, text } = rawClient(port);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    await waitFor(() => text().includes('ONE'));
    socket.write('3\r\ntwo\r\n');
    await waitFor(() => text().includes('TWO'));
    socket.write('0\r\n\r\n');
    await waitFor(() => text().endsWith('0\r\n\r\n'));
  });

  test('the head of an event stream comes before its first event, and each event when it is sent', async () => {
    let send = (_text: string): void => {};
    const { port } = await gatewayToKind(kind, (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.flushHeaders();
      send = (text) => void res.write(text);
    });
    const { socket, text } = rawClient(port);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await waitFor(() => text().endsWith('\r\n\r\n'));
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      send(event);
      await waitFor(() => text().includes(event));
    }
  });

  test('who reads nothing holds the application back, and loses no byte', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    const total = 48 * 1024 * 1024;
    let sent = 0;
    const { port } = await gatewayToKind(kind, (_req, res) => {
      res.writeHead(200);
      const more = (): void => {
        while (sent < total) {
          sent += piece.length;
          if (!res.write(piece)) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    });
    const [res] = (await once(http.get({ port, agent: false }), 'response')) as [http.IncomingMessage];
    await waitForRest(() => sent);
    expect(sent).toBeLessThan(total / 2);
    let got = 0;
    for await (const chunk of res) got += (chunk as Buffer).length;
    expect(got).toBe(total);
  });

  test('an application that reads nothing holds the client back, and loses no byte', async () => {
    const total = 48 * 1024 * 1024;
    let held: http.IncomingMessage | null = null;
    const { port } = await gatewayToKind(kind, (req, res) => {
      held = req;
      let got = 0;
      req.pause().on('data', (chunk: Buffer) => (got += chunk.length));
      req.on('end', () => res.end(String(got)));
      req.pause();
    });
    const { socket, text } = rawClient(port);
    socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\nConnection: close\r\n\r\n`);
    socket.write(Buffer.alloc(total, 'x'));
    await waitForRest(() => socket.bytesWritten - socket.writableLength);
    await waitFor(() => held !== null);
    const taken = (socket as unknown as { _handle: { bytesWritten: number; writeQueueSize: number } })
      ._handle;
    expect(taken.bytesWritten - taken.writeQueueSize).toBeLessThan(total / 2);
    (held as http.IncomingMessage | null)?.resume();
    await waitFor(() => text().includes(String(total)), 60_000);
  });

  test('a refusal that comes before the upload is through reaches the client', async () => {
    const { port, gateway } = await gatewayToKind(kind, (req, res) => {
      req.pause();
      res.writeHead(413, { 'content-length': '6', ...(kind.isHttp2 ? {} : { connection: 'close' }) });
      res.end('no way');
    });
    const size = 20_000_000;
    const { socket, text } = rawClient(port);
    socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size, 'x'));
    await waitFor(() => text().endsWith('no way'), 30_000);
    expect(text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(await gateway.outcome()).toMatchObject({ kind: 'end', status: 413, cut: null });
    // What is left of the upload was read: the connection serves on.
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await waitFor(() => text().split('no way').length === 3, 30_000);
  });

  test('an answer that breaks off is never a whole one', async () => {
    const { port, gateway } = await gatewayToKind(kind, (req, res) => {
      const length = req.url === '/length' ? { 'content-length': '1000' } : {};
      res.writeHead(200, length);
      res.write('half', () => setTimeout(() => (res.stream ?? res).destroy(), 20));
    });
    for (const path of ['/length', '/chunks']) {
      const answer = await exchange(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(answer).toContain('half');
      expect(answer.endsWith('0\r\n\r\n')).toBe(false);
    }
    expect(gateway.outcomes.map(({ cut }) => cut)).toEqual(['upstream-broken', 'upstream-broken']);
  });

  test('one that never answers is a 504, and one that falls silent is cut', async () => {
    const { port, gateway } = await gatewayToKind(
      kind,
      (req, res) => {
        if (req.url === '/silent') return;
        res.writeHead(200);
        res.write('half');
      },
      { responseTimeoutMs: 300, idleTimeoutMs: 300 },
    );
    const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    expect(await exchange(port, ask('/silent'))).toMatch(/^HTTP\/1\.1 504 /);
    expect(await exchange(port, ask('/half'))).toMatch(/half/);
    expect(gateway.outcomes[1]).toMatchObject({ cut: 'upstream-timeout' });
  });

  test.each(['before the answer', 'during the upload', 'in the answer'])(
    'a client that leaves %s is gone for the application too',
    async (when) => {
      let isGone = false;
      let isReached = false;
      const { port, gateway } = await gatewayToKind(kind, (req, res) => {
        isReached = true;
        req.resume();
        (res.stream ?? req).on('close', () => (isGone = true));
        if (when === 'in the answer') res.writeHead(200).write('half');
      });
      const { socket, text } = rawClient(port);
      const framing = when === 'during the upload' ? 'Content-Length: 100\r\n\r\nhalf' : '\r\n';
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${framing}`);
      await waitFor(() => isReached && (when !== 'in the answer' || text().includes('half')));
      socket.destroy();
      await waitFor(() => isGone);
      expect(await gateway.outcome()).toMatchObject({ cut: 'client-gone' });
    },
  );

  test('`Expect: 100-continue` is the application’s to answer', async () => {
    const { port } = await gatewayToKind(kind, (req, res) => {
      if (req.url === '/no') {
        res.writeHead(417, { 'content-length': '2' }).end('no');
        return;
      }
      expect(req.headers.expect).toBe('100-continue');
      res.writeContinue();
      req.pipe(res);
    });
    const head = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
    expect(await exchange(port, head('/no'))).toMatch(/^HTTP\/1\.1 417 [\s\S]*no$/);
    const { socket, text } = rawClient(port);
    socket.write(head('/yes'));
    await waitFor(() => text() === 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('hello');
    await waitFor(() => /HTTP\/1\.1 200 OK\r\n[\s\S]*hello/.test(text()));
  });

  test('fifty at once get each their own answer', async () => {
    const { port } = await gatewayToKind(
      kind,
      (req, res) => {
        void summaryOf(req).then((body) => res.end(`${req.url} ${body}`));
      },
      { maxConnections: 8 },
    );
    const one = async (nth: number): Promise<void> => {
      const body = Buffer.alloc(nth * 1_000, String(nth % 10));
      const answer = await fetch(`http://127.0.0.1:${port}/${nth}`, { method: 'POST', body });
      expect(await answer.text()).toBe(`/${nth} ${summary([body])}`);
    };
    await Promise.all(Array.from({ length: 50 }, (_, nth) => one(nth)));
  });
});

/** Wait until a count has stood still for a while. */
async function waitForRest(count: () => number): Promise<void> {
  let before = -1;
  await waitFor(() => count() > 0);
  while (count() !== before) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
