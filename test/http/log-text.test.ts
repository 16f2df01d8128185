// Text from outside in a log field: one line, harmless, bounded.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressForShell, logText } from '../../src/http/log-text.ts';
import { anyCharacter } from '../fixtures/any-character.ts';

describe('logText', () => {
  it.each([
    ['/wiki/Caf\u00e9 \u{1f600}', '/wiki/Caf\u00e9 \u{1f600}'],
    ['a\r\nb', 'a\\u000d\\u000ab'],
    ['a\u001b[31m', 'a\\u001b[31m'],
    ['\u202eabc', '\\u202eabc'],
    ['a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['a\u0000\u0085\u200b\ufeff', 'a\\u0000\\u0085\\u200b\\ufeff'],
    ['a\\u000a', 'a\\\\u000a'],
    ['\ud800x', '\\ud800x'],
    ['","user":"admin', '","user":"admin'],
  ])('%j becomes %j', (text, expected) => {
    expect(logText(text, 100)).toBe(expected);
  });

  it('is never longer than asked, and marks a cut', () => {
    expect(logText('abcdef', 6)).toBe('abcdef');
    expect(logText('abcdefg', 6)).toBe('abcde…');
    expect(logText('\n\n', 8)).toBe('\\u000a\\…');
    expect(logText(`ab${'\u{1f600}'}cd`, 4)).toBe('ab…');
  });

  it('holds no control and no broken character, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: anyCharacter, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        (text, max) => {
          const logged = logText(text, max);
          return (
            logged.length <= max &&
            logged.isWellFormed() &&
            !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/.test(logged)
          );
        },
      ),
    );
  });
});

it('an address for a shell has no path that a shell would read', () => {
  const at = (path: string) => addressForShell(new URL(`https://git.example.com${path}`));
  expect(at('/acme/app.git/info/refs')).toBe('https://git.example.com/acme/app.git/info/refs');
  for (const path of ['/a;b', '/$(b)', '/a&b', "/a'b", '/a%20b', '/a|b'])
    expect(at(path)).toBe('https://git.example.com');
});
