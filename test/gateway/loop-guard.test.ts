// A request that comes back is noticed; one that only carries the same id is not.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { type AttackSite, attackRules, startAttackSite } from '../attacks/attack-site.ts';
import { exchangeRaw, wireBytes } from '../attacks/raw-exchange.ts';
import { fieldValues } from '../attacks/recorder.ts';

let port: number;
let site: AttackSite;

beforeAll(async () => {
  port = await findFreePort(0, 1);
  const self = `
applications:
  - name: itself
    host: itself.bouncer.test
    upstream: http://127.0.0.1:${port}
    policies: [{ name: open, action: bypass, include: [everyone] }]
${attackRules.replace(/^\s*applications:/, '')}`;
  site = await startAttackSite({ provider: 'hostile', port, rules: self });
});
afterAll(() => site.close());

const ask = (host: string, path: string, ...lines: readonly string[]) =>
  exchangeRaw(port, wireBytes([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines, '\r\n'].join('\r\n')), {
    patienceMs: 1500,
  });

test('an upstream that is bouncer itself is a 508 after one turn, and the next request is answered as well', async () => {
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect((await ask('itself.bouncer.test', '/page')).responses[0]?.status).toBe(508);
    const turns = site.records().filter(({ path }) => path === '/page');
    expect(turns.map(({ reason }) => reason)).toEqual(
      Array.from({ length: attempt }, () => ['upstream-loop', 'policy-bypassed']).flat(),
    );
  }
});

test('an application that passes the request’s id on may ask for something else, and later for the same', async () => {
  const stream = ask('app.bouncer.test', '/public/stream');
  while (site.upstream.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const [id] = fieldValues(site.upstream.seen[0]?.rawHeaders ?? [], 'x-request-id');
  expect((await ask('app.bouncer.test', '/public/other', `X-Request-Id: ${id}`)).responses[0]?.status).toBe(
    200,
  );
  expect((await ask('app.bouncer.test', '/public/stream', `x-request-id: ${id}`)).responses[0]?.status).toBe(
    508,
  );
  void stream;
});
