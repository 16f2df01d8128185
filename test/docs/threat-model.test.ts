// docs/threat-model.md: everybody who may attack is in it, and every rule, test and attack case that it names is there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPage, root } from './pages.ts';

const page = readPage('docs/threat-model.md');
const security = readPage('docs/security.md');
const cases = new Set(
  readFileSync(join(root, 'test/attacks/cases.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: string }).id),
);
const kept = new Set(
  [...security.matchAll(/^\| (R-[^|]+) \|/gm)].flatMap(([, rules = '']) => rules.split(', ')),
);
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what') && !line.startsWith('| ---'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

test('has a section for everybody who may attack', () => {
  expect([...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
    ...['A visitor', 'A person with a login', 'An application'],
    ...[
      'A connector, and who has its token or its key',
      'An edge that was taken over',
      'Whoever shares, and what they share',
    ],
    ...[
      'A sibling application',
      'An identity provider',
      'An operator of one of two',
      'A neighbour on the host',
      'The store',
      'A reader of the log',
    ],
  ]);
});

test('says of each attack why it fails, by which rule, and what shows it', () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    const [attack = '', why = '', rules = '', shown = ''] = row;
    expect([row.length, attack !== '', why !== '']).toEqual([4, true, true]);
    expect(rules, attack).toMatch(/^R-\d\d(?:, R-\d\d)*$/);
    expect(shown, attack).toContain('`test/');
  }
});

test.each([...new Set(page.match(/\bR-\d\d\b/g))].map((rule) => [rule]))(
  '%s is a rule that docs/security.md keeps',
  (rule) => {
    expect([...kept]).toContain(rule);
  },
);

test.each(
  [...new Set([...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path))].map((path) => [path]),
)('%s is there and tests something', (path) => {
  expect(existsSync(join(root, path)), path).toBe(true);
  expect(readFileSync(join(root, path), 'utf8')).toMatch(
    /\b(?:test|it)(?:\.each|\.runIf|\.skipIf)?[(`<]|Contract\(|\bfc\.(?:async)?[Pp]roperty\(/,
  );
});

test.each([...new Set(page.match(/\b[A-Z]{2,4}-\d{3}\b/g))].map((id) => [id]))(
  '%s is a case of the attack table',
  (id) => {
    expect([...cases]).toContain(id);
  },
);
