// The fuzz targets of identity, configuration and whole sites, a few runs each from the seeds in the repository.
// Those of src/http are replayed in test/http/properties.test.ts; `npm run fuzz` runs all of them for longer.
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { liveTargets, pureTargets } from './all-targets.ts';
import seeds from './seeds.json' with { type: 'json' };

const kept = (name: string): readonly number[] => (seeds as Record<string, readonly number[]>)[name] ?? [];

afterAll(async () => {
  for (const target of liveTargets) await target.close();
});

it('every target has kept seeds, and every kept seed a target', () => {
  expect(Object.keys(seeds).sort()).toEqual([...pureTargets, ...liveTargets].map(({ name }) => name).sort());
});

describe('what holds for every input', () => {
  for (const target of pureTargets) {
    if (target.name.startsWith('http-')) continue;
    it(target.name, () => {
      for (const seed of kept(target.name))
        expect(target.run({ runs: inWholeRun(150, 60) }, seed).failure).toBeNull();
    });
  }
  // Where there is no Python, its reading of the wire cannot be compared.
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  for (const target of liveTargets) {
    it.skipIf(target.name === 'live-python' && !hasPython)(target.name, async () => {
      for (const seed of kept(target.name))
        expect((await target.run({ runs: inWholeRun(40, 20) }, seed)).failure).toBeNull();
    });
  }
});
