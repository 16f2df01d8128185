// The short form of `npm run chaos`.
import { describe, expect, it } from 'vitest';
import { hasPostgres } from '../fixtures/postgres.ts';
import { runChaos } from './chaos.ts';

describe.runIf(hasPostgres)('three bouncers on one PostgreSQL', () => {
  it('keep every promise while they and the database are killed', async () => {
    const result = await runChaos({
      seconds: 40,
      requestsPerSecond: 60,
      pauseSeconds: 2,
      seed: 7,
      say: () => {},
    });
    expect(result.violations).toEqual([]);
    expect(result.disturbances).toBeGreaterThanOrEqual(2);
    expect(result.logins).toBeGreaterThan(8);
    expect(result.ends).toBeGreaterThan(3);
    expect(result.requests).toBeGreaterThan(200);
    expect(result.byStatus['200']).toBeGreaterThan(100);
  });
});
