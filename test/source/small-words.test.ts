import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../src/source/did-you-mean.ts';
import { parseDuration, renderDuration } from '../../src/source/parse-duration.ts';
import { regexHint } from '../../src/source/plain-words.ts';
import { quote } from '../../src/source/quote.ts';
import { anyCharacter } from '../fixtures/any-character.ts';

describe('did you mean', () => {
  const words = ['email', 'email_domain', 'group', 'rule_group', 'ip', 'include', 'exclude'];
  it.each([
    ['emial', 'email'],
    ['Email', 'email'],
    ['emailDomain', 'email_domain'],
    ['email-domain', 'email_domain'],
    ['groups', 'group'],
    ['includes', 'include'],
    ['inlcude', 'include'],
    ['gorup', 'group'],
    ['grup', 'group'],
    ['domain', 'email_domain'],
    ['x', null],
    ['pi', null],
    ['something', null],
    ['', null],
    ['x'.repeat(100_000), null],
  ])('%j: %j', (word, expected) => {
    expect(didYouMean(word.slice(0, 100_000), words)).toBe(expected);
  });

  it.each([
    ['hsot', ['host', 'rules'], 'host'],
    ['pot', ['put', 'get'], 'put'],
    ['tog', ['put', 'get'], null],
    // Near the front of the list counts less than near the word.
    ['tlss', ['rules', 'tls'], 'tls'],
    ['aud', ['sub', 'iss', 'aud'], 'aud'],
  ])('%j among %j: %j', (word, candidates, expected) => {
    expect(didYouMean(word, candidates)).toBe(expected);
  });

  it('only ever names a candidate', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ maxLength: 12 })), (word, candidates) => {
        const guess = didYouMean(word, candidates);
        return guess === null || candidates.includes(guess);
      }),
    );
  });
});

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['36525d', 36_525 * 86_400_000],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    '',
    '15',
    'm',
    '-1s',
    '1.5h',
    '1h30m',
    ' 1s',
    '1s ',
    '1S',
    '1ms',
    '1w',
    '١s',
    '0x1s',
    '36526d',
    '999999999999s',
    '1s\n',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('is written back as what it is', () => {
    fc.assert(
      fc.property(
        fc.nat(3_000_000),
        (seconds) => parseDuration(renderDuration(seconds * 1000)) === seconds * 1000,
      ),
    );
    expect(renderDuration(5_400_000)).toBe('90m');
  });
});

describe('a quoted text', () => {
  it('is one short line that no terminal acts on', () => {
    expect(quote('a\u001b[2Jb\nc`d\u202e')).toBe("`a\uFFFD[2Jb\uFFFDc'd\uFFFD`");
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 200 }), (text) => {
        const quoted = quote(text);
        return (
          quoted.length <= 62 &&
          !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/.test(quoted) &&
          quoted.isWellFormed()
        );
      }),
    );
  });
});

describe('a regular expression', () => {
  it.each(['/foo/', '/foo/i', '^https:', 'example\\.com$', '.*@example.com', 'a.+b', '[a-z]+', '\\d'])(
    '%s is told from a text',
    (text) => {
      expect(regexHint(text)).not.toBeNull();
    },
  );
  it.each([
    'foo',
    'a.b',
    '/etc/passwd',
    '*.example.com',
    '[::]:8080',
    '/admin',
    'a+b@example.com',
    'C:\\temp',
    5,
    null,
  ])('%s is none', (text) => {
    expect(regexHint(text)).toBeNull();
  });
});
