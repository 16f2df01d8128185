// Checks a document against a zod schema and turns what zod finds into problems that a person can act on, each at its
// place. Knows no schema in particular. One fault gives one problem, unions included.
import { safeParse, type z } from 'zod';
import { type Description, describeIssue, type Issue, notOneOf, type Quoting } from './describe-issue.ts';
import { didYouMean } from './did-you-mean.ts';
import { listWords } from './plain-words.ts';
import type { Parsed, Problem } from './problem.ts';
import { inOrder, problemAt, type SourcePath } from './problem-at.ts';
import { quote } from './quote.ts';
import { alternatives, exampleAt, findHome, knownKeys, schemasAt } from './schema-shape.ts';
import { chooseBranch } from './union-issue.ts';
import type { SourceDocument } from './yaml-document.ts';

/** How to check. */
export interface CheckSchemaOptions {
  /** True for values that no message may quote: secrets, and what came from the environment or another file. */
  readonly isHidden?: (path: SourcePath) => boolean;
  /** True for places of which everything is said already: nothing more is reported there. */
  readonly isSettled?: (path: SourcePath) => boolean;
}

/**
 * Checks the document's value.
 *
 * A custom issue (`ctx.addIssue({ code: 'custom', message, params })`, or `refine`'s options) becomes a problem with the
 * message as its reason; `params` may carry `{ code, hint, part: 'key' | 'value' }`.
 *
 * @returns the schema's output, or all problems in the order of the file
 */
export function checkSchema<T>(
  schema: z.ZodType<T>,
  document: SourceDocument,
  options: CheckSchemaOptions = {},
): Parsed<T> {
  const result = schema.safeParse(document.value);
  if (result.success) return { ok: true, value: result.data, warnings: [] };
  const never = () => false;
  const { isHidden = never, isSettled = never } = options;
  const check: Check = { schema, document, isHidden, isSettled, problems: [] };
  report(check, [], result.error.issues);
  return { ok: false, problems: inOrder(check.problems) };
}

interface Check {
  readonly schema: z.core.$ZodType;
  readonly document: SourceDocument;
  readonly isHidden: (path: SourcePath) => boolean;
  readonly isSettled: (path: SourcePath) => boolean;
  readonly problems: Problem[];
}

/** Reports issues whose paths count from `base`. */
function report(check: Check, base: SourcePath, issues: readonly Issue[]): void {
  const guesses = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const guess of reportUnknownKeys(check, pathOf(base, issue), issue.keys)) guesses.add(guess);
  }
  for (const issue of issues) {
    const path = pathOf(base, issue);
    if (issue.code === 'unrecognized_keys' || check.isSettled(path)) continue;
    if (issue.code === 'invalid_union' && issue.errors.length > 0) reportUnion(check, path, issue.errors);
    else if (issue.code === 'invalid_union' && reportKind(check, path)) continue;
    else if (valueAt(check.document.value, path) !== undefined) reportIssue(check, path, issue);
    else if (issue.code === 'custom') reportIssue(check, path, issue);
    else if (!guesses.has(JSON.stringify(path))) reportMissing(check, path);
  }
}

/**
 * A mapping whose kind (`type`) is a slip of the pen: what else is wrong with it is told by the kind that was meant.
 *
 * @param path where the kind is written @returns false when nobody can tell what was meant
 */
function reportKind(check: Check, path: SourcePath): boolean {
  const [key, parent] = [path.at(-1), path.slice(0, -1)];
  const written = valueAt(check.document.value, path);
  const mapping = valueAt(check.document.value, parent);
  if (typeof key !== 'string' || typeof written !== 'string' || !isMapping(mapping)) return false;
  const kinds = schemasAt(check.schema, parent)
    .flatMap(alternatives)
    .map((schema) => ({ schema, words: wordsAt(schema, key) }));
  const words = kinds.flatMap((kind) => kind.words);
  const guess = didYouMean(written, words);
  const meant = kinds.find((kind) => guess !== null && kind.words.includes(guess));
  if (guess === null || meant === undefined) return false;
  add(check, path, notOneOf(words, written, quotingAt(check, path)));
  const result = safeParse(meant.schema, { ...mapping, [key]: guess });
  if (!result.success) report(check, parent, result.error.issues);
  return true;
}

/** The words that may stand at a key of a mapping. */
function wordsAt(schema: z.core.$ZodType, key: string): string[] {
  return schemasAt(schema, [key]).flatMap((each) => {
    const { def } = (each as z.core.$ZodTypes)._zod;
    if (def.type === 'enum') return Object.values(def.entries).map(String);
    return def.type === 'literal' ? def.values.map(String) : [];
  });
}

function reportIssue(check: Check, path: SourcePath, issue: Issue): void {
  const value = issue.code === 'invalid_key' ? path.at(-1) : valueAt(check.document.value, path);
  add(check, path, describeIssue(issue, value, quotingAt(check, path)));
}

function reportMissing(check: Check, path: SourcePath): void {
  const key = String(path.at(-1) ?? '');
  const example = exampleAt(check.schema, path);
  const isSimple = typeof example === 'string' || typeof example === 'number';
  const parent = path.slice(0, -1);
  const hint = isSimple ? `for example \`${key}: ${example}\`` : null;
  add(check, parent, { code: 'missing-key', reason: `${quote(key)} is missing`, hint, part: 'key' });
}

/** @returns the paths that were probably meant, as JSON: these are not reported as missing */
function reportUnknownKeys(check: Check, path: SourcePath, keys: readonly string[]): string[] {
  const known = knownKeys(check.schema, path);
  const value = valueAt(check.document.value, path);
  const free = known.filter((key) => !isMapping(value) || !Object.hasOwn(value, key));
  const guesses: string[] = [];
  for (const key of keys) {
    const guess = didYouMean(key, free) ?? didYouMean(key, known);
    if (guess !== null) guesses.push(JSON.stringify([...path, guess]));
    const hint = guess === null ? placeHint(check, key, known) : `did you mean ${quote(guess)}?`;
    add(check, [...path, key], {
      code: 'unknown-key',
      reason: `unknown key ${quote(key)}`,
      hint,
      part: 'key',
    });
  }
  return guesses;
}

function quotingAt({ isHidden }: Check, path: SourcePath): Quoting {
  return isHidden(path) ? 'hidden' : 'shown';
}

function placeHint(check: Check, key: string, known: readonly string[]): string | null {
  const home = findHome(check.schema, key);
  if (home !== null) return `${quote(key)} belongs under ${quote(home.join('.'))}`;
  return known.length > 0 && known.length <= 16 ? `known here: ${listWords(known)}` : null;
}

function reportUnion(check: Check, path: SourcePath, branches: readonly (readonly Issue[])[]): void {
  const value = valueAt(check.document.value, path);
  const choice = value === undefined ? null : chooseBranch(branches, value, knownKeys(check.schema, path));
  if (choice === null) reportMissing(check, path);
  else if (choice.kind === 'branch') report(check, path, choice.issues);
  else if (choice.kind === 'unknown-keys') reportUnknownKeys(check, path, choice.keys);
  else add(check, path, choice.description(quotingAt(check, path)));
}

function add(check: Check, path: SourcePath, description: Description): void {
  check.problems.push(problemAt(check.document, path, description));
}

function pathOf(base: SourcePath, issue: Issue): SourcePath {
  return [...base, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(root: unknown, path: SourcePath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
