// A union that matched nothing gives zod's issues for every branch. This picks the branch that the writer meant.
import type { Description, Issue, Quoting } from './describe-issue.ts';
import { notOneOf, wrongType } from './describe-issue.ts';
import { listWords } from './plain-words.ts';
import { quote } from './quote.ts';

/** What is worth telling of a union. */
export type UnionChoice =
  | { readonly kind: 'branch'; readonly issues: readonly Issue[] }
  /** Keys that no branch knows. */
  | { readonly kind: 'unknown-keys'; readonly keys: readonly string[] }
  | { readonly kind: 'problem'; readonly description: (quoting: Quoting) => Description };

type Branch = readonly Issue[];

/**
 * @param branches zod's issues a branch, paths counting from the union's place; unions inside of unions are spread
 * @param value what was written there
 * @param keys every key that some branch knows
 */
export function chooseBranch(
  branches: readonly Branch[],
  value: unknown,
  keys: readonly string[],
): UnionChoice {
  const all = branches.flatMap(spread);
  const fitting = all.filter((branch) => !branch.some(isOtherKind));
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && fitting.length > 0) {
    return chooseMapping(fitting, Object.keys(value), keys);
  }
  const best = fewestIssues(fitting);
  if (best !== undefined) return { kind: 'branch', issues: best };
  return { kind: 'problem', description: (quoting) => noneFits(all, value, keys, quoting) };
}

/** A branch that only says that an inner union matched nothing stands for the branches of that union. */
function spread(branch: Branch): Branch[] {
  const [only] = branch;
  const isInner = branch.length === 1 && only?.code === 'invalid_union' && only.path.length === 0;
  return isInner && only.errors.length > 0 ? only.errors.flatMap(spread) : [branch];
}

/** The branch wants another kind of value, or another word. */
function isOtherKind(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function chooseMapping(
  branches: readonly Branch[],
  written: readonly string[],
  keys: readonly string[],
): UnionChoice {
  if (written.length === 0 && keys.length > 0) {
    const reason = `the mapping is empty, expected ${listWords(keys.slice(0, 20))}`;
    return { kind: 'problem', description: () => ({ code: 'empty-mapping', reason }) };
  }
  const unknown = written.filter((key) => !keys.includes(key));
  if (unknown.length === written.length && keys.length > 0) return { kind: 'unknown-keys', keys: unknown };
  const least = Math.min(...branches.map(countUnknown));
  const best = fewestIssues(branches.filter((branch) => countUnknown(branch) === least)) ?? [];
  const isMix = least > 0 && unknown.length === 0 && branches.length > 1;
  if (!isMix) return { kind: 'branch', issues: best };
  const reason = `${listWords(written).replace(/ or (?=[^ ]*$)/, ' and ')} cannot stand together`;
  const hint = 'make them separate items of the list';
  return { kind: 'problem', description: () => ({ code: 'keys-exclude-each-other', reason, hint }) };
}

function countUnknown(branch: Branch): number {
  let count = 0;
  for (const issue of branch) {
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) count += issue.keys.length;
  }
  return count;
}

function fewestIssues(branches: readonly Branch[]): Branch | undefined {
  return [...branches].sort((a, b) => a.length - b.length)[0];
}

function noneFits(
  branches: readonly Branch[],
  value: unknown,
  keys: readonly string[],
  quoting: Quoting,
): Description {
  const kinds = new Set<string>();
  const words = new Set<string>();
  for (const issue of branches.flat()) {
    if (issue.path.length > 0) continue;
    if (issue.code === 'invalid_type') kinds.add(issue.expected);
    if (issue.code === 'invalid_value') for (const word of issue.values) words.add(String(word));
  }
  if (typeof value === 'string' && keys.includes(value)) {
    const reason = `${quote(value)} needs a value`;
    return { code: 'missing-value', reason, hint: `write \`${value}: …\`` };
  }
  if (words.size === 0) return wrongType([...kinds], value);
  if (typeof value !== 'string')
    return wrongType([...(kinds.size > 0 ? kinds : ['string']), 'string'], value);
  const description = notOneOf([...words, ...keys], value, quoting);
  return kinds.size > 0 && words.size + keys.length > 16
    ? { ...description, reason: `${quoting === 'hidden' ? 'the value' : quote(value)} is not known here` }
    : description;
}
