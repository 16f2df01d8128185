// Tables on a terminal: none of their lines is longer than it is wide.
import { expect, test } from 'vitest';
import { shortSpan } from '../../src/cli/short-time.ts';
import { renderTable } from '../../src/cli/terminal.ts';

const rows = [
  ['TUNNEL', 'CONNECTOR', 'STATE'],
  ['laptop', 'c_af3529d78c43', 'connected'],
  ['a', '-', 'away'],
];

test('a table that is wider than the terminal goes on below each row', () => {
  const whole =
    'TUNNEL  CONNECTOR       STATE\nlaptop  c_af3529d78c43  connected\na       -               away\n';
  expect(renderTable(rows)).toBe(whole);
  expect(renderTable(rows, 33)).toBe(whole);
  expect(renderTable(rows, 32)).toBe(
    'TUNNEL  CONNECTOR\n    STATE\nlaptop  c_af3529d78c43\n    connected\na       -\n    away\n',
  );
  // A column that fits nowhere stands alone.
  expect(renderTable(rows, 3).split('\n')).toHaveLength(10);
});

test('how long something has lasted is said in the unit in which a person says it', () => {
  expect([1.9, 119, 747, 7_199, 7_200, 172_799, 200_000].map(shortSpan)).toEqual([
    '1 s',
    '119 s',
    '12 min',
    '119 min',
    '2 h',
    '47 h',
    '2 days',
  ]);
});
