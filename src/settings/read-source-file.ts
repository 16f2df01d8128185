// Reads a settings or rules file whole: never one that is half written, too large or not a file.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { maxFileBytes } from '../source/check-characters.ts';
import type { Parsed, Problem } from '../source/problem.ts';

const attempts = 5;

/** Read a file of at most {@link maxFileBytes}. A file that changes while it is read is read again, five times at most. */
export function readSourceFile(file: string): Parsed<Uint8Array> {
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const before = fstatSync(descriptor);
        if (!before.isFile()) return refused(file, 'not-a-file', `\`${file}\` is not a file`);
        if (before.size > maxFileBytes) {
          return refused(
            file,
            'file-too-large',
            `the file has ${before.size} bytes, more than the ${maxFileBytes} allowed`,
            'split it into several files in the rules folder',
          );
        }
        const bytes = readFileSync(descriptor);
        const after = fstatSync(descriptor);
        if (before.mtimeMs === after.mtimeMs && before.size === after.size && bytes.length === after.size) {
          return { ok: true, value: bytes, warnings: [] };
        }
      } finally {
        closeSync(descriptor);
      }
    }
    return refused(
      file,
      'file-changing',
      'the file kept changing while it was read',
      'write it elsewhere and rename it into place',
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const reason = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
    return refused(file, 'file-unreadable', reason);
  }
}

function refused(file: string, code: string, reason: string, hint?: string): Parsed<Uint8Array> {
  const problem: Problem = {
    file,
    line: 1,
    column: 1,
    endColumn: 1,
    severity: 'error',
    code,
    reason,
    ...(hint === undefined ? {} : { hint }),
  };
  return { ok: false, problems: [problem] };
}
