import { expect, test } from 'vitest';
import { clockOf } from '../../src/cli/share/share-screen.ts';

test('the end of a share is a time of today, or says its day', () => {
  const evening = new Date(2026, 10, 26, 16, 24, 2).getTime();
  expect(clockOf(new Date(2026, 10, 26, 18, 5, 9).getTime(), evening)).toBe('18:05:09');
  expect(clockOf(new Date(2026, 10, 27, 16, 23, 29).getTime(), evening)).toBe('16:23:29 on 2026-11-27');
});
