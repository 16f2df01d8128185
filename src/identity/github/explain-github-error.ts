// What an error of GitHub's means for whoever runs bouncer. Pure.
import type { GithubProviderSettings } from '../../settings/settings.ts';
import { type Explained, type OAuthError, oauthCause } from '../explain-oauth-error.ts';
import { seenValue } from '../said-by-provider.ts';

/** "Troubleshooting OAuth app access token request errors" and "… authorization request errors", GitHub Docs. */
export function explainGithubError(
  said: OAuthError,
  { id, clientId }: GithubProviderSettings,
  redirectUri: string | null,
): Explained {
  const cause = oauthCause(said);
  const registered = `\`${redirectUri ?? 'the redirect URI that `bouncer check` prints'}\` must be registered at GitHub as the callback URL, exactly so`;
  switch (said.error) {
    case 'incorrect_client_credentials':
      return {
        cause,
        hint: `\`client_id\` and \`client_secret\` of \`${id}\` must be those that GitHub has (${seenValue(clientId)})`,
      };
    case 'redirect_uri_mismatch':
      return { cause, hint: registered };
    case 'bad_verification_code':
      return {
        cause,
        hint: 'a code is good once, for ten minutes: is the clock right, and does only one bouncer use it?',
      };
    case 'unverified_user_email':
      return { cause, hint: 'the person verifies their primary e-mail address at GitHub first' };
    case 'access_denied':
      return { cause, hint: 'the person said no at GitHub' };
    case 'application_suspended':
      return {
        cause,
        hint: 'GitHub has suspended the app: its owner finds out why in the app’s settings there',
      };
    default:
      return { cause, hint: `check \`client_id\` and \`client_secret\` of \`${id}\`; ${registered}` };
  }
}
