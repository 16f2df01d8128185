// The short form of `npm run chaos`.
import { describe, expect, it } from 'vitest';
import { hasPostgres } from '../fixtures/postgres.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { runChaos } from './chaos.ts';

/** So much must have happened, however slow the machine is. */
const least = {
  disturbances: inWholeRun(3, 1),
  logins: 9,
  ends: inWholeRun(4, 2),
  requests: inWholeRun(200, 100),
  letIn: inWholeRun(100, 50),
};

describe.runIf(hasPostgres)('three bouncers on one PostgreSQL', () => {
  it('keep every promise while they and the database are killed', { timeout: 300_000 }, async () => {
    const result = await runChaos({
      seconds: inWholeRun(30, 18),
      until: ({ disturbances, logins, ends, requests, byStatus }) =>
        disturbances >= least.disturbances &&
        logins >= least.logins &&
        ends >= least.ends &&
        requests >= least.requests &&
        (byStatus['200'] ?? 0) >= least.letIn,
      requestsPerSecond: 60,
      pauseSeconds: 2,
      seed: 7,
      say: () => {},
    });
    expect(result.violations).toEqual([]);
    expect(result.disturbances).toBeGreaterThanOrEqual(least.disturbances);
    expect(result.logins).toBeGreaterThanOrEqual(least.logins);
    expect(result.ends).toBeGreaterThanOrEqual(least.ends);
    expect(result.requests).toBeGreaterThanOrEqual(least.requests);
    expect(result.byStatus['200']).toBeGreaterThanOrEqual(least.letIn);
  });
});
