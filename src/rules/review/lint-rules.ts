// Rules that are valid but hardly meant: each a warning with a stable code. Decides nothing and opens nothing.
import { createHostTable } from '../../http/host-match.ts';
import type { Problem } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import { pathAbove } from '../model/path-above.ts';
import { policiesOf, requestListsOf, selectorsOf, upstreamsOf } from '../model/policies-of.ts';
import { isPublicEmailDomain } from '../model/public-email-domains.ts';
import type { ApplicationRules, Place, Policy, RulesSet, RulesTest, Selector } from '../model/rules-set.ts';
import { lintDropped } from './lint-dropped.ts';
import { lintIdentity } from './lint-identity.ts';
import { lintPolicies, opennessOf, type Warn } from './lint-policies.ts';
import { lintRequests } from './lint-requests.ts';
import { createSelectorLogic } from './selector-logic.ts';

/**
 * Warnings about a valid set, in the order of applications.
 *
 * @param options `nowMs`: milliseconds since the epoch, to find policies whose time is over
 */
export function lintRules(set: RulesSet, options: { readonly nowMs?: number } = {}): readonly Problem[] {
  const problems: Problem[] = [];
  const warn: Warn = (place, code, reason, hint) =>
    problems.push({
      ...place.locate(),
      severity: 'warning',
      code,
      reason,
      ...(hint === undefined ? {} : { hint }),
    });
  const logic = createSelectorLogic(set.ruleGroups);
  for (const application of set.applications) {
    for (const { policies } of [application, ...application.paths]) {
      lintPolicies(withMethods(policies, application), logic, options.nowMs ?? null, warn);
    }
    lintOpenness(application, warn);
    lintPaths(application, warn);
    lintDropped(application, set.ruleGroups, logic, warn);
    lintUpstream(application, warn);
    lintRequests(application, set, warn);
    if (application.mode === 'report') {
      const reason = `nobody gets into ${quote(application.name)}: report-only policies decide nothing`;
      warn(
        application.place,
        'report-only-application',
        reason,
        'to try policies beside others, set `mode: report` on those',
      );
    }
  }
  lintForwardAuth(set.applications, warn);
  lintSelectors(set, warn);
  lintIdentity(set, warn);
  lintUse(set, warn);
  return problems;
}

/** What an application asks of every login, as if each policy said it. */
function withMethods(policies: readonly Policy[], { loginMethods }: ApplicationRules): readonly Policy[] {
  if (loginMethods === null) return policies;
  return policies.map((policy) => {
    const ways: Selector = { kind: 'login_method', values: loginMethods, place: policy.place };
    return policy.action === 'bypass' ? policy : { ...policy, require: [...policy.require, ways] };
  });
}

function lintOpenness({ name, policies, mode }: ApplicationRules, warn: Warn): void {
  for (const policy of policies) {
    if (mode === 'report' || policy.mode === 'report' || policy.require.length + policy.exclude.length > 0)
      continue;
    if (!policy.include.some(({ kind }) => kind === 'everyone')) continue;
    if (policy.action === 'bypass') {
      warn(
        policy.place,
        'open-to-everyone',
        `everyone on the internet can open ${quote(name)}`,
        'a `bypass` under `paths` opens a part of it',
      );
    } else if (policy.action === 'allow') {
      warn(
        policy.place,
        'open-to-every-account',
        `everyone with an account at an identity provider can open ${quote(name)}`,
        'name people, domains or groups; or write `authenticated` if this is meant',
      );
    }
  }
}

function lintPaths({ paths }: ApplicationRules, warn: Warn): void {
  for (const inner of paths) {
    const outer = pathAbove(paths, inner);
    if (outer === null || opennessOf(inner.policies) <= opennessOf(outer.policies)) continue;
    warn(
      inner.place,
      'path-more-open',
      `${quote(inner.path)} is more open than ${quote(outer.path)} above it`,
      'its policies decide alone: those of the path above are not asked',
    );
  }
}

/** What another proxy forwards, bouncer cannot end. */
function lintForwardAuth(applications: readonly ApplicationRules[], warn: Warn): void {
  const first = applications.find(({ isForwardAuth }) => isForwardAuth);
  if (first === undefined) return;
  warn(
    first.place,
    'streams-not-ended',
    `streams and WebSockets of ${quote(first.name)} end when the server in front ends them, not with the session`,
    'let it end them after a while (docs/forward-auth.md), or let bouncer forward: `upstream: http://…`',
  );
}

