// A laptop that sleeps: what was on its way to it is given up by the edge, is not done when it wakes, and it is back at once.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SleepWatch } from '../../src/tunnel/connector/sleep-watch.ts';
import { startRelay } from '../fixtures/relay.ts';
import { exchange, gatewayTo, httpUpstream } from '../upstream/forward/fixture.ts';
import { connectorTo, services, startEdge, waitUntil } from './tunnel-fixture.ts';

const wiki = { kind: 'tunnel', tunnel: 'office', service: 'wiki', text: 'tunnel:office/wiki' } as const;

/** Clocks that stand still until a test says otherwise. */
function stoppedClocks() {
  const now = { wallMs: 1_000_000, sinceBootMs: 5_000 };
  return {
    clocks: { wallMs: () => now.wallMs, sinceBootMs: () => now.sinceBootMs },
    pass: (wallMs: number, sinceBootMs: number = wallMs) => {
      now.wallMs += wallMs;
      now.sinceBootMs += sinceBootMs;
    },
  };
}

describe('a sleep', () => {
  test.each([
    ['a minute of it', [[60_000]], 1],
    ['two of them', [[60_000], [500], [60_000]], 2],
    ['time that passes as usual', Array.from({ length: 100 }, () => [1_000]), 0],
    ['a pause that the edge waits for', [[20_000]], 0],
    ['a clock that is set ahead', [[3_600_000, 1_000]], 0],
    ['a clock that is set back, and then a sleep', [[-3_600_000, 1_000], [60_000]], 1],
  ] as const)('is told of %s', (_what, passes, times) => {
    const { clocks, pass } = stoppedClocks();
    const onSlept = vi.fn();
    const watch = new SleepWatch(onSlept, clocks);
    onTestFinished(() => watch.close());
    for (const [wallMs, sinceBootMs] of passes) {
      pass(wallMs, sinceBootMs);
      watch.look();
      watch.look();
    }
    expect(onSlept).toHaveBeenCalledTimes(times);
  });
});

test('what waited on the line while the machine slept is answered once, by the edge, and never reaches the application', async () => {
  const edge = await startEdge({ times: { probeEveryMs: 100, probeWithinMs: 400 } });
  const relay = await startRelay(edge.port);
  onTestFinished(() => relay.close());
  edge.addresses.splice(0, 1, `127.0.0.1:${relay.port}`);
  const seen: string[] = [];
  const { port } = await httpUpstream((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    req.resume().on('end', () => res.end('ok'));
  });
  const { clocks, pass } = stoppedClocks();
  const { connector, said } = connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`), {
    clocks,
  });
  await edge.carriers('wiki', 2);
  const { port: front } = await gatewayTo([wiki], {}, { carriers: edge.edge });
  const post = (path: string): Promise<string> =>
    exchange(
      front,
      `POST ${path} HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`,
    );
  // Both connections have one that is kept open to the application: what is sent over it arrives without a further question.
  for (const path of ['/1', '/2', '/3', '/4']) expect(await post(path)).toContain(' 200 ');

  relay.blackHole();
  expect(await post('/asleep')).toContain(' 502 ');
  await edge.carriers('wiki', 0);
  pass(60_000);
  relay.release();
  await waitUntil(() => said.filter(({ fields }) => fields['cause'] === 'slept').length === 2);
  await edge.carriers('wiki', 2);
  expect(connector.report().isReady).toBe(true);
  expect(await post('/awake')).toContain(' 200 ');
  expect(seen).toEqual(['POST /1', 'POST /2', 'POST /3', 'POST /4', 'POST /awake']);
});
