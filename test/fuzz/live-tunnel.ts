// Fuzz target: whoever was let in to an edge, and an edge that lies to a connector, send frames of HTTP/2 and words of the control stream
// that make no sense. Neither side ever crashes, gives up, or stops serving those who do make sense.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { freshState } from '../../src/tunnel/connector/connector-state.ts';
import { startConnector } from '../../src/tunnel/connector/create-connector.ts';
import { dial } from '../../src/tunnel/connector/dial.ts';
import { createServiceList, parseServiceOption } from '../../src/tunnel/connector/service-list.ts';
import { createTunnelEdge } from '../../src/tunnel/edge/create-tunnel-edge.ts';
import { issueJoinToken } from '../../src/tunnel/edge/issue-join-token.ts';
import { usualBufferBytes } from '../../src/tunnel/wire/buffer-budget.ts';
import { parseFromConnector, parseFromEdge } from '../../src/tunnel/wire/control-messages.ts';
import { createEdgeKeyText, edgeKeyOf } from '../../src/tunnel/wire/edge-certificate.ts';
import { type JoinToken, parseJoinToken } from '../../src/tunnel/wire/join-token.ts';
import { createKeyPair, type KeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';
import { alpn, checkProof, proofBytes } from '../../src/tunnel/wire/proof.ts';
import { verdictByte } from '../../src/tunnel/wire/verdict.ts';
import type { Carrier } from '../../src/upstream/carriers.ts';
import { liveTarget } from './live-target.ts';
import { frameCounts, frames, MarkReader, settings, withMarks } from './tunnel-frames.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export async function startWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-fuzz-tunnel-'));
  const store = createStore(join(folder, 'data'));
  await store.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
  const edge = createTunnelEdge({
    settings: { listen: { host: '127.0.0.1', port: 0 }, addresses: [], bufferBytes: usualBufferBytes },
    store,
    telemetry: { event: () => {} },
  });
  const { port } = await edge.listen();
  const address = `127.0.0.1:${port}`;
  const newToken = async (): Promise<JoinToken> => {
    const reusable = { lifetimeMs: 3_600_000, from: null, maxConnectors: null };
    const { text } = await issueJoinToken(store, { tunnel: 'office', addresses: [address], reusable });
    const token = parseJoinToken(text);
    if (token === null) throw new Error('not a token');
    return token;
  };
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const list = createServiceList([
    parseServiceOption(`echo=http://127.0.0.1:${(echo.address() as AddressInfo).port}`, '/'),
  ]);
  const parts = {
    save: () => {},
    services: list,
    version: 'fuzz',
    env: {},
    log: { info: () => {}, warn: () => {} },
  };
  const honest = startConnector({ ...parts, state: freshState(), token: await newToken() });
  let carriers: readonly Carrier[] = [];
  const stop = edge.follow('office', 'echo', (now) => {
    carriers = now;
  });
  while (carriers.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  const token = await newToken();
  const close = async (): Promise<void> => {
    stop();
    honest.close();
    await edge.close();
    echo.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { address, token, parts, carriers: () => carriers, close };
}

type World = Awaited<ReturnType<typeof startWorld>>;

/** How long the other side may take to read what it was sent, milliseconds: whoever waits for more of a frame says nothing. */
const answerMs = 30;
/** How long whoever makes sense may wait, on a machine with much else to do, milliseconds. */
const servedWithinMs = 60_000;

/** Somebody who makes sense is still served. */
export async function isServed({ carriers }: World): Promise<boolean> {
  const [carrier] = carriers();
  if (carrier === undefined) return false;
  const socket = carrier.open('echo', { protocol: 'http/1.1' });
  const signal = AbortSignal.timeout(servedWithinMs);
  try {
    await once(socket, 'connect', { signal });
    socket.write('here');
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
    return chunk.toString() === 'here';
  } catch {
    return false;
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

/** Sends all of it, and waits until the other side has read it, ended the connection, or had its time. */
async function send(socket: TLSSocket, start: readonly Uint8Array[], pieces: readonly Uint8Array[]) {
  socket.on('error', () => {});
  frameCounts.sent += pieces.length;
  const answers = new MarkReader();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, answerMs);
    socket.once('close', resolve).on('data', (chunk: Buffer) => {
      answers.push(chunk);
      if (answers.mark === pieces.length) resolve();
    });
    socket.once('close', () => clearTimeout(timer));
    socket.write(Buffer.concat([...start, ...withMarks(pieces)]));
  });
  frameCounts.read += answers.mark;
  socket.destroy();
}

