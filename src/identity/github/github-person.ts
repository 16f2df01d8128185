// Who a person is at GitHub, by a token of theirs: the number that stays, the address that GitHub verified, and the organisations
// and teams that they are active members of. Only organisations of the settings are asked about.
import { BouncerError } from '../../bouncer-error.ts';
import { parseEmailAddress } from '../../http/email-address.ts';
import type { EmailFault, Identity } from '../../rules/model/facts.ts';
import type { GithubOrganization, GithubProviderSettings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import type { Withheld } from '../identity-provider.ts';
import { speaksFor } from '../speaks-for.ts';
import { grantAddress } from './github-addresses.ts';
import type { GithubApi } from './github-api.ts';

export type GithubPerson =
  | {
      readonly kind: 'person';
      readonly identity: Identity;
      readonly withheld: readonly Withheld[];
      /** Organisations that have a name of the settings and another number: of them the person is a member, and it counts for nothing. */
      readonly namesakes: readonly Namesake[];
    }
  /** The token is good for nothing any more, or the account is closed. */
  | { readonly kind: 'gone'; readonly cause: string };

export interface Namesake {
  readonly organization: string;
  /** As GitHub says it. */
  readonly number: string;
}

const gone: GithubPerson = { kind: 'gone', cause: 'the token of the person is not good any more' };

/** @throws BouncerError `provider_unavailable`, `login_failed` */
export async function readGithubPerson(
  settings: GithubProviderSettings,
  api: GithubApi,
  token: string,
): Promise<GithubPerson> {
  const user = await api.get('/user', token);
  if (user.kind === 'unauthorized') return gone;
  if (user.kind === 'forbidden' && user.isSuspended)
    return { kind: 'gone', cause: 'the account is suspended at GitHub' };
  const id = user.kind === 'ok' && isRecord(user.value) ? user.value['id'] : undefined;
  if (user.kind !== 'ok' || !isRecord(user.value) || !Number.isSafeInteger(id))
    throw new BouncerError('login_failed', 'GitHub did not say who the person is', {
      hint: 'is `url` the address of GitHub, or of your GitHub Enterprise?',
    });
  const { name, login } = user.value;
  const [email, groups] = await Promise.all([
    readEmail(settings, api, token),
    readGroups(settings, api, token),
  ]);
  if (email === 'gone' || groups === 'gone') return gone;
  const identity: Identity = {
    sub: String(id),
    email: email.email,
    name: textOf(name) ?? textOf(login),
    groups: groups.groups,
    claims: {},
    idp: settings.id,
    amr: [],
    acr: null,
    authTimeMs: null,
    hardwareKey: null,
    unsettled: {
      email: email.fault,
      groups: groups.isCut ? 'too-large' : groups.withheld.length > 0 ? 'withheld' : null,
      amr: null,
      claims: {},
    },
  };
  return { kind: 'person', identity, withheld: groups.withheld, namesakes: groups.namesakes };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** The primary address, if GitHub verified it. */
async function readEmail(
  settings: GithubProviderSettings,
  api: GithubApi,
  token: string,
): Promise<{ readonly email: string | null; readonly fault: EmailFault | null } | 'gone'> {
  const answer = await api.list('/user/emails', token);
  if ('kind' in answer)
    return answer.kind === 'unauthorized' ? 'gone' : { email: null, fault: 'email-missing' };
  const primary = answer.items.find((one) => isRecord(one) && one['primary'] === true);
  if (!isRecord(primary)) return { email: null, fault: 'email-missing' };
  if (primary['verified'] !== true) return { email: null, fault: 'email-not-verified' };
  const email = parseEmailAddress(primary['email']);
  if (email === null) return { email, fault: 'email-malformed' };
  return speaksFor(settings, email)
    ? { email, fault: null }
    : { email: null, fault: 'email-outside-provider' };
}

interface Groups {
  readonly groups: readonly string[];
  readonly withheld: readonly Withheld[];
  readonly namesakes: readonly Namesake[];
  readonly isCut: boolean;
}

/** What one organisation says of the person. */
type Membership =
  | { readonly kind: 'active'; readonly organization: string; readonly id: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'namesake'; readonly namesake: Namesake }
  | { readonly kind: 'withheld'; readonly withheld: Withheld }
  | { readonly kind: 'gone' };

async function readGroups(
  settings: GithubProviderSettings,
  api: GithubApi,
  token: string,
): Promise<Groups | 'gone'> {
  const memberships = await Promise.all(
    settings.organizations.map((organization) => readMembership(settings, api, token, organization)),
  );
  if (memberships.some(({ kind }) => kind === 'gone')) return 'gone';
  const active = memberships.filter((one) => one.kind === 'active');
  const withheld = memberships.flatMap((one) => (one.kind === 'withheld' ? [one.withheld] : []));
  const namesakes = memberships.flatMap((one) => (one.kind === 'namesake' ? [one.namesake] : []));
  const organizations = active.map(({ organization }) => organization);
  if (active.length === 0) return { groups: [], withheld, namesakes, isCut: false };
  const teams = await api.list('/user/teams', token);
  if ('kind' in teams) {
    if (teams.kind === 'unauthorized') return 'gone';
    return {
      groups: organizations,
      withheld: [...withheld, ...active.map(({ organization }) => closed(settings, organization))],
      ...{ namesakes, isCut: false },
    };
  }
  const leftOut = active.filter(({ id }) => teams.withoutOrganizations.includes(id));
  return {
    groups: [...organizations, ...teams.items.flatMap((team) => teamName(team, organizations))],
    withheld: [...withheld, ...leftOut.map(({ organization }) => signOn(settings, organization, null))],
    ...{ namesakes, isCut: teams.isCut },
  };
}

async function readMembership(
  settings: GithubProviderSettings,
  api: GithubApi,
  token: string,
  { name: organization, id: wantedId }: GithubOrganization,
): Promise<Membership> {
  const answer = await api.get(`/user/memberships/orgs/${encodeURIComponent(organization)}`, token);
  switch (answer.kind) {
    case 'unauthorized':
      return { kind: 'gone' };
    case 'not-found':
      return { kind: 'none' };
    case 'forbidden':
      return {
        kind: 'withheld',
        withheld:
          answer.ssoUrl === null
            ? closed(settings, organization)
            : signOn(settings, organization, answer.ssoUrl),
      };
    case 'ok': {
      const { value } = answer;
      const at = isRecord(value) ? value['organization'] : null;
      // Who was invited and has not said yes is `pending`. Of another organisation than was asked for nothing counts.
      const isActive = isRecord(value) && value['state'] === 'active' && isRecord(at);
      if (!isActive || !isSame(at['login'], organization)) return { kind: 'none' };
      const id = String(at['id']);
      return wantedId === null || wantedId === id
        ? { kind: 'active', organization, id }
        : { kind: 'namesake', namesake: { organization, number: id } };
    }
    default:
      return answer satisfies never;
  }
}

/** @param href as GitHub sent it: believed only where it leads to GitHub */
function signOn({ url }: GithubProviderSettings, organization: string, href: string | null): Withheld {
  const own = new URL(url).origin;
  const isOwn = href !== null && URL.canParse(href) && new URL(href).origin === own;
  const fallback = `${own}/orgs/${encodeURIComponent(organization)}/sso`;
  return { organization, why: 'single-sign-on', href: isOwn ? new URL(href).href : fallback };
}

function closed({ url, clientId }: GithubProviderSettings, organization: string): Withheld {
  return { organization, why: 'not-approved', href: grantAddress(url, clientId) };
}

/** @param organizations those that the person is an active member of, as the settings spell them */
function teamName(team: unknown, organizations: readonly string[]): readonly string[] {
  const at = isRecord(team) ? team['organization'] : null;
  const slug = isRecord(team) ? team['slug'] : null;
  if (!isRecord(at) || typeof slug !== 'string' || slug === '') return [];
  const organization = organizations.find((one) => isSame(at['login'], one));
  return organization === undefined ? [] : [`${organization}/${slug}`];
}

/** GitHub does not tell cases apart in names. */
function isSame(login: unknown, organization: string): boolean {
  return typeof login === 'string' && login.toLowerCase() === organization.toLowerCase();
}
