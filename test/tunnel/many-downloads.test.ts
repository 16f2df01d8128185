// Memory that a connector uses again: what a service said on one connection is never read on another, also where some are given up.
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { UpstreamSocket } from '../../src/upstream/opener.ts';
import { connectorTo, services, startEdge } from './tunnel-fixture.ts';

const bytesOfEach = 1_500_000;

/** Sends one byte value over and over: the one that it was sent. */
async function startStamps(): Promise<number> {
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', (asked: Buffer) => socket.end(Buffer.alloc(bytesOfEach, asked[0])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** @returns how many bytes came, and how many of them are another connection's; a part of them where it is given up */
function read(
  socket: UpstreamSocket,
  stamp: number,
  upTo: number,
): Promise<{ readonly bytes: number; readonly foreign: number }> {
  let bytes = 0;
  let foreign = 0;
  return new Promise((resolve, reject) => {
    const done = (): void => resolve({ bytes, foreign });
    socket
      .on('error', reject)
      .on('end', done)
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        for (const byte of chunk) if (byte !== stamp) foreign++;
        if (bytes < upTo) return;
        socket.destroy();
        done();
      });
    socket.write(Buffer.of(stamp));
  });
}

test('many downloads at once, some of them given up, read nothing of each other', async () => {
  const port = await startStamps();
  const edge = await startEdge();
  connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
  const carriers = await edge.carriers('wiki', 2);
  for (const round of [0, 1, 2]) {
    const found = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => {
        const socket = carriers[at % 2]?.open('wiki', { protocol: 'http/1.1' });
        if (socket === undefined) throw new Error('no carrier');
        onTestFinished(() => void socket.destroy());
        const isGivenUp = at % 3 === 0;
        const upTo = isGivenUp ? 200_000 + at * 10_000 : Number.POSITIVE_INFINITY;
        return { isGivenUp, ...(await read(socket, 1 + round * 30 + at, upTo)) };
      }),
    );
    expect(found.reduce((sum, { foreign }) => sum + foreign, 0)).toBe(0);
    for (const { bytes } of found.filter(({ isGivenUp }) => !isGivenUp)) expect(bytes).toBe(bytesOfEach);
  }
});
