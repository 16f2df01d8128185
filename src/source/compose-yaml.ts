// YAML text → the tree of one document, through the `yaml` package, with everything refused that settings and rules have
// no use for. Problems are collected; values are read from the tree elsewhere.
import { Composer, CST, type Document, isMap, isScalar, isSeq, Lexer, type ParsedNode, Parser } from 'yaml';
import type { Problem } from './problem.ts';
import type { SourceText } from './source-text.ts';
import {
  missingBracket,
  missingQuote,
  nestedTooDeep,
  type SyntaxFault,
  syntaxProblems,
} from './syntax-problems.ts';

/** How deep lists and mappings may nest. */
export const maxDepth = 64;

/**
 * @param problems what is found is added here
 * @returns the mapping at the root; `null` after a problem that leaves none
 */
export function composeYaml(source: SourceText, problems: Problem[]): ParsedNode | null {
  const documents = compose(source, problems);
  checkRoot(source, documents, problems);
  return documents[0]?.contents ?? null;
}

type ComposedDocument = Document.Parsed<ParsedNode>;

function compose(source: SourceText, problems: Problem[]): ComposedDocument[] {
  const tokens = parseTokens(source, problems);
  if (tokens === null) return [];
  const composer = new Composer<ParsedNode>({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    strict: true,
  });
  const documents = [...composer.compose(tokens, true, source.text.length)] as ComposedDocument[];
  const refused = new Set(problems.map((problem) => problem.line));
  const cascade = problems.find(
    (problem) => problem.code === missingQuote.code || problem.code === missingBracket('[').code,
  );
  const faults: SyntaxFault[] = documents.flatMap((document) => document.errors);
  const isNews = ({ line }: Problem) => !refused.has(line) && (cascade === undefined || line < cascade.line);
  problems.push(...syntaxProblems(source, faults).filter(isNews));
  return documents;
}

/** Lexes and parses, refuses what lexemes alone show, and stops where the nesting is too deep. */
function parseTokens(source: SourceText, problems: Problem[]): CST.Token[] | null {
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  const openBrackets: { at: number; lexeme: string }[] = [];
  const refuse = (start: number, end: number, what: { code: string; reason: string; hint: string }) =>
    problems.push({ ...source.position(start, end), severity: 'error', ...what });
  let isPlainText = false;
  for (const lexeme of new Lexer().lex(source.text)) {
    const type: string = isPlainText ? 'text' : (CST.tokenType(lexeme) ?? '');
    isPlainText = type === 'scalar';
    const at = parser.offset;
    const refusal = refusals[type];
    if (refusal !== undefined) refuse(at, at + lexeme.length, refusal);
    if (type.endsWith('-quoted-scalar') && !isClosed(lexeme)) refuse(at, at + 1, missingQuote);
    if (type === 'flow-map-start' || type === 'flow-seq-start') openBrackets.push({ at, lexeme });
    if (type === 'flow-map-end' || type === 'flow-seq-end') openBrackets.pop();
    const open = lexeme === CST.FLOW_END ? openBrackets.pop() : undefined;
    if (open !== undefined) refuse(open.at, open.at + 1, missingBracket(open.lexeme));
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > maxDepth + 1 && countCollections(parser.stack) > maxDepth) {
      refuse(at, at + 1, { ...nestedTooDeep, hint: `at most ${maxDepth} levels` });
      return null;
    }
  }
  const open = openBrackets.pop();
  if (open !== undefined) refuse(open.at, open.at + 1, missingBracket(open.lexeme));
  tokens.push(...parser.end());
  return tokens;
}

function countCollections(stack: readonly CST.Token[]): number {
  return stack.filter(
    ({ type }) => type === 'flow-collection' || type === 'block-map' || type === 'block-seq',
  ).length;
}

function isClosed(quoted: string): boolean {
  const mark = quoted[0] ?? '';
  return quoted.length > 1 && quoted.endsWith(mark);
}

const textHint = 'to write it as a text, put it in double quotes';

const refusals: Readonly<Record<string, { code: string; reason: string; hint: string }>> = {
  anchor: { code: 'anchor', reason: 'anchors (`&name`) are not allowed', hint: textHint },
  alias: { code: 'alias', reason: 'aliases (`*name`) are not allowed', hint: textHint },
  tag: { code: 'tag', reason: 'tags (`!name`) are not allowed', hint: textHint },
  'directive-line': {
    code: 'directive',
    reason: 'directives (`%NAME`) are not allowed',
    hint: 'delete the line: files are read as YAML 1.2',
  },
};

function checkRoot(source: SourceText, documents: readonly ComposedDocument[], problems: Problem[]): void {
  const second = documents[1];
  if (second !== undefined) {
    const start = source.text.lastIndexOf('---', second.contents?.range[0] ?? second.range[0]);
    problems.push({
      ...source.position(Math.max(start, 0), Math.max(start, 0) + 3),
      severity: 'error',
      code: 'several-documents',
      reason: 'a second document starts here',
      hint: 'one file holds one document: delete the `---`, or use several files',
    });
  }
  if (problems.length > 0) return;
  const root = documents[0]?.contents ?? null;
  const isEmpty = root === null || (isScalar(root) && root.value === null && (root.source ?? '') === '');
  if (isEmpty) {
    problems.push({
      ...source.position(0, 1),
      severity: 'error',
      code: 'empty-file',
      reason: 'the file is empty',
    });
  } else if (!isMap(root)) {
    const kind = isSeq(root) ? 'a list' : 'a single value';
    problems.push({
      ...source.position(root.range[0], root.range[1]),
      severity: 'error',
      code: 'not-a-mapping',
      reason: `expected \`key: value\` lines, got ${kind}`,
      hint: isSeq(root) ? 'delete the `-` in front of the keys' : 'put a space after each `:`',
    });
  }
}
