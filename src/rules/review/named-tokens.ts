// Which service tokens a set of rules names, and where: whether there are such is for the store to say.
import type { Problem } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import { policiesOf, selectorsOf } from '../model/policies-of.ts';
import type { Place, RulesSet } from '../model/rules-set.ts';

export interface NamedTokens {
  /** Some policy looks for any token. */
  readonly hasAny: boolean;
  /** Name → where it stands first. */
  readonly places: ReadonlyMap<string, Place>;
}

/** The tokens that the policies and rule groups of a set name. */
export function findNamedTokens(set: RulesSet): NamedTokens {
  const places = new Map<string, Place>();
  let hasAny = false;
  for (const lists of [...set.applications.flatMap(policiesOf), ...set.ruleGroups])
    for (const selector of selectorsOf(lists)) {
      if (selector.kind === 'any_service_token') hasAny = true;
      if (selector.kind !== 'service_token') continue;
      for (const name of selector.values) if (!places.has(name)) places.set(name, selector.place);
    }
  return { hasAny, places };
}

/**
 * A warning for every token that the rules name and nobody has made (any more).
 *
 * @param known the names of the tokens that there are
 */
export function lintNamedTokens(set: RulesSet, known: readonly string[]): readonly Problem[] {
  return [...findNamedTokens(set).places].flatMap(([name, place]): readonly Problem[] => {
    if (known.includes(name)) return [];
    const reason = `there is no service token ${quote(name)}`;
    const hint = `make it: \`bouncer token create ${name}\``;
    return [{ ...place.locate(), severity: 'warning', code: 'unknown-token', reason, hint }];
  });
}
