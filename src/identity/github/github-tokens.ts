// GitHub's token endpoint (RFC 6749 sections 4.1.3 and 6, RFC 7636), by openid-client. GitHub answers errors with status 200, and an
// OAuth app's token has no end: then the token itself is what a login is checked again with.
import * as client from 'openid-client';
import { BouncerError } from '../../bouncer-error.ts';
import type { GithubProviderSettings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import { errorChain } from '../error-chain.ts';
import type { OAuthError } from '../explain-oauth-error.ts';
import type { CodeFlowSecrets, RefreshAnswer } from '../identity-provider.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { addressText } from '../said-by-provider.ts';
import { explainGithubError } from './explain-github-error.ts';
import type { GithubAddresses } from './github-addresses.ts';

/** What a login keeps for the next check. */
export interface GithubTokens {
  readonly accessToken: string;
  /** Says of itself what it is: a GitHub App's refresh token, or the token of an OAuth app. */
  readonly kept: string;
}

const accessMark = 'access:';
const refreshMark = 'refresh:';

export interface GithubTokenEndpoint {
  /** @throws BouncerError `provider_unavailable`, `login_failed` */
  exchange(callbackUrl: URL, state: string, secrets: CodeFlowSecrets): Promise<GithubTokens>;
  /** @param kept of {@link GithubTokens} */
  refresh(kept: string): Promise<RefreshAnswer>;
  /** What GitHub says to a code that nobody has: whether it knows this client and its secret. */
  tryClient(redirectUri: string): Promise<OAuthError | null>;
}

function configure(
  settings: GithubProviderSettings,
  addresses: GithubAddresses,
  limited: LimitedFetch,
): client.Configuration {
  const config = new client.Configuration(
    { issuer: settings.url, authorization_endpoint: addresses.authorize, token_endpoint: addresses.token },
    settings.clientId,
    { client_secret: settings.clientSecret },
    client.ClientSecretPost(settings.clientSecret),
  );
  if (addresses.token.startsWith('http:')) client.allowInsecureRequests(config);
  config[client.customFetch] = async (url, options) => {
    const response = await limited.fetch(url, options);
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    const isError = isRecord(body) && typeof body['error'] === 'string' && body['access_token'] === undefined;
    return isError ? Response.json(body, { status: 400 }) : response;
  };
  return config;
}

function keep(tokens: client.TokenEndpointResponse): GithubTokens {
  const { access_token: accessToken, refresh_token: refreshToken } = tokens;
  const kept = refreshToken === undefined ? accessMark + accessToken : refreshMark + refreshToken;
  return { accessToken, kept };
}

export function createGithubTokenEndpoint(
  settings: GithubProviderSettings,
  addresses: GithubAddresses,
  limited: LimitedFetch,
): GithubTokenEndpoint {
  const config = configure(settings, addresses, limited);
  const exchange: GithubTokenEndpoint['exchange'] = async (callbackUrl, state, secrets) => {
    const plain = new URL(callbackUrl);
    // Its redirect URI is this provider's alone, so that no other one's code can come here (RFC 9700 section 4.4).
    plain.searchParams.delete('iss');
    return keep(
      await client.authorizationCodeGrant(config, plain, {
        expectedState: state,
        pkceCodeVerifier: secrets.codeVerifier,
      }),
    );
  };

  return {
    exchange: async (callbackUrl, state, secrets) => {
      try {
        return await exchange(callbackUrl, state, secrets);
      } catch (error) {
        throw failureOf(error, settings, `${callbackUrl.origin}${callbackUrl.pathname}`);
      }
    },

    refresh: async (kept) => {
      if (kept.startsWith(accessMark)) {
        const accessToken = kept.slice(accessMark.length);
        return { kind: 'tokens', tokens: { accessToken, idToken: null, refreshToken: null } };
      }
      try {
        const tokens = keep(await client.refreshTokenGrant(config, kept.slice(refreshMark.length)));
        return {
          kind: 'tokens',
          tokens: { accessToken: tokens.accessToken, idToken: null, refreshToken: tokens.kept },
        };
      } catch (error) {
        if (error instanceof client.ResponseBodyError && error.error === 'bad_refresh_token')
          return { kind: 'ended', cause: error.error };
        throw failureOf(error, settings, null);
      }
    },

    tryClient: async (redirectUri) => {
      const url = new URL(`${redirectUri}?code=bouncer-looks-whether-this-client-is-known&state=look`);
      try {
        await exchange(url, 'look', { nonce: '', codeVerifier: client.randomPKCECodeVerifier() });
        return null;
      } catch (error) {
        const said = errorChain(error).find((one) => one instanceof client.ResponseBodyError);
        if (said === undefined) throw failureOf(error, settings, redirectUri);
        return said.error === 'bad_verification_code' ? null : oauthErrorOf(said);
      }
    },
  };
}

function oauthErrorOf({
  error,
  error_description: description,
  response,
}: client.ResponseBodyError): OAuthError {
  return { error, description, where: `${addressText(response.url)} answered with` };
}

/** What went wrong, in words without a token, a code or a secret. */
function failureOf(
  error: unknown,
  settings: GithubProviderSettings,
  redirectUri: string | null,
): BouncerError {
  const chain = errorChain(error);
  const own = chain.find((one) => one instanceof BouncerError);
  if (own !== undefined) return own;
  const said = chain.find((one) => one instanceof client.ResponseBodyError);
  if (said !== undefined) {
    const { cause, hint } = explainGithubError(oauthErrorOf(said), settings, redirectUri);
    return new BouncerError('login_failed', cause, { hint });
  }
  return new BouncerError(
    'login_failed',
    'the token endpoint of GitHub answered with something else than a token',
    {
      hint: 'is `url` the address of GitHub, or of your GitHub Enterprise?',
    },
  );
}
