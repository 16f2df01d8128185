// The short form of `npm run chaos -- --tunnels`.
import { expect, it } from 'vitest';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { runTunnelChaos } from './tunnel-chaos.ts';

it('two edges and two connectors answer rightly or not at all while each is killed', async () => {
  const result = await runTunnelChaos({
    seconds: inWholeRun(60, 32),
    requestsPerSecond: 60,
    pauseSeconds: 1,
    say: () => {},
  });
  expect(result.violations).toEqual([]);
  expect(result.kills).toBeGreaterThanOrEqual(inWholeRun(4, 2));
  expect(result.right).toBeGreaterThan(inWholeRun(1_000, 400));
});
