import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseTarget } from '../../src/http/canonical-path.ts';
import { compileRules } from '../../src/rules/decide/compile-rules.ts';
import type { RulesSet } from '../../src/rules/model/rules-set.ts';
import { parseRules } from '../../src/rules/parse/parse-rules.ts';
import { lintRules } from '../../src/rules/review/lint-rules.ts';
import { renderTestFailure, runTests } from '../../src/rules/review/run-tests.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';
import { context, monday, parseText, setOf, short } from './rules-text.ts';

const root = new URL('../../', import.meta.url);
const run = { nowMs: monday, parseTarget };
const files = readdirSync(new URL('policies/', root)).filter((name) => name.endsWith('.yaml'));
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

function failures(set: RulesSet): string[] {
  return runTests(set, compileRules(set), run)
    .filter(({ passed }) => !passed)
    .map((result) => renderTestFailure(result));
}

describe.each(files)('policies/%s', (file) => {
  const text = read(`policies/${file}`);

  test('is valid, without a warning, and its tests pass', () => {
    const set = setOf(text);
    expect(lintRules(set, { nowMs: monday }).map(short)).toEqual([]);
    expect(set.tests.length).toBeGreaterThan(4);
    expect(failures(set)).toEqual([]);
  });

  test('tells editors where its schema is', () => {
    const schema = /^# yaml-language-server: \$schema=\.\.\/(\S+)\n/.exec(text)?.[1];
    expect(JSON.parse(read(schema ?? 'nothing'))).toHaveProperty('properties.applications');
  });

  test('has a section in docs/examples.md', () => {
    expect(read('docs/examples.md')).toContain(`(../policies/${file})`);
  });

  test('cut off after any line it is invalid', () => {
    const lines = text.trimEnd().split('\n');
    for (let count = 0; count < lines.length; count++) {
      const document = parseYaml(file, `${lines.slice(0, count).join('\n')}\n`);
      const parsed = document.ok ? parseRules([document.value], context) : document;
      expect([count, parsed.ok]).toEqual([count, false]);
    }
  });
});

test('all examples are one valid set', () => {
  const set = setOf(files.map((file) => read(`policies/${file}`)));
  expect(failures(set)).toEqual([]);
});

describe('a file that starts with `---`', () => {
  const text = read('policies/family.yaml');

  test('must end with `...`, comments and empty lines aside', () => {
    expect(parseText(`${text}\n# the end\n\n`).ok).toBe(true);
    const cut = parseText(text.replace(/\.\.\.\n$/, ''));
    expect(cut.ok ? [] : cut.problems.map(({ code, line }) => [code, line])).toEqual([
      ['cut-off', text.split('\n').length - 2],
    ]);
  });

  test('a file without the frame is taken as it is', () => {
    expect(parseText(text.replace('---\n', '').replace(/\.\.\.\n$/, '')).ok).toBe(true);
  });
});

describe('the documentation', () => {
  const blocks = [...read('docs/rules.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    (match) => match[1] ?? '',
  );

  test('has examples', () => {
    expect(blocks.length).toBeGreaterThan(6);
  });

  test.each(blocks.map((block, index) => [index + 1, block] as const))(
    'example %d is valid and its tests pass',
    (_, block) => {
      expect(failures(setOf(block))).toEqual([]);
    },
  );

  test('lists every warning', () => {
    const docs = read('docs/rules.md');
    const sources = ['lint-rules.ts', 'lint-policies.ts', 'lint-identity.ts', 'lint-dropped.ts']
      .map((file) => read(`src/rules/review/${file}`))
      .join('\n');
    const codes = [...sources.matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map((match) => match[1] ?? '');
    const warnings = codes.filter((code) => !code.startsWith('t-'));
    expect(warnings.length).toBeGreaterThan(12);
    for (const code of warnings) expect(docs).toContain(`\`${code}\``);
  });
});
