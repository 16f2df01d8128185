// The header fields of the response that goes to the client: the upstream's, in order, case and repetition, without what
// belongs to the upstream's own connection and without what would reach for bouncer's cookies or lead around bouncer.

import { foldHeaderName, headerName, isOpaqueValue, isPlainValue } from './header-name.ts';
import { headerProblem, hopByHop, leadingAround } from './header-table.ts';
import { setsOwnCookie } from './own-cookie.ts';
import { type LocationRewrite, rewriteLocation } from './own-names.ts';
import { rememberKinds } from './remember-kinds.ts';

export interface ResponsePlanInput {
  readonly assertionHeader: string;
  readonly responseHeaders: {
    readonly set: readonly (readonly [name: string, value: string])[];
    readonly remove: readonly string[];
  };
  /** People reach the application by https only: say so (RFC 6797) where neither it nor its rules say something else. */
  readonly isHttps?: boolean;
}

/** Compiled once per application and settings. */
export interface ResponsePlan {
  /** Name, value, name, value … of the configured `set`. */
  readonly set: readonly string[];
  /** Added where the upstream sends none; `null`: never. */
  readonly transportSecurity: string | null;
  /** Added where the upstream says nothing about caching; `null`: never. */
  readonly caching: string | null;
  /** What happens to an upstream's field of this spelling. Fills itself, up to a bound. */
  readonly verdict: (rawName: string) => FieldVerdict;
}

/** What became of an upstream's fields when they came before; the fields stand beside it. */
export interface KnownAnswer {
  /** By which they were edited; `null`: they came for the first time. */
  plan: ResponsePlan | null;
  /** For the client. Frozen. */
  fields: readonly string[];
}

/** A response that cannot be passed on: the caller answers 502. */
export interface ResponseProblem {
  /** A fixed id, for the operator's log. */
  readonly reason: 'response-header-name-invalid' | 'response-header-value-invalid';
}

const drop = 0;
const keep = 1;
const connection = 2;
const setCookie = 3;
const clearSiteData = 4;
const invalid = 5;
const keepTransportSecurity = 6;
const keepCaching = 7;
const location = 8;
type FieldVerdict = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A year, for this host alone: what lies below it is not ours to promise (RFC 6797 section 6.1). */
export const transportSecurity: string = 'max-age=31536000';

/**
 * Never passed on. `Trailer` among the hop-by-hop fields: Node frames the response anew and throws on the field where it cannot
 * send trailers; the trailers themselves need no announcement.
 */
const dropped: ReadonlySet<string> = new Set([...hopByHop, ...leadingAround]);

/**
 * Compile the response rules of an application.
 *
 * @throws RangeError when a configured name or value cannot stand in a header: the configuration was not checked at load
 */
export function compileResponsePlan(input: ResponsePlanInput): ResponsePlan {
  const { set, remove } = input.responseHeaders;
  for (const [name, value] of set) {
    const problem = headerProblem(name, 'response-set');
    if (problem !== null) throw new RangeError(`\`${name}\` ${problem.reason}`);
    if (!isPlainValue(value)) throw new RangeError(`the value of \`${name}\` is not printable ASCII`);
  }
  const replaced = new Set([...set.map(([name]) => name), ...remove].map((name) => name.toLowerCase()));
  const assertionFolded = foldHeaderName(input.assertionHeader);
  return {
    set: set.flat(),
    transportSecurity:
      input.isHttps === true && !replaced.has('strict-transport-security') ? transportSecurity : null,
    caching: null,
    verdict: rememberKinds((rawName) => judgeField(rawName, replaced, assertionFolded)),
  };
}

/**
 * The same plan for answers to a person: a cache in front that takes `/private/x.css` for a file of everybody's would hand one
 * person's page to the next (RFC 9111 section 3.5). What the upstream itself says about caching stands.
 */
export function personalResponsePlan(plan: ResponsePlan): ResponsePlan {
  return plan.verdict('Cache-Control') === keepCaching ? { ...plan, caching: 'private' } : plan;
}

function judgeField(rawName: string, replaced: ReadonlySet<string>, assertionFolded: string): FieldVerdict {
  const name = headerName(rawName);
  if (name === null) return invalid;
  const { lower, folded } = name;
  if (lower === 'connection') return connection;
  if (dropped.has(folded) || replaced.has(lower)) return drop;
  if (folded.startsWith('x-bouncer') || folded === assertionFolded) return drop;
  if (lower === 'set-cookie' || lower === 'set-cookie2') return setCookie;
  if (lower === 'strict-transport-security') return keepTransportSecurity;
  if (lower === 'cache-control' || lower === 'expires') return keepCaching;
  if (lower === 'location' || lower === 'content-location') return location;
  return lower === 'clear-site-data' ? clearSiteData : keep;
}

