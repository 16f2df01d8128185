import { expect, test } from 'vitest';
import { longestPurpose, plainPurpose } from '../../src/identity/access/plain-purpose.ts';

test.each([
  ['the quarterly report', 'the quarterly report'],
  ['  two \n lines\t', 'two lines'],
  ['see https://evil.test/login now', 'see https: evil. test/login now'],
  ['www.evil.test', 'www. evil. test'],
  ['evil.test/a?b=c', 'evil. test/a?b=c'],
  ['evil。test, evil．test, evil․test, evil｡test', 'evil。 test, evil． test, evil․ test, evil｡ test'],
  ['a＠evil.test', 'a at evil. test'],
  ['mailto:a@evil.test', 'mailto: a at evil. test'],
  ['javascript:alert(1)', 'javascript: alert(1)'],
  ['12:30, 3.5 hours, e.g. this', '12:30, 3. 5 hours, e. g. this'],
  ['abc\u202Efdp.exe\u202C', 'abc fdp. exe'],
  ['a\u2066b\u2069c\u200Ed\u200Fe\u061Cf', 'a b c d e f'],
  ['a\u0000b\u001B[31mc\u0085d\u2028e', 'a b [31mc d e'],
  ['zero\u200Bwidth\uFEFF', 'zero width'],
  ['שלום, בבקשה', 'שלום, בבקשה'],
  ['lone \uD800 half', 'lone \uFFFD half'],
  ['e\u0301', '\u00E9'],
  ['', ''],
  ['\u202E', ''],
])('%j becomes plain', (typed, plain) => {
  expect(plainPurpose(typed)).toBe(plain);
  // What is plain stays as it is.
  expect(plainPurpose(plain)).toBe(plain);
});

test('is at most so many characters, however they are written', () => {
  const longest = 'é'.repeat(longestPurpose);
  expect(plainPurpose(longest)).toBe(longest);
  expect(plainPurpose(`${longest}é`)).toBeNull();
  expect(plainPurpose('😀'.repeat(longestPurpose))).toBe('😀'.repeat(longestPurpose));
  expect(plainPurpose(' '.repeat(2_000))).toBe('');
  expect(plainPurpose(' '.repeat(2_001))).toBeNull();
});
