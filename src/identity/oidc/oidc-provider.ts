// One OpenID provider: discovery, the code flow's two requests, UserInfo, refresh, logout. It knows no session and no browser.
import { hash } from 'node:crypto';
import * as client from 'openid-client';
import { BouncerError } from '../../bouncer-error.ts';
import type { Identity } from '../../rules/model/facts.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { isRecord } from '../is-record.ts';
import { type ClaimSources, claimSources, type KnownFacts } from './claim-sources.ts';
import { createDiscovery, type Discovered } from './discovery.ts';
import { completeGroups } from './graph-groups.ts';
import { type Claims, identityFromClaims, needsUserInfo } from './identity-from-claims.ts';
import { judgeIdToken } from './judge-id-token.ts';
import { createLimitedFetch } from './limited-fetch.ts';
import { checkLogoutToken, type LogoutToken } from './logout-token.ts';
import { invalidAnswer, providerFailure } from './provider-failure.ts';
import { sidOf } from './provider-sid.ts';
import { createRecentAnswer } from './recent-answer.ts';
import {
  type Description,
  describeRefreshed,
  type RefreshAnswer,
  type RefreshedTokens,
  refreshGrant,
} from './refresh-grant.ts';
import { checkTokenShape } from './token-shape.ts';

/** What a finished code flow or refresh says. All of it verified. */
export interface ProviderAnswer {
  readonly identity: Identity;
  /** Which document said what, for the refreshes to come. */
  readonly sources: ClaimSources;
  readonly providerSid: string | null;
  readonly idToken: string | null;
  readonly refreshToken: string | null;
}

