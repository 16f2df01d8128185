// The short form of `node test/soak/run-crashes.ts`.
import { expect, it } from 'vitest';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { runCrashes } from './crash.ts';

const kills = inWholeRun(20, 5);

it('killed again and again under load, it starts each time, and nothing that was acknowledged is lost or works twice', {
  timeout: 300_000,
}, async () => {
  const result = await runCrashes({ kills, seed: 3, say: () => {} });
  expect(result.violations).toEqual([]);
  expect(result.kills).toBe(kills);
  expect(result.logins).toBeGreaterThanOrEqual(kills);
  expect(result.ends).toBeGreaterThan(inWholeRun(3, 0));
  expect(result.replays).toBeGreaterThanOrEqual(2 * kills);
});
