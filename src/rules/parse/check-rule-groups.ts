// Follows the names of rule groups: every name must exist and no group may use itself, on whatever way.
import { didYouMean } from '../../source/did-you-mean.ts';
import type { Problem } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import { policiesOf, requestListsOf, selectorsOf } from '../model/policies-of.ts';
import type { ApplicationRules, RuleGroup, Selector } from '../model/rules-set.ts';

/** @returns a problem for each unknown name and for each circle */
export function checkRuleGroups(
  groups: readonly RuleGroup[],
  applications: readonly ApplicationRules[],
): readonly Problem[] {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const problems: Problem[] = [];
  const add = (selector: Selector, code: string, reason: string, hint?: string) =>
    problems.push({
      ...selector.place.locate(),
      severity: 'error',
      code,
      reason,
      ...(hint === undefined ? {} : { hint }),
    });
  for (const lists of [
    ...groups,
    ...applications.flatMap(policiesOf),
    ...applications.flatMap(requestListsOf),
  ]) {
    for (const selector of selectorsOf(lists)) {
      if (selector.kind !== 'rule_group') continue;
      for (const name of selector.names.filter((name) => !byName.has(name))) {
        const guess = didYouMean(name, byName.keys());
        const hint = guess === null ? 'define it under `rule_groups`' : `did you mean ${quote(guess)}?`;
        add(selector, 'unknown-rule-group', `unknown rule group ${quote(name)}`, hint);
      }
    }
  }
  const done = new Set<string>();
  const visit = (group: RuleGroup, trail: readonly string[]): void => {
    for (const selector of selectorsOf(group)) {
      if (selector.kind !== 'rule_group') continue;
      for (const name of selector.names) {
        const next = byName.get(name);
        const way = [...trail, group.name];
        if (next === undefined || done.has(name)) continue;
        if (way.includes(name)) {
          const circle = [...way.slice(way.indexOf(name)), name].map((word) => quote(word)).join(' → ');
          add(selector, 'circle', `the rule group ${quote(name)} uses itself`, circle);
        } else visit(next, way);
      }
    }
    done.add(group.name);
  };
  for (const group of groups) if (!done.has(group.name)) visit(group, []);
  return problems;
}
