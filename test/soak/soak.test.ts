// The short form of `npm run soak`.
import { expect, it } from 'vitest';
import { inWholeRun, isWholeRun } from '../fixtures/whole-run.ts';
import { runSoak } from './soak.ts';

it('holds while bouncer and everything around it are disturbed', { timeout: 240_000 }, async () => {
  const result = await runSoak({
    ...{ seconds: inWholeRun(60, 26), requestsPerSecond: 80, sessions: 30, webSockets: 40, eventStreams: 8 },
    ...{ pauseSeconds: 1, seed: 7, withKills: true, say: () => {} },
  });
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ misjudged: 0, unexplained: 0, lateStreams: 0 });
  // What it cannot see it cannot hold. Where nothing may be left out, the clock is moved too.
  if (isWholeRun) expect(result.left).not.toContain('jumps of the clock');
  expect(result.requests).toBeGreaterThan(inWholeRun(500, 200));
  expect(result.ends).toBeGreaterThan(inWholeRun(5, 2));
  expect(result.attacks).toBeGreaterThan(inWholeRun(40, 20));
  expect(result.streams).toBeGreaterThan(40);
  expect(Object.keys(result.disturbances).length).toBeGreaterThanOrEqual(inWholeRun(4, 1));
});
