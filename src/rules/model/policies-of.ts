// Walks over a set of rules: every policy of an application, every selector of a policy.
import type { UpstreamAddress } from './compiled-rules.ts';
import type { ApplicationRules, Policy, Selector, SelectorLists } from './rules-set.ts';

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
