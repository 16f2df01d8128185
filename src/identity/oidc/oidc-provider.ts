// One OpenID provider: discovery, the code flow's two requests, UserInfo, refresh, logout. It knows no session and no browser.
import * as client from 'openid-client';
import type { BouncerError } from '../../bouncer-error.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import type { ProviderAnswer, ProviderParts, RedirectProvider } from '../identity-provider.ts';
import { isRecord } from '../is-record.ts';
import { createLimitedFetch } from '../limited-fetch.ts';
import { accountPromptOf, authorizationParameters } from './authorization-parameters.ts';
import { claimSources } from './claim-sources.ts';
import { createDiscovery, type Discovered } from './discovery.ts';
import { endSessionRequest } from './end-session.ts';
import { noIdToken } from './explain-answer.ts';
import { completeGroups } from './graph-groups.ts';
import { type Claims, identityFromClaims, needsUserInfo } from './identity-from-claims.ts';
import { judgeIdToken } from './judge-id-token.ts';
import { checkLogoutToken } from './logout-token.ts';
import { lookAtProvider } from './look-at-provider.ts';
import { invalidAnswer, providerFailure } from './provider-failure.ts';
import { sidOf } from './provider-sid.ts';
import { createRecentAnswer } from './recent-answer.ts';
import { describeRefreshed, refreshGrant } from './refresh-grant.ts';
import { checkTokenShape } from './token-shape.ts';

/** @returns the provider; nothing is asked of it before it is needed */
export function createOidcProvider(parts: ProviderParts<OidcProviderSettings>): RedirectProvider {
  const { settings, now } = parts;
  const limited = createLimitedFetch(new URL(settings.issuer), settings.ca);
  let isReachable = true;

  const noteReachable = (error: BouncerError | null): void => {
    recent.note(error);
    if (error !== null && error.code !== 'provider_unavailable') return;
    if (isReachable === (error === null)) return;
    isReachable = error === null;
    parts.onReachable(error);
  };

  /** Runs something that asks the provider, and keeps count of whether it answers. */
  const asking = async <T>(
    action: string,
    ask: () => Promise<T>,
    redirectUri: string | null = null,
  ): Promise<T> => {
    try {
      const result = await ask();
      noteReachable(null);
      return result;
    } catch (error) {
      const failureOfIt = providerFailure(action, error, { settings, redirectUri });
      noteReachable(failureOfIt);
      throw failureOfIt;
    }
  };

  const discover = createDiscovery({ settings, limited, now, asking });
  const recent = createRecentAnswer({ settings, limited, now, report: noteReachable });

  /** Signature and all claims of an ID token, beyond what openid-client checks. */
  const verifyIdToken = async (
    found: Discovered,
    text: string,
    accessToken: string,
    nowMs: number,
  ): Promise<Claims> => {
    const verdict = await judgeIdToken(found, settings, text, accessToken, nowMs);
    if (verdict.kind === 'verified') return verdict.claims;
    throw invalidAnswer(verdict.cause, verdict.hint);
  };

  const missingIdToken = (): BouncerError => {
    const { cause, hint } = noIdToken(settings);
    return invalidAnswer(cause, hint);
  };

  const userInfo = async (
    found: Discovered,
    accessToken: string,
    idToken: Claims,
  ): Promise<Claims | null> => {
    if (found.metadata.userinfo_endpoint === undefined || !needsUserInfo(settings, idToken)) return null;
    const answer: unknown = await client.fetchUserInfo(found.config, accessToken, String(idToken['sub']));
    if (!isRecord(answer))
      throw invalidAnswer(
        'UserInfo is not an object',
        'is that the address of UserInfo? see the metadata of the provider',
      );
    return answer;
  };

  return {
    way: 'redirect',
    settings,
    authorizationUrl: async (request) => {
      const { config, metadata } = await discover();
      await recent.ensure();
      const parameters = authorizationParameters(settings, metadata, request);
      return client.buildAuthorizationUrl(config, parameters).href;
    },

    accountPrompt: async () => accountPromptOf((await discover()).metadata),

    finish: async (callbackUrl, state, secrets, nowMs) => {
      const found = await discover();
      const exchange = async (): Promise<ProviderAnswer> => {
        const tokens = await client.authorizationCodeGrant(found.config, callbackUrl, {
          expectedState: state,
          expectedNonce: secrets.nonce,
          pkceCodeVerifier: secrets.codeVerifier,
          idTokenExpected: true,
        });
        if (tokens.id_token === undefined) throw missingIdToken();
        const claims = await verifyIdToken(found, tokens.id_token, tokens.access_token, nowMs);
        const more = await userInfo(found, tokens.access_token, claims);
        return {
          identity: await completeGroups(
            settings,
            limited,
            tokens.access_token,
            identityFromClaims(settings, claims, more, nowMs),
            null,
          ),
          sources: claimSources(settings, claims, more),
          providerSid: sidOf(claims),
          idToken: tokens.id_token,
          refreshToken: tokens.refresh_token ?? null,
        };
      };
      return asking('the login cannot be finished', exchange, `${callbackUrl.origin}${callbackUrl.pathname}`);
    },

    refresh: async (refreshToken) => {
      const found = await discover();
      return asking('the login cannot be checked again', () => refreshGrant(found, refreshToken));
    },

    describe: async (tokens, known, nowMs) => {
      const found = await discover();
      return asking('the login cannot be checked again', async () => {
        const said = await describeRefreshed(found, settings, tokens, known, nowMs);
        if (said.kind !== 'facts') return said;
        const { accessToken } = tokens;
        const identity = await completeGroups(settings, limited, accessToken, said.identity, known.identity);
        return { ...said, identity };
      });
    },

    endSession: async (idToken, returnTo) => {
      const { metadata } = await discover();
      const endpoint = metadata.end_session_endpoint;
      if (endpoint === undefined) return null;
      const { issuer, clientId, longLogout } = settings;
      return endSessionRequest({ issuer, endpoint, clientId, longLogout }, idToken, returnTo);
    },

    verifyLogoutToken: async (text, nowMs) => {
      const { keys, metadata, algorithms } = await discover();
      const token = checkTokenShape(text, algorithms, ['logout+jwt', 'jwt']);
      if (token === null) return null;
      const checked = checkLogoutToken(
        token.claims,
        { issuer: metadata.issuer, clientId: settings.clientId },
        nowMs,
      );
      if (checked === null) return null;
      try {
        await keys.verify(token, 'logout-token');
      } catch (error) {
        // Known keys verify without the provider: only a question to it tells whether it answers.
        const failure = providerFailure('a logout token cannot be verified', error, {
          settings,
          redirectUri: null,
        });
        if (failure.code === 'login_failed') return null;
        noteReachable(failure);
        throw failure;
      }
      return checked;
    },

    look: (wishes) => lookAtProvider({ settings, limited, discover }, wishes),
    isUnreachable: () => !isReachable,
    close: () => limited.close(),
  };
}
