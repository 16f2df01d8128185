// The names that people give their keys.
import { expect, it } from 'vitest';
import { keyLabel } from '../../src/identity/hardware-keys/key-label.ts';

it.each([
  ['  my \t key\r\n ', 'my key'],
  // No database keeps it, and no terminal should read it.
  ['a\u0000b\u001b[31m', 'a b [31m'],
  ['\u0000\u0007', ''],
  ['half \ud83d', 'half \ufffd'],
  ['🔑'.repeat(70), '🔑'.repeat(60)],
  ['Schlüssel von José 👨‍👩‍👧', 'Schlüssel von José 👨‍👩‍👧'],
])('is one line without control characters: %j', (typed, kept) => {
  expect(keyLabel(typed)).toBe(kept);
});
