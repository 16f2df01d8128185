import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { createManagementAccess } from '../../src/telemetry/management-access.ts';
import {
  type ManagementServer,
  type Readiness,
  startManagementServer,
} from '../../src/telemetry/management-server.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createRequestCounters } from '../../src/telemetry/request-counters.ts';
import { sendAndReset } from '../fixtures/send-and-reset.ts';

let server: ManagementServer | undefined;
let readiness: Readiness = { isReady: true, rulesHash: 'abc', failures: {}, warnings: {} };

afterEach(async () => {
  await server?.close();
  readiness = { isReady: true, rulesHash: 'abc', failures: {}, warnings: {} };
});

async function start(): Promise<string> {
  const counters = createRequestCounters();
  for (const status of [200, 200, 403]) {
    counters.count({
      requestId: 'r',
      host: null,
      method: 'GET',
      path: '/',
      status,
      decision: status === 200 ? 'allow' : 'deny',
      reason: 'x',
      policy: null,
      application: 'wiki',
      sub: null,
      email: null,
      idp: null,
      session: null,
      ip: null,
      userAgent: null,
      durationMs: 500,
      upstreamMs: null,
      bytesOut: 0,
    });
  }
  const metrics = createMetrics({ counters, liveCount: () => 3, readiness: () => readiness });
  server = await startManagementServer(
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
    { readiness: () => readiness, metrics },
  );
  return server.url;
}

test('metrics count requests by application, decision and status', async () => {
  const text = await (await fetch(`${await start()}/metrics`)).text();
  expect(text).toContain('bouncer_requests_total{application="wiki",decision="allow",status="200"} 2');
  expect(text).toContain('bouncer_requests_total{application="wiki",decision="deny",status="403"} 1');
  expect(text).toContain('bouncer_request_seconds_total{application="wiki",decision="allow",status="200"} 1');
  expect(text).toContain('bouncer_live_streams 3');
  expect(text).toContain('bouncer_rules_info{hash="abc"} 1');
});

test('readiness says what is wrong', async () => {
  const url = await start();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  readiness = {
    isReady: false,
    rulesHash: 'abc',
    failures: { draining: 'the process is stopping' },
    warnings: { reload: 'bad rules' },
  };
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
    rules_hash: 'abc',
    failures: { draining: 'the process is stopping' },
    warnings: { reload: 'bad rules' },
  });
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});

test('a web page cannot read it through a browser on the same machine', async () => {
  const url = await start();
  expect((await fetch(`${url}/metrics`, { headers: { Origin: 'https://evil.example' } })).status).toBe(403);
  expect((await fetch(`${url}/metrics`, { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(403);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
});

/** The status for a request with exactly these lines; `closed` when the connection is. */
async function statusOf(
  lines: string,
  options: { readonly port: number; readonly localAddress?: string },
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', ...options });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.write(`${lines}\r\n\r\n`);
  await new Promise((resolve) => socket.once('close', resolve));
  return text === '' ? 'closed' : text.slice(9, 12);
}

test('it answers only to names by which it is reached: a web page can make another name lead here', async () => {
  const access = createManagementAccess({ managementFrom: [], managementNames: ['bouncer.svc'] });
  server = await startManagementServer(
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
    {
      readiness: () => readiness,
      metrics: createMetrics({
        counters: createRequestCounters(),
        liveCount: () => 0,
        readiness: () => readiness,
      }),
    },
    { access },
  );
  const port = Number(new URL(server.url).port);
  const own = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
  for (const host of [
    'localhost',
    `LOCALHOST:${port}`,
    '127.0.0.1:1',
    '[::1]',
    'bouncer.svc',
    'bouncer.svc.:80',
    ...own,
  ])
    expect([
      host,
      await statusOf(`GET /livez HTTP/1.1\r\nConnection: close\r\nHost: ${host}`, { port }),
    ]).toEqual([host, '200']);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    'a.localhost',
    '192.0.2.1',
    '',
    'localhost@evil',
    '[2001:db8::1]',
  ])
    expect([
      host,
      await statusOf(`GET /metrics HTTP/1.1\r\nConnection: close\r\nHost: ${host}`, { port }),
    ]).toEqual([host, '421']);
  const two = 'Host: localhost\r\nHost: evil.example';
  expect(await statusOf(`GET /metrics HTTP/1.1\r\nConnection: close\r\n${two}`, { port })).toBe('421');
  // Load balancers that speak HTTP/1.0 name nothing, and no browser is like that.
  expect(await statusOf('GET /livez HTTP/1.0', { port })).toBe('200');
});

test('beyond this machine it answers those alone that are named', () => {
  const { isPeer } = createManagementAccess({
    managementFrom: ['192.0.2.0/24', '2001:db8::/32'],
    managementNames: [],
  });
  for (const address of [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '192.0.2.9',
    '::ffff:192.0.2.9',
    '2001:db8::7',
  ])
    expect([address, isPeer(address)]).toEqual([address, true]);
  for (const address of ['198.51.100.1', '2001:db9::1', '::ffff:198.51.100.1'])
    expect([address, isPeer(address)]).toEqual([address, false]);
});

test('nobody is asked for who broke off before they were accepted: no address tells that they may ask', async () => {
  let asked = 0;
  const metrics = createMetrics({
    counters: createRequestCounters(),
    liveCount: () => 0,
    readiness: () => readiness,
  });
  server = await startManagementServer(
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
    {
      readiness: () => {
        asked++;
        return readiness;
      },
      metrics,
    },
  );
  await sendAndReset(Number(new URL(server.url).port), null, 'GET /readyz HTTP/1.1\r\n\r\n');
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  expect(asked).toBe(0);
});
