// Lines as they are between a laptop and an edge: long ones, and such as lose packets. Everything arrives, whole and once, and a slow
// line is not taken for a dead one. `BOUNCER_LOSSY_PORT` is a port of a network of its own (`unshare -n`) whose packets are lost at times:
// `.ci/full` makes one.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startRelay } from '../fixtures/relay.ts';
import { gatewayTo, httpUpstream } from '../upstream/forward/fixture.ts';
import { connectorTo, services, startEdge, type TestEdge } from './tunnel-fixture.ts';

const wiki = { kind: 'tunnel', tunnel: 'office', service: 'wiki', text: 'tunnel:office/wiki' } as const;
const lossyPort = Number(process.env['BOUNCER_LOSSY_PORT'] ?? 0);
const large = randomBytes(6 * 1_048_576);

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** An application that gives out the large body, and says the digest of what it was sent. */
async function application() {
  const posts: string[] = [];
  const { port } = await httpUpstream((req, res) => {
    if (req.method !== 'POST') {
      res.end(req.url === '/large' ? large : req.url);
      return;
    }
    posts.push(req.url ?? '');
    const hash = createHash('sha256');
    req.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => res.end(hash.digest('hex')));
  });
  return { port, posts };
}

async function ask(port: number, path: string, body?: Buffer): Promise<Buffer> {
  const method = body === undefined ? 'GET' : 'POST';
  const request = http.request({ port, host: '127.0.0.1', path, method, agent: false }).end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  expect(response.statusCode).toBe(200);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** @returns how long a round trip took, milliseconds */
async function carryEverything(edge: TestEdge): Promise<number> {
  const { port, posts } = await application();
  connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
  await edge.carriers('wiki', 2);
  const { port: front } = await gatewayTo([wiki], { connectTimeoutMs: 60_000 }, { carriers: edge.edge });
  const paths = Array.from({ length: 40 }, (_, n) => `/${n}`);
  const small = paths.map(async (path) => expect((await ask(front, path)).toString()).toBe(path));
  const sent = paths.map(async (path) =>
    expect((await ask(front, path, Buffer.from(path))).toString()).toBe(digest(Buffer.from(path))),
  );
  await Promise.all([
    ...small,
    ...sent,
    ask(front, '/large').then((body) => expect(digest(body)).toBe(digest(large))),
  ]);
  expect((await ask(front, '/up', large)).toString()).toBe(digest(large));
  expect(posts.toSorted()).toEqual([...paths, '/up'].toSorted());
  expect(edge.named('tunnel_disconnected')).toEqual([]);
  expect(edge.named('tunnel_connected')).toHaveLength(2);
  return Math.min(...edge.edge.sessions().map(({ roundTripMs }) => roundTripMs ?? 0));
}

test('a line with a round trip of 200 ms carries everything, and stays', async () => {
  const edge = await startEdge({ times: { probeEveryMs: 300, probeWithinMs: 6_000 } });
  const relay = await startRelay(edge.port);
  onTestFinished(() => relay.close());
  relay.delay(100);
  edge.addresses.splice(0, 1, `127.0.0.1:${relay.port}`);
  expect(await carryEverything(edge)).toBeGreaterThanOrEqual(200);
}, 60_000);

test.skipIf(lossyPort === 0)(
  'a line that loses packets carries everything, and stays',
  async () => {
    await carryEverything(await startEdge({ port: lossyPort }));
  },
  300_000,
);

test.skipIf(lossyPort === 0)(
  'a line that loses packets and is long besides carries everything, and stays',
  async () => {
    const edge = await startEdge({ port: lossyPort });
    const relay = await startRelay(edge.port);
    onTestFinished(() => relay.close());
    relay.delay(100);
    edge.addresses.splice(0, 1, `127.0.0.1:${relay.port}`);
    expect(await carryEverything(edge)).toBeGreaterThanOrEqual(200);
  },
  300_000,
);
