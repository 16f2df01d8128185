// Which service tokens a set of rules names, and where: whoever makes or looks for a token wants to know.
import type { RulesSet, SelectorLists } from '../model/rules-set.ts';
import type { Place } from '../../source/problem.ts';

export interface NamedTokens {
  /** Some policy lets in any token. */
  readonly hasAny: boolean;
  /** Name → where it stands first. */
  readonly places: ReadonlyMap<string, Place>;
}

/** The tokens that the policies, rule groups and tests of a set name. */
export function findNamedTokens({ applications, ruleGroups }: RulesSet): NamedTokens {
  const places = new Map<string, Place>();
  let hasAny = false;
  const visit = ({ include, require, exclude }: SelectorLists): void => {
    for (const selector of [...include, ...require, ...exclude]) {
      if (selector.kind === 'any_service_token') hasAny = true;
      if (selector.kind !== 'service_token') continue;
      for (const name of selector.values) if (!places.has(name)) places.set(name, selector.place);
    }
  };
  for (const { policies, paths } of applications) {
    policies.forEach(visit);
    for (const path of paths) path.policies.forEach(visit);
  }
  ruleGroups.forEach(visit);
  return { hasAny, places };
}
