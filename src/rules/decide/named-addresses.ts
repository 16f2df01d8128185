// Which addresses the rules name: to nobody else is mail ever sent. Naming is not admitting: every request is still decided.
import { requestListsOf } from '../model/policies-of.ts';
import type { ApplicationRules, RuleGroup, SelectorLists } from '../model/rules-set.ts';

/** The addresses and domains that policies name, gathered application by application. */
export interface NamedAddresses {
  add(application: ApplicationRules): void;
  /** @param email in lower case */
  has(email: string): boolean;
}

/**
 * Only what lets in counts: an address that is named to be kept out is not meant to hear from us. `everyone`, `authenticated` and
 * `group` name nobody.
 */
export function createNamedAddresses(groups: readonly RuleGroup[]): NamedAddresses {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const seen = new Set<RuleGroup>();
  const addresses = new Set<string>();
  const domains = new Set<string>();
  const visit = ({ include, require }: SelectorLists): void => {
    for (const selector of [...include, ...require]) {
      if (selector.kind === 'email') for (const email of selector.values) addresses.add(email);
      if (selector.kind === 'email_domain') for (const domain of selector.values) domains.add(domain);
      if (selector.kind !== 'rule_group') continue;
      for (const name of selector.names) {
        const group = byName.get(name);
        if (group === undefined || seen.has(group)) continue;
        seen.add(group);
        visit(group);
      }
    }
  };
  return {
    add: (application) => {
      const { policies, paths, mode } = application;
      if (mode === 'report') return;
      // Whoever may ask for access, or give it, must be able to log in.
      requestListsOf(application).forEach(visit);
      for (const policy of [...policies, ...paths.flatMap((path) => path.policies)])
        if (policy.action !== 'deny' && policy.mode === 'enforce') visit(policy);
    },
    has: (email) => {
      const [local = '', domain = ''] = email.split('@');
      // `mom+photos@` is mom's own mailbox (RFC 5233): by a domain she would be let in under any number of names, of which a
      // policy or a block that keeps `mom@` out knows none.
      return addresses.has(email) || (domains.has(domain) && !local.includes('+'));
    },
  };
}
