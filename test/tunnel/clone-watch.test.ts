// Whether a key is used by two, as far as it is remembered.
import { expect, test } from 'vitest';
import { CloneWatch } from '../../src/tunnel/edge/clone-watch.ts';

const minute = 60_000;

test('the third swap within ten minutes refuses both for ten minutes, and older ones are forgiven', () => {
  const watch = new CloneWatch();
  expect([0, 1].map((at) => watch.onSwap('c_1', at * minute))).toEqual(['swapped', 'swapped']);
  expect(watch.onSwap('c_1', 10.5 * minute)).toBe('swapped');
  expect(watch.onSwap('c_1', 10.9 * minute)).toBe('refused');
  expect(watch.isRefused('c_1', 20 * minute)).toBe(true);
  expect(watch.isRefused('c_1', 21 * minute)).toBe(false);
  expect(watch.onSwap('c_1', 21 * minute)).toBe('swapped');
});

test('a thousand connectors are remembered, and those that swapped last among them', () => {
  const watch = new CloneWatch();
  for (let round = 0; round < 2; round++) for (let n = 0; n < 1_500; n++) watch.onSwap(`c_${n}`, round);
  expect(watch.onSwap('c_1499', 3)).toBe('swapped');
  const last = new CloneWatch();
  for (let n = 0; n < 1_500; n++) for (let round = 0; round < 2; round++) last.onSwap(`c_${n}`, round);
  expect([last.onSwap('c_0', 3), last.onSwap('c_1499', 3)]).toEqual(['swapped', 'refused']);
});
