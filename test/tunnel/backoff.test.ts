// How connectors come back: spread out, soon, and all of them, however many were cut off in one instant.
import { expect, test } from 'vitest';
import { attemptAfter, attemptWhereNobodyListens, waitBefore } from '../../src/tunnel/connector/backoff.ts';

/** The same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('waits are spread from nothing to a ceiling that doubles, up to a minute', () => {
  expect([0, 1, 2, 3].map((attempt) => waitBefore(attempt, 0.999_999))).toEqual([500, 1_000, 2_000, 4_000]);
  expect(waitBefore(50, 0.999_999)).toBe(60_000);
  expect(waitBefore(9, 0)).toBe(0);
});

test('ten thousand that drop in one instant are back within a minute, at an edge that lets 800 in a second', () => {
  const random = generator(7);
  const perSecond = 800;
  const connectors = Array.from({ length: 10_000 }, () => ({ atMs: waitBefore(0, random()), attempt: 1 }));
  const admitted = new Map<number, number>();
  const backAtMs: number[] = [];
  // In the order of time: whoever finds the edge busy waits for longer before the next try.
  const queue = connectors.toSorted((a, b) => a.atMs - b.atMs);
  while (queue.length > 0) {
    queue.sort((a, b) => a.atMs - b.atMs);
    const secondMs = Math.floor((queue[0]?.atMs ?? 0) / 1_000) * 1_000;
    const due = queue.splice(
      0,
      queue.findIndex(({ atMs }) => atMs >= secondMs + 1_000) === -1
        ? queue.length
        : queue.findIndex(({ atMs }) => atMs >= secondMs + 1_000),
    );
    for (const one of due) {
      const count = admitted.get(secondMs) ?? 0;
      if (count < perSecond) {
        admitted.set(secondMs, count + 1);
        backAtMs.push(one.atMs);
      } else {
        one.atMs = secondMs + 1_000 + waitBefore(one.attempt, random());
        one.attempt++;
        queue.push(one);
      }
    }
  }
  expect(backAtMs).toHaveLength(10_000);
  expect(Math.max(...backAtMs)).toBeLessThan(60_000);
});

test('a connection that lived forgives failures before it: all of them after a minute', () => {
  expect(attemptAfter(3, 0)).toBe(3);
  expect(attemptAfter(3, 4_999)).toBe(3);
  expect(attemptAfter(3, 10_000)).toBe(1);
  expect(attemptAfter(1, 10_000)).toBe(0);
  expect(attemptAfter(1_000, 60_000)).toBe(0);
});

test('an edge where nobody listens is asked again within less than requests wait, for five minutes', () => {
  const ceiling = (attempt: number, goneMs: number): number =>
    waitBefore(attemptWhereNobodyListens(attempt, goneMs), 0.999_999);
  expect([0, 1, 3, 4, 50].map((attempt) => ceiling(attempt, 299_999))).toEqual([
    500, 1_000, 4_000, 4_000, 4_000,
  ]);
  expect(ceiling(50, 0)).toBeLessThan(5_000);
  expect(ceiling(50, 300_000)).toBe(60_000);
});
