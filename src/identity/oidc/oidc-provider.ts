// One OpenID provider, as the flows know it. What asks it, and the library for that, is loaded with the first question: a start asks none.
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { explainOAuthError } from '../explain-oauth-error.ts';
import type { ProviderParts, RedirectProvider } from '../identity-provider.ts';
import { createLimitedFetch } from '../limited-fetch.ts';
import type { OidcQuestions } from './oidc-questions.ts';

/** Whether two issuers are one, a slash at the end of an origin aside. */
function isSameIssuer(a: string, b: string): boolean {
  const plain = (issuer: string): string => new URL(issuer).href.replace(/\/$/, '');
  return URL.canParse(a) && plain(a) === plain(b);
}

/** @returns the provider; nothing is asked of it before it is needed */
export function createOidcProvider(parts: ProviderParts<OidcProviderSettings>): RedirectProvider {
  const { settings } = parts;
  const limited = createLimitedFetch(new URL(settings.issuer), settings.ca);
  let questions: OidcQuestions | null = null;
  const loaded = async (): Promise<OidcQuestions> => {
    const { createOidcQuestions } = await import('./oidc-questions.ts');
    questions ??= createOidcQuestions(parts, limited);
    return questions;
  };
  return {
    way: 'redirect',
    settings,
    authorizationUrl: async (...asked) => (await loaded()).authorizationUrl(...asked),
    accountPrompt: async () => (await loaded()).accountPrompt(),
    finish: async (...asked) => (await loaded()).finish(...asked),
    refresh: async (...asked) => (await loaded()).refresh(...asked),
    describe: async (...asked) => (await loaded()).describe(...asked),
    endSession: async (...asked) => (await loaded()).endSession(...asked),
    verifyLogoutToken: async (...asked) => (await loaded()).verifyLogoutToken(...asked),
    look: async (...asked) => (await loaded()).look(...asked),
    isIssuer: (issuer) => isSameIssuer(issuer, settings.issuer),
    explainRefusal: (refusal, redirectUri) => explainOAuthError(refusal, settings, redirectUri),
    isUnreachable: () => questions?.isUnreachable() === true,
    close: () => limited.close(),
  };
}
