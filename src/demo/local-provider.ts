// The demonstration's identity provider for settings of somebody's own, while they try bouncer on one machine: `serve --dev`.
// Its people are whom the rules name, and one whom they do not.

import { isLoopbackHost } from '../http/loopback-host.ts';
import { originOf } from '../http/origin-of.ts';
import { redirectUriOf } from '../identity/login/redirect-uri.ts';
import { mailPath } from '../pages/mail-page.ts';
import type { RulesSet, SelectorLists } from '../rules/model/rules-set.ts';
import type { Settings } from '../settings/settings.ts';
import { type RunningProvider, startIdentityProvider } from './identity-provider.ts';
import type { Person } from './people.ts';

/** Nobody reads a longer list. */
const mostPeople = 30;
/** As many as the start tells of. */
const mostAnnounced = 5;

const stranger: Person = {
  id: 'stranger',
  name: 'A stranger',
  role: 'whom no rule names',
  email: 'stranger@elsewhere.example',
  groups: [],
  hasSecurityKey: false,
};

/**
 * @param settings read for a try: whoever comes by them can be anybody
 * @param rules the rules as they are now; `null` while they cannot be read
 * @returns the running providers; empty when no provider of the settings is on this machine
 */
export async function startLocalProviders(
  settings: Settings,
  rules: () => RulesSet | null,
): Promise<readonly RunningProvider[]> {
  const asked = settings.identityProviders.filter((provider) => provider.type === 'oidc');
  const wanted = asked.filter(({ issuer }) => {
    const { protocol, hostname, port } = new URL(issuer);
    return protocol === 'http:' && port !== '' && isLoopbackHost(hostname);
  });
  return Promise.all(
    wanted.map(({ id, issuer, clientId, clientSecret }) =>
      startIdentityProvider(
        issuer,
        {
          clientId,
          clientSecret: clientSecret ?? '',
          authUrl: settings.authUrl,
          redirectUri: redirectUriOf(settings.authUrl, id),
        },
        () => peopleOf(rules()),
      ),
    ),
  );
}

/** Whom the rules name by address or domain, with every group that they name, and a stranger. */
function peopleOf(rules: RulesSet | null): readonly Person[] {
  const lists: readonly SelectorLists[] =
    rules === null
      ? []
      : [
          ...rules.ruleGroups,
          ...rules.applications.flatMap(({ policies, paths }) => [
            ...policies,
            ...paths.flatMap((path) => path.policies),
          ]),
        ];
  const selectors = lists.flatMap(({ include, require, exclude }) => [...include, ...require, ...exclude]);
  const valuesOf = (kind: 'email' | 'email_domain' | 'group'): readonly string[] => [
    ...new Set(selectors.flatMap((selector) => (selector.kind === kind ? selector.values : []))),
  ];
  const named = valuesOf('email').map((email) => person(email, nameIn(email), [], 'whom the rules name'));
  const ofDomains = valuesOf('email_domain').map((domain) =>
    person(`someone@${domain}`, 'Someone', [], `of ${domain}`),
  );
  const inGroups = valuesOf('group').map((group) =>
    person(`${slug(group)}@elsewhere.example`, 'Someone', [group], `in ${group}`),
  );
  // Rules may name whom we would make up, and two groups may be spelt alike: each address is one person.
  const byAddress = new Map<string, Person>();
  for (const one of [...named, ...ofDomains, ...inGroups]) {
    const known = byAddress.get(one.email);
    byAddress.set(
      one.email,
      known === undefined ? one : { ...known, groups: [...known.groups, ...one.groups] },
    );
  }
  return [...byAddress.values()].slice(0, mostPeople).concat(stranger);
}

function person(email: string, name: string, groups: readonly string[], role: string): Person {
  return { id: email, name, role, email, groups, hasSecurityKey: true };
}

/** `mom@family.example` is called Mom. */
function nameIn(email: string): string {
  const local = email.slice(0, email.lastIndexOf('@'));
  return `${local.slice(0, 1).toUpperCase()}${local.slice(1)}`;
}

/** What to open, and whom to log in as: for who tries it. Lines, without a line feed at the end. */
export function renderLocalAnnouncement(settings: Settings, rules: RulesSet | null): string {
  const hosts = (rules?.applications ?? []).flatMap(({ hosts: names }) =>
    names.filter((name) => !name.startsWith('*.')),
  );
  const people = peopleOf(rules);
  const shown = people.slice(0, mostAnnounced).map(({ email }) => email);
  const more = people.length > shown.length ? ` and ${people.length - shown.length} more` : '';
  return [
    ...hosts.slice(0, mostAnnounced).map((host) => `  open ${originOf(settings, host)}/`),
    `  log in as ${shown.join(', ')}${more}`,
    '  there are no passwords: whoever uses this machine can be any of them',
    `  mail is sent to nobody: read it at ${settings.authUrl}${mailPath}`,
  ].join('\n');
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
