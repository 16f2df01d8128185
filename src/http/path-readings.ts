// What lenient servers could take a path for: every path that decoding, merging slashes, removing dot segments, cutting
// parameters … can make of it, in any order. Runs only for paths with something in them that readers disagree about.
// It must not be used to repair a path: what is forwarded is always the path as sent.
import type { TargetProblem } from './refusals.ts';

/** The work bound: distinct readings before case folding, and characters in all of them. Beyond it the path is refused. */
const mostReadings = 96;
const mostCharacters = 49_152;

type Step = (path: string) => string;

/**
 * All readings of a path other than itself, frozen, without duplicates.
 *
 * The set is closed: any chain of the steps below, in any order, ends on a member (or on the path). So a server that
 * applies its own subset of them in its own order is covered.
 *
 * @param path begins with `/`, printable ASCII without `#`, `?` and `\`
 * @returns a reason id when the path is wrongly encoded, leads above its root in some reading, or has too many readings
 */
export function readingsOf(path: string): readonly string[] | TargetProblem {
  if (path.includes('%')) {
    const problem = checkEncoding(path);
    if (problem !== null) return problem;
  }
  const found = new Set<string>([path]);
  let characters = path.length;
  for (const reading of found) {
    if (climbs(reading)) return 'path-above-root';
    for (const step of steps) {
      const next = step(reading);
      if (next === reading || found.has(next)) continue;
      found.add(next);
      characters += next.length;
      if (found.size > mostReadings || characters > mostCharacters) return 'path-ambiguous';
    }
  }
  for (const reading of [...found]) {
    found.add(reading.toLowerCase());
    // Readers that fold by way of upper case: U+0131 becomes `I`, then `i`.
    if (!isAscii(reading)) found.add(reading.toUpperCase().toLowerCase());
  }
  found.delete(path);
  return Object.freeze([...found]);
}

function checkEncoding(path: string): TargetProblem | null {
  let decoded: string;
  try {
    // Refuses lone and broken escapes, overlong forms, surrogates and bytes that are not UTF-8.
    decoded = decodeURIComponent(path);
  } catch {
    return 'path-encoding';
  }
  return /[\u0000-\u001f\u007f-\u009f]/.test(decoded) ? 'path-control' : null;
}

function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text);
}

