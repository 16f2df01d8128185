// One selector → one test of the facts. Rule groups are not here: they are made of selectors (compile-policy.ts).

import { type Facts, type Identity, isProgram } from '../model/facts.ts';
import type { Selector, SelectorCondition } from '../model/rules-set.ts';
import { isAhead } from '../model/time-ahead.ts';
import { isWithin } from '../model/time-window.ts';
import { no, type Truth, truthOf, unknown, yes } from '../model/truth.ts';
import { isMeant } from '../model/workload.ts';
import { createAddressSet } from './address-set.ts';

/** What a logged-in person is taken to have done, to see where it would lead. Bits; 0 = nothing. */
export type Assumption = 0 | 1 | 2 | 3;
export const nothingAssumed: Assumption = 0;
export const freshLoginAssumed: Assumption = 1;
export const hardwareKeyAssumed: Assumption = 2;
export const bothAssumed: Assumption = 3;

/** Allocates nothing. May throw for facts that are not what they promise: the caller denies. */
export type Test = (facts: Facts, assumption: Assumption) => Truth;

/**
 * How a fact counts that no login can bring: an address that is not known, a country that no proxy named, an e-mail address that is not
 * verified, groups that the provider left open.
 */
export type AbsentFact = 'meets' | 'misses';

/** Selectors other than those that name rule groups. */
export type PlainSelector = Exclude<Selector, { kind: 'rule_group' }>;

/** Compiles a selector. The caller says which side is the safe one. */
export function compileSelector(selector: PlainSelector, absent: AbsentFact): Test {
  const unavailable = absent === 'meets' ? yes : no;
  switch (selector.kind) {
    case 'everyone':
      return () => yes;
    case 'authenticated':
      return (facts) => (facts.identity === null ? withoutIdentity(facts) : yes);
    case 'email':
      return compileEmail(selector.values, unavailable);
    case 'email_domain':
      return compileEmailDomain(selector.values, unavailable);
    case 'group':
      return compileGroup(selector.values, unavailable);
    case 'auth_method':
      return compileAuthMethod(selector.values, unavailable);
    case 'login_method':
      return ofIdentity(isOneOf(selector.values, (identity) => identity.idp));
    case 'claim':
      return compileClaim(selector.name, new Set<unknown>(selector.values), unavailable);
    case 'hardware_key':
      return compileHardwareKey(selector);
    case 'login_age':
      return compileLoginAge(selector.maxAgeMs);
    case 'ip': {
      const networks = createAddressSet(selector.networks);
      return (facts) => (facts.ip === null ? unavailable : truthOf(networks.has(facts.ip)));
    }
    case 'country': {
      const countries = new Set(selector.values);
      return (facts) => (facts.country === null ? unavailable : truthOf(countries.has(facts.country)));
    }
    case 'method': {
      const methods = new Set(selector.values);
      return (facts) => truthOf(methods.has(facts.method));
    }
    case 'time': {
      const { windows } = selector;
      return (facts) => {
        for (const window of windows) if (isWithin(window, facts.nowMs)) return yes;
        return no;
      };
    }
    case 'service_token': {
      const names = new Set(selector.values);
      return (facts) => truthOf(facts.serviceToken !== null && names.has(facts.serviceToken));
    }
    case 'granted':
      return (facts) => (facts.identity === null ? withoutIdentity(facts) : truthOf(isGranted(facts)));
    case 'any_service_token':
      return (facts) => truthOf(facts.serviceToken !== null);
    case 'workload': {
      const { workloads } = selector;
      return ({ workload }) =>
        truthOf(workload !== null && workloads.some((wanted) => isMeant(workload, wanted)));
    }
    default:
      return selector satisfies never;
  }
}

/** Nobody is logged in: a login may change that, unless a service is asking, which is known not to be a person. */
function withoutIdentity(facts: Facts): Truth {
  return isProgram(facts) ? no : unknown;
}

/** What is there of grants is this area's: compile-area.ts leaves out the others. No login settles whether there is one. */
function isGranted({ grants, nowMs }: Facts): boolean {
  if (grants === undefined) return false;
  return grants === 'assumed' || grants.some(({ endsAtMs }) => endsAtMs > nowMs);
}

function ofIdentity(holds: (identity: Identity) => boolean): Test {
  return (facts) => (facts.identity === null ? withoutIdentity(facts) : holds(facts.identity) ? yes : no);
}

function isOneOf(
  values: readonly string[],
  read: (identity: Identity) => string,
): (identity: Identity) => boolean {
  const set = new Set(values);
  return (identity) => set.has(read(identity));
}

function hasOneOf(words: readonly string[], wanted: ReadonlySet<string>): boolean {
  for (const word of words) if (wanted.has(word)) return true;
  return false;
}

