// Names of kinds of values, and hints that follow from a kind alone, in the words of people who write files.
import { quote } from './quote.ts';

const expectedNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
};

/** What a schema wants, by zod's word for it. */
export function nameExpected(expected: string): string {
  return expectedNames[expected] ?? expected;
}

/** What a value is: `a text`, `a number`, `true`, `a list`, `a mapping`, `nothing`. */
export function nameValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return `\`${value}\``;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** The way from a value of the wrong kind to one of the right kind. */
export function hintForKind(expected: readonly string[], value: unknown): string | null {
  if (value === null || value === undefined) return 'give it a value, or delete the key';
  if (expected.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) {
    return 'put it in quotes';
  }
  const wantsNumber = expected.includes('number') || expected.includes('int');
  if (wantsNumber && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return 'remove the quotes';
  const size = wantsNumber && typeof value === 'string' ? parseSize(value) : null;
  if (size !== null) return `write the number of bytes: \`${size}\``;
  if (wantsNumber && typeof value === 'number') return 'write a number without a fraction';
  if (expected.includes('boolean') && typeof value === 'string' && /^(yes|no|on|off|y|n)$/i.test(value)) {
    return `write \`${/^(yes|on|y)$/i.test(value)}\``;
  }
  if (expected.includes('array') && typeof value !== 'object')
    return 'write it as a list: `[…]`, or lines that start with `- `';
  if (expected.includes('object') && typeof value === 'string' && /^[\w-]+:\S/.test(value)) {
    return 'put a space after the `:`';
  }
  return null;
}

/** `10MB`, `16 KiB` as bytes, for a hint. */
function parseSize(text: string): number | null {
  const match = /^(\d{1,6}) ?([kmg])i?b?$/i.exec(text);
  if (match === null) return null;
  return Number(match[1]) * 1024 ** ('kmg'.indexOf((match[2] ?? '').toLowerCase()) + 1);
}

/** `` `a`, `b` or `c` `` */
export function listWords(words: readonly string[]): string {
  const quoted = words.map((word) => quote(word));
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}

/** A hint for a text that was written as a regular expression, which no text in settings or rules can be. */
export function regexHint(text: unknown): string | null {
  // No longer text is meant as one; the pattern below looks further than once at each character.
  if (typeof text !== 'string' || text.length > 256) return null;
  const isRegex =
    /^\/.+\/[dgimsuvy]*$/.test(text) || /^\^|\$$|\.[*+]|\\[.dwsb]|\[\^?[^\]]*-[^\]]*\][*+]/.test(text);
  return isRegex ? 'regular expressions are not taken here: write the text itself' : null;
}
