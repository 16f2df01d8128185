import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder } from '../../src/store/make-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-make-folder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder', () => {
  test('is made with those above it, each with the mode, and one that is there stays as it is', () => {
    makeFolder(join(folder, 'a/b/c'), 0o700);
    expect(['a', 'a/b', 'a/b/c'].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([
      0o700, 0o700, 0o700,
    ]);
    makeFolder(join(folder, 'a'), 0o755);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
  });

  test.runIf(process.platform === 'linux')(
    'that the system will not have is an error at once, with its name',
    () => {
      expect(() => makeFolder('/proc/nope/deeper', 0o700)).toThrow(
        expect.objectContaining({ code: 'ENOENT', path: '/proc/nope' }),
      );
    },
  );

  test('where a file is, is an error that names the file', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')])
      expect(() => makeFolder(path, 0o700)).toThrow(expect.objectContaining({ code: 'ENOTDIR', path: file }));
  });

  test('is made in no other way anywhere in the product', () => {
    const root = join(import.meta.dirname, '../..');
    const others = globSync('src/**/*.ts', { cwd: root }).filter((name) =>
      /\bmkdir(?:Sync)?\([^;]*recursive/.test(readFileSync(join(root, name), 'utf8')),
    );
    expect(others).toEqual([]);
  });
});
