// Finds what must not be printed in the lines of a settings file: literal secrets, also under a misspelt or broken key, also in
// a file that does not parse, and passwords in URLs. Rather hides too much than too little.

import { looksLikeSecret } from './looks-like-secret.ts';

/** What is printed in place of a secret. */
export const mask = '[hidden]';

/** A part of a line that must not be shown; offsets in the line, `end` exclusive. */
export interface Hidden {
  readonly start: number;
  readonly end: number;
}

/** Names of secrets, letters only, and how many letters may be wrong. */
const names: readonly (readonly [name: string, slips: number])[] = [
  ['clientsecret', 3],
  ['secret', 1],
  ['password', 2],
  ['passphrase', 2],
  ['privatekey', 2],
  ['credential', 2],
  ['apikey', 1],
  ['masterkey', 2],
];

/**
 * @param lines the whole text, as a secret may stand below its key
 * @returns for each line that has any, the parts to hide, in order and without overlap
 */
export function findSecrets(lines: readonly string[]): ReadonlyMap<number, readonly Hidden[]> {
  const found = new Map<number, Hidden[]>();
  const ends = findNames(lines);
  /** A secret that may go on below: the column of its key, and whether the next line belongs to it in any case. */
  let open: { readonly column: number; isNext: boolean } | null = null;
  lines.forEach((line, index) => {
    const indent = line.search(/\S/);
    if (indent === -1) return;
    const hidden = urlPasswords(line);
    if (open !== null && (open.isNext || indent > open.column)) {
      if (referenceLength(line.slice(indent)) === 0) hidden.push({ start: indent, end: line.length });
      open.isNext = false;
    } else {
      open = null;
    }
    let after = 0;
    for (const end of ends.get(index) ?? []) {
      const start = end < after ? null : valueStart(line, end);
      if (start === null) continue;
      after = start + referenceLength(line.slice(start));
      if (after > start) continue;
      const column = Math.max(line.search(/[^\s-]/), 0);
      const rest = line.slice(start).trim();
      if (/^[}\],\s]+(#.*)?$/.test(rest)) {
        open = { column, isNext: false };
        continue;
      }
      hidden.push({ start, end: line.length });
      const isComment = line[indent] === '#';
      open = { column, isNext: !isComment && (rest === '' || /^[|>]/.test(rest) || isOpenQuote(rest)) };
      break;
    }
    const merged = merge(hidden.filter(({ start, end }) => end > start));
    if (merged.length > 0) found.set(index, merged);
  });
  return found;
}

/** The text with its secrets replaced by {@link mask}. */
export function maskSecrets(text: string): string {
  const lines = text.split('\n');
  const secrets = findSecrets(lines);
  if (secrets.size === 0) return text;
  const masked = lines.map((line, index) => {
    let shown = '';
    let at = 0;
    for (const { start, end } of secrets.get(index) ?? []) {
      shown += line.slice(at, start) + mask;
      at = end;
    }
    return shown + line.slice(at);
  });
  return masked.join('\n');
}

/** Where the value behind a name starts; `null` when the name is part of a path. */
function valueStart(line: string, nameEnd: number): number | null {
  const rest = line.slice(nameEnd);
  if (/^[a-z]?[./]/i.test(rest)) return null;
  const start = nameEnd + (/^["']?\s*[:=]?\s*/.exec(rest)?.[0].length ?? 0);
  return start;
}

/** The length of `{ env: NAME }` or `{ file: PATH }` at the start of a text; 0 when none is there. */
function referenceLength(value: string): number {
  const isWhole = /^(?:\{\s*)?["']?(env|file)["']?\s*:\s+["']?([\w./-]+)["']?\s*(?=$|[}\],#])/.exec(value);
  if (isWhole === null) return 0;
  const [whole, key, name = ''] = isWhole;
  // Somebody put the secret where the name of what holds it should stand.
  return looksLikeSecret(key === 'env' ? 'env' : 'file', name) ? 0 : whole.length;
}

function isOpenQuote(value: string): boolean {
  const mark = value[0] ?? '';
  return (mark === '"' || mark === "'") && !value.slice(1).includes(mark);
}

/** For each line the offsets at which a secret's name ends; a name may be broken by other signs, or by the end of a line. */
function findNames(lines: readonly string[]): ReadonlyMap<number, readonly number[]> {
  const ends = new Map<number, number[]>();
  for (const [name, slips] of names) {
    const search = createSearch(name, slips);
    let last: readonly [line: number, end: number] | null = null;
    const settle = (distance: number, line: number, end: number) => {
      const isBetter = search.settle(distance);
      if (isBetter && last !== null) {
        const known = ends.get(last[0]);
        if (known === undefined) ends.set(last[0], [last[1]]);
        else known.push(last[1]);
      }
      last = [line, end];
    };
    lines.forEach((line, index) => {
      for (let at = 0; at < line.length; at++) {
        const code = line.charCodeAt(at) | 0x20;
        if (code >= 0x61 && code <= 0x7a) settle(search.step(code), index, at + 1);
      }
    });
    settle(Number.POSITIVE_INFINITY, 0, 0);
  }
  for (const list of ends.values()) list.sort((a, b) => a - b);
  return ends;
}

/** Approximate search, one letter at a time (Sellers): how far what ends here is from the name. */
function createSearch(name: string, slips: number) {
  let column = Array.from({ length: name.length + 1 }, (_, index) => index);
  let before = Number.POSITIVE_INFINITY;
  let isRising = false;
  return {
    step(code: number): number {
      const next = [0];
      for (let index = 1; index <= name.length; index++) {
        const cost = name.charCodeAt(index - 1) === code ? 0 : 1;
        const least = Math.min(
          (column[index] ?? 0) + 1,
          (next[index - 1] ?? 0) + 1,
          (column[index - 1] ?? 0) + cost,
        );
        next.push(least);
      }
      column = next;
      return next[name.length] ?? 0;
    },
    /** True when the letter before was where the name fitted best. */
    settle(distance: number): boolean {
      const wasBest = before <= slips && distance > before && !isRising;
      isRising = distance > before;
      before = distance;
      return wasBest;
    },
  };
}

/** The user info of a URL. */
function urlPasswords(line: string): Hidden[] {
  const found = [
    ...line.matchAll(/:\/\/([^\s/?#"'@]*:[^\s/?#"']*)@/g),
    // A password that should have been escaped, in the address of a database.
    ...line.matchAll(/\bpostgres(?:ql)?:\/\/([^\s"']*)@/gi),
  ];
  return found.map((match) => {
    const start = match.index + match[0].indexOf('://') + 3;
    return { start, end: start + (match[1] ?? '').length };
  });
}

function merge(parts: readonly Hidden[]): Hidden[] {
  const merged: Hidden[] = [];
  for (const part of [...parts].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && part.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, part.end) };
    } else {
      merged.push(part);
    }
  }
  return merged;
}
