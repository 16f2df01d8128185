// Whoever opens connections and proves nothing keeps no connector out, neither of other addresses nor of its own: silent ones take nobody's
// turn, turns go from network to network, and who holds one while others wait loses it.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UnprovedConnections, type UnprovedLimits } from '../../src/tunnel/edge/unproved-connections.ts';
import { alpn } from '../../src/tunnel/wire/proof.ts';
import { connectorTo, services, startEdge, type TestEdge, waitUntil } from './tunnel-fixture.ts';

async function open(edge: Pick<TestEdge, 'port'>): Promise<net.Socket> {
  const socket = net.connect(edge.port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  // Without a reader nothing tells that the other side is gone.
  return socket.resume();
}

/** What a client of TLS says first. */
async function clientHello(): Promise<Buffer> {
  const server = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', minVersion: 'TLSv1.3', ALPNProtocols: [alpn] });
  client.on('error', () => {});
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  const [hello] = (await once(accepted, 'data')) as [Buffer];
  client.destroy();
  accepted.destroy();
  return hello;
}

/** A socket as far as it matters here. */
function from(remoteAddress: string): net.Socket {
  const socket = new net.Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** They say something, and it was noticed. */
async function say(...sockets: readonly net.Socket[]): Promise<void> {
  for (const socket of sockets) socket.push('hello');
  await new Promise((resolve) => setImmediate(resolve));
}

const isGone = ({ destroyed }: net.Socket): boolean => destroyed;

function book(given: Partial<UnprovedLimits>): {
  readonly connections: UnprovedConnections;
  readonly begun: readonly net.Socket[];
} {
  const begun: net.Socket[] = [];
  const limits = { most: 100, atOnce: 1, together: 100, patienceMs: 60_000, waitMs: 60_000, ...given };
  const connections = new UnprovedConnections((socket) => void begun.push(socket), limits);
  onTestFinished(() => connections.close());
  return { connections, begun };
}

describe('a connector joins', () => {
  test('past connections of its own address that say nothing', async () => {
    const edge = await startEdge();
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open(edge)));
    connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
    expect(sockets.some(({ closed }) => closed)).toBe(false);
  });

  test('past handshakes of its own address that do not go on', async () => {
    const edge = await startEdge();
    const hello = await clientHello();
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open(edge)));
    const answered = sockets.map((socket) => once(socket, 'data'));
    for (const socket of sockets) socket.write(hello);
    await Promise.all(answered);
    connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
  });
});

describe('where too many have proved nothing', () => {
  test('the oldest of those go that say nothing', async () => {
    const { connections } = book({ most: 3 });
    const [talks, one, two, three] = [1, 2, 3, 4].map((n) => from(`192.0.2.${n}`)) as net.Socket[] as [
      net.Socket,
      net.Socket,
      net.Socket,
      net.Socket,
    ];
    const sockets = [talks, one, two, three];
    connections.add(talks);
    await say(talks);
    for (const socket of sockets.slice(1)) connections.add(socket);
    expect(sockets.map(isGone)).toEqual([false, true, false, false]);
  });

  test('and then the oldest of the network that has the most, which for IPv6 is a /64', async () => {
    const { connections } = book({ most: 4 });
    const first = from('192.0.2.1');
    const other = from('192.0.2.2');
    const many = [from('2001:db8::1'), from('2001:db8::2')];
    for (const socket of [first, other, ...many]) {
      connections.add(socket);
      await say(socket);
    }
    const late = from('192.0.2.3');
    connections.add(late);
    expect([first, other, ...many, late].map(isGone)).toEqual([false, false, true, false, false]);
  });
});

