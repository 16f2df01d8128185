// The bundled files in ASCII alone: the same values, and a refusal where they would not be.
import { expect, test } from 'vitest';
import { escapeBeyondAscii } from '../../build/ascii-only.ts';

const tag = `const html = (parts, ...values) => [parts.join('|'), ...values];`;

async function valueIn(code: string): Promise<unknown> {
  const { value } = (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)) as {
    readonly value: unknown;
  };
  return value;
}

test.each([
  ['a text in quotes', `export const value = 'Don’t “ask” é ÿ';`],
  ['characters of two halves', `export const value = ['🔑', '\\\\🔑', "\\\\\\\\ü"];`],
  ['a template', 'export const value = `a…$' + '{`é$' + '{1}–`}\n\u2028ß`;'],
  ['a template of a tag that takes the text', `${tag}export const value = html\`…\${'–'}\`;`],
  ['a name of a property and of a field', `export const value = { 'ключ': 1, ['é']: 2 };`],
  [
    'regular expressions',
    `export const value = [/^[à-ü…]$/.test('é'), /^.$/u.test('🔑'), /^🔑$/u.test('🔑'), /🔑/.test('🔑'), /^[🔑🔒]$/v.test('🔒')];`,
  ],
])('is the same program: %s', async (_what, code) => {
  const escaped = escapeBeyondAscii(code, 'parts/some.js');
  expect(escaped).toMatch(/^[\0-\x7f]+$/);
  expect(await valueIn(escaped)).toEqual(await valueIn(code));
});

test('leaves a file alone that is ASCII already', () => {
  const code = `export const value = '\\u2019';`;
  expect(escapeBeyondAscii(code, 'some.js')).toBe(code);
});

test.each([
  ['a name', 'export const größe = 1;'],
  ['a comment that is kept', '/*! © somebody */ export const a = 1;'],
  ['what a tag reads as it is written', 'export const a = String.raw`…`;'],
  ['an escaped one', 'export const a = `\\…`;'],
  ['the end of a line that goes on', "export const a = 'b\\\u2028c';"],
])('refuses where an escape would not be the same: %s', (_what, code) => {
  expect(() => escapeBeyondAscii(code, 'some.js')).toThrow('some.js holds');
});
