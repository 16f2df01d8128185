// Writes files that are not there yet: all of them, or none.
import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BouncerError } from '../bouncer-error.ts';
import { makeFolder } from '../store/make-folder.ts';

export interface NewFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

const folderMode = 0o755;

/** @throws BouncerError `file_unwritable` by what really happened, after which no file of them is there */
export function writeNewFiles(files: readonly NewFile[]): void {
  const written: string[] = [];
  try {
    for (const { path, text, mode } of files) {
      makeFolder(dirname(path), folderMode);
      // What is begun counts: a full disk leaves an empty file behind.
      writeFileSync(path, '', { mode, flag: 'wx' });
      written.push(path);
      writeFileSync(path, text);
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    const [first] = files;
    throw unwritable(error, first?.path ?? '');
  }
}

function unwritable(error: unknown, path: string): BouncerError {
  const { code = 'unknown', path: at = path } = error as NodeJS.ErrnoException;
  const { what, hint } = words(code, at);
  return new BouncerError(
    'file_unwritable',
    `nothing can be written in \`${dirname(path)}\`: ${what} (${code})`,
    {
      cause: error,
      hint,
    },
  );
}

function words(code: string, at: string): { readonly what: string; readonly hint: string } {
  const elsewhere = 'name another folder';
  switch (code) {
    case 'ENOTDIR':
      return { what: `\`${at}\` is there and is no folder`, hint: elsewhere };
    case 'EEXIST':
      return { what: `\`${at}\` is there already`, hint: elsewhere };
    case 'EACCES':
    case 'EPERM':
      return { what: `this account may not write to \`${dirname(at)}\``, hint: `${elsewhere}, or let it` };
    case 'EROFS':
      return { what: `\`${dirname(at)}\` can only be read`, hint: elsewhere };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        what: 'the disk is full',
        hint: `make room (\`df -h ${dirname(at)}\` shows how much is left)`,
      };
    default:
      return { what: `\`${at}\` cannot be made`, hint: elsewhere };
  }
}
