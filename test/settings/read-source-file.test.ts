// Reading a file that somebody else is writing, and what is not a file at all.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSourceFile } from '../../src/settings/read-source-file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-read-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codeOf = (file: string): string => {
  const read = readSourceFile(file);
  return read.ok ? 'read' : (read.problems[0]?.code ?? '');
};

test('a file that keeps changing while it is read is not taken, and is read once it rests', async () => {
  const file = join(folder, 'busy.yaml');
  writeFileSync(file, `# ${'x'.repeat(8_000_000)}\n`);
  const writer = new Worker(
    `const { utimesSync } = require('node:fs');
     const { workerData } = require('node:worker_threads');
     for (let time = 1; ; time++) utimesSync(workerData, time, time);`,
    { eval: true, workerData: file },
  );
  try {
    const seen = new Set<string>();
    for (let attempt = 0; attempt < 200 && !seen.has('file-changing'); attempt++) {
      seen.add(codeOf(file));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen).toContain('file-changing');
  } finally {
    await writer.terminate();
  }
  expect(codeOf(file)).toBe('read');
});

test('a folder, a pipe without a writer and a name that leads nowhere are told apart, and none is waited for', () => {
  expect(codeOf(folder)).toBe('not-a-file');
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(codeOf(join(folder, 'pipe'))).toBe('not-a-file');
  expect(codeOf(join(folder, 'nothing'))).toBe('file-unreadable');
});
