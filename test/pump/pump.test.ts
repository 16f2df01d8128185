// Nobody makes bouncer work long by a text: at every place that reads one, four times the text costs about four times the CPU time.
import { describe, expect, it } from 'vitest';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { entryPoints, files } from './entry-points.ts';
import { pump } from './pump.ts';

/** Looks at each character that a full text may cost. A path is read in every way that some server reads it. */
const mostLooks = 400;

/** The one that is asked for its looks as well, below. */
const path = 'the address of a request';

/** What operators write is read by large readers: of its runs every eleventh is tried where somebody waits for it. */
const everyOfFiles = inWholeRun(1, 11);

describe.each([
  ...entryPoints
    .filter(({ name }) => name !== path)
    .map((entryPoint) => [entryPoint.name, entryPoint, 1] as const),
  ...files.map((entryPoint) => [entryPoint.name, entryPoint, everyOfFiles] as const),
])('%s', (_name, entryPoint, every) => {
  it('costs CPU time that grows with its length, not with its square', { timeout: 300_000 }, () => {
    expect(pump(entryPoint, { every })).toEqual([]);
  });
});

describe('a reader that looks at a run again from each of its characters', () => {
  it('is found', () => {
    const read = (text: string): boolean => /[ ]+$/.test(text);
    const findings = pump({ name: 'quadratic', longest: 8_192, read });
    expect(findings.map(({ shape }) => shape)).toContain('" " in shape 2');
  });
});

it('reads a path of 8 KB with at most 400 looks at each character, however it is written', {
  timeout: 300_000,
}, () => {
  const entryPoint = entryPoints.find(({ name }) => name === path);
  expect(entryPoint === undefined ? null : pump(entryPoint, { looks: mostLooks })).toEqual([]);
});
