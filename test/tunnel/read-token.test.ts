// Where a connector finds its join token, and who else may be able to read it there.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findJoinToken } from '../../src/tunnel/connector/read-token.ts';
import { parseJoinToken, writeJoinToken } from '../../src/tunnel/wire/join-token.ts';

const text = writeJoinToken({
  addresses: ['edge.example.com:7844'],
  pins: ['A'.repeat(43)],
  seed: Buffer.alloc(32, 1),
});
const token = parseJoinToken(text);

/** A folder with what systemd, or somebody, put into it. */
function folderWith(name: string, content: string, mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-credential-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), mode);
  return folder;
}

describe('a credential of systemd', () => {
  test.each([
    ['0400', 0o400],
    ['0440', 0o440],
  ])('is taken with the mode %s, as the versions of systemd make it', (_name, mode) => {
    const folder = folderWith('bouncer-join-token', `${text}\n`, mode);
    const env = { CREDENTIALS_DIRECTORY: folder };
    expect(findJoinToken(null, env)).toEqual(token);
    expect(findJoinToken(join(folder, 'bouncer-join-token'), env)).toEqual(token);
  });

  test.each([
    ['0444', 0o444],
    ['0460', 0o460],
  ])('is refused with the mode %s, which no version makes', (_name, mode) => {
    const env = { CREDENTIALS_DIRECTORY: folderWith('bouncer-join-token', text, mode) };
    expect(() => findJoinToken(null, env)).toThrow('can be read by others');
  });

  test('that is empty is none: the file that it is made from was put away', () => {
    const env = { CREDENTIALS_DIRECTORY: folderWith('bouncer-join-token', '\n', 0o440) };
    expect(findJoinToken(null, env)).toBeNull();
    expect(findJoinToken(null, { ...env, BOUNCER_JOIN_TOKEN: text })).toEqual(token);
  });
});

test.each([
  ['0440', 0o440],
  ['0640', 0o640],
  ['0604', 0o604],
])('a file of one’s own is refused with the mode %s', (_name, mode) => {
  const file = join(folderWith('join-token', text, mode), 'join-token');
  expect(() => findJoinToken(file, {})).toThrow('can be read by others');
  expect(() => findJoinToken(file, { CREDENTIALS_DIRECTORY: tmpdir() })).toThrow('can be read by others');
});
