// Warnings about access for a time: grants that nothing asks for, or that do not count, and requests that nobody hears of.
import { quote } from '../../source/quote.ts';
import { asksForGrant, policiesOf, selectorsOf } from '../model/policies-of.ts';
import type { ApplicationRules, RulesSet } from '../model/rules-set.ts';
import type { Warn } from './lint-policies.ts';

export function lintRequests(
  application: ApplicationRules,
  { ruleGroups, context }: RulesSet,
  warn: Warn,
): void {
  const { name, requests } = application;
  const asking = policiesOf(application)
    .flatMap(selectorsOf)
    .find((selector) => asksForGrant(selector, ruleGroups));
  if (requests === null) {
    if (asking !== undefined)
      warn(
        asking.place,
        'granted-without-requests',
        `no grant counts for ${quote(name)}: it has no \`requests\``,
        'say with `requests` who may ask for access and who may give it',
      );
    return;
  }
  if (asking === undefined)
    warn(
      requests.place,
      'requests-without-granted',
      `a grant for ${quote(name)} would open nothing: no policy asks for \`granted\``,
      'for example `{ name: for a time, action: allow, include: [granted] }`',
    );
  if (context.canMail === false)
    warn(
      requests.place,
      'requests-without-mail',
      `nobody is told of requests for ${quote(name)}: the settings have no \`smtp\``,
      'approvers see them at `/.bouncer/approvals` alone',
    );
}
