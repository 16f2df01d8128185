// Reads a request target once. The only maker of CanonicalPath: the path that comes out is the path as sent, byte for byte,
// or a problem; it is never repaired. What lenient readers could take it for is listed beside it (path-readings.ts).

import { readingsOf, readingsOfOpaque } from './path-readings.ts';
import type { TargetProblem } from './refusals.ts';
import type { CanonicalPath, RequestTarget } from './request-target.ts';

const none: readonly string[] = Object.freeze([]);

const ordinary = 0;
const slash = 1;
const dot = 2;
const upperCase = 3;
const suspicious = 4;
const question = 5;
const hash = 6;
const refused = 7;

/** What each ASCII character means in a path. Refused: controls, space, DEL and the raw backslash. */
const meaning = new Uint8Array(128);
meaning.fill(refused, 0, 0x21);
meaning[0x7f] = refused;
meaning.fill(upperCase, 0x41, 0x5b);
for (const character of '%;$') meaning[character.charCodeAt(0)] = suspicious;
meaning[0x5c] = refused;
meaning[0x2f] = slash;
meaning[0x2e] = dot;
meaning[0x3f] = question;
meaning[0x23] = hash;

/**
 * Read a request target in origin-form (RFC 9112 section 3.2.1): a path that begins with `/`, and perhaps a query.
 *
 * Refused: anything else; a raw `#`, `\`, space, control or non-ASCII character; percent-encoding that is broken or is not
 * UTF-8; encoded control characters; dot segments that lead above the root in any reading; and paths with more readings
 * than the work bound allows. The query is forwarded untouched and takes no part in anything.
 *
 * @returns the target, or a reason id. Whether all readings lie in one policy's area is NOT yet checked.
 */
export function parseTarget(target: string): RequestTarget | { readonly problem: TargetProblem } {
  if (target.charCodeAt(0) !== 0x2f) return { problem: 'target-not-path' };
  let isSuspicious = false;
  let hasUpperCase = false;
  let previous = ordinary;
  let end = 0;
  // One look at each character: 0.1 µs for a path of 40 characters.
  for (; end < target.length; end++) {
    const code = target.charCodeAt(end);
    const kind = code < 128 ? (meaning[code] ?? refused) : refused;
    if (kind === slash) {
      // An empty segment, a dot segment or a segment with a trailing dot has just ended.
      if (previous === slash || previous === dot) isSuspicious = true;
    } else if (kind === suspicious) {
      isSuspicious = true;
    } else if (kind === upperCase) {
      hasUpperCase = true;
    } else if (kind === question) {
      break;
    } else if (kind >= hash) {
      return { problem: kind === hash ? 'target-fragment' : 'target-character' };
    }
    previous = kind;
  }
  if (previous === dot) isSuspicious = true;
  const problem = checkQuery(target, end);
  if (problem !== null) return { problem };
  const path = (end === target.length ? target : target.slice(0, end)) as CanonicalPath;
  const query = target.slice(end);
  if (!isSuspicious) {
    return { path, query, readings: hasUpperCase ? Object.freeze([path.toLowerCase()]) : none };
  }
  const readings = readingsOf(path);
  return typeof readings === 'string' ? { problem: readings } : { path, query, readings };
}

/**
 * Read a request target whose path {@link parseTarget} refuses for its encoding (`path-encoding`, `path-control`): the same, but that the
 * path stays as sent and is marked as `unclear`. Whoever takes it must have asked for it.
 */
export function parseOpaqueTarget(target: string): RequestTarget | { readonly problem: TargetProblem } {
  const parsed = parseTarget(target);
  if (!('problem' in parsed) || (parsed.problem !== 'path-encoding' && parsed.problem !== 'path-control'))
    return parsed;
  // All else about it was found good before its encoding was looked at.
  const end = target.indexOf('?');
  const path = (end === -1 ? target : target.slice(0, end)) as CanonicalPath;
  const readings = readingsOfOpaque(path);
  if (typeof readings === 'string') return { problem: readings };
  return { path, query: end === -1 ? '' : target.slice(end), readings, unclear: parsed.problem };
}

function checkQuery(target: string, start: number): TargetProblem | null {
  for (let i = start; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === 0x23) return 'target-fragment';
    if (code <= 0x20 || code >= 0x7f) return 'target-character';
  }
  return null;
}
