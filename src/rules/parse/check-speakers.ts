// Who speaks for a group or a claim: with several identity providers a word of one is not a word of another, so each policy
// that looks at it must let in logins of named providers alone. A provider could otherwise make anybody an administrator.
import { listWords } from '../../source/plain-words.ts';
import type { Problem } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import { policiesOf } from '../model/policies-of.ts';
import type {
  ApplicationRules,
  Policy,
  RuleGroup,
  RulesContext,
  Selector,
  SelectorLists,
} from '../model/rules-set.ts';

/** The providers of all logins that can meet something; `null`: any. */
type Bound = ReadonlySet<string> | null;

/** The ways to log in that an application takes. */
type Methods = ApplicationRules['loginMethods'];

/**
 * @param groups without circles, each name once
 * @returns a problem for each selector that logins of several providers could meet
 */
export function checkSpeakers(
  groups: readonly RuleGroup[],
  applications: readonly ApplicationRules[],
  context: RulesContext,
): readonly Problem[] {
  if (context.groupProviders === null || context.claimProviders === null) return [];
  const byName = new Map(groups.map((group) => [group.name, group]));
  const boundOf = createBinder(byName);
  const problems = new Map<Selector, Problem>();
  const visit = (lists: SelectorLists, outer: Bound, policy: Policy, methods: Methods): void => {
    const bound = both(outer, boundOf(lists));
    for (const selector of [...lists.include, ...lists.require, ...lists.exclude]) {
      if (selector.kind === 'rule_group') {
        for (const name of selector.names) {
          const group = byName.get(name);
          if (group !== undefined) visit(group, bound, policy, methods);
        }
        continue;
      }
      const speakers = speakersFor(selector, context).filter((id) => methods?.includes(id) !== false);
      if (speakers.length < 2 || bound !== null || problems.has(selector)) continue;
      problems.set(selector, problemOf(selector, speakers, policy));
    }
  };
  for (const application of applications)
    for (const policy of policiesOf(application)) visit(policy, null, policy, application.loginMethods);
  return [...problems.values()];
}

/** The providers whose people can have what the selector asks for. */
function speakersFor(
  selector: Selector,
  { groupProviders, claimProviders }: RulesContext,
): readonly string[] {
  if (selector.kind === 'group') return groupProviders ?? [];
  if (selector.kind !== 'claim' || claimProviders === null) return [];
  return Object.hasOwn(claimProviders, selector.name) ? (claimProviders[selector.name] ?? []) : [];
}

function problemOf(selector: Selector, speakers: readonly string[], { name, action }: Policy): Problem {
  const [first = ''] = speakers;
  const turnOff =
    selector.kind === 'group'
      ? 'set `groups_claim: none` for the providers whose groups do not count'
      : 'let one provider alone keep the claim';
  return {
    ...selector.place.locate(),
    severity: 'error',
    code: `${selector.kind}-of-any-provider`,
    reason: `${quote(name)} takes ${selector.kind === 'group' ? 'groups' : 'this claim'} from several identity providers: ${listWords(speakers).replace(/ or (?=[^ ]*$)/, ' and ')}`,
    hint:
      action === 'deny'
        ? // With one provider alone in it, whoever logs in by another would get in.
          `add \`require: [{ login_method: [${speakers.join(', ')}] }]\` there: it then keeps out whomever one of them says it of`
        : `add \`require: [{ login_method: ${first} }]\` there, or ${turnOff}`,
  };
}

/** @returns by which providers somebody must have logged in to meet the lists, as far as `login_method` says it */
function createBinder(byName: ReadonlyMap<string, RuleGroup>): (lists: SelectorLists) => Bound {
  const known = new Map<SelectorLists, Bound>();
  const ofSelector = (selector: Selector): Bound => {
    if (selector.kind === 'login_method') return new Set(selector.values);
    if (selector.kind !== 'rule_group') return null;
    return either(
      selector.names.map((name) => {
        const group = byName.get(name);
        return group === undefined ? null : boundOf(group);
      }),
    );
  };
  const boundOf = (lists: SelectorLists): Bound => {
    const found = known.get(lists);
    if (found !== undefined) return found;
    const bound = [either(lists.include.map(ofSelector)), ...lists.require.map(ofSelector)].reduce(both);
    known.set(lists, bound);
    return bound;
  };
  return boundOf;
}

function both(a: Bound, b: Bound): Bound {
  if (a === null || b === null) return a ?? b;
  return new Set([...a].filter((id) => b.has(id)));
}

function either(bounds: readonly Bound[]): Bound {
  const named = bounds.filter((bound) => bound !== null);
  if (named.length === 0 || named.length < bounds.length) return null;
  return new Set(named.flatMap((bound) => [...bound]));
}
