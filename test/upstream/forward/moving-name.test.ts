// A name that moves to another address while the server at the old one still answers: connections that are used all the time have an age.
import dns from 'node:dns';
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { UpstreamAddress } from '../../../src/rules/model/compiled-rules.ts';
import { gatewayTo } from './fixture.ts';

const name = 'moving.test';

/** Two servers on one port of two addresses; each says its own. */
async function twoPlaces(create: () => net.Server): Promise<number> {
  const open = async (address: string, port: number): Promise<number> => {
    const server = create();
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket: net.Socket) => void sockets.add(socket));
    server.on('request', (_req, res: http.ServerResponse) => void res.end(address));
    await new Promise<void>((resolve) => server.listen(port, address, () => resolve()));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as net.AddressInfo).port;
  };
  const port = await open('127.0.0.1', 0);
  return open('127.0.0.2', port);
}

test.each([
  ['HTTP/1.1', () => http.createServer()],
  ['HTTP/2', () => http2.createServer()],
])('over %s it is followed within a minute or so', async (protocol, create) => {
  const port = await twoPlaces(create);
  let address = '127.0.0.1';
  const { lookup } = dns;
  const lookups = vi.spyOn(dns, 'lookup').mockImplementation(((
    host: string,
    options: dns.LookupAllOptions,
    done: (...found: unknown[]) => void,
  ) => {
    if (host !== name) lookup(host, options, done);
    else if (options.all) process.nextTick(done, null, [{ address, family: 4 }]);
    else process.nextTick(done, null, address, 4);
  }) as never);
  // A minute in which something is asked every three seconds, without the waiting.
  let aheadMs = 0;
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
  onTestFinished(() => {
    lookups.mockRestore();
    clock.mockRestore();
  });
  const upstream: UpstreamAddress = { kind: 'tcp', isTls: false, host: name, port, text: `http://${name}` };
  const { port: front } = await gatewayTo([upstream], { isHttp2: protocol === 'HTTP/2' });
  const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${front}/`)).text();
  expect(await ask()).toBe('127.0.0.1');
  address = '127.0.0.2';
  const heard: string[] = [];
  for (; aheadMs < 66_000; aheadMs += 3_000) heard.push(await ask());
  const moved = heard.indexOf('127.0.0.2');
  // Kept as long as it is young, and never gone back to.
  expect(moved).toBeGreaterThan(15);
  expect(new Set(heard.slice(moved))).toEqual(new Set(['127.0.0.2']));
});
