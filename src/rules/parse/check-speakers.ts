// Who speaks for a group or a claim: with several identity providers a word of one is not a word of another, so each policy
// that looks at it must let in logins of named providers alone. A provider could otherwise make anybody an administrator.
import { listWords } from '../../source/plain-words.ts';
import type { Problem } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import { type Bounded, ofRequests, visitBounded } from '../model/login-bounds.ts';
import type { ApplicationRules, RuleGroup, RulesContext, Selector } from '../model/rules-set.ts';

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
  const problems = new Map<Selector, Problem>();
  visitBounded(groups, applications, (selector, { bound, policy, methods }) => {
    const speakers = speakersFor(selector, context).filter((id) => methods?.includes(id) !== false);
    if (speakers.length < 2 || bound !== null || problems.has(selector)) return;
    problems.set(selector, problemOf(selector, speakers, policy));
  });
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

function problemOf(selector: Selector, speakers: readonly string[], policy: Bounded['policy']): Problem {
  return {
    ...selector.place.locate(),
    severity: 'error',
    code: `${selector.kind}-of-any-provider`,
    reason: `${quote(policy.name)} takes ${selector.kind === 'group' ? 'groups' : 'this claim'} from several identity providers: ${listWords(speakers).replace(/ or (?=[^ ]*$)/, ' and ')}`,
    hint: hintOf(selector, speakers, policy),
  };
}

function hintOf(selector: Selector, speakers: readonly string[], policy: Bounded['policy']): string {
  // With one provider alone in it, whoever logs in by another would get in.
  if (policy.action === 'deny')
    return `add \`require: [{ login_method: [${speakers.join(', ')}] }]\` there: it then keeps out whomever one of them says it of`;
  const [first = ''] = speakers;
  const bound = `\`require: [{ login_method: ${first} }]\``;
  const turnOff =
    selector.kind === 'group'
      ? 'set `groups_claim: none` for the providers whose groups do not count'
      : 'let one provider alone keep the claim';
  return `${policy === ofRequests ? `name a rule group in its place that has ${bound}` : `add ${bound} there`}, or ${turnOff}`;
}
