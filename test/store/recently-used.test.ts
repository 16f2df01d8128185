import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentlyUsed } from '../../src/store/recently-used.ts';

const keys = fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `k${index}`));
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('set' as const), key: keys, value: fc.integer() }),
    fc.record({ do: fc.constantFrom('get' as const, 'delete' as const), key: keys }),
    fc.constant({ do: 'startGeneration' as const }),
    fc.constant({ do: 'clear' as const }),
  ),
);

test('it never tells what was not written last, and never holds more than its capacity', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 10 }), (list, capacity) => {
      const memory = new RecentlyUsed<number>(capacity);
      const written = new Map<string, number>();
      for (const step of list) {
        if (step.do === 'set') {
          memory.set(step.key, step.value);
          written.set(step.key, step.value);
          expect(memory.get(step.key)).toBe(step.value);
        } else if (step.do === 'get') {
          const value = memory.get(step.key);
          if (value !== undefined) expect(value).toBe(written.get(step.key));
        } else if (step.do === 'delete') {
          memory.delete(step.key);
          written.delete(step.key);
          expect(memory.get(step.key)).toBeUndefined();
        } else if (step.do === 'clear') {
          memory.clear();
          written.clear();
          expect(memory.size).toBe(0);
        } else memory.startGeneration();
        expect(memory.size).toBeLessThanOrEqual(2 * Math.ceil(capacity / 2));
      }
    }),
  );
});

test('half of the capacity that is in use is always at hand', () => {
  const memory = new RecentlyUsed<number>(10);
  const busy = ['a', 'b', 'c', 'd'];
  for (const key of busy) memory.set(key, 1);
  for (let index = 0; index < 1_000; index += 1) {
    memory.set(`passing-${index}`, index);
    for (const key of busy) expect(memory.get(key), `${key} after ${index}`).toBe(1);
  }
});

test('what is not used between two generations is forgotten', () => {
  const memory = new RecentlyUsed<number>(100);
  memory.set('used', 1);
  memory.set('unused', 2);
  memory.startGeneration();
  memory.get('used');
  memory.startGeneration();
  expect([memory.get('used'), memory.get('unused')]).toEqual([1, undefined]);
});
