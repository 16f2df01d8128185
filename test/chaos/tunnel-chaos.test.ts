// The short form of `npm run chaos -- --tunnels`.
import { expect, it } from 'vitest';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { runTunnelChaos } from './tunnel-chaos.ts';

/** In the whole run each of the four is killed. */
const kills = inWholeRun(4, 2);
const right = inWholeRun(600, 300);

it('two edges and two connectors answer rightly or not at all while each is killed', {
  timeout: 300_000,
}, async () => {
  const result = await runTunnelChaos({
    seconds: inWholeRun(30, 20),
    until: (soFar) => soFar.kills >= kills && soFar.right > right,
    requestsPerSecond: 60,
    pauseSeconds: 1,
    say: () => {},
  });
  expect(result.violations).toEqual([]);
  expect(result.kills).toBeGreaterThanOrEqual(kills);
  expect(result.right).toBeGreaterThan(right);
});
