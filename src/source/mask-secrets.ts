// Finds what must not be printed in the lines of a settings file: literal secrets, also under a misspelt key, also in a
// file that does not parse, and passwords in URLs. Rather hides too much than too little.
import { didYouMean } from './did-you-mean.ts';

/** What is printed in place of a secret. */
export const mask = '[hidden]';

/** A part of a line that must not be shown; offsets in the line, `end` exclusive. */
export interface Hidden {
  readonly start: number;
  readonly end: number;
}

const secretWords = [
  'client_secret',
  'secret',
  'password',
  'passphrase',
  'private_key',
  'api_key',
  'credential',
];
const secretName = /secret|passw|passphrase|pwd|private_?key|api_?key|credential|(?:^|_)(?:token|pin|key)$/i;

/** Names that look like a secret's and hold none: paths, names of claims and of service tokens, selectors. */
const harmlessName = /_file$|_claim$|_path$|^(?:any_)?service_token$|^hardware_key$|^public_key$/i;

/**
 * @param lines the whole text, as a block below a key belongs to it
 * @returns for each line that has any, the parts to hide, in order and without overlap
 */
export function findSecrets(lines: readonly string[]): ReadonlyMap<number, readonly Hidden[]> {
  const found = new Map<number, Hidden[]>();
  /** The indentation of the key whose value goes on below; -1 when there is none. */
  let blockIndent = -1;
  lines.forEach((line, index) => {
    const indent = line.search(/\S/);
    if (indent === -1) return;
    if (blockIndent !== -1 && indent > blockIndent && !isReference(line.slice(indent))) {
      found.set(index, [{ start: indent, end: line.length }]);
      return;
    }
    if (blockIndent !== -1 && indent <= blockIndent) blockIndent = -1;
    const hidden = [...urlPasswords(line)];
    for (const { column, start, isReferenced } of secretValues(line)) {
      if (isReferenced) continue;
      hidden.push({ start, end: line.length });
      blockIndent = column;
      break;
    }
    const merged = merge(hidden.filter(({ start, end }) => end > start));
    if (merged.length > 0) found.set(index, merged);
  });
  return found;
}

interface SecretValue {
  /** Where the key stands. */
  readonly column: number;
  readonly start: number;
  /** `{ env: NAME }` and `{ file: PATH }` say where a secret is, and not what it is. */
  readonly isReferenced: boolean;
}

function* secretValues(line: string): Generator<SecretValue> {
  for (const match of line.matchAll(/([A-Za-z][\w-]*)["']?(\s*[:=]\s*|\s+(?![}\],#]))/g)) {
    const name = match[1] ?? '';
    if (!isSecretName(name)) continue;
    const start = match.index + match[0].length;
    const column = Math.max(line.search(/[^\s-]/), 0);
    yield { column, start, isReferenced: isReference(line.slice(start)) };
  }
  const bare = /(?:^|[\s{,])([A-Za-z][\w-]*)["']?\s*:\s*$/.exec(line);
  const name = bare?.[1] ?? '';
  if (bare !== null && isSecretName(name)) {
    yield { column: Math.max(line.search(/[^\s-]/), 0), start: line.length, isReferenced: false };
  }
}

function isSecretName(name: string): boolean {
  if (harmlessName.test(name)) return false;
  return secretName.test(name) || (name.length > 5 && isNear(name));
}

function isNear(name: string): boolean {
  const guess = didYouMean(name, secretWords);
  return guess !== null && Math.abs(guess.length - name.length) <= 3;
}

function isReference(rest: string): boolean {
  return /^(?:\{\s*)?["']?(?:env|file)["']?\s*:\s+\S/.test(rest);
}

/** The user info of a URL. */
function* urlPasswords(line: string): Generator<Hidden> {
  for (const match of line.matchAll(/:\/\/([^\s/?#"'@]*:[^\s/?#"']*)@/g)) {
    yield { start: match.index + 3, end: match.index + 3 + (match[1] ?? '').length };
  }
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
