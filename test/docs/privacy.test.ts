// The page about what is stored names every table there is.
import { expect, test } from 'vitest';
import { migrations } from '../../src/store/sqlite/schema.ts';
import { readPage } from './pages.ts';

test('what is stored about people is told of every table', () => {
  const tables = migrations.flatMap((step) =>
    [...step.matchAll(/CREATE TABLE (\w+)/g)].map(([, name = '']) => name),
  );
  expect(tables.length).toBeGreaterThan(8);
  const page = readPage('docs/privacy.md');
  for (const table of tables) expect(page, table).toContain(`\`${table}\``);
});
