// YAML text → plain frozen data that knows where each part stands. Takes the plain part of YAML 1.2 only: one mapping,
// texts, numbers, booleans, lists; no aliases, tags, merge keys or directives. Knows nothing of settings or rules.
import {
  Composer,
  CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  type ParsedNode,
  Parser,
  type YAMLMap,
} from 'yaml';
import { checkCharacters } from './check-characters.ts';
import type { Parsed, Position, Problem } from './problem.ts';
import { quote } from './quote.ts';
import type { SourceText } from './source-text.ts';
import {
  missingBracket,
  missingQuote,
  nestedTooDeep,
  type SyntaxFault,
  syntaxProblems,
} from './syntax-problems.ts';

/** A parsed file. */
export interface SourceDocument {
  /** The name that positions carry. */
  readonly file: string;
  readonly text: string;
  /** True when there is no text: the value was given as an object, and problems name the path instead of a line. */
  readonly isFromObject?: true;
  /** Frozen plain data: mappings have no prototype, so that no key can reach one. */
  readonly value: unknown;
  /**
   * Where a part of the value stands.
   *
   * @param path keys and indexes from the root; where it leads nowhere, the nearest parent that exists is located
   * @param part the key of a mapping's entry or its value (default); an item of a list has only a value
   */
  locate(path: readonly (string | number)[], part?: 'key' | 'value'): Position;
}

/** How deep lists and mappings may nest. */
export const maxDepth = 64;

/**
 * Reads one YAML file. Pure; never throws.
 *
 * @param file the name that positions carry
 * @param bytes the file's content: at most {@link maxFileBytes} of UTF-8, with or without a byte order mark
 * @returns the document, or every problem of the first stage (characters, syntax) that has any
 */
export function parseYaml(file: string, bytes: string | Uint8Array): Parsed<SourceDocument> {
  const characters = checkCharacters(file, bytes);
  if (!characters.ok) return characters;
  const source = characters.value;
  const problems: Problem[] = [];
  const documents = compose(source, problems);
  const root = documents[0]?.contents ?? null;
  checkRoot(source, documents, problems);
  const value = problems.length === 0 && root !== null ? toPlain(root, { source, problems }) : null;
  if (problems.length > 0 || root === null) {
    return { ok: false, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
  }
  return { ok: true, value: createDocument(source, root, value), warnings: [] };
}

type ComposedDocument = Document.Parsed<ParsedNode>;

function compose(source: SourceText, problems: Problem[]): ComposedDocument[] {
  const tokens = readTokens(source, problems);
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
function readTokens(source: SourceText, problems: Problem[]): CST.Token[] | null {
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

interface Reading {
  readonly source: SourceText;
  readonly problems: Problem[];
}

function toPlain(node: ParsedNode | null, reading: Reading): unknown {
  if (isMap(node)) return mapToPlain(node, reading);
  if (isSeq(node)) return Object.freeze(node.items.map((item) => toPlain(item as ParsedNode, reading)));
  if (!isScalar(node)) return null;
  if (typeof node.value === 'string') checkDecoded(node.value, node, reading);
  return node.value;
}

function mapToPlain(map: YAMLMap, reading: Reading): unknown {
  const plain: Record<string, unknown> = Object.create(null);
  const firstLines = new Map<string, number>();
  for (const pair of map.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const key = readKey(pair, reading);
    const value = toPlain(pair.value, reading);
    if (key === null) continue;
    const position = reading.source.position(pair.key.range[0], pair.key.range[1]);
    const firstLine = firstLines.get(key);
    if (firstLine !== undefined) {
      reading.problems.push({
        ...position,
        severity: 'error',
        code: 'duplicate-key',
        reason: `${quote(key)} is given twice`,
        hint: `it was first given on line ${firstLine}`,
      });
      continue;
    }
    firstLines.set(key, position.line);
    plain[key] = value;
  }
  return Object.freeze(plain);
}

/** The text of a key, or `null` after a problem. */
function readKey(pair: Pair<ParsedNode, ParsedNode | null>, reading: Reading): string | null {
  const { key } = pair;
  const refuse = (code: string, reason: string, hint?: string) => {
    const position = reading.source.position(key.range[0], key.range[1]);
    reading.problems.push({
      ...position,
      severity: 'error',
      code,
      reason,
      ...(hint === undefined ? {} : { hint }),
    });
    return null;
  };
  if (!isScalar(key)) return refuse('key-not-text', 'a key must be a text', 'put it in double quotes');
  if (typeof key.value !== 'string') {
    const hint = key.source ? `write \`"${key.source}"\`` : undefined;
    return refuse('key-not-text', 'a key must be a text', hint);
  }
  checkDecoded(key.value, key, reading);
  if (key.value === '<<') {
    return refuse('merge-key', 'merge keys (`<<`) are not allowed', 'write the keys out');
  }
  if (key.value === '__proto__') return refuse('forbidden-key', '`__proto__` cannot be a key');
  return key.value;
}

/** Escapes such as `\0` can make characters that the file itself may not hold. */
function checkDecoded(text: string, node: ParsedNode, reading: Reading): void {
  if (text.isWellFormed() && !/[\u0000-\u0008\u000B-\u001F\u007F]/.test(text)) return;
  reading.problems.push({
    ...reading.source.position(node.range[0], node.range[1]),
    severity: 'error',
    code: 'control-character',
    reason: 'the text holds a control character or half a character',
    hint: 'remove the escape sequence',
  });
}

function createDocument(source: SourceText, root: ParsedNode, value: unknown): SourceDocument {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair<ParsedNode, ParsedNode | null>>>();
  const findPair = (map: YAMLMap, key: string) => {
    let index = indexes.get(map);
    if (index === undefined) {
      const pairs = map.items as Pair<ParsedNode, ParsedNode | null>[];
      index = new Map(pairs.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]));
      indexes.set(map, index);
    }
    return index.get(key);
  };
  return Object.freeze({
    file: source.file,
    text: source.text,
    value,
    locate(path: readonly (string | number)[], part: 'key' | 'value' = 'value') {
      let node: ParsedNode | null = root;
      let key: ParsedNode | null = null;
      let isWhole = true;
      for (const step of path) {
        if (isMap(node)) {
          const pair = findPair(node as YAMLMap, String(step));
          isWhole = pair !== undefined;
          if (pair === undefined) break;
          key = pair.key;
          node = pair.value;
        } else {
          const item: unknown = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
          isWhole = item !== undefined;
          if (item === undefined) break;
          key = null;
          node = item as ParsedNode;
        }
      }
      const shouldPointAtKey = key !== null && (part === 'key' || !isWhole || isBlank(node));
      const [start, end] = shouldPointAtKey && key !== null ? key.range : valueRange(node ?? key ?? root);
      return source.position(start, end);
    },
  });
}

/** True for a value that takes no room, as after `key:`. */
function isBlank(node: ParsedNode | null): boolean {
  return node === null || node.range[0] === node.range[1];
}

/** What to underline for a value: a block of several lines is shown by its first key or item. */
function valueRange(node: ParsedNode): readonly [number, number] {
  const [start, end] = node.range;
  if (isMap(node) && node.flow !== true) {
    const first = node.items[0]?.key as ParsedNode | undefined;
    if (first !== undefined) return valueRange(first);
  }
  if (isSeq(node) && node.flow !== true) {
    const first = node.items[0] as ParsedNode | undefined;
    if (first !== undefined) return valueRange(first);
  }
  return [start, end];
}