/**
 * The fields for the client as a flat array of Latin-1 texts: name, value, name, value …
 *
 * @param raw as the upstream sent them
 * @param locations the upstream's own names and what they become in `Location` and `Content-Location`; `null`: they stay
 * @returns a problem when a name or value is malformed: such a response must not be passed on
 */
export function clientResponseHeaders(
  raw: readonly Buffer[] | readonly string[],
  plan: ResponsePlan,
  locations: LocationRewrite | null = null,
): string[] | ResponseProblem {
  const headers: string[] = [];
  let nominated: Set<string> | null = null;
  let ownTransportSecurity = plan.transportSecurity;
  let ownCaching = plan.caching;
  for (let i = 0; i < raw.length; i += 2) {
    const name = textOf(raw[i]);
    const value = textOf(raw[i + 1]);
    if (!isOpaqueValue(value)) return { reason: 'response-header-value-invalid' };
    switch (plan.verdict(name)) {
      case keep:
        headers.push(name, value);
        break;
      case location:
        headers.push(name, locations === null ? value : rewriteLocation(value, locations));
        break;
      case keepTransportSecurity:
        headers.push(name, value);
        ownTransportSecurity = null;
        break;
      case keepCaching:
        headers.push(name, value);
        ownCaching = null;
        break;
      case connection:
        nominated = nominate(value, nominated);
        break;
      case setCookie:
        if (!setsOwnCookie(value)) headers.push(name, value);
        break;
      case clearSiteData: {
        const rest = withoutCookieClearing(value);
        if (rest !== '') headers.push(name, rest);
        break;
      }
      case invalid:
        return { reason: 'response-header-name-invalid' };
      case drop:
        break;
    }
  }
  const kept = nominated === null ? headers : withoutNominated(headers, nominated);
  for (const text of plan.set) kept.push(text);
  if (ownCaching !== null) kept.push('Cache-Control', ownCaching);
  if (ownTransportSecurity !== null) kept.push('Strict-Transport-Security', ownTransportSecurity);
  return kept;
}

/** The same where the same fields may have come before. What is made now is left for the next time. */
export function knownResponseHeaders(
  raw: readonly string[],
  plan: ResponsePlan,
  locations: LocationRewrite | null,
  known: KnownAnswer | undefined,
): readonly string[] | ResponseProblem {
  if (known === undefined || locations !== null) return clientResponseHeaders(raw, plan, locations);
  if (known.plan === plan) return known.fields;
  const fields = clientResponseHeaders(raw, plan);
  if ('reason' in fields) return fields;
  known.plan = plan;
  known.fields = Object.freeze(fields);
  return fields;
}

function textOf(part: Buffer | string | undefined): string {
  return typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
}

/**
 * What `Connection` cannot take away: framing is settled between Node and the client, and the others are for all who receive the
 * answer (RFC 9110 section 7.6.1 names `Cache-Control`).
 */
const notOfOneHop = ['content-length', 'cache-control', 'expires', 'strict-transport-security'];

function nominate(value: string, nominated: Set<string> | null): Set<string> | null {
  if (value === 'keep-alive' || value === 'close') return nominated;
  const names = nominated ?? new Set<string>();
  for (const option of value.split(',')) names.add(option.trim().toLowerCase());
  for (const name of notOfOneHop) names.delete(name);
  return names;
}

function withoutNominated(headers: readonly string[], nominated: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!nominated.has(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}

/** Everything that `*` stands for (W3C Clear Site Data section 3.1), cookies excepted. */
const allButCookies =
  '"cache", "clientHints", "executionContexts", "prefetchCache", "prerenderCache", "storage"';

/** A `Clear-Site-Data` value that leaves cookies alone: clearing them would log the person out of bouncer. */
function withoutCookieClearing(value: string): string {
  const kept: string[] = [];
  for (const part of value.split(',')) {
    const directive = part.trim();
    const bare = directive.replace(/["'\s]/g, '').toLowerCase();
    if (bare === '*') kept.push(allButCookies);
    else if (bare !== 'cookies' && bare !== '') kept.push(directive);
  }
  return kept.join(', ');
}