/** Who is known already need not join: each join is written, and read by every edge. So many that none comes too often. */
const liars: readonly KeyPair[] = Array.from({ length: 1_024 }, createKeyPair);
let nextLiar = 0;

/** On a machine with much else to do, a handshake may take longer than a connector waits for it: it tries again, as connectors do. */
const dialsAllowed = 5;

async function dialAgain(...given: Parameters<typeof dial>): Promise<TLSSocket> {
  for (let left = dialsAllowed; ; left--)
    try {
      return await dial(...given);
    } catch (error) {
      if (left <= 1) throw error;
    }
}

/** A connector that was let in, and speaks nonsense. */
export async function lieToEdge(world: World, pieces: readonly Uint8Array[]): Promise<void> {
  const where = { address: world.address, pins: world.token.pins, proxy: null };
  const connector = liars[nextLiar++ % liars.length] ?? createKeyPair();
  const socket = await dialAgain(where, { connector, token: keyPairOf(world.token.seed) });
  await send(socket, [settings], pieces);
}

/** An edge with the right key that lets everybody in, and speaks nonsense. */
export async function lieToConnector({ parts }: World, pieces: readonly Uint8Array[]): Promise<void> {
  const key = edgeKeyOf(createEdgeKeyText());
  const sockets = new Set<TLSSocket>();
  let done: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    done = resolve;
  });
  const server = createTlsServer(
    {
      key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }),
      ...{ cert: key.certificate, ALPNProtocols: [alpn], minVersion: 'TLSv1.3' },
    },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('readable', () => {
        socket.read(proofBytes);
        socket.write(verdictByte('welcome'), () =>
          setImmediate(() => void send(socket, [preface, settings], pieces).then(done)),
        );
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const addresses = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
  const state = { ...freshState(), addresses, pins: [key.pin] };
  const connector = startConnector({ ...parts, state, token: null });
  await over;
  connector.close();
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** Nobody is let in by bytes that prove nothing. */
async function knock({ address }: World, bytes: Uint8Array): Promise<boolean> {
  const port = Number(address.split(':')[1]);
  const socket = connectTls({
    ...{ port, host: '127.0.0.1', ALPNProtocols: [alpn], minVersion: 'TLSv1.3', rejectUnauthorized: false },
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const answer = new Promise<Buffer | null>((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk));
    socket.once('close', () => resolve(null));
    setTimeout(() => resolve(null), 200);
  });
  socket.write(bytes);
  const said = await answer;
  socket.destroy();
  return said === null || said[0] !== verdictByte('welcome')[0];
}

const line = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.json(),
  fc
    .record({
      type: fc.constantFrom('hello', 'services', 'drain', 'welcome', 'edges', 'grants', 'visited', 'x'),
      ...{ protocol: fc.anything(), version: fc.anything(), instance: fc.anything(), index: fc.anything() },
      ...{ services: fc.anything(), hears: fc.anything(), addresses: fc.anything(), pins: fc.anything() },
      ...{ grants: fc.anything(), who: fc.anything(), status: fc.anything(), path: fc.anything() },
    })
    .map((value) => JSON.stringify(value) ?? ''),
);

export const liveTunnel = liveTarget(
  'live-tunnel',
  startWorld,
  (world) => world.close(),
  (world) => ({
    'frames of a connector do not shake the edge': fc.asyncProperty(frames, async (pieces) => {
      await lieToEdge(world, pieces);
      return isServed(world);
    }),
    'frames of an edge do not shake a connector': fc.asyncProperty(frames, async (pieces) => {
      await lieToConnector(world, pieces);
      return isServed(world);
    }),
    'words of the control stream are read or refused': fc.asyncProperty(line, async (text) => {
      for (const parse of [parseFromConnector, parseFromEdge]) {
        const message = parse(text);
        if (message !== null && typeof message.type !== 'string') return false;
      }
      return true;
    }),
    'what is no proof lets nobody in': fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ minLength: proofBytes, maxLength: proofBytes }),
        fc
          .uint8Array({ minLength: proofBytes - 1, maxLength: proofBytes - 1 })
          .map((rest) => Uint8Array.of(1, ...rest)),
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
      ),
      async (bytes) => checkProof(Buffer.from(bytes), Buffer.alloc(32)) === null && knock(world, bytes),
    ),
  }),
);
