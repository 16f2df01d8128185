// Who may share, by the settings' own selectors, and what shares have in common: the application that each of them is made from. Also that
// no application of the rules is of the site of shares, as what is shared is foreign script.
import { shareService } from '../../http/share-name.ts';
import { isOnSiteOf } from '../../http/site-of.ts';
import { objectDocument } from '../../source/object-document.ts';
import type { Problem } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import type { ApplicationRules, RulesContext } from '../model/rules-set.ts';
import { parseApplication } from './parse-application.ts';
import { parseSelectors } from './parse-selectors.ts';
import { createSpot, placeOf } from './problem-reporter.ts';
import type { SelectorEntry } from './rules-schema.ts';

/** @returns `null` where nobody may share, or after a problem */
export function parseSharing(context: RulesContext, problems: Problem[]): ApplicationRules | null {
  const { share = null } = context;
  if (share === null) return null;
  const { file, domain, allow } = share;
  const document = objectDocument(file, { share: { allow } });
  if (!document.ok) {
    problems.push(...document.problems);
    return null;
  }
  const spot = createSpot(document.value, problems, ['share', 'allow']);
  // The schema of the settings is that of the rules here.
  const include = parseSelectors(allow as readonly SelectorEntry[], spot, context);
  const template = parseApplication(
    {
      name: 'share',
      host: domain,
      upstream: `tunnel:share/${shareService}`,
      upstream_options: { host_header: 'localhost' },
      rewrite_location: true,
      policies: [{ name: 'share.allow', action: 'allow', include: ['authenticated'] }],
    },
    spot,
    { ...context, hasTunnels: true },
  );
  const place = placeOf(spot);
  const policies = template.policies.map((policy) => ({ ...policy, include, place }));
  return { ...template, policies, place };
}

/** @returns a problem for each application that browsers would count to the site of shares */
export function checkShareSite(
  applications: readonly ApplicationRules[],
  { share = null }: RulesContext,
): readonly Problem[] {
  if (share === null) return [];
  return applications.flatMap(({ name, hosts, place }) =>
    hosts
      .filter((host) => isOnSiteOf(host, share.domain))
      .map(
        (host): Problem => ({
          ...place.locate(),
          severity: 'error',
          code: 'share-on-own-site',
          reason: `the host ${quote(host)} of ${quote(name)} is of the site of shares, ${quote(share.domain)}: what is shared could set cookies for it`,
          hint: 'let `share.domain` in the settings be registered for nothing but shares',
        }),
      ),
  );
}
