// The short form of `npm run chaos`.
import { describe, expect, it } from 'vitest';
import { hasPostgres } from '../fixtures/postgres.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { runChaos } from './chaos.ts';

describe.runIf(hasPostgres)('three bouncers on one PostgreSQL', () => {
  it('keep every promise while they and the database are killed', async () => {
    const result = await runChaos({
      seconds: inWholeRun(40, 18),
      requestsPerSecond: 60,
      pauseSeconds: 2,
      seed: 7,
      say: () => {},
    });
    expect(result.violations).toEqual([]);
    expect(result.disturbances).toBeGreaterThanOrEqual(inWholeRun(2, 1));
    expect(result.logins).toBeGreaterThan(8);
    expect(result.ends).toBeGreaterThan(inWholeRun(3, 1));
    expect(result.requests).toBeGreaterThan(inWholeRun(200, 100));
    expect(result.byStatus['200']).toBeGreaterThan(inWholeRun(100, 50));
  });
});
