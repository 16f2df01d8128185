// How a browser is sent to a provider to end the session there (RP-Initiated Logout 1.0), also with more groups in the ID token than
// an address holds. Pure.

import type { OidcProviderSettings } from '../../settings/settings.ts';
import type { EndSessionRequest } from '../identity-provider.ts';

/** Some servers refuse longer ones with nothing that helps: Entra ID (AADSTS90015), and IIS from 2,048 characters on. */
const maxAddress = 2000;

/** Amazon Cognito names its endpoint in the metadata, but does not speak the specification there: it wants `logout_uri`. */
const cognitoIssuer = /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\//;

/**
 * Who is documented to need the ID token and to take a form: Okta and Authentik. Not everybody: a form from another site brings no
 * `SameSite=Lax` cookie along, and a provider that needs its cookie then takes nobody for logged in, and says that all is done.
 */
const formIssuers: readonly RegExp[] = [
  /^https:\/\/[a-z0-9-]+\.(?:okta|oktapreview|okta-emea|okta-gov)\.com\//,
  /^https?:\/\/[^/]+\/application\/o\/[^/]+\/?$/,
];

export interface EndSessionProvider {
  readonly issuer: string;
  /** `end_session_endpoint` of the metadata. */
  readonly endpoint: string;
  readonly clientId: string;
  /** `null`: as the provider is documented. */
  readonly longLogout: OidcProviderSettings['longLogout'];
}

function withQuery(endpoint: string, fields: Readonly<Record<string, string>>): string {
  const address = new URL(endpoint);
  for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value);
  return address.href;
}

/**
 * Section 2: parameters in the query, or in a form where the query would be too long.
 *
 * @param returnTo where the provider leads the browser afterwards; registered there
 */
export function endSessionRequest(
  { issuer, endpoint, clientId, longLogout }: EndSessionProvider,
  idToken: string | null,
  returnTo: string,
): EndSessionRequest {
  const { href } = new URL(issuer);
  if (cognitoIssuer.test(href)) {
    const location = withQuery(endpoint, { client_id: clientId, logout_uri: returnTo });
    return { kind: 'address', location };
  }
  const bare = { client_id: clientId, post_logout_redirect_uri: returnTo };
  if (idToken === null) return { kind: 'address', location: withQuery(endpoint, bare) };
  const whole = { ...bare, id_token_hint: idToken };
  const location = withQuery(endpoint, whole);
  if (location.length <= maxAddress) return { kind: 'address', location };
  const way = longLogout ?? (formIssuers.some((known) => known.test(href)) ? 'form' : 'address');
  return way === 'form'
    ? { kind: 'form', action: endpoint, fields: whole }
    : { kind: 'address', location: withQuery(endpoint, bare) };
}
