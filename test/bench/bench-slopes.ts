// Where it grows: what one more of a thing costs, as the slope of a line through several measurements with more and more of it, each in a
// process that has nothing else to do. Memory is the resident set with shared pages counted in proportion.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { issueJoinToken } from '../../src/tunnel/edge/issue-join-token.ts';
import { type BouncerOptions, startBouncer } from './bench-bouncer.ts';
import { idleMemory, loadWithWrk } from './bench-load.ts';
import { programFile, startOrigin } from './bench-origin.ts';
import type { Peer, PeerContext } from './bench-peer.ts';
import { freePort, loadCore, makeFolder, pause, type Running, start } from './bench-processes.ts';
import { cpuOfEach, prepareSessions } from './bench-sessions.ts';

/** With so much of it. */
export interface Point {
  readonly count: number;
  readonly pssKb: number;
  /** While nobody asks, microseconds of CPU time a second. */
  readonly idleUs: number;
  /** Of a GET of 1 KB, microseconds of CPU time. */
  readonly requestUs: number;
}

export interface Slope {
  readonly what: string;
  readonly points: readonly Point[];
}

export interface SlopeOptions {
  /** How much of the counts below; 1 is all of it. */
  readonly share: number;
  readonly seconds: number;
}

const roomy = 'limits: { connections: 50000, connections_per_address: 50000, keep_alive_timeout: 60m }';