describe('turns', () => {
  test('go from network to network, in the order in which they came', async () => {
    const { connections, begun } = book({});
    const flood = [1, 2, 3].map(() => from('192.0.2.1'));
    const other = from('192.0.2.2');
    for (const socket of [...flood, other]) {
      connections.add(socket);
      await say(socket);
    }
    for (let turn = 0; turn < 3; turn++) connections.onProof(begun[turn] as net.Socket);
    expect(begun).toEqual([flood[0], flood[1], other, flood[2]]);
  });

  test('are not had by those who say nothing', async () => {
    const { connections, begun } = book({});
    const [silent, talks] = [from('192.0.2.1'), from('192.0.2.2')];
    connections.add(silent);
    connections.add(talks);
    await say(talks);
    expect(begun).toEqual([talks]);
  });

  test('are lost by those who take too long while others wait, and by nobody else', async () => {
    const { connections, begun } = book({ patienceMs: 20 });
    const [slow, next] = [from('192.0.2.1'), from('192.0.2.2')];
    connections.add(slow);
    await say(slow);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(isGone(slow)).toBe(false);
    connections.add(next);
    await say(next);
    await waitUntil(() => begun.length === 2);
    expect([slow, next].map(isGone)).toEqual([true, false]);
  });

  test('begin a few in one turn of the event loop', async () => {
    const { connections, begun } = book({ atOnce: 100, together: 2 });
    const sockets = [1, 2, 3, 4, 5].map(() => from('192.0.2.1'));
    for (const socket of sockets) connections.add(socket);
    for (const socket of sockets) socket.push('hello');
    await new Promise((resolve) => process.nextTick(() => setImmediate(resolve)));
    expect(begun.length).toBeLessThan(5);
    await waitUntil(() => begun.length === 5);
    expect(begun).toEqual(sockets);
  });

  test('are free again when one is gone', async () => {
    const { connections, begun } = book({});
    const [one, two] = [from('192.0.2.1'), from('192.0.2.1')];
    for (const socket of [one, two]) {
      connections.add(socket);
      await say(socket);
    }
    one.destroy();
    await waitUntil(() => begun.length === 2);
    expect(begun).toEqual([one, two]);
  });
});

describe('a connection', () => {
  test('that says more than a connector does while it waits goes, at once or bit by bit', async () => {
    const { connections, begun } = book({});
    const [inTurn, waits, floods, drips] = [1, 2, 3, 4].map((n) => from(`192.0.2.${n}`)) as [
      net.Socket,
      net.Socket,
      net.Socket,
      net.Socket,
    ];
    const sockets = [inTurn, waits, floods, drips];
    for (const socket of sockets) connections.add(socket);
    await say(...sockets);
    floods.push(Buffer.alloc(16_384));
    for (let part = 0; part < 16 && !isGone(drips); part++) {
      drips.push(Buffer.alloc(1_024));
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Who has its turn is read by TLS.
    inTurn.push(Buffer.alloc(16_384));
    waits.push(Buffer.alloc(4_096));
    await new Promise((resolve) => setImmediate(resolve));
    expect(sockets.map(isGone)).toEqual([false, false, true, true]);
    connections.settle(inTurn);
    expect(begun).toEqual([inTurn, waits]);
  });

  test('that says nothing for too long goes, and so does one that waits for too long for its turn', async () => {
    const { connections } = book({ waitMs: 30 });
    const [inTurn, waits, silent] = [from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.2')];
    for (const socket of [inTurn, waits, silent]) connections.add(socket);
    await say(inTurn, waits);
    await waitUntil(() => isGone(waits) && isGone(silent));
    expect(isGone(inTurn)).toBe(false);
  });

  test('that proved itself counts no more, and all others go at the end', async () => {
    const { connections } = book({ most: 2, atOnce: 2 });
    const [letIn, other, third] = [from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1')];
    connections.add(letIn);
    await say(letIn);
    connections.onProof(letIn);
    connections.settle(letIn);
    connections.add(other);
    connections.add(third);
    expect([letIn, other, third].map(isGone)).toEqual([false, false, false]);
    connections.close();
    expect([letIn, other, third].map(isGone)).toEqual([false, true, true]);
  });
});