/** A group that is there is there; one that is not is missing only where the provider told all of them. */
function compileGroup(values: readonly string[], unavailable: Truth): Test {
  const wanted = new Set(values);
  const areIds = values.every(isObjectId);
  return (facts) => {
    const { identity } = facts;
    if (identity === null) return withoutIdentity(facts);
    if (hasOneOf(identity.groups, wanted)) return yes;
    const fault = identity.unsettled?.groups ?? null;
    return fault === null || (fault === 'ids-only' && areIds) ? no : unavailable;
  };
}

/** How Entra ID names what is in a directory. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

function compileAuthMethod(values: readonly string[], unavailable: Truth): Test {
  const wanted = new Set(values);
  return (facts) => {
    const { identity } = facts;
    if (identity === null) return withoutIdentity(facts);
    if (hasOneOf(identity.amr, wanted)) return yes;
    return (identity.unsettled?.amr ?? null) === null ? no : unavailable;
  };
}

function compileEmail(values: readonly string[], unavailable: Truth): Test {
  const emails = new Set(values);
  return (facts) => {
    const { identity } = facts;
    if (identity === null) return withoutIdentity(facts);
    return identity.email === null ? unavailable : truthOf(emails.has(identity.email));
  };
}

/** Up to this many domains are compared one by one, which spares cutting the address in two. */
const fewDomains = 8;

function compileEmailDomain(values: readonly string[], unavailable: Truth): Test {
  const endings = values.map((domain) => `@${domain}`);
  const domains = new Set(endings);
  const isFew = endings.length <= fewDomains;
  return (facts) => {
    const { identity } = facts;
    if (identity === null) return withoutIdentity(facts);
    const { email } = identity;
    if (email === null) return unavailable;
    // Exactly one `@` is promised, so that the ending with its `@` is the whole domain.
    if (!isFew) return truthOf(domains.has(email.slice(email.lastIndexOf('@'))));
    for (const ending of endings) if (email.endsWith(ending)) return yes;
    return no;
  };
}

function compileClaim(name: string, values: ReadonlySet<unknown>, unavailable: Truth): Test {
  return (facts) => {
    const { identity } = facts;
    if (identity === null) return withoutIdentity(facts);
    const { claims, unsettled } = identity;
    if (!Object.hasOwn(claims, name))
      return unsettled !== undefined && Object.hasOwn(unsettled.claims, name) ? unavailable : no;
    const claim = claims[name];
    let isOdd = unsettled !== undefined && Object.hasOwn(unsettled.claims, name);
    if (!Array.isArray(claim)) {
      if (values.has(claim)) return yes;
      isOdd ||= !isComparable(claim);
    } else {
      for (const item of claim) {
        if (values.has(item)) return yes;
        isOdd ||= !isComparable(item);
      }
    }
    return isOdd ? unavailable : no;
  };
}

/** Whether a value can equal what rules name. Of an object or a `null` nobody can say what it means. */
function isComparable(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** One use of a key, and what is asked of it. */
type KeyTest = (
  key: { readonly usedAtMs: number | null; readonly aaguid: string | null } | null | undefined,
  nowMs: number,
) => boolean;

function compileHardwareKey({
  maxAgeMs,
  aaguids,
  source,
}: Extract<SelectorCondition, { kind: 'hardware_key' }>): Test {
  // Another key of theirs may be of the right make, so that the wrong one leaves it unknown.
  const isGood: KeyTest = (key, nowMs) =>
    key !== null &&
    key !== undefined &&
    (maxAgeMs === null || isFresh(key.usedAtMs, maxAgeMs, nowMs)) &&
    (aaguids === null || (key.aaguid !== null && aaguids.includes(key.aaguid)));
  return (facts, assumption) => {
    const { identity, nowMs } = facts;
    if (identity === null) return withoutIdentity(facts);
    if ((assumption & hardwareKeyAssumed) !== 0) return yes;
    if (source !== 'bouncer' && isGood(identity.hardwareKey, nowMs)) return yes;
    return source !== 'provider' && isGood(identity.ownKey, nowMs) ? yes : unknown;
  };
}

function compileLoginAge(maxAgeMs: number): Test {
  return (facts, assumption) => {
    const { identity, nowMs } = facts;
    if (identity === null) return withoutIdentity(facts);
    if ((assumption & freshLoginAssumed) !== 0) return yes;
    return isFresh(identity.authTimeMs, maxAgeMs, nowMs) ? yes : unknown;
  };
}

/** What has no time is not fresh, nor what has one from ahead of the clock: how long ago it was nobody knows. */
function isFresh(atMs: number | null, maxAgeMs: number, nowMs: number): boolean {
  return atMs !== null && nowMs - atMs <= maxAgeMs && !isAhead(atMs, nowMs);
}
