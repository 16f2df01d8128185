// A look at GitHub before anybody logs in: whether it knows this client and its secret, and whether rules look at groups that nobody has.
import { BouncerError } from '../../bouncer-error.ts';
import type { GithubProviderSettings } from '../../settings/settings.ts';
import { deadLook, type Finding, type Look } from '../../source/finding.ts';
import type { ProviderWishes } from '../identity-provider.ts';
import { explainGithubError } from './explain-github-error.ts';
import { githubAddresses } from './github-addresses.ts';
import type { GithubTokenEndpoint } from './github-tokens.ts';

/** @returns what was found; it rejects for no failure of GitHub */
export async function lookAtGithub(
  settings: GithubProviderSettings,
  tokens: Pick<GithubTokenEndpoint, 'tryClient'>,
  { redirectUri, asksAboutGroups }: ProviderWishes,
): Promise<Look> {
  const about = `identity provider \`${settings.id}\``;
  try {
    const refusal = await tokens.tryClient(redirectUri);
    const findings: Finding[] = [];
    if (refusal !== null)
      findings.push({
        severity: 'error',
        code: 'client-not-known',
        ...explainGithubError(refusal, settings, redirectUri),
      });
    if (asksAboutGroups && settings.organizations.length === 0)
      findings.push({
        severity: 'note',
        code: 'no-organizations',
        cause: 'rules look at groups, and nobody who logs in with GitHub is in one',
        hint: `name the organisations that count: \`organizations: [acme]\` of \`${settings.id}\``,
      });
    const [byName] = settings.organizations.filter(({ id }) => id === null);
    if (asksAboutGroups && byName !== undefined)
      findings.push({
        severity: 'note',
        code: 'organization-by-name',
        cause: `the organisation \`${byName.name}\` is whoever has that name: after a rename that may be somebody else`,
        hint: `write \`{ name: ${byName.name}, id: … }\`, with the \`id\` that \`${githubAddresses(settings.url).api}/orgs/${byName.name}\` shows`,
      });
    return { about, seen: refusal === null ? 'knows this client and its secret' : 'answers', findings };
  } catch (error) {
    if (!(error instanceof BouncerError)) throw error;
    const { message, hint } = error;
    const failure = hint === undefined ? { cause: message } : { cause: message, hint };
    return deadLook(about, 'provider-does-not-answer', failure);
  }
}