function lintUpstream(application: ApplicationRules, warn: Warn): void {
  const { name, upstreamOptions, place } = application;
  const upstreams = upstreamsOf(application);
  const { caFile, serverName, clientCertFile } = upstreamOptions;
  if (caFile === null && serverName === null && clientCertFile === null) return;
  if (upstreams.some((upstream) => upstream.kind === 'tcp' && upstream.isTls)) return;
  const reason = `the certificate options of ${quote(name)} have no meaning without an https upstream`;
  const isBehindTunnel = upstreams.some((upstream) => upstream.kind === 'tunnel');
  const hint = isBehindTunnel
    ? 'it is the connector that speaks TLS: write them in its `connector.yaml`'
    : 'write `https:` in `upstream`, or delete them';
  warn(place, 'unused-option', reason, hint);
}

function lintSelectors(set: RulesSet, warn: Warn): void {
  const { hasTrustedProxies, hasCountryHeader } = set.context;
  const once = new Set<string>();
  const warnOnce: Warn = (place, code, reason, hint) => {
    if (!once.has(code)) warn(place, code, reason, hint);
    once.add(code);
  };
  const lists = [...set.ruleGroups, ...set.applications.flatMap(policiesOf)];
  for (const selector of lists.flatMap(selectorsOf)) {
    if (selector.kind === 'email_domain') lintDomains(selector.place, selector.values, warn);
    else if (selector.kind === 'ip' && hasTrustedProxies === false) {
      const hint = 'behind a proxy or a tunnel every client has its address: set `trusted_proxies` there';
      warnOnce(
        selector.place,
        'ip-without-trusted-proxies',
        'an `ip` rule, and the settings trust no proxy',
        hint,
      );
    } else if (selector.kind === 'country' && hasCountryHeader === false) {
      const hint = 'set `country_header`; until then no country is known, which counts as the wrong one';
      warnOnce(
        selector.place,
        'country-without-header',
        'a `country` rule, and the settings name no `country_header`',
        hint,
      );
    }
  }
}

function lintDomains(place: Place, domains: readonly string[], warn: Warn): void {
  for (const domain of domains.filter((name) => isPublicEmailDomain(name))) {
    const reason = `anybody can have an address at ${quote(domain)}`;
    warn(place, 'public-email-domain', reason, 'list the addresses under `email`');
  }
}

function lintUse(set: RulesSet, warn: Warn): void {
  const used = new Set<string>();
  const byName = new Map(set.ruleGroups.map((group) => [group.name, group]));
  const visit = (selector: Selector): void => {
    if (selector.kind !== 'rule_group') return;
    for (const name of selector.names.filter((name) => !used.has(name))) {
      used.add(name);
      const group = byName.get(name);
      if (group !== undefined) selectorsOf(group).forEach(visit);
    }
  };
  set.applications.flatMap(policiesOf).flatMap(selectorsOf).forEach(visit);
  set.applications.flatMap(requestListsOf).flatMap(selectorsOf).forEach(visit);
  for (const { name, place } of set.ruleGroups.filter((group) => !used.has(group.name))) {
    warn(place, 'unused-rule-group', `no policy uses the rule group ${quote(name)}`, 'delete it, or use it');
  }
  lintTests(set, warn);
  const audiences = new Map<string, string>();
  for (const { name, audience, place } of set.applications) {
    const other = audiences.get(audience);
    if (other !== undefined) {
      const reason = `${quote(name)} and ${quote(other)} have the audience ${quote(audience)}`;
      warn(place, 'shared-audience', reason, 'an assertion for one is good at the other');
    }
    audiences.set(audience, name);
  }
}

function lintTests(set: RulesSet, warn: Warn): void {
  const { authUrl } = set.context;
  const owners = createHostTable<ApplicationRules>(authUrl === null ? null : new URL(authUrl).hostname);
  const byApplication = new Map<ApplicationRules, RulesTest[]>();
  for (const application of set.applications) {
    byApplication.set(application, []);
    for (const host of application.hosts) owners.set(host, application);
  }
  for (const test of set.tests) {
    const owner = owners.find(new URL(test.url).hostname);
    if (owner !== null) byApplication.get(owner)?.push(test);
  }
  for (const [application, tests] of byApplication) {
    const { name, place } = application;
    if (tests.length === 0) {
      warn(
        place,
        'untested-application',
        `the application ${quote(name)} has no test`,
        'add one under `tests`',
      );
    } else if (
      policiesOf(application).some((policy) => selectorsOf(policy).some(({ kind }) => kind === 'time'))
    ) {
      for (const test of tests.filter(({ atMs }) => atMs === null)) {
        const reason = `the test ${quote(test.name)} depends on when it runs`;
        warn(test.place, 'test-without-time', reason, 'say when with `at`');
      }
    }
  }
}
