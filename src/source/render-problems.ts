// Problems as a good compiler prints them: place, line, underline, hint. Makes text; decides nothing, prints nothing.
import { findSecrets, type Hidden, mask } from './mask-secrets.ts';
import type { Problem } from './problem.ts';
import { inOrder } from './problem-at.ts';
import { printable } from './quote.ts';

/** How to print. */
export interface RenderOptions {
  /** True on a terminal. */
  readonly isColored: boolean;
}

/** The most columns of a source line that are shown. */
const maxWidth = 160;

/**
 * @param problems in any order; they are printed by file, line and column
 * @param texts the content of the files by the name that the problems carry; a file that is missing is shown without lines
 * @returns the text, with a line break at its end; `''` for no problems. Literal secrets in source lines are hidden.
 */
export function renderProblems(
  problems: readonly Problem[],
  texts: ReadonlyMap<string, string>,
  options: RenderOptions,
): string {
  if (problems.length === 0) return '';
  const paint = options.isColored ? colors : plain;
  const files = new Map<string, SourceLines | null>();
  const blocks = inOrder(problems).map((problem) => {
    if (!files.has(problem.file)) files.set(problem.file, sourceLines(texts.get(problem.file)));
    return renderOne(problem, files.get(problem.file) ?? null, paint);
  });
  return `${blocks.join('\n')}\n${renderCounts(problems, paint)}\n`;
}

interface SourceLines {
  readonly lines: readonly string[];
  /** What must not be shown of a line; counts from 0. */
  readonly secretsOf: (line: number) => readonly Hidden[];
}

/** Lines are searched for secrets in pieces of this size, each with the piece before it: a large file has few problems. */
const pieceLines = 100;

function sourceLines(text: string | undefined): SourceLines | null {
  if (text === undefined) return null;
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const pieces = new Map<number, ReadonlyMap<number, readonly Hidden[]>>();
  const secretsOf = (line: number) => {
    const piece = Math.floor(line / pieceLines);
    const start = Math.max(piece - 1, 0) * pieceLines;
    const found = pieces.get(piece) ?? findSecrets(lines.slice(start, (piece + 1) * pieceLines + 1));
    pieces.set(piece, found);
    return found.get(line - start) ?? [];
  };
  return { lines, secretsOf };
}

type Paint = Readonly<Record<'error' | 'warning' | 'place' | 'dim' | 'hint', (text: string) => string>>;

const identity = (text: string) => text;
const plain: Paint = { error: identity, warning: identity, place: identity, dim: identity, hint: identity };
const sgr = (code: string) => (text: string) => `\u001B[${code}m${text}\u001B[0m`;
const colors: Paint = {
  error: sgr('1;31'),
  warning: sgr('1;33'),
  place: sgr('1'),
  dim: sgr('2'),
  hint: sgr('36'),
};

function renderOne(problem: Problem, source: SourceLines | null, paint: Paint): string {
  const place = paint.place(`${printable(problem.file)}:${problem.line}:${problem.column}:`);
  const severity = paint[problem.severity](`${problem.severity}:`);
  let text = `${place} ${severity} ${problem.reason}\n`;
  const line = source?.lines[problem.line - 1];
  const width = String(problem.line).length;
  if (line !== undefined && line.trim() !== '') {
    const shown = showLine(line, problem, source?.secretsOf(problem.line - 1) ?? []);
    const bar = paint.dim('|');
    text += ` ${paint.dim(String(problem.line))} ${bar} ${shown.text}\n`;
    text += ` ${' '.repeat(width)} ${bar} ${shown.padding}${paint[problem.severity](shown.underline)}\n`;
  }
  if (problem.hint !== undefined) text += ` ${' '.repeat(width)} ${paint.hint('hint:')} ${problem.hint}\n`;
  return text;
}

interface ShownLine {
  readonly text: string;
  readonly padding: string;
  readonly underline: string;
}

function showLine(line: string, problem: Problem, secrets: readonly Hidden[]): ShownLine {
  const masked = maskLine(line, problem.column - 1, problem.endColumn - 1, secrets);
  const start = Math.min(masked.start, masked.text.length);
  const end = Math.min(Math.max(masked.end, start + 1), Math.max(masked.text.length, start + 1));
  const from = start > maxWidth - 40 ? start - 40 : 0;
  const to = Math.min(masked.text.length, from + maxWidth);
  const left = from > 0 ? '…' : '';
  const right = to < masked.text.length ? '…' : '';
  const before = left + masked.text.slice(from, start);
  const width = displayWidth(masked.text.slice(start, Math.min(end, to)));
  return {
    text: left + printable(masked.text.slice(from, to)) + right,
    padding: [...before].map((each) => (each === '\t' ? '\t' : ' '.repeat(displayWidth(each)))).join(''),
    underline: '^'.repeat(Math.max(width, 1)),
  };
}

/** Replaces the hidden parts and moves the underlined range along; a range inside a hidden part covers all of the mask. */
function maskLine(line: string, start: number, end: number, secrets: readonly Hidden[]) {
  let text = '';
  let at = 0;
  const places = { start, end };
  for (const part of secrets) {
    text += line.slice(at, part.start);
    const shift = mask.length - (part.end - part.start);
    const maskStart = text.length;
    text += mask;
    if (start >= part.end) places.start += shift;
    else if (start >= part.start) places.start = maskStart;
    if (end >= part.end) places.end += shift;
    else if (end > part.start) places.end = maskStart + mask.length;
    at = part.end;
  }
  return { text: text + line.slice(at), ...places };
}

const wide =
  /[\u1100-\u115F\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6\p{Emoji_Presentation}]/u;

/** Columns on a terminal, well enough for an underline. */
function displayWidth(text: string): number {
  let width = 0;
  for (const each of text) width += /\p{Mark}|\u200D|\uFE0F/u.test(each) ? 0 : wide.test(each) ? 2 : 1;
  return width;
}

function renderCounts(problems: readonly Problem[], paint: Paint): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const parts: string[] = [];
  if (errors > 0) parts.push(paint.error(`${errors} ${errors === 1 ? 'error' : 'errors'}`));
  if (warnings > 0) parts.push(paint.warning(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`));
  return parts.join(', ');
}
