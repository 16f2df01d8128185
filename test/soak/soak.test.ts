// The short form of `npm run soak`.
import { expect, it } from 'vitest';
import { inWholeRun, isWholeRun } from '../fixtures/whole-run.ts';
import { runSoak } from './soak.ts';

/** So much must have happened, however slow the machine is. */
const least = {
  requests: inWholeRun(500, 200),
  ends: inWholeRun(6, 3),
  attacks: inWholeRun(40, 20),
  streams: 40,
  kinds: inWholeRun(4, 1),
};

it('holds while bouncer and everything around it are disturbed', { timeout: 300_000 }, async () => {
  const result = await runSoak({
    ...{ seconds: inWholeRun(45, 26), requestsPerSecond: 80, sessions: 30, webSockets: 40, eventStreams: 8 },
    ...{ pauseSeconds: 1, seed: 7, withKills: true, say: () => {} },
    until: ({ requests, ends, attacks, streams, disturbances }) =>
      requests >= least.requests &&
      ends >= least.ends &&
      attacks >= least.attacks &&
      streams >= least.streams &&
      Object.keys(disturbances).length >= least.kinds,
  });
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ misjudged: 0, unexplained: 0, lateStreams: 0 });
  // What it cannot see it cannot hold. Where nothing may be left out, the clock is moved too.
  if (isWholeRun) expect(result.left).not.toContain('jumps of the clock');
  expect(result.requests).toBeGreaterThanOrEqual(least.requests);
  expect(result.ends).toBeGreaterThanOrEqual(least.ends);
  expect(result.attacks).toBeGreaterThanOrEqual(least.attacks);
  expect(result.streams).toBeGreaterThanOrEqual(least.streams);
  expect(Object.keys(result.disturbances).length).toBeGreaterThanOrEqual(least.kinds);
});
