// Memory that a connector uses again never carries bytes of one answer into another: many downloads, each of its own pattern, that stall,
// are given up and lose their connection, directly and through a proxy.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { ServiceReads } from '../../src/tunnel/connector/service-reads.ts';
import type { UpstreamSocket } from '../../src/upstream/opener.ts';
import { trustedCertificate } from './trusted-certificate.ts';
import { connectorTo, services, startEdge } from './tunnel-fixture.ts';

/** More for a long look. */
const rounds = 1;
const atOnce = 40;
const bytesOfEach = 1_200_000;
/** Of the pattern; a prime, so that no two buffers of a body are alike. */
const period = 65_537;

/** The same numbers in every run. */
function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function patternOf(stamp: number): Buffer {
  const chance = createChance(stamp * 7_919);
  return Buffer.from(Uint8Array.from({ length: period }, () => chance(256)));
}

const patterns = Array.from({ length: atOnce }, (_, stamp) => patternOf(stamp));

async function listening(server: net.Server): Promise<number> {
  const open = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers one byte with the pattern of that number, over and over. */
const startPatterns = (): Promise<number> =>
  listening(
    net.createServer((socket) => {
      socket.once('data', (asked: Buffer) => socket.end(Buffer.alloc(bytesOfEach, patterns[asked[0] ?? 0])));
    }),
  );

interface Way {
  /** Where it is the place of the edge. */
  readonly port: number;
  /** Where it is a proxy. */
  readonly proxy: string | null;
  /** Cut the oldest connection that is open. */
  cut(): void;
}

function joinTo(cuttable: Set<net.Socket>, near: net.Socket, port: number): void {
  const far = net.connect(port, '127.0.0.1');
  cuttable.add(near);
  near.on('error', () => {}).on('close', () => far.destroy());
  near.on('close', () => cuttable.delete(near));
  far.on('error', () => {}).on('close', () => near.destroy());
  near.pipe(far).pipe(near);
}

const cutOldest = (open: Set<net.Socket>) => (): void => {
  for (const socket of open) {
    if (socket instanceof TLSSocket) socket.destroy();
    else socket.resetAndDestroy();
    return;
  }
};

async function startRelay(edgePort: number): Promise<Way> {
  const open = new Set<net.Socket>();
  const port = await listening(net.createServer((near) => joinTo(open, near, edgePort)));
  return { port, proxy: null, cut: cutOldest(open) };
}

async function startProxy(edgePort: number): Promise<Way> {
  const open = new Set<net.Socket>();
  const port = await listening(http.createServer().on('connect', joinAs(open, edgePort)));
  return { port, proxy: `http://127.0.0.1:${port}`, cut: cutOldest(open) };
}

const joinAs =
  (open: Set<net.Socket>, edgePort: number) =>
  (_req: http.IncomingMessage, near: Duplex): void => {
    near.write('HTTP/1.1 200 Connection established\r\n\r\n');
    joinTo(open, near as net.Socket, edgePort);
  };

/** TLS to the proxy, and in it the TLS to the edge. */
async function startTlsProxy(edgePort: number): Promise<Way> {
  const open = new Set<net.Socket>();
  const { cert, key } = trustedCertificate('IP:127.0.0.1');
  const port = await listening(https.createServer({ cert, key }).on('connect', joinAs(open, edgePort)));
  return { port, proxy: `https://127.0.0.1:${port}`, cut: cutOldest(open) };
}

interface Fate {
  /** Where it reads no more for a while. */
  readonly stallsAt: number;
  readonly isGivenUp: boolean;
  /** Where it is given up. */
  readonly upTo: number;
}

interface Outcome {
  readonly bytes: number;
  readonly isForeign: boolean;
  readonly isBroken: boolean;
}

function isOwn(chunk: Buffer, pattern: Buffer, from: number): boolean {
  for (let at = 0; at < chunk.length; ) {
    const start = (from + at) % period;
    const length = Math.min(chunk.length - at, period - start);
    if (chunk.compare(pattern, start, start + length, at, at + length) !== 0) return false;
    at += length;
  }
  return true;
}

function download(socket: UpstreamSocket, stamp: number, fate: Fate, stall: Promise<void>): Promise<Outcome> {
  const pattern = patterns[stamp] ?? Buffer.alloc(0);
  let bytes = 0;
  let isForeign = false;
  let hasStalled = false;
  return new Promise((resolve) => {
    const done = (isBroken: boolean) => (): void => resolve({ bytes, isForeign, isBroken });
    socket.on('error', done(true)).on('end', done(false)).on('close', done(true));
    socket.on('data', (chunk: Buffer) => {
      isForeign ||= !isOwn(chunk, pattern, bytes);
      bytes += chunk.length;
      if (bytes >= fate.upTo) {
        done(false)();
        socket.destroy();
      } else if (bytes >= fate.stallsAt && !hasStalled) {
        hasStalled = true;
        socket.pause();
        void stall.then(() => socket.resume());
      }
    });
    socket.write(Buffer.of(stamp));
  });
}

function fateOf(at: number, chance: (below: number) => number): Fate {
  const isGivenUp = at % 4 > 1;
  return {
    stallsAt: at % 2 === 1 ? chance(bytesOfEach) : Number.POSITIVE_INFINITY,
    isGivenUp,
    upTo: isGivenUp ? 1 + chance(bytesOfEach - 1) : Number.POSITIVE_INFINITY,
  };
}

type Started = Awaited<ReturnType<typeof startEdge>>;

/** @param onMiddle called once some of each connection of the tunnel are done; those that stall go on after it */
async function readAll(edge: Started, chance: (below: number) => number, onMiddle: () => void) {
  const carriers = await edge.carriers('wiki', 2);
  const stall = Promise.withResolvers<void>();
  const ended = [0, 0];
  let hasMet = false;
  const found = await Promise.all(
    Array.from({ length: atOnce }, async (_, at) => {
      const socket = carriers[at % 2]?.open('wiki', { protocol: 'http/1.1' });
      if (socket === undefined) throw new Error('no carrier');
      onTestFinished(() => void socket.destroy());
      const fate = fateOf(at >> 1, chance);
      const outcome = await download(socket, at, fate, stall.promise);
      ended[at % 2] = (ended[at % 2] ?? 0) + 1;
      if (!hasMet && Math.min(...ended) >= 4) {
        hasMet = true;
        onMiddle();
        stall.resolve();
      }
      return { ...fate, ...outcome };
    }),
  );
  expect(found.filter(({ isForeign }) => isForeign)).toEqual([]);
  return found;
}

for (const [name, startWay] of [
  ['directly', startRelay],
  ['through a proxy', startProxy],
  ['through a proxy that TLS is spoken to', startTlsProxy],
] as const)
  test(`downloads that stall, are given up and lose their connection carry no bytes of each other, ${name}`, async () => {
    const chance = createChance(1);
    const service = await startPatterns();
    const edge = await startEdge();
    const way = await startWay(edge.port);
    if (way.proxy === null) edge.addresses.splice(0, 1, `127.0.0.1:${way.port}`);
    connectorTo(
      await edge.token(),
      services(`wiki=http://127.0.0.1:${service}`),
      way.proxy === null ? {} : { env: { HTTPS_PROXY: way.proxy } },
    );
    for (let round = 0; round < rounds; round++) {
      const whole = await readAll(edge, chance, () => {});
      expect(whole.filter(({ isBroken }) => isBroken)).toEqual([]);
      for (const { isGivenUp, bytes } of whole) if (!isGivenUp) expect(bytes).toBe(bytesOfEach);
      // A cut that comes when all of that connection are done meets nobody.
      for (let hasMet = false, tries = 0; !hasMet; tries++) {
        expect(tries).toBeLessThan(10);
        const cut = await readAll(edge, chance, way.cut);
        hasMet = cut.some(({ isBroken, bytes }) => isBroken && bytes > 0);
      }
    }
    await readAll(edge, chance, () => {});
  }, 120_000);

/** Reads whole buffers and writes each to a stream that ends so. @returns how many of them were read into twice */
function usedTwice(error: Error | null, state: { destroyed: boolean; closed: boolean }): number {
  const stream = {
    ...state,
    write: (_chunk: Buffer, onWritten?: (error: Error | null) => void): boolean => {
      onWritten?.(error);
      return true;
    },
  };
  const reads = new ServiceReads();
  reads.pass(reads.next(), reads.next().length, stream);
  const seen = new Set<Buffer>();
  // More than are kept.
  const count = 200;
  for (let n = 0; n < count; n++) {
    seen.add(reads.next());
    reads.pass(reads.next(), reads.next().length, stream);
  }
  reads.close();
  return count - seen.size;
}

test.each([
  ['the write failed', new Error('cut'), { destroyed: false, closed: false }],
  ['its stream is destroyed', null, { destroyed: true, closed: false }],
  ['its stream was reset', null, { destroyed: false, closed: true }],
])('memory is not used again where %s', (_name, error, state) => {
  expect(usedTwice(error, state)).toBe(0);
});

test('memory is used again after a write that went well', () => {
  expect(usedTwice(null, { destroyed: false, closed: false })).toBeGreaterThan(100);
});
