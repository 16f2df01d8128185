// Where the published attack lists are. They are not part of the project; tests that read them say so when they are absent.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where they are, or would be. */
export const corporaFolder: string =
  process.env['BOUNCER_CORPORA'] ?? resolve(import.meta.dirname, '../../../shared/corpora');

/** Whether the folder is there; says aloud, once, when it is not. */
export const hasCorpora = existsSync(corporaFolder);
if (!hasCorpora)
  console.warn(
    `skipped: no corpora in ${corporaFolder}; set BOUNCER_CORPORA to replay the published attack lists`,
  );

/** The lines of a corpus file, empty ones left out; bytes as Latin-1 or UTF-8. */
export function corpusLines(file: string, encoding: 'utf8' | 'latin1' = 'utf8'): string[] {
  return readFileSync(join(corporaFolder, file), encoding)
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

/** A corpus file of one JSON value a line, or of one JSON array. */
export function corpusRecords<T>(file: string): T[] {
  const text = readFileSync(join(corporaFolder, file), 'utf8');
  if (text.trimStart().startsWith('[')) return JSON.parse(text) as T[];
  return corpusLines(file).map((line) => JSON.parse(line) as T);
}
