// The short form of `node test/chaos/tunnel-storm.ts`.
import { expect, it } from 'vitest';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { runStorm } from './tunnel-storm.ts';

it('connectors that lose their edge in one instant, all from one address, are back within a minute', {
  timeout: 400_000,
}, async () => {
  const result = await runStorm(inWholeRun(300, 150), () => {});
  expect(result.allMs).toBeLessThan(60_000);
});
