// An object that a program gives in place of a file, as a document like any other. Copies: later changes do not count.
import { maxDepth } from './compose-yaml.ts';
import type { Parsed, Position } from './problem.ts';
import { nestedTooDeep } from './syntax-problems.ts';
import type { SourceDocument } from './yaml-document.ts';

/**
 * @param name what problems carry as their file
 * @param object plain data; `undefined` counts as absent, instances of classes as they are
 * @returns a document whose positions are all 1:1: problems name the path in their reason
 */
export function objectDocument(name: string, object: unknown): Parsed<SourceDocument> {
  const position: Position = { file: name, line: 1, column: 1, endColumn: 2 };
  const value = copy(object, 0);
  if (value === tooDeep) {
    return { ok: false, problems: [{ ...position, severity: 'error', ...nestedTooDeep }] };
  }
  const document: SourceDocument = {
    file: name,
    text: '',
    isFromObject: true,
    value,
    locate: () => position,
  };
  return { ok: true, value: Object.freeze(document), warnings: [] };
}

const tooDeep = Symbol('too deep');

/** Circles end where the nesting becomes too deep. */
function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return tooDeep;
  if (Array.isArray(value)) {
    const items = value.map((item) => copy(item, depth + 1));
    return items.includes(tooDeep) ? tooDeep : Object.freeze(items);
  }
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined || key === '__proto__') continue;
    const copied = copy(each, depth + 1);
    if (copied === tooDeep) return tooDeep;
    plain[key] = copied;
  }
  return Object.freeze(plain);
}
