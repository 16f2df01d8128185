// The HTTP/1.1 client over TCP, TLS and Unix sockets: streams both ways, early answers, expectations, upgrades, reuse, time.
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clientTo as clientOver, Sender, type Transport } from './client-fixture.ts';
import { type Certificates, createCertificates } from './forward/certificates.ts';
import { waitFor } from './forward/fixture.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
let certificates: Certificates;
beforeAll(() => {
  certificates = createCertificates();
});
afterAll(() => certificates.remove());

const post = { method: 'POST', headers: ['Host', 'app.test', 'Content-Length', '5'] };
const hello = [Buffer.from('hel'), Buffer.from('lo')];

/** The other side closed, or reset, or ended the connection. */
async function goneOf(socket: net.Socket | undefined): Promise<void> {
  if (socket === undefined || socket.closed || socket.readableEnded) return;
  await Promise.race([once(socket, 'end'), once(socket, 'close')]);
}

describe.each<Transport>(['TCP', 'TLS', 'Unix'])('over %s', (transport) => {
  const clientTo = (talk: Parameters<typeof clientOver>[0], options = {}) =>
    clientOver(talk, { transport, certificates, options });

  test('a request is written as it was given, and its answer is read', async () => {
    const { pool, server } = await clientTo((socket) =>
      socket.write(
        'HTTP/1.1 203 As is\r\nX-A: caf\xe9\r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nSum: 7\r\n\r\n',
        'latin1',
      ),
    );
    const sender = new Sender(pool, {
      path: '/a%2Fb?c=\xe9',
      headers: ['Host', 'app.test', 'X-B', 'caf\xe9', 'x-b', ''],
    });
    const { head, body, trailers } = await sender.answer();
    expect(server.received()).toBe(
      'GET /a%2Fb?c=\xe9 HTTP/1.1\r\nHost: app.test\r\nX-B: caf\xe9\r\nx-b: \r\nConnection: keep-alive\r\n\r\n',
    );
    expect(head).toMatchObject({
      status: 203,
      reason: 'As is',
      fields: ['X-A', 'caf\xe9', 'x-a', '2', 'Transfer-Encoding', 'chunked'],
      isWhole: false,
      canHaveTrailers: true,
    });
    expect([body.toString(), trailers]).toEqual(['hello', ['Sum', '7']]);
    expect(sender.calls).toEqual(['head', 'data', 'end']);
  });

  test('a body of known length, a body in chunks with trailers', async () => {
    const { pool, server } = await clientTo((socket, sofar) => {
      if (/hello$|\r\n\r\n$/.test(sofar) && sofar.includes('hel')) socket.write(ok);
    });
    expect(await new Sender(pool, post, hello).text()).toBe('ok');
    expect(server.received()).toBe(
      'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello',
    );
    const before = server.received().length;
    const trailers = ['Sum', '7', 'Content-Length', '9', 'Bad', 'a\r\nb'];
    expect(await new Sender(pool, {}, hello, { trailers }).text()).toBe('ok');
    expect(server.received().slice(before)).toBe(
      'POST / HTTP/1.1\r\nHost: app.test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nSum: 7\r\n\r\n',
    );
    expect(server.sockets.length).toBe(1);
  });

  test('the head of a request goes out before its body is there', async () => {
    const { pool, server } = await clientTo((socket, sofar) => {
      if (sofar.endsWith('hello')) socket.write(ok);
    });
    const sender = new Sender(pool, { ...post, hasBody: true });
    await waitFor(() => server.received().endsWith('\r\n\r\n'));
    await sender.until(() => sender.calls.includes('wanted'));
    sender.stream.write(Buffer.from('hello'));
    sender.stream.end([]);
    expect(await sender.text()).toBe('ok');
  });

  test('both ways at once: the answer begins while the body is still being sent', async () => {
    const { pool } = await clientTo((socket, sofar) => {
      if (sofar.endsWith('\r\n\r\n3\r\none\r\n'))
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
      if (sofar.endsWith('3\r\ntwo\r\n')) socket.write('1\r\nb\r\n');
      if (sofar.endsWith('0\r\n\r\n')) socket.write('0\r\n\r\n');
    });
    const sender = new Sender(pool, { method: 'POST', hasBody: true });
    await sender.until(() => sender.calls.includes('wanted'));
    sender.stream.write(Buffer.from('one'));
    await sender.until(() => sender.bytes.toString() === 'a');
    sender.stream.write(Buffer.from('two'));
    await sender.until(() => sender.bytes.toString() === 'ab');
    sender.stream.end([]);
    expect(await sender.text()).toBe('ab');
  });

  test('10 MB go up and come back as they were, in one connection, five times', async () => {
    const { pool, server } = await clientTo(
      (socket, sofar) => void (socket.listenerCount('x') + sofar.length),
    );
    server.server.removeAllListeners(transport === 'TLS' ? 'secureConnection' : 'connection');
    let connections = 0;
    server.server.on(transport === 'TLS' ? 'secureConnection' : 'connection', (socket: net.Socket) => {
      connections++;
      let head = '';
      let left = -1;
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        let chunk = bytes;
        if (left === -1) {
          head += chunk.toString('latin1');
          const end = head.indexOf('\r\n\r\n');
          if (end === -1) return;
          left = Number(/Content-Length: (\d+)/.exec(head)?.[1]);
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${left}\r\n\r\n`);
          chunk = Buffer.from(head.slice(end + 4), 'latin1');
          head = '';
        }
        left -= chunk.length;
        if (chunk.length > 0 && !socket.write(chunk)) {
          socket.pause();
          socket.once('drain', () => socket.resume());
        }
        if (left === 0) left = -1;
      });
    });
    const body = Array.from({ length: 40 }, (_, i) =>
      Buffer.from(Array.from({ length: 250_000 }, (_, j) => (i * 31 + j * 7 + (j >> 8)) & 0xff)),
    );
    const whole = Buffer.concat(body);
    for (let round = 0; round < 5; round++) {
      const headers = ['Host', 'a', 'Content-Length', String(whole.length)];
      const sender = new Sender(pool, { headers }, body);
      // Stop and go on again and again.
      let nth = 0;
      sender.onChunk = (stream) => {
        if (++nth % 16 !== 0) return;
        stream.pause();
        setImmediate(() => stream.resume());
      };
      expect((await sender.answer()).body.equals(whole)).toBe(true);
    }
    expect(connections).toBe(1);
  });

  test('who pauses holds the upstream back', async () => {
    let sent = 0;
    const { pool } = await clientTo((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n`);
      const more = (): void => {
        while (sent < 64_000_000) {
          sent += 64_000;
          if (!socket.write(Buffer.alloc(64_000))) {
            socket.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    const sender = new Sender(pool);
    let isFirst = true;
    sender.onChunk = (stream) => {
      if (isFirst) stream.pause();
      isFirst = false;
    };
    await sender.until(() => sender.calls.includes('data'));
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sent).toBeLessThan(24_000_000);
    sender.stream.resume();
    expect((await sender.answer()).body.length).toBe(64_000_000);
  });

  test('who reads nothing holds the sender back', async () => {
    const { pool, server } = await clientTo((socket) => socket.pause());
    const sender = new Sender(pool, { method: 'POST', hasBody: true });
    await sender.until(() => sender.calls.includes('wanted'));
    let sent = 0;
    const more = (): void => {
      do sent += 100_000;
      while (sender.stream.write(Buffer.alloc(100_000)) && sent < 64_000_000);
    };
    more();
    while (sender.calls.at(-1) === 'drain' || sent < 400_000) {
      const drains = sender.calls.length;
      await Promise.race([
        sender.until(() => sender.calls.length > drains),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ]);
      if (sender.calls.length === drains) break;
      more();
    }
    expect(sent).toBeLessThan(24_000_000);
    expect(server.received().length).toBeLessThan(24_000_000);
    sender.stream.abort();
  });

  test('an abort closes the connection at once, and nobody hears more of it', async () => {
    const { pool, server } = await clientTo((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
    );
    const sender = new Sender(pool);
    await sender.until(() => sender.calls.includes('data'));
    const gone = goneOf(server.sockets[0]);
    sender.stream.abort();
    await gone;
    sender.stream.write(Buffer.from('x'));
    sender.stream.end([]);
    sender.stream.resume();
    expect(sender.calls).toEqual(['head', 'data']);
    expect(pool.size).toBe(0);
  });

  test('the answer that waits in the socket counts, not the write that failed', async () => {
    const refusal =
      'HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large';
    const { pool } = await clientTo((socket, sofar) => {
      if (!sofar.includes('\r\n\r\n')) return;
      socket.pause();
      // Closed with bytes unread: the client's side is reset.
      socket.write(refusal, () => socket.destroy());
    });
    for (let round = 0; round < 10; round++) {
      const sender = new Sender(pool, { method: 'POST', hasBody: true });
      await sender.until(() => sender.calls.includes('wanted'));
      // Nothing is read from here on, while the upstream answers and closes.
      const isOver = (): boolean => sender.isOver;
      for (let i = 0; i < 400 && !isOver(); i++) {
        sender.stream.write(Buffer.alloc(65_536));
        if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const { head, body } = await sender.answer();
      expect([head.status, body.toString()]).toEqual([413, 'too large']);
    }
  });

  test('a 101 hands the connection over, with what came after it, and each direction ends by itself', async () => {
    const { pool, server } = await clientTo((socket, sofar) => {
      if (sofar.endsWith('\r\n\r\n'))
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n\x00early',
          'latin1',
        );
    });
    const sender = new Sender(pool, {}, null, { upgrade: 'x' });
    await sender.over();
    expect(sender.calls).toEqual(['upgrade']);
    expect(server.received()).toBe(
      'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    );
    const { socket, rest } = sender.upgraded ?? { socket: new net.Socket(), rest: Buffer.alloc(0) };
    let heard = rest.toString('latin1');
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString())).resume();
    await waitFor(() => heard === '\x00early');
    const theirs = server.sockets[0] as net.Socket;
    theirs.end('bye');
    await once(socket, 'end');
    expect(heard).toBe('\x00earlybye');
    socket.write('still here');
    await waitFor(() => server.received().endsWith('still here'));
    socket.end();
    await once(theirs, 'close');
  });

  test('another answer than 101 is an ordinary response, and the connection serves nobody else', async () => {
    const { pool, server } = await clientTo((socket) =>
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'),
    );
    const sender = new Sender(pool, {}, null, { upgrade: 'x' });
    expect(await sender.text()).toBe('no');
    expect(sender.head?.status).toBe(403);
    await waitFor(() => server.sockets[0]?.closed === true || server.sockets[0]?.readableEnded === true);
    expect(pool.size).toBe(0);
  });

  test('a hundred requests at once, each with its own answer, and their connections kept', async () => {
    const { pool, server } = await clientTo((socket, sofar) => {
      const paths = sofar.match(/(?<=GET )\/\d+/g) ?? [];
      const path = paths.at(-1) ?? '';
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    });
    for (let round = 0; round < 2; round++) {
      const senders = Array.from({ length: 100 }, (_, i) => new Sender(pool, { path: `/${round}${i}` }));
      const texts = await Promise.all(senders.map((sender) => sender.text()));
      expect(texts).toEqual(senders.map((_, i) => `/${round}${i}`));
    }
    expect(server.sockets.length).toBe(100);
  });

  test('of one large answer after the other nothing is copied, and what was kept stays as it was', async () => {
    const sizes = [100_000, 100_000, 5, 100_000, 300_000, 40_000, 40_000, 70_000, 70_000, 5];
    const { pool, server } = await clientTo((socket, sofar) => {
      const nth = sofar.split('GET').length - 2;
      const body = Buffer.alloc(sizes[nth] ?? 0, 97 + nth);
      socket.write(
        Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]),
      );
    });
    const senders: LendingSender[] = [];
    for (const [nth] of sizes.entries()) {
      senders.push(new LendingSender(pool));
      await senders[nth]?.text();
    }
    expect(server.sockets.length).toBe(1);
    for (const [nth, sender] of senders.entries()) {
      expect(Buffer.concat(sender.chunks).equals(Buffer.alloc(sizes[nth] ?? 0, 97 + nth))).toBe(true);
    }
    const large = senders.flatMap(({ lent }, nth) => (nth > 0 && sizes[nth - 1] !== 5 ? lent : []));
    expect(large.length).toBeGreaterThan(3);
    expect(large.every(({ bytes, isKept }) => isKept || bytes < 32_768)).toBe(true);
  });
});

/** Notes of each piece whether it was kept as it is. */
class LendingSender extends Sender {
  readonly lent: { readonly bytes: number; readonly isKept: boolean }[] = [];

  override onData(chunk: Buffer): void {
    super.onData(chunk);
    this.lent.push({ bytes: chunk.length, isKept: this.chunks.at(-1) === chunk });
  }
}

describe('expectations', () => {
  const expecting = { ...post, expectsContinue: true };

  test('the body waits for the 100', async () => {
    const { pool, server } = await clientOver((socket, sofar) => {
      if (sofar.endsWith('\r\n\r\n')) setTimeout(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 50);
      if (sofar.endsWith('hello')) socket.write(ok);
    });
    const sender = new Sender(pool, expecting, hello);
    await waitFor(() => server.received().endsWith('\r\n\r\n'));
    expect(server.received()).toContain('\r\nExpect: 100-continue\r\n');
    expect(sender.calls).toEqual([]);
    expect(await sender.text()).toBe('ok');
    expect(sender.calls).toEqual(['wanted', 'head', 'data', 'end']);
  });

  test('a final answer comes in place of the body, and the connection ends', async () => {
    const { pool, server } = await clientOver((socket) =>
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno'),
    );
    const sender = new Sender(pool, expecting, hello);
    expect(await sender.text()).toBe('no');
    expect(sender.calls).toEqual(['head', 'data', 'end']);
    await goneOf(server.sockets[0]);
    expect(server.received()).not.toContain('hello');
  });

  test('an upstream that knows no expectations gets the body after a while', async () => {
    const { pool } = await clientOver((socket, sofar) => {
      if (sofar.endsWith('hello')) socket.write(ok);
    });
    expect(await new Sender(pool, expecting, hello).text()).toBe('ok');
  });

  test('an upstream that begins to answer without a 100 gets the body', async () => {
    const { pool } = await clientOver((socket, sofar) => {
      if (sofar.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
      if (sofar.endsWith('hello')) socket.write('hello');
    });
    expect(await new Sender(pool, expecting, hello).text()).toBe('hello');
  });

  test('a 100 that nobody asked for is left out, and so is a second one', async () => {
    const { pool } = await clientOver((socket, sofar) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(2));
      if (/hello$|GET/.test(sofar)) socket.write(ok);
    });
    const sender = new Sender(pool, expecting, hello);
    expect(await sender.text()).toBe('ok');
    expect(sender.calls).toEqual(['wanted', 'head', 'data', 'end']);
    const plain = new Sender(pool);
    expect(await plain.text()).toBe('ok');
    expect(plain.calls).toEqual(['head', 'data', 'end']);
  });
});

describe('kept connections', () => {
  /** Answers the first `n` requests of each connection, then closes it in place of an answer. */
  const closingAfter =
    (n: number) =>
    (socket: net.Socket, sofar: string): void => {
      const heads = sofar.split('HTTP/1.1\r\n').length - 1;
      if (heads <= n) socket.write(sofar.includes('HEAD') ? ok.slice(0, -2) : ok);
      else socket.destroy();
    };

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY'])(
    '%s without a body is sent once more where a kept connection was closed',
    async (method) => {
      const { pool, server } = await clientOver(closingAfter(1));
      await new Sender(pool).answer();
      expect((await new Sender(pool, { method }).answer()).head.status).toBe(200);
      expect(server.sockets.length).toBe(2);
    },
  );

  test.each(['POST', 'PATCH', 'MKCOL', 'MOVE', 'COPY', 'LOCK'])('%s is not', async (method) => {
    const { pool, server } = await clientOver(closingAfter(1));
    await new Sender(pool).answer();
    expect(await new Sender(pool, { method }).failure()).toBe('UPSTREAM_CLOSED');
    expect(server.sockets.length).toBe(1);
  });

  test('a PUT with a body is not, not even with an empty one', async () => {
    const { pool } = await clientOver(closingAfter(1));
    await new Sender(pool).answer();
    const failure = await new Sender(pool, { method: 'PUT' }, []).failure();
    expect(['UPSTREAM_CLOSED', 'ECONNRESET', 'EPIPE']).toContain(failure);
  });

  test('the second try is the last, and a first request has none', async () => {
    const { pool, server } = await clientOver((socket, _sofar, nth) =>
      nth === 1 && server.received(1).split('GET').length === 2
        ? void socket.write(ok)
        : void socket.destroy(),
    );
    await new Sender(pool).answer();
    expect(await new Sender(pool).failure()).toBe('UPSTREAM_CLOSED');
    expect(server.sockets.length).toBe(2);
    expect(await new Sender(pool).failure()).toBe('UPSTREAM_CLOSED');
    expect(server.sockets.length).toBe(3);
  });

  test('who got a single byte is not sent again', async () => {
    const { pool, server } = await clientOver((socket, sofar) =>
      sofar.split('GET').length === 2 ? void socket.write(ok) : void socket.end('H'),
    );
    await new Sender(pool).answer();
    expect(await new Sender(pool).failure()).toBe('UPSTREAM_CLOSED');
    expect(server.sockets.length).toBe(1);
  });

  test('bytes that nobody asked for end a kept connection, whenever they come', async () => {
    const { pool, server } = await clientOver((socket, _sofar, nth) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${nth}`);
      if (nth === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned');
      if (nth === 2)
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned'), 20);
    });
    expect(await new Sender(pool).text()).toBe('1');
    expect(await new Sender(pool).text()).toBe('2');
    await waitFor(() => pool.size === 0);
    expect(await new Sender(pool).text()).toBe('3');
    expect(server.sockets.length).toBe(3);
  });

  test.each([
    ['an answer that closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['a 204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n'],
    ['no time to stay', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok'],
  ])('after %s the next request has a connection of its own', async (_name, answer) => {
    const { pool, server } = await clientOver((socket) => socket.write(answer));
    await new Sender(pool).answer();
    await new Sender(pool).answer();
    expect(server.sockets.length).toBe(2);
  });

  test('an idle connection is closed after the time that the upstream announced', async () => {
    const { pool, server } = await clientOver((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\nok'),
    );
    await new Sender(pool).answer();
    await new Sender(pool).answer();
    expect(server.sockets.length).toBe(1);
    await goneOf(server.sockets[0]);
    expect(pool.size).toBe(0);
  });

  test('what could not be repeated takes no connection that was idle for long', async () => {
    const { pool, server } = await clientOver((socket) => socket.write(ok));
    await new Sender(pool).answer();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await new Sender(pool, { method: 'POST' }).answer();
    expect(server.sockets.length).toBe(2);
    await new Sender(pool, { method: 'POST' }).answer();
    await new Sender(pool).answer();
    expect(server.sockets.length).toBe(2);
  });
});

describe('time', () => {
  test('an upstream that says nothing: the time runs from the end of the request', async () => {
    const { pool } = await clientOver(() => {});
    expect(await new Sender(pool, { responseTimeoutMs: 100 }).failure()).toBe('UPSTREAM_RESPONSE_TIMEOUT');
    const upload = new Sender(pool, { ...post, hasBody: true, responseTimeoutMs: 100 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(upload.isOver).toBe(false);
    upload.stream.write(Buffer.from('hello'));
    upload.stream.end([]);
    expect(await upload.failure()).toBe('UPSTREAM_RESPONSE_TIMEOUT');
  });

  test('an upstream that does not read runs out of the same time', async () => {
    const { pool } = await clientOver((socket) => socket.pause());
    const sender = new Sender(pool, { method: 'POST', hasBody: true, responseTimeoutMs: 200 });
    await sender.until(() => sender.calls.includes('wanted'));
    for (let i = 0; i < 2_000 && sender.stream.write(Buffer.alloc(65_536)); i++);
    for (let i = 0; i < 200; i++) sender.stream.write(Buffer.alloc(65_536));
    expect(await sender.failure()).toBe('UPSTREAM_RESPONSE_TIMEOUT');
  });

  test('a body that falls silent, but not one that its reader holds back', async () => {
    const { pool } = await clientOver((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
    );
    expect(await new Sender(pool, { idleTimeoutMs: 100 }).failure()).toBe('UPSTREAM_BODY_TIMEOUT');
    const slow = new Sender(pool, { idleTimeoutMs: 100 });
    slow.onChunk = (stream) => stream.pause();
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(slow.isOver).toBe(false);
    slow.stream.resume();
    expect(await slow.failure()).toBe('UPSTREAM_BODY_TIMEOUT');
  });

  test.each([
    ['the answer', { responseTimeoutMs: 100 }, ok],
    ['its body', { idleTimeoutMs: 100 }, 'ok'],
  ])('%s behind an interim response that its reader holds back', async (_what, times, rest) => {
    const begun = ok.slice(0, ok.length - rest.length);
    const { pool, server } = await clientOver((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${begun}`),
    );
    const sender = new Sender(pool, times);
    sender.onHint = (stream) => stream.pause();
    await sender.until(() => sender.interims.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(sender.error).toBeNull();
    server.sockets[0]?.write(rest);
    sender.stream.resume();
    expect(await sender.text()).toBe('ok');
  });

  test('silence behind what was held back counts from when it is read again', async () => {
    const { pool } = await clientOver((socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'));
    const sender = new Sender(pool, { responseTimeoutMs: 100 });
    sender.onHint = (stream) => setTimeout(() => stream.resume(), 10) && stream.pause();
    expect(await sender.failure()).toBe('UPSTREAM_RESPONSE_TIMEOUT');
  });

  test('an upstream that answers first and then takes the upload is not silent while it takes it', async () => {
    const { pool } = await clientOver((socket, sofar) => {
      if (sofar.endsWith('\r\n\r\n'))
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n');
      if (sofar.endsWith('xxxx')) socket.write('0\r\n\r\n');
    });
    const sized = { method: 'POST', headers: ['Host', 'app.test', 'Content-Length', '13'], hasBody: true };
    const sender = new Sender(pool, { ...sized, idleTimeoutMs: 1_500 });
    await sender.until(() => sender.calls.includes('data'));
    for (const piece of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      sender.stream.write(Buffer.from(piece));
    }
    sender.stream.write(Buffer.from('xxxx'));
    sender.stream.end([]);
    expect(await sender.text()).toBe('ok');
  });

  test('a handshake that does not come', async () => {
    const silent = net.createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as net.AddressInfo;
    const { CoarseClock } = await import('../../src/upstream/coarse-clock.ts');
    const { Http1Pool } = await import('../../src/upstream/http1/http1-pool.ts');
    const { SocketOpener } = await import('../../src/upstream/open-socket.ts');
    const { defaultUpstreamOptions } = await import('./forward/fixture.ts');
    const address = { kind: 'tcp', isTls: true, host: '127.0.0.1', port, text: '' } as const;
    const options = { ...defaultUpstreamOptions, connectTimeoutMs: 200 };
    const clock = new CoarseClock();
    const pool = new Http1Pool(
      new SocketOpener(address, options, { ca: null, cert: null, key: null }),
      clock,
      64,
    );
    expect(await new Sender(pool).failure()).toBe('UPSTREAM_CONNECT_TIMEOUT');
    expect(pool.size).toBe(0);
  });

  test('102 is a sign of life while the answer is worked on', async () => {
    const { pool } = await clientOver((socket) => {
      let left = 5;
      const timer = setInterval(() => {
        socket.write(left-- > 0 ? 'HTTP/1.1 102 Processing\r\n\r\n' : ok);
        if (left < 0) clearInterval(timer);
      }, 300);
      onTestFinished(() => clearInterval(timer));
    });
    const sender = new Sender(pool, { responseTimeoutMs: 900 });
    expect(await sender.text()).toBe('ok');
    expect(sender.interims.length).toBe(5);
  });
});

describe('what cannot be written is not sent', () => {
  test.each<[string, object]>([
    ['a target that is not a path', { path: 'http://elsewhere.test/' }],
    ['an empty target', { path: '' }],
    ['a blank in the target', { path: '/a b' }],
    ['a line end in the target', { path: '/a\r\nX: y' }],
    ['a line end in a value', { headers: ['Host', 'a', 'X', 'a\r\nY: z'] }],
    ['a character that Latin-1 would make a line end', { headers: ['Host', 'a', 'X', 'a\u010ab'] }],
    ['a name that is none', { headers: ['Host', 'a', 'X y', 'z'] }],
    ['a method that is none', { method: 'GET /x' }],
    ['no Host', { headers: ['X', 'y'] }],
    ['two Hosts', { headers: ['Host', 'a', 'host', 'b'] }],
    ['two lengths', { headers: ['Host', 'a', 'Content-Length', '0', 'Content-Length', '0'] }],
    ['a length without a body', { headers: ['Host', 'a', 'Content-Length', '5'] }],
    ['Transfer-Encoding', { headers: ['Host', 'a', 'Transfer-Encoding', 'chunked'] }],
    ['Connection', { headers: ['Host', 'a', 'Connection', 'close'] }],
    ['Upgrade', { headers: ['Host', 'a', 'Upgrade', 'x'] }],
    ['Expect', { headers: ['Host', 'a', 'Expect', '100-continue'] }],
  ])('%s', async (_name, request) => {
    const { pool, server } = await clientOver((socket) => socket.write(ok));
    expect(await new Sender(pool, request).failure()).toBe('UPSTREAM_REQUEST_INVALID');
    expect(server.sockets.length).toBe(0);
  });

  test.each([
    ['shorter', 'hell'],
    ['longer', 'hello!'],
  ])('a body that is %s than announced never looks complete', async (_name, text) => {
    const { pool, server } = await clientOver((socket, sofar) => {
      if (sofar.endsWith('hello')) socket.write(ok);
    });
    const sender = new Sender(pool, post, [Buffer.from(text)]);
    expect(await sender.failure()).toBe('UPSTREAM_REQUEST_LENGTH');
    await waitFor(() => server.sockets.every((socket) => socket.closed || socket.readableEnded));
    expect(server.received()).not.toContain('hello');
  });
});

test('a pool that is closed finishes what is under way; one that is destroyed cuts it', async () => {
  const { pool, server } = await clientOver((socket) => setTimeout(() => socket.write(ok), 50));
  const late = new Sender(pool);
  pool.close();
  expect(await new Sender(pool).failure()).toBe('UPSTREAM_RETIRED');
  expect(await late.text()).toBe('ok');
  expect(pool.size).toBe(0);
  const other = await clientOver(() => {});
  const cut = new Sender(other.pool);
  other.pool.destroy();
  expect(await cut.failure()).toBe('UPSTREAM_RETIRED');
  expect(server.sockets.length).toBe(1);
});

test('a connection that cannot be made fails with Node’s own code', async () => {
  const { pool, server } = await clientOver(() => {});
  server.server.close();
  await once(server.server, 'close');
  expect(await new Sender(pool).failure()).toBe('ECONNREFUSED');
  expect(pool.size).toBe(0);
});
