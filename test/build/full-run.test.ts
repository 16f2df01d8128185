// The long run's table: what was measured stays what it was, and every part can be started.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FullPart, fullParts } from '../../build/full-parts.ts';
import { asCell, readFullResults, renderFullRun } from '../../build/full-run-page.ts';
import { anyCharacter } from '../fixtures/any-character.ts';

const root = join(import.meta.dirname, '../..');

const partOf = (name: string): FullPart => ({
  name,
  shows: 'It works',
  install: null,
  run: 'true',
  timeoutMinutes: 1,
});

const result = fc.record({
  isPassed: fc.boolean(),
  summary: fc.string({ unit: anyCharacter, maxLength: 400 }).map(asCell),
  minutes: fc.nat(6000).map((tenths) => tenths / 10),
  date: fc.constantFrom('2026-11-26', '2027-01-01'),
  commit: fc.constantFrom('0a1b2c3', 'deadbee+'),
});

test('every result is read back from the page as it was written', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('one', 'two-parts', 'three3'), result, { noNullPrototype: true }),
      (results) => {
        const parts = ['one', 'two-parts', 'three3', 'never-run'].map(partOf);
        const page = renderFullRun(parts, new Map(Object.entries(results)));
        expect(Object.fromEntries(readFullResults(page))).toEqual(results);
        expect(page).toContain('| never-run | It works | not run yet |');
      },
    ),
  );
});

test('a part that is gone leaves no row', () => {
  const old = { isPassed: true, summary: 'well', minutes: 1, date: '2026-11-26', commit: '0a1b2c3' };
  expect(renderFullRun([partOf('one')], new Map([['gone', old]]))).not.toContain('gone');
});

test('every part has a name of its own that can be a folder’s', () => {
  const names = fullParts.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
});

test.each(fullParts.map(({ name, run }) => [name, run] as const))(
  '%s: what it runs is there',
  (_name, run) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const [, script = ''] of run.matchAll(/npm run (?:--silent )?([\w:]+)/g))
      expect(scripts).toHaveProperty([script]);
    for (const [file] of run.matchAll(/(?:test|build)\/[\w./-]+/g))
      expect(existsSync(join(root, file))).toBe(true);
    expect(run).toMatch(/npm run|node (?:test|build)\//);
  },
);

test('a part that does not exist is wrong usage', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'build/full-run.ts'), 'nonsense'], {
    encoding: 'utf8',
  });
  expect(stderr).toContain('there is no part nonsense');
  expect(status).toBe(64);
});
