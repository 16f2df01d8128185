// Warnings about what policies ask of people that no provider can say, or that several may say of anybody.
import { listWords } from '../../source/plain-words.ts';
import { quote } from '../../source/quote.ts';
import { isNamedBy } from '../model/group-patterns.ts';
import { type Bounded, visitBounded } from '../model/login-bounds.ts';
import type { RulesSet, Selector } from '../model/rules-set.ts';
import type { Warn } from './lint-policies.ts';

/** Warns about the groups and the addresses that policies name, each once. */
export function lintIdentity({ applications, ruleGroups, context }: RulesSet, warn: Warn): void {
  const { countedGroups, addressSpeakers } = context;
  const seen = new Set<Selector>();
  let isTold = false;
  visitBounded(ruleGroups, applications, (selector, at) => {
    if (selector.kind === 'group' && countedGroups !== undefined && !seen.has(selector)) {
      seen.add(selector);
      for (const group of selector.values.filter((name) => !isNamedBy(countedGroups, name)))
        warn(selector.place, 'group-never-counts', ...neverCounts(group, countedGroups));
    }
    if (isTold || addressSpeakers === undefined) return;
    const speakers = addressSpeakers.ofTheRest.filter((id) => isTaken(id, at));
    const isOpen = domainsOf(selector).some((domain) => !addressSpeakers.named.includes(domain));
    if (!isOpen || speakers.length < 2) return;
    isTold = true;
    const names = listWords(speakers).replace(/ or (?=[^ ]*$)/, ' and ');
    warn(
      selector.place,
      'address-of-any-provider',
      `addresses are taken from ${names} alike: who controls one of them can log in as anybody of the other`,
      'say which domains each of them speaks for: `email_domains` in the settings, or name one by `login_method`',
    );
  });
}

function neverCounts(group: string, counted: readonly string[]): readonly [string, string] {
  return counted.length === 0
    ? [
        `nobody is ever in the group ${quote(group)}: no identity provider knows groups`,
        'set `groups_claim` of one',
      ]
    : [
        `nobody is ever in the group ${quote(group)}: \`groups.only\` of the identity providers leaves it out`,
        'add it there',
      ];
}

function isTaken(id: string, { bound, methods }: Bounded): boolean {
  return bound?.has(id) !== false && methods?.includes(id) !== false;
}

function domainsOf(selector: Selector): readonly string[] {
  if (selector.kind === 'email_domain') return selector.values;
  if (selector.kind !== 'email') return [];
  return selector.values.map((address) => address.slice(address.lastIndexOf('@') + 1));
}
