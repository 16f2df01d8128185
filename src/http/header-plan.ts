// What the header rules of an application make of each name: compiled once, where the rules are loaded.
// Everything about spelling is decided here or at a name's first sight; a request only looks up.

import { type HeaderClaim, headerClaim } from './header-families.ts';
import { foldHeaderName, headerName, isPlainValue } from './header-name.ts';
import { type HeaderUse, headerProblem, hopByHop, written } from './header-table.ts';
import { tokenFields } from './own-token.ts';
import { rememberKinds } from './remember-kinds.ts';

export interface HeaderPlanInput {
  /** The name of the assertion header, as in the settings. */
  readonly assertionHeader: string;
  /** The names of the application's identity headers. */
  readonly identityHeaders: readonly string[];
  readonly requestHeaders: {
    readonly set: readonly (readonly [name: string, value: string])[];
    readonly remove: readonly string[];
    /** Fields of a family that is dropped by default which this application gets as the client sent them. */
    readonly pass?: readonly string[];
  };
  /** A client's `X-HTTP-Method-Override` goes on: no policy of the application looks at the method. */
  readonly passesMethodOverride?: boolean;
  /** Told at a spelling's first sight that a client's claim is dropped. Spellings are forgotten in floods, so it may be told again. */
  readonly onDropped?: (header: string, claim: HeaderClaim) => void;
}

/** Compiled once per application and settings. */
export interface HeaderPlan {
  readonly assertionHeader: string;
  readonly identityHeaders: readonly string[];
  /** Name, value, name, value … of the configured `set`. */
  readonly set: readonly string[];
  /** What happens to a client's field of this spelling. Fills itself, up to a bound. */
  readonly verdict: (rawName: string) => FieldVerdict;
}

// What becomes of a field: it goes, it stays, or it is looked at for what it is.
export const drop = 0;
export const keep = 1;
export const cookie = 2;
export const connection = 3;
export const webSocketOnly = 4;
export const length = 5;
export const destinationOf = 6;
export const authorization = 7;
export type FieldVerdict = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * Compile the header rules of an application.
 *
 * @throws RangeError when a name or value cannot stand in a header: the configuration was not checked at load
 */
export function compileHeaderPlan(input: HeaderPlanInput): HeaderPlan {
  const { assertionHeader, identityHeaders, requestHeaders } = input;
  const { set, pass = [] } = requestHeaders;
  refuseUnusable([assertionHeader], 'assertion');
  refuseUnusable(identityHeaders, 'identity');
  refuseUnusable(
    set.map(([name]) => name),
    'request-set',
  );
  refuseUnusable(pass, 'request-pass');
  const once = new Set<string>();
  for (const name of [assertionHeader, ...identityHeaders, ...set.map(([name]) => name), ...pass]) {
    const folded = foldHeaderName(name);
    if (once.has(folded)) throw new RangeError(`\`${name}\` would be sent twice`);
    once.add(folded);
  }
  for (const [name, value] of set) {
    if (!isPlainValue(value)) throw new RangeError(`the value of \`${name}\` is not printable ASCII`);
  }
  const judgeField = createFieldJudge(input);
  return {
    assertionHeader,
    identityHeaders,
    set: set.flat(),
    verdict: rememberKinds(judgeField),
  };
}

function refuseUnusable(names: readonly string[], use: HeaderUse): void {
  for (const name of names) {
    const problem = headerProblem(name, use);
    if (problem !== null) throw new RangeError(`\`${name}\` ${problem.reason}`);
  }
}

function createFieldJudge(input: HeaderPlanInput): (rawName: string) => FieldVerdict {
  const { set, remove, pass = [] } = input.requestHeaders;
  const replaced = new Set(
    [input.assertionHeader, ...input.identityHeaders, ...remove, ...set.map(([name]) => name)].map(
      foldHeaderName,
    ),
  );
  const passed = new Set(pass.map((name) => name.toLowerCase()));
  return (rawName) => {
    const name = headerName(rawName);
    if (name === null) return drop;
    const { lower, folded } = name;
    if (folded === 'connection') return lower === 'connection' ? connection : drop;
    if (folded === 'content-length') return lower === 'content-length' ? length : drop;
    if (hopByHop.has(folded) || folded === 'expect' || written.has(folded) || replaced.has(folded))
      return drop;
    if (tokenFields.has(folded)) return drop;
    const claim = headerClaim(folded);
    if (claim !== null) {
      // Only in the spelling of the rules: another one would be a second value for a careless server.
      if (passed.has(lower) || (claim === 'method' && input.passesMethodOverride === true)) return keep;
      input.onDropped?.(folded, claim);
      return drop;
    }
    if (lower === 'destination') return destinationOf;
    if (folded === 'cookie') return lower === 'cookie' ? cookie : drop;
    if (folded === 'authorization') return authorization;
    return folded.startsWith('sec-websocket-') ? webSocketOnly : keep;
  };
}