/** The growth of `y` with `x`: least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return under === 0 ? 0 : over / under;
}

/** All of them. @param tell told what is measured next, and what could not be */
export async function measureSlopes(
  context: Omit<PeerContext, 'originUrl'>,
  options: SlopeOptions,
  tell: { readonly note: (text: string) => void; readonly skip: (text: string) => void },
): Promise<readonly Slope[]> {
  const counts = (...all: readonly number[]): number[] => all.map((one) => Math.round(one * options.share));
  const files = await startOrigin('files');
  const echo = await startOrigin('websockets');
  const slopes: Slope[] = [];
  const add = async (what: string, work: () => Promise<Point[]>): Promise<void> => {
    tell.note(`slopes: ${what}`);
    try {
      slopes.push({ what, points: await work() });
    } catch (error) {
      tell.skip(`slopes, ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const ofFiles = { ...context, originUrl: files.url };
  const ofEcho = { ...context, originUrl: echo.url };
  try {
    await add('session in use', () => ofSessions(ofFiles, counts(0, 2_500, 5_000, 10_000), options));
    await add('idle connection', () =>
      ofHeld('connections', ofFiles, counts(0, 1_000, 2_000, 4_000), options),
    );
    await add('idle WebSocket', () => ofHeld('websockets', ofEcho, counts(0, 500, 1_000, 2_000), options));
    await add('application with three policies', () =>
      ofRules((count) => ({ applications: manyApplications(count) }), ofFiles, {
        ...options,
        counts: counts(0, 2_500, 5_000, 10_000),
      }),
    );
    await add('policy of the application that is asked', () =>
      ofRules((count) => ({ policies: manyPolicies(count) }), ofFiles, {
        ...options,
        counts: counts(0, 500, 1_000, 2_000),
      }),
    );
    await add('WebSocket through a tunnel', () =>
      ofTunnelStreams(ofEcho, counts(0, 400, 800, 1_600), options),
    );
  } finally {
    await Promise.all([files.stop(), echo.stop()]);
  }
  return slopes;
}

/** @param path a GET of it is answered with 200 */
async function look(peer: Peer, count: number, seconds: number): Promise<Point> {
  const load = await loadWithWrk(peer, '/1k', { seconds, connections: 32 });
  if (load.errors > 0) throw new Error(`${load.errors} requests failed`);
  const { pssKb } = await idleMemory(peer.process);
  return {
    count,
    pssKb,
    idleUs: await idleUs(peer.process, seconds),
    requestUs: load.cpuUsPerUnit ?? Number.NaN,
  };
}

async function idleUs(process_: Running, seconds: number): Promise<number> {
  const before = process_.cpuUs();
  await pause(seconds * 1_000);
  return (process_.cpuUs() - before) / seconds;
}

/** Each of them was used twice: read from the store, and remembered. */
async function ofSessions(
  context: PeerContext,
  counts: readonly number[],
  options: SlopeOptions,
): Promise<Point[]> {
  const folder = makeFolder();
  const { cookies, cookieName } = await prepareSessions(context, folder, Math.max(...counts));
  const peer = await startBouncer(context, { folder });
  const points: Point[] = [];
  try {
    await look(peer, 0, options.seconds);
    for (const count of counts) {
      const file = join(folder, `cookies-${count}`);
      writeFileSync(
        file,
        cookies
          .slice(0, count)
          .map((token) => `${cookieName}=${token}\n`)
          .join(''),
      );
      if (count > 0) await cpuOfEach(peer, file, { count, host: String(peer.headers['Host']) });
      const requestUs =
        count > 0 ? await cpuOfEach(peer, file, { count, host: String(peer.headers['Host']) }) : Number.NaN;
      points.push({ ...(await look(peer, count, options.seconds)), ...(count > 0 ? { requestUs } : {}) });
    }
  } finally {
    await peer.process.stop();
  }
  // The first point's requests are all of one session, and come by another program.
  return points.map((point) => (point.count === 0 ? { ...point, requestUs: Number.NaN } : point));
}

/** One process, more and more of them. */
async function ofHeld(
  kind: 'connections' | 'websockets',
  context: PeerContext,
  counts: readonly number[],
  { seconds }: SlopeOptions,
): Promise<Point[]> {
  const peer = await startBouncer(context, { settings: roomy });
  try {
    return await holdMore(peer, kind, counts, seconds);
  } finally {
    await peer.process.stop();
  }
}

async function holdMore(
  peer: Peer,
  kind: 'connections' | 'websockets',
  counts: readonly number[],
  seconds: number,
): Promise<Point[]> {
  const holders: Running[] = [];
  const points: Point[] = [];
  let held = 0;
  // What a process makes once is not what one more costs.
  await look(peer, 0, seconds);
  try {
    for (const count of counts) {
      if (count > held) holders.push(await hold(peer, kind, count - held));
      held = count;
      points.push(await look(peer, count, seconds));
    }
  } finally {
    await Promise.all(holders.map((one) => one.stop('SIGKILL')));
  }
  return points;
}

async function hold(peer: Peer, kind: string, count: number): Promise<Running> {
  const port = await freePort();
  const args = [String(peer.port), kind, String(count), JSON.stringify(peer.headers), String(port)];
  return start(process.execPath, {
    ...{ core: loadCore, port, waitMs: 120_000 },
    args: [programFile('hold-open.ts'), ...args],
  });
}

/** A process for each count: rules are read at its start. */
async function ofRules(
  rules: (count: number) => BouncerOptions,
  context: PeerContext,
  { counts, seconds }: SlopeOptions & { readonly counts: readonly number[] },
): Promise<Point[]> {
  const points: Point[] = [];
  for (const count of counts) {
    const peer = await startBouncer(context, rules(count));
    try {
      points.push(await look(peer, count, seconds));
    } finally {
      await peer.process.stop();
    }
  }
  return points;
}

function manyApplications(count: number): string {
  const each = (at: number): string => `  - name: app-${at}
    host: app-${at}.localhost
    upstream: http://127.0.0.1:1
    policies:
      - { name: a, action: deny, include: [{ ip: [198.51.${at % 256}.0/24] }] }
      - { name: b, action: allow, include: [{ group: team-${at} }] }
      - { name: c, action: allow, include: [{ email: [person-${at}@example.com] }] }
`;
  return Array.from({ length: count }, (_, at) => each(at)).join('');
}

function manyPolicies(count: number): string {
  const each = (at: number): string =>
    `      - { name: p-${at}, action: allow, include: [{ email: [person-${at}@example.com] }], require: [{ group: team-${at} }] }\n`;
  return Array.from({ length: count }, (_, at) => each(at)).join('');
}

/** Each carries some hundred streams, over two connections. */
const connectorCount = 8;

/** Connectors on the other core, in front of the application. */
async function ofTunnelStreams(
  context: PeerContext,
  counts: readonly number[],
  { seconds }: SlopeOptions,
): Promise<Point[]> {
  const folder = makeFolder();
  const edgePort = await freePort();
  const store = createStore(join(folder, 'data'));
  await store.tunnels.createTunnel({ name: 'office', createdAtMs: Date.now(), share: null });
  const { text } = await issueJoinToken(store, {
    ...{ tunnel: 'office', addresses: [`127.0.0.1:${edgePort}`] },
    reusable: { lifetimeMs: 3_600_000, from: null, maxConnectors: null },
  });
  const tunnel = `tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ["127.0.0.1:${edgePort}"] }`;
  const started: Running[] = [];
  const connect = async (): Promise<void> => {
    const args = [programFile('tunnel-connectors.ts'), text, String(connectorCount), context.originUrl];
    started.push(await start(process.execPath, { core: loadCore, args, port: null }));
    for (let waitedMs = 0; (await store.tunnels.read()).connectors.length < connectorCount; waitedMs += 200) {
      if (waitedMs > 60_000) throw new Error('the connectors do not come');
      await pause(200);
    }
    // The second one of its connections.
    await pause(2_000);
  };
  try {
    const edge = await startBouncer(context, {
      ...{ folder, upstream: 'tunnel:office/wiki', settings: `${roomy}\n${tunnel}`, beforeLogin: connect },
    });
    started.push(edge.process);
    return await holdMore(edge, 'websockets', counts, seconds);
  } finally {
    await Promise.all(started.map((one) => one.stop()));
    await store.close();
  }
}
