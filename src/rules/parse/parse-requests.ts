// `requests` of an application: who may ask for access for a time, and who may give it. Whether anybody could be told by mail, and
// whether a grant would count for it, depends on rule groups, and is checked once all of them are known.
import { renderDuration } from '../../source/parse-duration.ts';
import type { Problem } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import { asksForGrant, namedAddressesOf, requestListsOf, selectorsOf } from '../model/policies-of.ts';
import type { ApplicationRules, RequestRules, RuleGroup, RulesContext } from '../model/rules-set.ts';
import { parseEmail, parseSomeTime } from './check-values.ts';
import { knownProvider, parseSelectors } from './parse-selectors.ts';
import { checkEach, checkOne, placeOf, type Spot } from './problem-reporter.ts';
import type { ApplicationEntry } from './rules-schema.ts';

const dayMs = 86_400_000;
/** What lasts longer is not for a time, but a rule. */
const longestMs = 90 * dayMs;

export function parseRequests(
  entry: ApplicationEntry['requests'],
  spot: Spot,
  context: RulesContext,
): RequestRules | null {
  if (entry === undefined) return null;
  const at = spot.at('max_duration');
  const durationMs =
    entry.max_duration === undefined ? dayMs : checkOne(entry.max_duration, at, parseSomeTime);
  if (durationMs !== null && durationMs > longestMs)
    at.complain({
      code: 'too-long',
      reason: `${quote(entry.max_duration ?? '')} is longer than ${renderDuration(longestMs)}`,
      hint: 'who needs it for longer belongs into a policy',
    });
  return {
    from: parseSelectors(entry.from, spot.at('from'), context),
    approvers: parseSelectors(entry.approvers, spot.at('approvers'), context),
    approverLoginMethods: parseMethods(entry, spot.at('approver_login_methods'), context),
    notify: checkEach(entry.notify ?? [], spot.at('notify'), parseEmail),
    maxDurationMs: durationMs ?? dayMs,
    isPurposeRequired: entry.purpose !== 'optional',
    place: placeOf(spot),
  };
}

function parseMethods(
  { approver_login_methods: methods }: NonNullable<ApplicationEntry['requests']>,
  spot: Spot,
  context: RulesContext,
): RequestRules['approverLoginMethods'] {
  return methods === undefined ? null : checkEach(methods, spot, knownProvider(context));
}

/** @param groups without circles @returns a problem for each application whose requests nobody could be told of */
export function checkNotified(
  groups: readonly RuleGroup[],
  applications: readonly ApplicationRules[],
): readonly Problem[] {
  return applications.flatMap(({ name, requests }) => {
    if (
      requests === null ||
      requests.notify.length > 0 ||
      namedAddressesOf(requests.approvers, groups).length > 0
    )
      return [];
    return [
      {
        ...requests.place.locate('key'),
        severity: 'error' as const,
        code: 'nobody-notified',
        reason: `nobody would hear of a request for ${quote(name)}: \`approvers\` names no address that mail could go to`,
        hint: 'add `notify: [it@example.com]`, or name an approver by `email`',
      },
    ];
  });
}

/**
 * Facts of who asks or gives hold the grants of every application: here none counts.
 *
 * @param groups without circles @returns a problem for each selector of `requests` that asks for a grant
 */
export function checkUngranted(
  groups: readonly RuleGroup[],
  applications: readonly ApplicationRules[],
): readonly Problem[] {
  return applications
    .flatMap(requestListsOf)
    .flatMap(selectorsOf)
    .filter((selector) => asksForGrant(selector, groups))
    .map((selector) => ({
      ...selector.place.locate(),
      severity: 'error' as const,
      code: 'granted-in-requests',
      reason:
        selector.kind === 'rule_group'
          ? 'its rule group has `granted`, which says who was given access, and not who may ask for it or give it'
          : '`granted` says who was given access, and not who may ask for it or give it',
      hint: 'name people, domains or groups',
    }));
}