/** The secrets of one login that never leave bouncer, except the verifier to the token endpoint. */
export interface CodeFlowSecrets {
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface AuthorizationRequest extends CodeFlowSecrets {
  readonly redirectUri: string;
  readonly state: string;
  readonly wantsHardwareKey: boolean;
  /** The person wants to be somebody else than whom the provider knows. */
  readonly wantsOtherAccount: boolean;
  readonly maxAgeSeconds: number | null;
  readonly loginHint: string | null;
}

/**
 * Every method throws BouncerError `provider_unavailable` when the provider does not answer,
 * and `login_failed` when its answer cannot be believed. No message holds a token, a code or a secret.
 */
export interface OidcProvider {
  readonly settings: OidcProviderSettings;
  /** Only for a provider that answered within the last three seconds: a browser is not sent to a dead address. */
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** Exchanges the code of a callback URL whose `state` was already checked. RFC 6749 section 4.1.3, RFC 7636, RFC 9207. */
  finish(callbackUrl: URL, state: string, secrets: CodeFlowSecrets, nowMs: number): Promise<ProviderAnswer>;
  /** Uses a refresh token. A new one in its place must be stored before anything else is asked. */
  refresh(refreshToken: string): Promise<RefreshAnswer>;
  /** Who the person is now, by the tokens of a refresh. */
  describe(tokens: RefreshedTokens, known: KnownFacts, nowMs: number): Promise<Description>;
  /** Where to send the browser to end the provider's session (RP-Initiated Logout 1.0), `null` when it cannot be. */
  endSessionUrl(idToken: string | null, returnTo: string): Promise<string | null>;
  /** `null` when the token is not a logout token of this provider for this client (Back-Channel Logout 1.0 section 2.6). */
  verifyLogoutToken(text: string, nowMs: number): Promise<LogoutToken | null>;
  /** Whether its last use found no answer. */
  isUnreachable(): boolean;
  close(): Promise<void>;
}

export interface OidcProviderParts {
  readonly settings: OidcProviderSettings;
  /** Told when the provider stops or starts to answer. */
  readonly onReachable: (failure: BouncerError | null) => void;
  readonly now: () => number;
}

/**
 * What to ask for when a hardware key is needed. A word that somebody put into the settings is always sent; ours only to
 * those that list it or list nothing (`acr_values_supported`, OpenID Connect Discovery 1.0 section 3).
 */
function acrValuesFor(
  { acrValues, isAcrValuesDefault }: OidcProviderSettings['hardwareKey'],
  supported: unknown,
): string | null {
  if (acrValues === null || isAcrValuesDefault !== true || !Array.isArray(supported)) return acrValues;
  return supported.includes(acrValues) ? acrValues : null;
}

/** Who cannot offer a choice of accounts asks for a login (`prompt_values_supported`, Initiating User Registration 1.0 section 3). */
function promptForAccount(supported: unknown): string {
  return Array.isArray(supported) && !supported.includes('select_account') ? 'login' : 'select_account';
}

/** Longer addresses are refused by some servers, which then say nothing that helps. */
const maxLogoutUrl = 3500;

/** @returns the provider; nothing is asked of it before it is needed */
export function createOidcProvider(parts: OidcProviderParts): OidcProvider {
  const { settings, now } = parts;
  const limited = createLimitedFetch(new URL(settings.issuer));
  let isReachable = true;

  const noteReachable = (error: BouncerError | null): void => {
    recent.note(error);
    if (error !== null && error.code !== 'provider_unavailable') return;
    if (isReachable === (error === null)) return;
    isReachable = error === null;
    parts.onReachable(error);
  };

  /** Runs something that asks the provider, and keeps count of whether it answers. */
  const asking = async <T>(action: string, ask: () => Promise<T>): Promise<T> => {
    try {
      const result = await ask();
      noteReachable(null);
      return result;
    } catch (error) {
      const failureOfIt = providerFailure(action, error);
      noteReachable(failureOfIt);
      throw failureOfIt;
    }
  };

  const discover = createDiscovery({ settings, limited, now, asking });
  const recent = createRecentAnswer({ issuer: settings.issuer, limited, now, report: noteReachable });

  /** Signature and all claims of an ID token, beyond what openid-client checks. */
  const verifyIdToken = async (
    found: Discovered,
    text: string,
    accessToken: string,
    nowMs: number,
  ): Promise<Claims> => {
    const verdict = await judgeIdToken(found, settings, text, accessToken, nowMs);
    if (verdict.kind === 'verified') return verdict.claims;
    throw invalidAnswer(`the ID token is not accepted: ${verdict.what}`);
  };

  const userInfo = async (
    found: Discovered,
    accessToken: string,
    idToken: Claims,
  ): Promise<Claims | null> => {
    if (found.metadata.userinfo_endpoint === undefined || !needsUserInfo(settings, idToken)) return null;
    const answer: unknown = await client.fetchUserInfo(found.config, accessToken, String(idToken['sub']));
    if (!isRecord(answer)) throw invalidAnswer('UserInfo is not an object');
    return answer;
  };

  return {
    settings,
    authorizationUrl: async (request) => {
      const { config, metadata } = await discover();
      await recent.ensure();
      const prompts = new Set(settings.authorizationParameters['prompt']?.split(' ') ?? []);
      const parameters: Record<string, string> = {
        ...settings.authorizationParameters,
        redirect_uri: request.redirectUri,
        scope: settings.scopes.join(' '),
        state: request.state,
        nonce: request.nonce,
        code_challenge: hash('sha256', request.codeVerifier, 'base64url'),
        code_challenge_method: 'S256',
      };
      const acrValues = acrValuesFor(settings.hardwareKey, metadata.acr_values_supported);
      if (request.wantsHardwareKey && acrValues !== null) parameters['acr_values'] = acrValues;
      // Without a name for what we want, at least the person is asked again and may take the key.
      else if (request.wantsHardwareKey) prompts.add('login');
      if (request.wantsOtherAccount) prompts.add(promptForAccount(metadata['prompt_values_supported']));
      if (prompts.size > 0) parameters['prompt'] = [...prompts].join(' ');
      if (request.maxAgeSeconds !== null) parameters['max_age'] = String(request.maxAgeSeconds);
      if (request.loginHint !== null) parameters['login_hint'] = request.loginHint;
      return client.buildAuthorizationUrl(config, parameters).href;
    },

    finish: async (callbackUrl, state, secrets, nowMs) => {
      const found = await discover();
      return asking('the login cannot be finished', async () => {
        const tokens = await client.authorizationCodeGrant(found.config, callbackUrl, {
          expectedState: state,
          expectedNonce: secrets.nonce,
          pkceCodeVerifier: secrets.codeVerifier,
          idTokenExpected: true,
        });
        if (tokens.id_token === undefined) throw invalidAnswer('the identity provider sent no ID token');
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
      });
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

    endSessionUrl: async (idToken, returnTo) => {
      const { config, metadata } = await discover();
      if (metadata.end_session_endpoint === undefined) return null;
      const to = (hint: string | null): string =>
        client.buildEndSessionUrl(config, {
          post_logout_redirect_uri: returnTo,
          ...(hint === null ? {} : { id_token_hint: hint }),
        }).href;
      // An ID token with many groups is long. The hint is recommended, not required (section 2); `client_id` stands for it.
      const whole = to(idToken);
      return whole.length <= maxLogoutUrl ? whole : to(null);
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
        await asking('a logout token cannot be verified', () => keys.verify(token, 'logout-token'));
      } catch (error) {
        if (error instanceof BouncerError && error.code === 'login_failed') return null;
        throw error;
      }
      return checked;
    },

    isUnreachable: () => !isReachable,
    close: () => limited.close(),
  };
}
