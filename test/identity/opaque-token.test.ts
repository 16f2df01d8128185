import { expect, test } from 'vitest';
import { createId } from '../../src/identity/opaque-token.ts';

test('no id reads as an option on a command line', () => {
  const ids = Array.from({ length: 4_000 }, () => createId());
  expect(ids.filter((id) => !/^\w[\w-]{21}$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});
