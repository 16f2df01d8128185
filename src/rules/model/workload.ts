// A program that proved itself with a token of an issuer that bouncer trusts, and what is asked of the claims of such a token. Pure: it
// verifies nothing.

/** A verified token of a trusted issuer. */
export interface Workload {
  /** The issuer's name in the settings. */
  readonly issuer: string;
  /** The token's claims as they came. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** One claim and what it may be: at least one of the patterns matches all of it. */
export interface ClaimPattern {
  /** The names that lead to it from the top of the claims. */
  readonly path: readonly string[];
  /** Texts; a `*` stands for any characters, or none. */
  readonly patterns: readonly string[];
}

/** Which workloads are meant: those of one issuer, all of whose claims fit. */
export interface WorkloadPattern {
  readonly issuer: string;
  readonly claims: readonly ClaimPattern[];
}

/** Whether a workload is one of those that are meant. */
export function isMeant({ issuer, claims }: Workload, wanted: WorkloadPattern): boolean {
  return wanted.issuer === issuer && findUnmet(claims, wanted.claims) === null;
}

/** The first claim that is not what it should be; `null`: all are. A claim that is not there fits nothing. */
export function findUnmet(
  claims: Readonly<Record<string, unknown>>,
  wanted: readonly ClaimPattern[],
): ClaimPattern | null {
  for (const one of wanted) if (!fits(claimAt(claims, one.path), one.patterns)) return one;
  return null;
}

/** The value that a path leads to; `undefined`: there is none. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** A list fits when one of its items does. Numbers and truth values are compared as they are written. */
function fits(value: unknown, patterns: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => !Array.isArray(item) && fits(item, patterns));
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
  const text = String(value);
  return patterns.some((pattern) => matchesWhole(pattern, text));
}

/** Whether a pattern matches all of a text. Linear in the text for each part of the pattern. */
export function matchesWhole(pattern: string, text: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return pattern === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** How the claims that are asked for stand in a file. */
export interface ClaimWords {
  readonly subject?: string | readonly string[] | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** What keeps written words from being patterns, and where. */
export interface ClaimFault {
  readonly path: readonly (string | number)[];
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
}

/** Reads `subject` and `claims`: texts, numbers and truth values, lists of them, and mappings that reach into objects. */
export function parseClaimPatterns({ subject, claims = {} }: ClaimWords): {
  readonly patterns: readonly ClaimPattern[];
  readonly faults: readonly ClaimFault[];
} {
  const patterns: ClaimPattern[] = [];
  const faults: ClaimFault[] = [];
  const read = (value: unknown, path: readonly string[], at: readonly string[]): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && at[0] === 'claims') {
      const inner = Object.entries(value);
      if (inner.length === 0) faults.push({ path: at, ...nothing });
      for (const [name, each] of inner) read(each, [...path, name], [...at, name]);
      return;
    }
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const texts = values.flatMap((each, index) => {
      const fault = faultOf(each);
      if (fault === null) return [String(each)];
      faults.push({ path: Array.isArray(value) ? [...at, index] : at, ...fault });
      return [];
    });
    if (values.length === 0) faults.push({ path: at, ...nothing });
    patterns.push({ path, patterns: texts });
  };
  if (subject !== undefined) read(subject, ['sub'], ['subject']);
  for (const [name, value] of Object.entries(claims)) read(value, [name], ['claims', name]);
  return { patterns, faults };
}

const nothing = {
  code: 'empty-value',
  reason: 'nothing is asked of it',
  hint: 'delete it, or say what it is',
};

function faultOf(value: unknown): Omit<ClaimFault, 'path'> | null {
  if (typeof value === 'number' || typeof value === 'boolean') return null;
  if (typeof value !== 'string')
    return {
      code: 'wrong-type',
      reason: 'expected a text, a number or a truth value',
      hint: 'such as `acme/*`',
    };
  if (value === '') return nothing;
  if (value.trim() !== value)
    return { code: 'surrounding-space', reason: 'it begins or ends with a space', hint: 'delete the space' };
  if (/^\*+$/.test(value))
    return { code: 'pattern', reason: 'a lone `*` asks for nothing', hint: 'name at least how it begins' };
  if (/^\^|\$$|\\/.test(value))
    return {
      code: 'pattern',
      reason: 'it looks like a regular expression',
      hint: 'a `*` alone stands for any characters, and the text is always compared as a whole',
    };
  return null;
}
