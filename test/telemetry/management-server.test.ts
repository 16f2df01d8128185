import { afterEach, expect, test } from 'vitest';
import {
  type ManagementServer,
  type Readiness,
  startManagementServer,
} from '../../src/telemetry/management-server.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createRequestCounters } from '../../src/telemetry/request-counters.ts';

let server: ManagementServer | undefined;
let readiness: Readiness = { isReady: true, failures: {}, warnings: {} };

afterEach(async () => {
  await server?.close();
  readiness = { isReady: true, failures: {}, warnings: {} };
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
  const metrics = createMetrics(
    counters,
    () => 3,
    () => readiness.isReady,
  );
  server = await startManagementServer({ kind: 'tcp', host: '127.0.0.1', port: 0 }, () => readiness, metrics);
  return server.url;
}

test('metrics count requests by application, decision and status', async () => {
  const text = await (await fetch(`${await start()}/metrics`)).text();
  expect(text).toContain('bouncer_requests_total{application="wiki",decision="allow",status="200"} 2');
  expect(text).toContain('bouncer_requests_total{application="wiki",decision="deny",status="403"} 1');
  expect(text).toContain('bouncer_request_seconds_total{application="wiki",decision="allow",status="200"} 1');
  expect(text).toContain('bouncer_live_streams 3');
});

test('readiness says what is wrong', async () => {
  const url = await start();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  readiness = {
    isReady: false,
    failures: { draining: 'the process is stopping' },
    warnings: { reload: 'bad rules' },
  };
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
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
