// Connections that somebody carries, as a tunnel does: streams of this process, whose chunks are memory of their own.
import { type Duplex, duplexPair } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { CoarseClock } from '../../src/upstream/coarse-clock.ts';
import { Http1Pool } from '../../src/upstream/http1/http1-pool.ts';
import type { Opener, UpstreamSocket } from '../../src/upstream/opener.ts';
import { Sender } from './client-fixture.ts';

/** A pool whose connections are carried to somebody who answers each request with the next of the bodies. */
function poolTo(bodies: readonly Buffer[], more = ''): { readonly pool: Http1Pool; opened(): number } {
  let opened = 0;
  let asked = 0;
  const opener: Opener = {
    isTls: false,
    connectTimeoutMs: 0,
    readyEvent: 'connect',
    open(): UpstreamSocket {
      opened++;
      const [near, far] = duplexPair();
      far.on('data', () => {
        const body = bodies[asked++] ?? Buffer.alloc(0);
        far.write(
          Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]),
        );
        if (more !== '') far.write(more);
      });
      setImmediate(() => near.emit('connect'));
      return Object.assign(near as Duplex, { setNoDelay() {}, setTimeout() {} });
    },
  };
  const clock = new CoarseClock();
  const pool = new Http1Pool(opener, clock, 64);
  onTestFinished(() => {
    pool.destroy();
    clock.close();
  });
  return { pool, opened: () => opened };
}

/** The bodies as they come, one request after the other. */
async function inTurn(pool: Http1Pool, count: number): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (let i = 0; i < count; i++) found.push((await new Sender(pool).answer()).body);
  return found;
}

test('a connection carries one request after the other, whatever the size of their answers', async () => {
  const bodies = [5, 100_000, 65_536 - 42, 1, 200_000].map((size, i) => Buffer.alloc(size, 97 + i));
  const { pool, opened } = poolTo(bodies);
  expect((await inTurn(pool, bodies.length)).map((body, i) => body.equals(bodies[i] as Buffer))).toEqual(
    bodies.map(() => true),
  );
  expect(opened()).toBe(1);
});

test('what nobody asked for ends the connection, and is nobody’s answer', async () => {
  const { pool, opened } = poolTo(
    [Buffer.from('first'), Buffer.from('second')],
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
  );
  expect(String(await inTurn(pool, 2))).toBe('first,second');
  expect(opened()).toBe(2);
});
