import { afterEach, expect, test, vi } from 'vitest';
import { putOff } from '../../src/upstream/end-of-turn.ts';

afterEach(() => void vi.restoreAllMocks());

/** Ends the turn when a test says so. */
function turns(): { end: () => void; readonly asked: number } {
  const ends: (() => void)[] = [];
  vi.spyOn(globalThis, 'setImmediate').mockImplementation(
    ((run: () => void) => void ends.push(run)) as never,
  );
  return {
    end: () => ends.shift()?.(),
    get asked() {
      return ends.length;
    },
  };
}

test('what was put off in a turn comes at its end, in order, by one call', () => {
  const turn = turns();
  const heard: string[] = [];
  for (const name of ['a', 'b', 'c']) putOff({ onEndOfTurn: () => void heard.push(name) });
  expect(heard).toEqual([]);
  expect(turn.asked).toBe(1);
  turn.end();
  expect(heard).toEqual(['a', 'b', 'c']);
  expect(turn.asked).toBe(0);
});

test('what is put off at the end of a turn comes at the end of the next', () => {
  const turn = turns();
  const heard: string[] = [];
  putOff({ onEndOfTurn: () => putOff({ onEndOfTurn: () => void heard.push('later') }) });
  turn.end();
  expect(heard).toEqual([]);
  turn.end();
  expect(heard).toEqual(['later']);
});

test('one that throws is not the end of those behind it', () => {
  const turn = turns();
  const heard: string[] = [];
  const bad = {
    onEndOfTurn: () => {
      throw new Error('mine');
    },
  };
  putOff(bad);
  putOff({ onEndOfTurn: () => void heard.push('b') });
  putOff(bad);
  putOff({ onEndOfTurn: () => void heard.push('d') });
  expect(turn.end).toThrow('mine');
  expect(turn.end).toThrow('mine');
  turn.end();
  expect(heard).toEqual(['b', 'd']);
});
