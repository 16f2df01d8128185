// What an error code of OAuth means for whoever runs bouncer, with the setting to change. Pure.
import type { OidcProviderSettings } from '../settings/settings.ts';
import { providerText, seenValue } from './said-by-provider.ts';

/** What was wrong with a provider's answer, and what to do about it. */
export interface Explained {
  readonly cause: string;
  readonly hint: string;
}

export interface OAuthError {
  /** RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core section 3.1.2.6. */
  readonly error: string;
  /** Human words of the provider's, or nothing. */
  readonly description: unknown;
  /** Who said so, as the beginning of a sentence. */
  readonly where: string;
}

/** Who said what, in the provider's own words as far as they are fit to be read. */
export function oauthCause({ error, description, where }: OAuthError): string {
  const words =
    typeof description === 'string' && description.trim() !== ''
      ? `: ${providerText(description.trim())}`
      : '';
  return `${where} \`${providerText(error, 60)}\`${words}`;
}

/** @param redirectUri where the code was to come back to; `null` outside of a login */
export function explainOAuthError(
  said: OAuthError,
  settings: OidcProviderSettings,
  redirectUri: string | null,
): Explained {
  return { cause: oauthCause(said), hint: hintFor(said.error, settings, redirectUri) };
}

function hintFor(error: string, settings: OidcProviderSettings, redirectUri: string | null): string {
  const { id, scopes, clientId, tokenEndpointAuth, clientSecret } = settings;
  const registered = redirectUri === null ? '' : `, and \`${redirectUri}\` registered as its redirect URI`;
  switch (error) {
    case 'invalid_client':
      return clientSecret === null && tokenEndpointAuth !== 'private_key_jwt'
        ? `the provider wants this client to prove itself: set \`client_secret\` of \`${id}\``
        : `\`client_id\` and \`client_secret\` of \`${id}\` must be those that the provider has (${seenValue(clientId)}); if they are, it wants another \`token_endpoint_auth\``;
    case 'invalid_grant':
      return redirectUri === null
        ? 'the person has to log in again'
        : `\`${redirectUri}\` must be registered exactly so; and a code is good once, for a short time: is the clock right, and does only one bouncer use it?`;
    case 'unauthorized_client':
      return `let the provider allow this client the authorization code flow (and refresh tokens)${registered}`;
    case 'unsupported_response_type':
    case 'unsupported_grant_type':
      return 'let the provider allow this client the authorization code flow';
    case 'invalid_scope':
      return `\`scopes\` of \`${id}\` asks for \`${scopes.join(' ')}\`: leave out what the provider does not know, or allow it for this client`;
    case 'access_denied':
      return 'the person said no, or the provider does not let them use this client: is the account assigned to it, is consent given?';
    case 'unmet_authentication_requirements':
      return `the provider cannot do what \`hardware_key.acr_values\` of \`${id}\` asks for: write what it calls it, or \`none\``;
    case 'login_required':
    case 'consent_required':
    case 'interaction_required':
    case 'account_selection_required':
      return `the provider wants to see the person: leave \`prompt\` out of \`authorization_parameters\` of \`${id}\``;
    case 'server_error':
    case 'temporarily_unavailable':
      return 'that is a fault at the provider: its own log says more';
    default:
      return `see the provider's own log; check \`client_id\`, \`scopes\` and \`authorization_parameters\` of \`${id}\`${registered}`;
  }
}
