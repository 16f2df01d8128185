// By which identity providers somebody must have logged in to meet a selector, where it stands: as far as `login_method` says it.
import { oneOf, policiesOf } from './policies-of.ts';
import type { ApplicationRules, Policy, RuleGroup, Selector, SelectorLists } from './rules-set.ts';

/** The providers of all logins that can meet something; `null`: any. */
export type LoginBound = ReadonlySet<string> | null;

/** Where a selector stands. */
export interface Bounded {
  readonly bound: LoginBound;
  /** Of `requests`: as of a policy that lets in. */
  readonly policy: Pick<Policy, 'name' | 'action'>;
  /** The ways to log in that are taken there; `null`: all. */
  readonly methods: ApplicationRules['loginMethods'];
}

/** Where a selector of `requests` stands, or one of a rule group that it leads to. */
export const ofRequests: Bounded['policy'] = Object.freeze({ name: 'requests', action: 'allow' });

/**
 * Visits every selector of every policy and of `requests`, those of rule groups as often as one of these leads to them.
 *
 * @param groups without circles, each name once
 */
export function visitBounded(
  groups: readonly RuleGroup[],
  applications: readonly ApplicationRules[],
  visit: (selector: Exclude<Selector, { kind: 'rule_group' }>, at: Bounded) => void,
): void {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const boundOf = createBinder(byName);
  const enter = (lists: SelectorLists, { bound: outer, policy, methods }: Bounded): void => {
    const at = { bound: both(outer, boundOf(lists)), policy, methods };
    for (const selector of [...lists.include, ...lists.require, ...lists.exclude]) {
      if (selector.kind !== 'rule_group') {
        visit(selector, at);
        continue;
      }
      for (const name of selector.names) {
        const group = byName.get(name);
        if (group !== undefined) enter(group, at);
      }
    }
  };
  for (const application of applications) {
    const { loginMethods: methods, requests } = application;
    for (const policy of policiesOf(application)) enter(policy, { bound: null, policy, methods });
    if (requests === null) continue;
    enter(oneOf(requests.from), { bound: null, policy: ofRequests, methods });
    const approving = requests.approverLoginMethods ?? methods;
    enter(oneOf(requests.approvers), { bound: null, policy: ofRequests, methods: approving });
  }
}

/** @returns by which providers somebody must have logged in to meet the lists, as far as `login_method` says it */
function createBinder(byName: ReadonlyMap<string, RuleGroup>): (lists: SelectorLists) => LoginBound {
  const known = new Map<SelectorLists, LoginBound>();
  const ofSelector = (selector: Selector): LoginBound => {
    if (selector.kind === 'login_method') return new Set(selector.values);
    if (selector.kind !== 'rule_group') return null;
    return either(
      selector.names.map((name) => {
        const group = byName.get(name);
        return group === undefined ? null : boundOf(group);
      }),
    );
  };
  const boundOf = (lists: SelectorLists): LoginBound => {
    const found = known.get(lists);
    if (found !== undefined) return found;
    const bound = [either(lists.include.map(ofSelector)), ...lists.require.map(ofSelector)].reduce(both);
    known.set(lists, bound);
    return bound;
  };
  return boundOf;
}

function both(a: LoginBound, b: LoginBound): LoginBound {
  if (a === null || b === null) return a ?? b;
  return new Set([...a].filter((id) => b.has(id)));
}

function either(bounds: readonly LoginBound[]): LoginBound {
  const named = bounds.filter((bound) => bound !== null);
  if (named.length === 0 || named.length < bounds.length) return null;
  return new Set(named.flatMap((bound) => [...bound]));
}
