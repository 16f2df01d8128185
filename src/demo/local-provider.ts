// The demonstration's identity provider for settings of somebody's own, while they try bouncer on one machine: `serve --dev`.
// Its people are whom the rules name, and one whom they do not.

import { BouncerError } from '../bouncer-error.ts';
import { redirectUriOf } from '../identity/login/redirect-uri.ts';
import type { RulesSet, SelectorLists } from '../rules/model/rules-set.ts';
import type { Settings } from '../settings/settings.ts';
import { type RunningProvider, startIdentityProvider } from './identity-provider.ts';
import type { Person } from './people.ts';

/** Nobody reads a longer list. */
const mostPeople = 30;

const stranger: Person = {
  id: 'stranger',
  name: 'A stranger',
  role: 'whom no rule names',
  email: 'stranger@elsewhere.example',
  groups: [],
  hasSecurityKey: false,
};

/**
 * @param rules the rules as they are now; `null` while they cannot be read
 * @returns the running providers; empty when no provider of the settings is on this machine
 * @throws BouncerError `settings_invalid` when anything of it could be reached from elsewhere
 */
export async function startLocalProviders(
  settings: Settings,
  rules: () => RulesSet | null,
): Promise<readonly RunningProvider[]> {
  const addresses = [settings.listen, ...settings.alsoListen];
  const isHere =
    isLocal(new URL(settings.authUrl).hostname) &&
    addresses.every((address) => address.kind === 'unix' || isLocal(address.host));
  if (!isHere)
    throw new BouncerError(
      'settings_invalid',
      '`--dev` is for one machine alone, and these settings are not',
      {
        hint: 'with it anybody can log in as anybody: `auth_url` and `listen` must be loopback',
      },
    );
  const asked = settings.identityProviders.filter((provider) => provider.type === 'oidc');
  const wanted = asked.filter(({ issuer }) => {
    const { protocol, hostname, port } = new URL(issuer);
    return protocol === 'http:' && port !== '' && isLocal(hostname);
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

function isLocal(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    host === '[::1]' ||
    /^127\./.test(host)
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
  const named = valuesOf('email').map((email) => person(email, [], 'whom the rules name'));
  const ofDomains = valuesOf('email_domain').map((domain) => person(`someone@${domain}`, [], `of ${domain}`));
  const inGroups = valuesOf('group').map((group) =>
    person(`${slug(group)}@elsewhere.example`, [group], `in ${group}`),
  );
  return [...named, ...ofDomains, ...inGroups].slice(0, mostPeople).concat(stranger);
}

function person(email: string, groups: readonly string[], role: string): Person {
  return { id: email, name: email, role, email, groups, hasSecurityKey: true };
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
