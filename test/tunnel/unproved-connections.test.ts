// Whoever opens connections and proves nothing keeps no connector out: silent ones count from the accept on, and the oldest go first.
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { UnprovedConnections, unprovedLimits } from '../../src/tunnel/edge/unproved-connections.ts';
import { connectorTo, services, startEdge, type TestEdge } from './tunnel-fixture.ts';

async function silent(edge: Pick<TestEdge, 'port'>): Promise<net.Socket> {
  const socket = net.connect(edge.port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  // Without a reader nothing tells that the other side is gone.
  return socket.resume();
}

/** A socket as far as it matters here. */
function from(remoteAddress: string): net.Socket {
  const socket = new net.Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  return socket;
}

describe('connections that prove nothing', () => {
  test('end the oldest of their address beyond its share, before their TLS handshake too, and a connector joins', async () => {
    const edge = await startEdge();
    const sockets: net.Socket[] = [];
    for (let n = 0; n < unprovedLimits.mostOfOne + 6; n++) sockets.push(await silent(edge));
    await vi.waitFor(() => expect(sockets.filter(({ closed }) => closed)).toHaveLength(6), 30_000);
    expect(sockets.slice(0, 6).every(({ closed }) => closed)).toBe(true);
    connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
  });

  test('count by the /64 of IPv6, and those of all together too', () => {
    const connections = new UnprovedConnections({ most: 3, mostOfOne: 2 });
    const [one, two, three] = [from('2001:db8::1'), from('2001:db8::2'), from('2001:db8::3')];
    for (const socket of [one, two, three]) connections.add(socket);
    expect([one, two, three].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
    const [four, five] = [from('192.0.2.1'), from('192.0.2.2')];
    connections.add(four);
    connections.add(five);
    expect([two, three, four, five].map(({ destroyed }) => destroyed)).toEqual([true, false, false, false]);
  });

  test('count no more once they proved themselves, and all go at the end', () => {
    const connections = new UnprovedConnections({ most: 1, mostOfOne: 1 });
    const [proved, other] = [from('192.0.2.1'), from('192.0.2.1')];
    connections.add(proved);
    connections.settle(proved);
    connections.add(other);
    expect(proved.destroyed).toBe(false);
    connections.close();
    expect([proved.destroyed, other.destroyed]).toEqual([false, true]);
  });
});
