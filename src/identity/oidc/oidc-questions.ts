// What one OpenID provider is asked: discovery, the code flow's two requests, UserInfo, refresh, logout. It knows no session and no
// browser.
import * as client from 'openid-client';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import type { ProviderParts, RedirectProvider } from '../identity-provider.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { accountPromptOf, authorizationParameters } from './authorization-parameters.ts';
import { exchangeCode } from './code-exchange.ts';
import { createDiscovery } from './discovery.ts';
import { endSessionRequest } from './end-session.ts';
import { completeGroups } from './graph-groups.ts';
import { verifyLogoutToken } from './logout-token.ts';
import { lookAtProvider } from './look-at-provider.ts';
import { createProviderContact } from './provider-contact.ts';
import { describeRefreshed, refreshGrant } from './refresh-grant.ts';

/** The part of a provider that asks. */
export type OidcQuestions = Omit<
  RedirectProvider,
  'way' | 'settings' | 'isIssuer' | 'explainRefusal' | 'close'
>;

/** Nothing is asked yet. */
export function createOidcQuestions(
  parts: ProviderParts<OidcProviderSettings>,
  limited: LimitedFetch,
): OidcQuestions {
  const { settings, now } = parts;
  const contact = createProviderContact({ ...parts, limited });
  const discover = createDiscovery({ settings, limited, now, contact });
  return {
    authorizationUrl: async (request) => {
      const { config, metadata } = await discover();
      await contact.ensureAnswer();
      const parameters = authorizationParameters(settings, metadata, request);
      return client.buildAuthorizationUrl(config, parameters).href;
    },
    accountPrompt: async () => accountPromptOf((await discover()).metadata),
    finish: async (url, state, secrets, nowMs) => {
      const found = await discover();
      const exchange = () => exchangeCode(found, { url, state, secrets }, nowMs);
      return contact.ask('the login cannot be finished', exchange, `${url.origin}${url.pathname}`);
    },
    refresh: async (refreshToken) => {
      const found = await discover();
      return contact.ask('the login cannot be checked again', () => refreshGrant(found, refreshToken));
    },
    describe: async (tokens, known, nowMs) => {
      const found = await discover();
      return contact.ask('the login cannot be checked again', async () => {
        const said = await describeRefreshed(found, tokens, known, nowMs);
        const { accessToken } = tokens;
        if (said.kind !== 'facts' || accessToken === null) return said;
        const identity = await completeGroups(found, accessToken, said.identity, known.identity);
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
    verifyLogoutToken: async (text, nowMs) => verifyLogoutToken(await discover(), contact, text, nowMs),
    look: (wishes) => lookAtProvider({ settings, limited, discover }, wishes),
    isUnreachable: () => !contact.isReachable(),
  };
}
