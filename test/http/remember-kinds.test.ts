import { expect, test } from 'vitest';
import { rememberKinds } from '../../src/http/remember-kinds.ts';

function counting() {
  const asked: string[] = [];
  const kindOf = rememberKinds((name) => {
    asked.push(name);
    return name.length;
  });
  return { asked, kindOf };
}

test('a name is looked at once, and always means the same', () => {
  const { asked, kindOf } = counting();
  expect([kindOf('Accept'), kindOf('Accept'), kindOf('accept')]).toEqual([6, 6, 6]);
  expect(asked).toEqual(['Accept', 'accept']);
});

test('a name that is longer than 64 characters is never kept: strangers choose names', () => {
  const { asked, kindOf } = counting();
  for (const length of [64, 64, 65, 65]) expect(kindOf('x'.repeat(length))).toBe(length);
  expect(asked.map(({ length }) => length)).toEqual([64, 65, 65]);
});

test('not more than 1,024 names are kept', () => {
  const { asked, kindOf } = counting();
  for (let number = 0; number <= 1024; number++) kindOf(`x-${number}`);
  kindOf('x-0');
  expect(asked).toHaveLength(1026);
});
