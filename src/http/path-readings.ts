// What lenient servers could take a path for: every path that decoding, merging slashes, removing dot segments, cutting
// parameters … can make of it, in any order. Runs only for paths with something in them that readers disagree about.
// It must not be used to repair a path: what is forwarded is always the path as sent.
import type { TargetProblem } from './refusals.ts';
import type { UnclearPath } from './request-target.ts';

/** The work bound: distinct readings before case folding, and characters in all of them. Beyond it the path is refused. */
const mostReadings = 96;
const mostCharacters = 24_576;

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
  const problem = path.includes('%') ? encodingProblem(path) : null;
  return problem ?? collectReadings(path, steps);
}

/**
 * All readings of a path whose encoding is not in order, for an application that takes every spelling: what servers
 * make of escapes that are not escapes and of bytes that are not text is among them.
 *
 * @returns a reason id when the path leads above its root in some reading, or has too many
 */
export function readingsOfOpaque(path: string): readonly string[] | TargetProblem {
  return collectReadings(path, opaqueSteps);
}

function collectReadings(path: string, steps: readonly Step[]): readonly string[] | TargetProblem {
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

/** Why a path is not text once it is decoded, `null` when it is one. */
function encodingProblem(path: string): UnclearPath | null {
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
    return dotSegment.test(path) ? withoutDotSegments(path) : path;
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
  trimEachSegment,
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

/** Besides, what is done with a `%` that begins no escape, and with bytes that are not UTF-8. */
const opaqueSteps: readonly Step[] = [
  ...steps,
  function dropBrokenPercents(path) {
    return path.replace(/%(?![0-9a-f]{2})/gi, '');
  },
  function dropBrokenEscapes(path) {
    return path.replace(/%(?![0-9a-f]{2})[^/%]{0,2}/gi, '');
  },
  function dropBytes(path) {
    return path.replace(/%[89a-f][0-9a-f]|[^\u0000-\u007f]/gi, '');
  },
];

const dotSegment = /\/\.\.?(?:\/|$)/;

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
  if (!path.includes('/..')) return false;
  let depth = 0;
  let start = 1;
  for (let i = 1; i <= path.length; i++) {
    if (i !== path.length && path.charCodeAt(i) !== 0x2f) continue;
    const isDots = path.charCodeAt(start) === 0x2e;
    if (isDots && i === start + 2 && path.charCodeAt(start + 1) === 0x2e) depth--;
    else if (!isDots || i !== start + 1) depth++;
    if (depth < 0) return true;
    start = i + 1;
  }
  return false;
}

/** Each segment trimmed; a text is only made where one changes. */
function trimEachSegment(path: string): string {
  let text = '';
  let kept = 0;
  let start = 0;
  let isStream = false;
  let before = 0x2f;
  for (let i = 0; i <= path.length; i++) {
    const code = i === path.length ? 0x2f : path.charCodeAt(i);
    if (code === 0x24 && before === 0x3a) isStream = true;
    if (code === 0x2f) {
      if (isStream || (i > start && (before <= 0x20 || before === 0x2e || path.charCodeAt(start) <= 0x20))) {
        const trimmed = trimSegment(path.slice(start, i));
        if (trimmed.length !== i - start) {
          text += path.slice(kept, start) + trimmed;
          kept = i;
        }
      }
      start = i + 1;
      isStream = false;
    }
    before = code;
  }
  return kept === 0 ? path : text + path.slice(kept);
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
  let text = '';
  let kept = 0;
  for (let at = wide.indexOf('%'); at !== -1; ) {
    const first = byteAt(wide, at);
    if (first === -1) {
      at = wide.indexOf('%', at + 1);
      continue;
    }
    let code = first;
    let used = 1;
    if (first >= 0xc0 && first < 0xf8) {
      const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      code = first & (0x7f >> length);
      for (; used < length; used++) {
        const next = byteAt(wide, at + 3 * used);
        if ((next & 0xc0) !== 0x80) break;
        code = (code << 6) | (next & 0x3f);
      }
      if (used < length || code > 0x10ffff) {
        code = first;
        used = 1;
      }
    }
    const end = at + 3 * used;
    if (isDecoded(code)) {
      text += wide.slice(kept, at) + String.fromCodePoint(code);
      kept = end;
    }
    at = wide.charCodeAt(end) === percent ? end : wide.indexOf('%', end);
  }
  return kept === 0 ? wide : text + wide.slice(kept);
}

function decodeWide(path: string, isDecoded: (code: number) => boolean): string {
  return path.replace(/%u([0-9a-f]{4})/gi, (written, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return isDecoded(code) ? String.fromCharCode(code) : written;
  });
}

const percent = 0x25;
const noDigit = 0xff;
const hexDigit = new Uint8Array(128).fill(noDigit);
for (const digit of '0123456789abcdefABCDEF') hexDigit[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

/** The byte of the escape at `index`, or -1 (which is not a continuation byte: its two top bits are set) where none stands. */
function byteAt(text: string, index: number): number {
  if (text.charCodeAt(index) !== percent) return -1;
  const high = hexDigit[text.charCodeAt(index + 1)] ?? noDigit;
  const low = hexDigit[text.charCodeAt(index + 2)] ?? noDigit;
  return high === noDigit || low === noDigit ? -1 : (high << 4) | low;
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
