// The short form of `node test/soak/run-crashes.ts`.
import { expect, it } from 'vitest';
import { runCrashes } from './crash.ts';

it('killed twenty times under load, it starts each time, and nothing that was acknowledged is lost or works twice', {
  timeout: 300_000,
}, async () => {
  const result = await runCrashes({ kills: 20, seed: 3, say: () => {} });
  expect(result.violations).toEqual([]);
  expect(result.logins).toBeGreaterThan(20);
  expect(result.ends).toBeGreaterThan(3);
  expect(result.replays).toBeGreaterThan(40);
});
