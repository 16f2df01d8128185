// A name with several addresses, of IPv6 and IPv4: the one that answers is found, over every protocol.
import dns from 'node:dns';
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { UpstreamAddress } from '../../../src/rules/model/compiled-rules.ts';
import { dispatchError, isConnectFailure, isMissingAnswer } from '../../../src/upstream/dispatch-error.ts';
import { gatewayTo, httpUpstream, listen, tcp } from './fixture.ts';

const name = 'many.test';

/** The name has these addresses, in this order, until the test ends. */
function resolveTo(addresses: readonly string[]): void {
  const { lookup } = dns;
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(((
    host: string,
    options: dns.LookupAllOptions,
    done: (...found: unknown[]) => void,
  ) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (host !== name) lookup(host, options, done);
    else if (options.all) process.nextTick(done, null, found);
    else process.nextTick(done, null, found[0]?.address, found[0]?.family);
  }) as never);
  onTestFinished(() => spy.mockRestore());
}

function named(port: number): UpstreamAddress {
  return { kind: 'tcp', isTls: false, host: name, port, text: `http://${name}:${port}` };
}

test.each([
  ['HTTP/1.1', () => http.createServer()],
  ['HTTP/2', () => http2.createServer()],
])('over %s an address on which nobody listens is passed over', async (protocol, create) => {
  const server = create();
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => void sockets.add(socket));
  server.on('request', (req: http.IncomingMessage, res: http.ServerResponse) => void req.pipe(res as never));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const port = await listen(server as net.Server);
  resolveTo(['::1', '127.0.0.9', '127.0.0.1']);
  const { port: front } = await gatewayTo([named(port)], { isHttp2: protocol === 'HTTP/2' });
  for (const size of [3, 300_000]) {
    const body = Buffer.alloc(size, 'x');
    const answer = await fetch(`http://127.0.0.1:${front}/`, { method: 'POST', body });
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, size]);
  }
});

test('where none of them answers, nothing was sent: the next address of the application is asked', async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737): nobody answers from there, or it cannot be reached at all.
  resolveTo(['192.0.2.1', '192.0.2.2']);
  const other = await httpUpstream((_req, res) => res.end('other'));
  const { port, gateway } = await gatewayTo([named(9), tcp(other.port)], { connectTimeoutMs: 20_000 });
  for (let i = 0; i < 4; i++) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('other');
  expect(gateway.events.map(({ fields }) => fields['upstream'])).toEqual([`http://${name}:9`]);
});

test('addresses that do not answer are a connection that was never made, whatever the other ones say', () => {
  const attempt = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'connect' });
  // As Node reports that several were tried: under the code of the first.
  const all = (...codes: string[]): Error =>
    Object.assign(new AggregateError(codes.map(attempt)), { code: codes[0] });
  for (const error of [
    all('ETIMEDOUT', 'ECONNREFUSED'),
    all('ECONNREFUSED', 'ETIMEDOUT'),
    all('ETIMEDOUT', 'ETIMEDOUT'),
  ])
    expect([isConnectFailure(error), isMissingAnswer(error)]).toEqual([true, true]);
  expect(dispatchError(all('ETIMEDOUT', 'ECONNREFUSED'), 'x').code).toBe('upstream_timeout');
  // Of a connection that was made.
  const later = Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'read' });
  expect(isConnectFailure(later)).toBe(false);
});
