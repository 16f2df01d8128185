// Walks over a set of rules: every policy of an application, every selector of a policy.
import type { UpstreamAddress } from './compiled-rules.ts';
import type { ApplicationRules, Policy, RuleGroup, Selector, SelectorLists } from './rules-set.ts';

/** All selectors of `include`, `require` and `exclude`. */
export function selectorsOf(lists: SelectorLists): readonly Selector[] {
  return [...lists.include, ...lists.require, ...lists.exclude];
}

/** Every policy of an application, those of its paths included. */
export function policiesOf(application: ApplicationRules): readonly Policy[] {
  return [...application.policies, ...application.paths.flatMap((path) => path.policies)];
}

/** Where requests of an application may go, those of its paths included. */
export function upstreamsOf({ upstreams, paths }: ApplicationRules): readonly UpstreamAddress[] {
  return [...upstreams, ...paths.flatMap((path) => path.upstreams ?? [])];
}

/** What an application says of who may ask for access and who may give it, as lists of which one selector is enough. */
export function requestListsOf({ requests }: ApplicationRules): readonly SelectorLists[] {
  if (requests === null) return [];
  return [requests.from, requests.approvers].map(oneOf);
}

/** Selectors of which one is enough, as lists. */
export function oneOf(include: readonly Selector[]): SelectorLists {
  return { include, require: [], exclude: [] };
}

/**
 * The addresses that a list of selectors names one by one, itself or by its rule groups.
 *
 * @param groups without circles
 */
export function namedAddressesOf(
  selectors: readonly Selector[],
  groups: readonly RuleGroup[],
): readonly string[] {
  const found = new Set<string>();
  const visit = (list: readonly Selector[]): void => {
    for (const selector of list) {
      if (selector.kind === 'email') for (const email of selector.values) found.add(email);
      if (selector.kind !== 'rule_group') continue;
      for (const name of selector.names) {
        const group = groups.find((one) => one.name === name);
        if (group !== undefined) visit([...group.include, ...group.require]);
      }
    }
  };
  visit(selectors);
  return [...found];
}

/** Whether a selector is one that asks for a grant, itself or by its rule groups. @param groups without circles */
export function asksForGrant(selector: Selector, groups: readonly RuleGroup[]): boolean {
  if (selector.kind === 'granted') return true;
  if (selector.kind !== 'rule_group') return false;
  return groups.some(
    (group) =>
      selector.names.includes(group.name) && selectorsOf(group).some((inner) => asksForGrant(inner, groups)),
  );
}
