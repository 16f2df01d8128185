// A text with its lines: turns offsets into positions. Must not know what the text means.
import type { Position } from './problem.ts';

/** A text whose offsets (UTF-16 code units, as editors count) can be turned into lines and columns. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /**
   * @param start offset of the first character
   * @param end offset after the last one; what lies on later lines is left out, and at least one column is covered
   */
  position(start: number, end: number): Position;
}

/** Lines end at `\n` or `\r\n`. A leading byte order mark must be removed before. */
export function createSourceText(file: string, text: string): SourceText {
  let starts: number[] | null = null;
  return {
    file,
    text,
    position(start, end) {
      starts ??= lineStarts(text);
      const offset = Math.min(Math.max(start, 0), text.length);
      const index = lineIndex(starts, offset);
      const lineStart = starts[index] ?? 0;
      let lineEnd = (starts[index + 1] ?? text.length + 1) - 1;
      if (lineEnd > lineStart && text[lineEnd - 1] === '\r') lineEnd--;
      const column = offset - lineStart + 1;
      const endColumn = Math.min(end, lineEnd) - lineStart + 1;
      return { file, line: index + 1, column, endColumn: Math.max(endColumn, column + 1) };
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The last line that starts at or before the offset. */
function lineIndex(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
