// The kept corpus of the coverage-guided fuzzer: every input that ever reached something new, or broke something, holds.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteTargets } from './byte-targets.ts';

const corpus = join(import.meta.dirname, 'corpus');

it('every target has a corpus, and every corpus a target', () => {
  expect(readdirSync(corpus).sort()).toEqual(Object.keys(byteTargets).sort());
});

describe.each(Object.entries(byteTargets))('%s', (name, target) => {
  it('holds for everything that is kept', () => {
    const inputs = readdirSync(join(corpus, name));
    expect(inputs.length).toBeGreaterThanOrEqual(5);
    for (const input of inputs) {
      const data = readFileSync(join(corpus, name, input));
      expect(() => target(data), input).not.toThrow();
    }
  });
});
