// Notices a file that was cut off, when its author asked for it by YAML's own frame: `---` at the start, `...` at the end.
import type { Problem } from '../../source/problem.ts';
import type { SourceDocument } from '../../source/yaml-document.ts';

/**
 * A file that starts with `---` must end with `...` (YAML 1.2.2 section 9.1), so that losing its last lines never opens a
 * door: without the frame a file that lost the `exclude` below an `include` would still be a valid one.
 */
export function checkWholeFile(document: SourceDocument): readonly Problem[] {
  const lines = document.text.split(/\r?\n/);
  const isContent = (line: string) => line.trim() !== '' && !line.startsWith('#');
  const first = lines.findIndex(isContent);
  if (first === -1 || !/^---(\s|$)/.test(lines[first] ?? '')) return [];
  const last = lines.findLastIndex(isContent);
  if (/^\.\.\.(\s|$)/.test(lines[last] ?? '')) return [];
  return [
    {
      file: document.file,
      line: last + 1,
      column: 1,
      endColumn: Math.max((lines[last] ?? '').length, 1) + 1,
      severity: 'error',
      code: 'cut-off',
      reason: 'the file starts with `---` but does not end with `...`',
      hint: 'end it with a line `...`, so that a file that was cut off is noticed; or delete the `---`',
    },
  ];
}
