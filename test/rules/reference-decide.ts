// The decision once more: slow and plain, written from the specification's text and not from the code it is compared with.
import type { Facts, Identity } from '../../src/rules/model/facts.ts';
import type { Policy, RuleGroup, Selector, SelectorLists } from '../../src/rules/model/rules-set.ts';
import type { Workload, WorkloadPattern } from '../../src/rules/model/workload.ts';

export type Tri = 'true' | 'false' | 'unknown';

export interface ReferenceAnswer {
  readonly outcome: 'allow' | 'deny' | 'login' | 'step_up';
  readonly policy: string | null;
  readonly missing: readonly string[];
}

const and = (all: readonly Tri[]): Tri =>
  all.includes('false') ? 'false' : all.includes('unknown') ? 'unknown' : 'true';
const or = (any: readonly Tri[]): Tri =>
  any.includes('true') ? 'true' : any.includes('unknown') ? 'unknown' : 'false';
const not = (one: Tri): Tri => (one === 'true' ? 'false' : one === 'false' ? 'true' : 'unknown');
const tri = (is: boolean): Tri => (is ? 'true' : 'false');

/** `safe`: how a fact counts that is not known and that no login can bring. */
function selectorHolds(selector: Selector, facts: Facts, groups: readonly RuleGroup[], safe: Tri): Tri {
  const { identity } = facts;
  const personal = (holds: (person: Identity) => Tri): Tri =>
    identity !== null ? holds(identity) : isProgram(facts) ? 'false' : 'unknown';
  switch (selector.kind) {
    case 'everyone':
      return 'true';
    case 'authenticated':
      return personal(() => 'true');
    case 'email':
      return personal(({ email }) =>
        email === null ? safe : tri(selector.values.some((value) => value === email)),
      );
    case 'email_domain':
      return personal(({ email }) =>
        email === null ? safe : tri(selector.values.some((value) => value === email.split('@')[1])),
      );
    case 'group':
      return personal((person) => {
        if (selector.values.some((value) => person.groups.includes(value))) return 'true';
        const fault = person.unsettled?.groups ?? null;
        const areIds = selector.values.every((value) => value.length === 36);
        return fault === null || (fault === 'ids-only' && areIds) ? 'false' : safe;
      });
    case 'rule_group':
      return or(
        selector.names.map((name) => {
          const group = groups.find((one) => one.name === name);
          if (group === undefined) throw new Error(name);
          return listsHold(group, facts, groups, safe);
        }),
      );
    case 'claim':
      return personal((person) => {
        const claim = person.claims[selector.name];
        if ([claim].flat().some((value) => selector.values.some((wanted) => wanted === value))) return 'true';
        // Neither what was left open nor what nothing can be compared with is known to be something else.
        const isOpen = person.unsettled?.claims[selector.name] !== undefined;
        const isOdd = [claim ?? []].flat().some((value) => value === null || typeof value === 'object');
        return isOpen || isOdd ? safe : 'false';
      });
    case 'login_method':
      return personal((person) => tri(selector.values.includes(person.idp)));
    case 'auth_method':
      return personal((person) => {
        if (person.amr.some((method) => selector.values.includes(method))) return 'true';
        return (person.unsettled?.amr ?? null) === null ? 'false' : safe;
      });
    case 'hardware_key':
      return personal(({ hardwareKey, ownKey }) => {
        const uses = [
          ...(selector.source === 'bouncer' || hardwareKey === null ? [] : [hardwareKey]),
          ...(selector.source === 'provider' || ownKey === undefined ? [] : [ownKey]),
        ];
        const isMet = uses.some(({ usedAtMs, aaguid }) => {
          const isRecent = selector.maxAgeMs === null || isFresh(usedAtMs, selector.maxAgeMs, facts.nowMs);
          const isRight = selector.aaguids === null || selector.aaguids.some((make) => make === aaguid);
          return isRecent && isRight;
        });
        return isMet ? 'true' : 'unknown';
      });
    case 'login_age':
      return personal((person) =>
        isFresh(person.authTimeMs, selector.maxAgeMs, facts.nowMs) ? 'true' : 'unknown',
      );
    case 'ip': {
      const { ip } = facts;
      if (ip === null) return safe;
      return tri(selector.networks.some((network) => isInNetwork(ip, network.text)));
    }
    case 'country':
      return facts.country === null ? safe : tri(selector.values.includes(facts.country));
    case 'method':
      return tri(selector.values.includes(facts.method));
    case 'time':
      throw new Error('time windows have their own tests');
    case 'service_token':
      return tri(selector.values.some((value) => value === facts.serviceToken));
    case 'workload':
      return tri(namesWorkload(selector.workloads, facts.workload));
    case 'granted':
      return personal(() => {
        const { grants = [], nowMs } = facts;
        return tri(grants === 'assumed' || grants.some(({ endsAtMs }) => endsAtMs > nowMs));
      });
    case 'any_service_token':
      return tri(facts.serviceToken !== null);
    default:
      return selector satisfies never;
  }
}

/** IPv4 only, by bit strings. */
function isInNetwork(ip: string, cidr: string): boolean {
  const bits = (address: string) =>
    address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  const [network = '', length = '32'] = cidr.split('/');
  return bits(ip).slice(0, Number(length)) === bits(network).slice(0, Number(length));
}

const isProgram = (facts: Facts): boolean => facts.serviceToken !== null || facts.workload !== null;

