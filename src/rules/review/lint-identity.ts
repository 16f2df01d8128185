// Warnings about what policies ask of people that no provider can say, or that several may say of anybody.
import { listWords } from '../../source/plain-words.ts';
import { quote } from '../../source/quote.ts';
import { isNamedBy } from '../model/group-patterns.ts';
import { type Bounded, visitBounded } from '../model/login-bounds.ts';
import type { RulesContext, RulesSet, Selector } from '../model/rules-set.ts';
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
    const keyless = seen.has(selector) ? null : keylessWays(selector, at, context);
    if (keyless !== null) {
      seen.add(selector);
      warn(
        selector.place,
        'key-of-no-provider',
        `whoever logs in by ${listWords(keyless)} never meets it: such a login says nothing of a hardware key, and a passkey is none`,
        'write `hardware_key: { source: bouncer }`, with `hardware_keys` in the settings; or leave it out',
      );
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

/** The only ways to log in here, where none of them says what the selector asks of a key; `null`: it can be met. */
function keylessWays(
  selector: Selector,
  { bound }: Bounded,
  { keylessProviders, ownKeys }: RulesContext,
): readonly string[] | null {
  const isSaid =
    selector.kind === 'auth_method'
      ? selector.values.every((value) => value === 'hwk')
      : selector.kind === 'hardware_key' && (selector.source === 'provider' || ownKeys?.isOn === false);
  if (!isSaid || bound === null || bound.size === 0 || keylessProviders === undefined) return null;
  const ways = [...bound];
  return ways.every((id) => keylessProviders.includes(id)) ? ways : null;
}
