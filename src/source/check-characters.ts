// What is wrong with the bytes and characters of a file before YAML is read: size, UTF-8, controls, tabs.
import type { Parsed, Problem } from './problem.ts';
import { createSourceText, type SourceText } from './source-text.ts';

/** The largest settings or rules file, bytes. */
export const maxFileBytes = 10 * 1024 * 1024;

/** Faults of one kind that are listed for one file; more of them say nothing new. */
const maxListed = 20;

/**
 * Decodes a file's bytes and refuses characters that have no place in a file that people read.
 *
 * @param file the name that positions carry
 * @param bytes UTF-8, with or without a byte order mark; or a text that was decoded before
 */
export function checkCharacters(file: string, bytes: string | Uint8Array): Parsed<SourceText> {
  const size = typeof bytes === 'string' ? bytes.length : bytes.byteLength;
  if (size > maxFileBytes) {
    return refuse([
      {
        ...{ file, line: 1, column: 1, endColumn: 2, severity: 'error', code: 'file-too-large' },
        reason: `the file has ${size} bytes, more than ${maxFileBytes}`,
        hint: 'spread it over several files in a folder',
      },
    ]);
  }
  const decoded = typeof bytes === 'string' ? { text: bytes } : decode(file, bytes);
  if ('problems' in decoded) return refuse(decoded.problems);
  const source = createSourceText(
    file,
    decoded.text.startsWith('\uFEFF') ? decoded.text.slice(1) : decoded.text,
  );
  const problems = [...forbiddenCharacters(source), ...leadingTabs(source)].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
  return problems.length === 0 ? { ok: true, value: source, warnings: [] } : refuse(problems);
}

function refuse(problems: readonly Problem[]): Parsed<SourceText> {
  return { ok: false, problems };
}

function decode(file: string, bytes: Uint8Array): { text: string } | { problems: Problem[] } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { problems: invalidUtf8(file, bytes) };
  }
}

/** Finds the lines that are not UTF-8, and in each the first byte that is not. */
function invalidUtf8(file: string, bytes: Uint8Array): Problem[] {
  const problems: Problem[] = [];
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const hint = isUtf16 ? 'this looks like UTF-16: save the file as UTF-8' : 'save the file as UTF-8';
  for (let start = 0, line = 1; start < bytes.length && problems.length < maxListed; line++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    const prefix = validPrefix(bytes.subarray(start, end));
    if (prefix !== null) {
      const column = (line === 1 ? prefix.replace(/^\uFEFF/, '') : prefix).length + 1;
      const at = { file, line, column, endColumn: column + 1 };
      problems.push({ ...at, severity: 'error', code: 'invalid-utf8', reason: 'this is not UTF-8', hint });
      if (isUtf16) break;
    }
    start = end + 1;
  }
  return problems;
}

/** What can be decoded before the first wrong byte; `null` when everything can. */
function validPrefix(bytes: Uint8Array): string | null {
  const again = new TextEncoder().encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  const length = Math.max(again.length, bytes.length);
  for (let index = 0; index < length; index++) {
    if (again[index] === bytes[index]) continue;
    const prefix = bytes.subarray(0, index);
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(prefix, { stream: true });
  }
  return null;
}

/** YAML 1.2.2 section 5.1 without the next-line character, plus what could make a reader see another text than the program. */
const forbidden =
  /\r(?!\n)|[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF]|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])/g;

function forbiddenCharacters(source: SourceText): Problem[] {
  const problems: Problem[] = [];
  for (const match of source.text.matchAll(forbidden)) {
    if (problems.length === maxListed) break;
    const codePoint = match[0].charCodeAt(0);
    const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
    const isInvisible = codePoint > 0x9f;
    problems.push({
      ...source.position(match.index, match.index + 1),
      severity: 'error',
      code: isInvisible ? 'invisible-character' : 'control-character',
      reason: isInvisible
        ? `the invisible character ${name} is not allowed`
        : `the control character ${name} is not allowed`,
      hint: 'delete it',
    });
  }
  return problems;
}

function leadingTabs(source: SourceText): Problem[] {
  const problems: Problem[] = [];
  for (const match of source.text.matchAll(/^( *)(\t+)/gm)) {
    if (problems.length === maxListed) break;
    const start = match.index + (match[1] ?? '').length;
    const end = match.index + match[0].length;
    if (isBlankFrom(source.text, end)) continue;
    problems.push({
      ...source.position(start, end),
      severity: 'error',
      code: 'tab',
      reason: 'a tab cannot indent',
      hint: 'use spaces',
    });
  }
  return problems;
}

/** Whether nothing but blanks is left of the line. */
function isBlankFrom(text: string, start: number): boolean {
  const blanks = /[^\S\n]*/y;
  blanks.lastIndex = start;
  const next = start + (blanks.exec(text)?.[0].length ?? 0);
  return next >= text.length || text.charCodeAt(next) === 0x0a;
}