/** Claims at the top alone; a `*` as a regular expression has it. */
function namesWorkload(wanted: readonly WorkloadPattern[], workload: Workload | null): boolean {
  const fits = (value: unknown, patterns: readonly string[]): boolean =>
    [value].flat().some((one) =>
      patterns.some((pattern) => {
        const literal = pattern.replaceAll(/[.+?^$|(){}[\]\\]/g, '\\$&').replaceAll('*', '.*');
        return one !== undefined && new RegExp(`^${literal}$`, 's').test(String(one));
      }),
    );
  return wanted.some(
    ({ issuer, claims }) =>
      issuer === workload?.issuer &&
      claims.every(({ path: [name = ''], patterns }) => fits(workload.claims[name], patterns)),
  );
}

function listsHold(lists: SelectorLists, facts: Facts, groups: readonly RuleGroup[], safe: Tri): Tri {
  return and([
    or(lists.include.map((selector) => selectorHolds(selector, facts, groups, safe))),
    ...lists.require.map((selector) => selectorHolds(selector, facts, groups, safe)),
    ...lists.exclude.map((selector) => not(selectorHolds(selector, facts, groups, not(safe)))),
  ]);
}

function namesService(lists: SelectorLists, facts: Facts, groups: readonly RuleGroup[]): boolean {
  return [...lists.include, ...lists.require].some((selector) => {
    if (selector.kind === 'workload') return namesWorkload(selector.workloads, facts.workload);
    if (selector.kind === 'any_service_token') return facts.serviceToken !== null;
    if (selector.kind === 'service_token')
      return facts.serviceToken !== null && selector.values.includes(facts.serviceToken);
    if (selector.kind !== 'rule_group') return false;
    return groups
      .filter((group) => selector.names.includes(group.name))
      .some((group) => namesService(group, facts, groups));
  });
}

function policyMatches(policy: Policy, facts: Facts, groups: readonly RuleGroup[]): Tri {
  const lists = listsHold(policy, facts, groups, policy.action === 'deny' ? 'true' : 'false');
  if (policy.action !== 'allow' || facts.identity !== null) return lists;
  // `allow` is for somebody: nobody must log in first, a service must be named.
  if (!isProgram(facts)) return and([lists, 'unknown']);
  return and([lists, tri(namesService(policy, facts, groups))]);
}

/** The same person after logging in again, after using a key, or after both. */
export function complete(facts: Facts, what: readonly string[]): Facts {
  if (facts.identity === null) return facts;
  return {
    ...facts,
    identity: {
      ...facts.identity,
      ...(what.includes('fresh_login') ? { authTimeMs: facts.nowMs } : {}),
      ...(what.includes('hardware_key')
        ? {
            hardwareKey: { usedAtMs: facts.nowMs, aaguid: referenceAaguid },
            ownKey: { usedAtMs: facts.nowMs, aaguid: referenceAaguid },
          }
        : {}),
    },
  };
}

/** The one make of key that the random rules name, so that a key that is used can be of the right make. */
export const referenceAaguid = 'cb69481e-8ff7-4039-93ec-0a2729a154a8';

/** Decides by the words of the specification. */
export function referenceDecide(
  policies: readonly Policy[],
  groups: readonly RuleGroup[],
  facts: Facts,
): ReferenceAnswer {
  for (const [index, policy] of policies.entries()) {
    const matches = policyMatches(policy, facts, groups);
    if (matches === 'true')
      return { outcome: policy.action === 'deny' ? 'deny' : 'allow', policy: policy.name, missing: [] };
    if (matches === 'unknown') return stopped(policies, index, groups, facts);
  }
  return { outcome: 'deny', policy: null, missing: [] };
}

function stopped(
  policies: readonly Policy[],
  index: number,
  groups: readonly RuleGroup[],
  facts: Facts,
): ReferenceAnswer {
  const name = policies[index]?.name ?? null;
  if (facts.identity === null) {
    // Who can never get in, whoever they turn out to be, is told so at once.
    for (const policy of policies.slice(index)) {
      const matches = policyMatches(policy, facts, groups);
      if (policy.action === 'deny' && matches === 'true')
        return { outcome: 'deny', policy: policy.name, missing: [] };
      if (policy.action !== 'deny' && matches !== 'false')
        return { outcome: 'login', policy: name, missing: ['login'] };
    }
    return { outcome: 'deny', policy: null, missing: [] };
  }
  // Nobody is asked for a key in vain: what is asked for must be enough.
  const after = (what: readonly string[]) => readOn(policies, groups, complete(facts, what));
  const isEnough = (what: readonly string[]) => after(what).outcome === 'allow';
  for (const what of [['fresh_login'], ['hardware_key'], ['hardware_key', 'fresh_login']]) {
    if (isEnough(what)) return { outcome: 'step_up', policy: name, missing: what };
  }
  return after(['hardware_key', 'fresh_login']);
}

/** The reading of somebody who did what they were asked for. What is unknown even then has not let them in. */
function readOn(policies: readonly Policy[], groups: readonly RuleGroup[], facts: Facts): ReferenceAnswer {
  const first = policies.find((policy) => policyMatches(policy, facts, groups) !== 'false');
  if (first === undefined || policyMatches(first, facts, groups) === 'unknown') {
    return { outcome: 'deny', policy: null, missing: [] };
  }
  return { outcome: first.action === 'deny' ? 'deny' : 'allow', policy: first.name, missing: [] };
}

/** Between the oldest that counts and what clocks may differ by. */
function isFresh(atMs: number | null, maxAgeMs: number, nowMs: number): boolean {
  return atMs !== null && atMs >= nowMs - maxAgeMs && atMs <= nowMs + 60_000;
}
