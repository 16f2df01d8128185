// YAML text → plain frozen data that knows where each part stands. Takes the plain part of YAML 1.2 only: one mapping,
// texts, numbers, booleans, lists; no aliases, tags, merge keys or directives. Knows nothing of settings or rules.
import { isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap } from 'yaml';
import { checkCharacters } from './check-characters.ts';
import { composeYaml } from './compose-yaml.ts';
import type { Parsed, Position, Problem } from './problem.ts';
import { quote } from './quote.ts';
import type { SourceText } from './source-text.ts';

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
  const root = composeYaml(source, problems);
  const value = problems.length === 0 && root !== null ? toPlain(root, { source, problems }) : null;
  if (problems.length > 0 || root === null) {
    return { ok: false, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
  }
  return { ok: true, value: createDocument(source, root, value), warnings: [] };
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
  const offsets = new Map<string, number>();
  for (const pair of map.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const key = keyOf(pair, reading);
    const value = toPlain(pair.value, reading);
    if (key === null) continue;
    const first = offsets.get(key);
    if (first !== undefined) {
      reading.problems.push({
        ...reading.source.position(pair.key.range[0], pair.key.range[1]),
        severity: 'error',
        code: 'duplicate-key',
        reason: `${quote(key)} is given twice`,
        hint: `it was first given on line ${reading.source.position(first, first).line}`,
      });
      continue;
    }
    offsets.set(key, pair.key.range[0]);
    plain[key] = value;
  }
  return Object.freeze(plain);
}

/** The text of a key, or `null` after a problem. */
function keyOf(pair: Pair<ParsedNode, ParsedNode | null>, reading: Reading): string | null {
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

/**
 * The tree behind a document is many times as large as its text and is asked for in messages only: it may be collected
 * as garbage, and is made again when somebody asks.
 */
function createDocument(source: SourceText, parsed: ParsedNode, value: unknown): SourceDocument {
  let tree = new WeakRef(parsed);
  const treeNow = () => {
    const kept = tree.deref();
    if (kept !== undefined) return kept;
    const again = composeYaml(source, []);
    if (again === null) throw new TypeError('a text that was a document is not one any more');
    tree = new WeakRef(again);
    return again;
  };
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
      const root = treeNow();
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
