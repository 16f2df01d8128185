// Every link inside the documents leads somewhere, and every decision has its own number.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repeatedNumbers, wideComments } from '../../build/check-texts.ts';
import { anchorsOf, linksOf, pages, readPage, root } from './pages.ts';

const inside = pages.flatMap((page) =>
  linksOf(page)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => [page, link] as const),
);

/** Written by the runs that measure: `npm run bench -- --write`, `npm run attack`. */
const measured: ReadonlySet<string> = new Set(['docs/performance.md', 'docs/security.md']);

describe('a link in the documents', () => {
  test('is found', () => {
    expect(inside.length).toBeGreaterThan(20);
  });

  test.each(inside)('%s → %s', (page, link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    if (measured.has(target) && !existsSync(join(root, target))) return;
    expect(existsSync(join(root, target)), `${target} is there`).toBe(true);
    if (anchor !== undefined) expect([...anchorsOf(target)]).toContain(anchor);
  });

  test('goes by https where it leads outside', () => {
    for (const page of pages)
      for (const link of linksOf(page)) if (/^[a-z]+:/.test(link)) expect(link).toMatch(/^https:\/\//);
  });
});

describe('the records of decisions', () => {
  const names = readdirSync(join(root, 'docs/decisions'));

  test('have a number each, and a name that says what was decided', () => {
    for (const name of names) expect(name).toMatch(/^\d{3}(?:-[a-z0-9]+)+\.md$/);
    expect(repeatedNumbers(names)).toEqual([]);
    expect(repeatedNumbers(['002-b.md', '001-x.md', '001-a.md', '003-c.md'])).toEqual(['001-x.md']);
  });

  test.each(names)('%s begins with its number', (name) => {
    expect(readPage(`docs/decisions/${name}`)).toMatch(new RegExp(`^# ${name.slice(0, 3)} \\S`));
  });
});

test('comments are at most 140 characters wide', () => {
  expect(
    wideComments(`// ${'x'.repeat(140)}\n/** ${'x'.repeat(100)} */\nconst x = '${'x'.repeat(140)}';\n`),
  ).toEqual([1]);
});

test('the README says of every dependency why it is there', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }))
    expect(readme).toMatch(
      new RegExp(String.raw`^\|.*\[${name.replaceAll('.', String.raw`\.`)}\].*\| \S`, 'm'),
    );
});
