// Where a command prints and what it knows of its surroundings, so that commands can run inside tests.

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** How wide the terminal is, characters. Absent: it is none. */
  readonly columns?: number;
}

/** Standard input. */
export interface Input extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean;
}

export interface Terminal {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** What relative file names on the command line start from. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Exit codes of every command. */
export const exitCodes = { done: 0, failed: 1, denied: 2, invalid: 3, usage: 64 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Colours only on a terminal, and never with NO_COLOR (no-color.org). */
export function isColored(output: Output, env: Terminal['env']): boolean {
  return output.isTTY === true && (env['NO_COLOR'] === undefined || env['NO_COLOR'] === '');
}

/** What a row that does not fit goes on with. */
const indent = '    ';

/**
 * Print a table with aligned columns; the last column is not padded.
 *
 * @param columns how wide a line may be: where the table is wider, the columns at the right stand on lines of their own below each row.
 * Absent: as wide as it is
 */
export function renderTable(
  rows: readonly (readonly string[])[],
  columns: number = Number.POSITIVE_INFINITY,
): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  const lines = linesOf(widths, columns);
  return rows
    .flatMap((row) => lines.map(({ from, to }) => renderCells(row.slice(from, to), widths.slice(from, to))))
    .map((line, index) => (index % lines.length === 0 ? `${line}\n` : `${indent}${line}\n`))
    .join('');
}

/** Which columns stand on one line. */
function linesOf(widths: readonly number[], columns: number): { from: number; to: number }[] {
  const lines = [{ from: 0, to: 0 }];
  let used = 0;
  for (const [index, width] of widths.entries()) {
    const last = lines.at(-1);
    if (last === undefined || (used + width > columns && last.to > last.from)) {
      lines.push({ from: index, to: index + 1 });
      used = indent.length + width + 2;
    } else {
      last.to = index + 1;
      used += width + 2;
    }
  }
  return lines;
}

function renderCells(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
    .join('  ')
    .trimEnd();
}