/** The steps that one server or another takes between the request line and its routes. Each is linear in the length. */
const steps: readonly Step[] = [
  function decodeAll(path) {
    return path.includes('%') ? decodeLeniently(path, () => true) : path;
  },
  function decodeAllButSeparators(path) {
    return path.includes('%') ? decodeLeniently(path, (code) => code !== 0x2f && code !== 0x5c) : path;
  },
  function decodeUnreserved(path) {
    return path.includes('%') ? decodeLeniently(path, isUnreserved) : path;
  },
  function decodeSlashes(path) {
    return path.includes('%') ? path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\') : path;
  },
  function turnBackslashes(path) {
    return path.includes('\\') ? path.replaceAll('\\', '/') : path;
  },
  function mergeSlashes(path) {
    return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  },
  function removeDotSegments(path) {
    return path.includes('/.') ? withoutDotSegments(path) : path;
  },
  function cutParameters(path) {
    return path.includes(';') ? path.replace(/;[^/]*/g, '') : path;
  },
  function cutAtParameter(path) {
    const at = path.indexOf(';');
    return at === -1 ? path : path.slice(0, at);
  },
  function cutAtQuery(path) {
    const at = path.search(/[?#]/);
    return at === -1 ? path : path.slice(0, at);
  },
  function cutAtNull(path) {
    const at = path.indexOf('\u0000');
    return at === -1 ? path : path.slice(0, at);
  },
  function dropControls(path) {
    return /[\u0000-\u001f\u007f-\u009f]/.test(path)
      ? path.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
      : path;
  },
  function trimSegments(path) {
    return /[. \u0000-\u001f]|:\$/.test(path) ? path.split('/').map(trimSegment).join('/') : path;
  },
  function dropAuthority(path) {
    if (!path.startsWith('//')) return path;
    // WHATWG URL parsers skip any number of slashes in front of an authority.
    const rest = path.replace(/^\/+[^/]*/, '');
    return rest === '' ? '/' : rest;
  },
  function foldCompatibility(path) {
    return isAscii(path) ? path : foldLookalikes(path);
  },
];

/** RFC 3986 section 5.2.4, on segments. A `..` above the root is `climbs`' business and is clamped here. */
function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  const last = segments.length - 1;
  for (let i = 1; i <= last; i++) {
    const segment = segments[i] ?? '';
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
    if (i === last && (segment === '..' || segment === '.')) kept.push('');
  }
  return `/${kept.join('/')}`;
}

function climbs(path: string): boolean {
  if (!path.includes('..')) return false;
  let depth = 0;
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') depth--;
    else if (segment !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** Windows drops trailing dots and spaces and the names of NTFS streams; others trim spaces on both sides. */
function trimSegment(segment: string): string {
  const stream = segment.indexOf(':$');
  const cut = segment.indexOf('::$');
  const name = cut !== -1 ? segment.slice(0, cut) : stream !== -1 ? segment.slice(0, stream) : segment;
  let start = 0;
  let end = name.length;
  while (start < end && name.charCodeAt(start) <= 0x20) start++;
  while (end > start && name.charCodeAt(end - 1) <= 0x20) end--;
  const trimmed = name.slice(start, end);
  if (trimmed === '.' || trimmed === '..') return trimmed;
  while (end > start && (name.charCodeAt(end - 1) <= 0x20 || name.charCodeAt(end - 1) === 0x2e)) end--;
  return name.slice(start, end);
}

function isUnreserved(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f ||
    code === 0x7e
  );
}

/** Decode one level of `%XX` and `%uXXXX`; overlong UTF-8 counts as what it stands for, other bytes as Latin-1. */
function decodeLeniently(path: string, isDecoded: (code: number) => boolean): string {
  const wide = path.includes('%u') || path.includes('%U') ? decodeWide(path, isDecoded) : path;
  return wide.replace(/(?:%[0-9a-f]{2})+/gi, (run) => decodeRun(run, isDecoded));
}

function decodeWide(path: string, isDecoded: (code: number) => boolean): string {
  return path.replace(/%u([0-9a-f]{4})/gi, (written, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return isDecoded(code) ? String.fromCharCode(code) : written;
  });
}

function decodeRun(run: string, isDecoded: (code: number) => boolean): string {
  let text = '';
  for (let i = 0; i < run.length; ) {
    const first = byteAt(run, i);
    const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1;
    let code = length === 1 ? first : first & (0x7f >> length);
    let used = 1;
    while (used < length) {
      const next = byteAt(run, i + 3 * used);
      if ((next & 0xc0) !== 0x80) break;
      code = (code << 6) | (next & 0x3f);
      used++;
    }
    if (used < length || code > 0x10ffff) {
      code = first;
      used = 1;
    }
    text += isDecoded(code) ? String.fromCodePoint(code) : run.slice(i, i + 3 * used);
    i += 3 * used;
  }
  return text;
}

/** The byte of the escape at `index`, or -1 (which is no continuation byte: its two top bits are set) past the end. */
function byteAt(run: string, index: number): number {
  return index + 3 <= run.length ? Number.parseInt(run.slice(index + 1, index + 3), 16) : -1;
}

/** NFKC (full-width forms, ligatures), characters that some file systems ignore, and Windows' best-fit separators. */
function foldLookalikes(path: string): string {
  return path
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/[\u2044\u2215\u29f8]/g, '/')
    .replace(/[\u00a5\u20a9\u2216\u29f5]/g, '\\')
    .replace(/\u3002/g, '.');
}
