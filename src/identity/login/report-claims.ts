// Tells the operator which claims of a login could not be used, with what to do about it. Never what a claim said.
import type { ClaimFault, EmailFault, Identity } from '../../rules/model/facts.ts';
import type { IdentityProviderSettings } from '../../settings/settings.ts';
import type { LoginContext } from './login-context.ts';

/** What came, by the name of the claim. */
const causes: Readonly<Record<ClaimFault | EmailFault, (claim: string) => string>> = {
  'email-missing': () => 'the provider sent no e-mail address',
  'email-malformed': () => 'the provider sent something else than one plain e-mail address',
  'email-not-verified': () => 'the provider sent an e-mail address, and `email_verified` was not `true`',
  'email-outside-provider': () => 'the provider does not speak for the domain of the address that it sent',
  missing: (claim) => `the claim ${claim} was neither in the ID token nor in UserInfo`,
  'by-reference': (claim) => `the provider only refers to the claim ${claim}, and does not send it`,
  'wrong-type': (claim) => `the claim ${claim} is of a type that says nothing`,
  'odd-items': (claim) => `some items of the claim ${claim} are not texts`,
  'too-large': (claim) => `the claim ${claim} is larger than is kept`,
  'ids-only': (claim) => `the claim ${claim} came as object ids alone`,
  withheld: (claim) =>
    `an organisation does not let bouncer see who is in it, so some of ${claim} are not known`,
  'not-known': (claim) => `nobody wrote down what the claim ${claim} was`,
};

/** What to do. A claim that is missing is usual: where no rule looks at it, it is only told at level `debug`. */
const hints: Readonly<Record<ClaimFault | EmailFault, string>> = {
  'email-missing': 'ask for the scope `email`, and see that the person has an address at the provider',
  'email-malformed': 'an address is ASCII with one `@` and no quotes: change it at the provider',
  'email-not-verified':
    'the provider did not send `email_verified: true`: see `email_verified` and `email_domains` in the settings',
  'email-outside-provider':
    'another provider speaks for that domain, or this one for others only: see `email_domains` in the settings',
  missing:
    'let the provider send the claim (some do only for a scope, others by a setting of the client), or say in the settings what it means when it is absent: `missing` of the claim',
  'by-reference':
    'the person has more than fits into a token: let the provider send fewer of them, such as only the groups that are assigned to this application; or let Microsoft Graph be asked (`groups_overage`, with the scopes `User.Read` and `GroupMember.Read.All`)',
  'wrong-type':
    'a list of texts is wanted, or a text, or an object whose keys count: change the claim at the provider',
  'odd-items': 'every item is to be a text that is not empty: change the claim at the provider',
  'too-large': 'at most 4096 characters as JSON are kept: let the provider send less',
  'ids-only': 'rules name such groups by their object ids',
  withheld:
    'where it asks for single sign-on, the person allows that on the page after their login; where it restricts apps, an owner of the organisation approves this one there: see docs/providers.md',
  'not-known': 'the next login tells',
};

/** What is otherwise at GitHub, which has neither claims nor scopes that somebody could choose. */
const githubHints: Partial<Record<ClaimFault | EmailFault, string>> = {
  'email-missing':
    'the person has no primary address at GitHub; or, for a GitHub App, let it read e-mail addresses (an account permission)',
  'email-not-verified': 'let the person verify their primary address at GitHub',
  'too-large': 'the person is in more teams than are read',
};

/** What to do about groups that did not come, which is what most operators see first: with what was asked for. */
function missingGroupsHint({ scopes }: { readonly scopes: readonly string[] }): string {
  const asked = scopes.map((scope) => `\`${scope}\``).join(', ');
  return `when nobody’s groups come: most providers send them only for a scope (asked for were ${asked}) or by a setting of the client there, and under a name that \`groups_claim\` has to say; see docs/providers.md. When only people in no group come without: \`groups_missing: none\`. When the provider knows no groups: \`groups_claim: none\``;
}

function hintFor(claim: string, shape: ClaimFault | EmailFault, provider: IdentityProviderSettings): string {
  const isAboutGroups = shape === 'missing' && provider.type === 'oidc' && claim === groupsNameOf(provider);
  if (isAboutGroups) return missingGroupsHint(provider);
  return provider.type === 'github' ? (githubHints[shape] ?? hints[shape]) : hints[shape];
}

/** Claims that are not settled, by the names that they have at the provider. */
function faultsOf(
  provider: IdentityProviderSettings,
  { unsettled }: Identity,
): ReadonlyMap<string, ClaimFault | EmailFault> {
  const faults = new Map<string, ClaimFault | EmailFault>();
  if (unsettled === undefined) return faults;
  if (unsettled.email !== null) faults.set('email', unsettled.email);
  const groupsClaim = groupsNameOf(provider);
  // All ids are there: nothing is wrong with that.
  if (unsettled.groups !== null && unsettled.groups !== 'ids-only' && groupsClaim !== null)
    faults.set(groupsClaim, unsettled.groups);
  if (unsettled.amr !== null) faults.set('amr', unsettled.amr);
  for (const [name, fault] of Object.entries(unsettled.claims)) faults.set(name, fault);
  return faults;
}

/** Whether rules look at a claim, so that somebody may be kept out because it is not there. */
function isUsed(claim: string, provider: IdentityProviderSettings, asksAbout: ReadonlySet<string>): boolean {
  if (claim === 'amr') return asksAbout.has('hardware_key') || asksAbout.has('auth_method');
  if (claim === groupsNameOf(provider) && asksAbout.has('group')) return true;
  return asksAbout.has(`claim:${claim}`);
}

function groupsNameOf(provider: IdentityProviderSettings): string | null {
  if (provider.type === 'github') return provider.organizations.length === 0 ? null : 'groups';
  const claim = provider.type === 'oidc' ? provider.groupsClaim : null;
  return claim === null || typeof claim === 'string' ? claim : claim.join(' › ');
}

/**
 * One `claim_unusable` event for each claim.
 *
 * @param said who the person is now, and who they were when it was told before, which is not told again; `known` is `null` at a login
 * @param fields who and where, as for other events of the login
 */
export function reportClaims(
  { telemetry, rules: { asksAbout } }: Pick<LoginContext, 'telemetry' | 'rules'>,
  provider: IdentityProviderSettings,
  { identity, known }: { readonly identity: Identity; readonly known: Identity | null },
  fields: {
    readonly request_id?: string;
    readonly provider: string;
    readonly sub: string;
    readonly session: string;
  },
): void {
  const before = known === null ? null : faultsOf(provider, known);
  for (const [claim, shape] of faultsOf(provider, identity)) {
    if (before?.get(claim) === shape) continue;
    telemetry.event('claim_unusable', {
      ...{ ...fields, claim, shape },
      ...(shape === 'missing' ? { is_used: isUsed(claim, provider, asksAbout) } : {}),
      cause: causes[shape](`\`${claim}\``),
      hint: hintFor(claim, shape, provider),
    });
  }
}
