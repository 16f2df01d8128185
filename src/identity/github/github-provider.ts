// GitHub as a way to log in: OAuth 2.0 with PKCE, and questions to its API in place of an ID token. It knows no session and no browser.
import { createHash } from 'node:crypto';
import { BouncerError } from '../../bouncer-error.ts';
import type { GithubProviderSettings } from '../../settings/settings.ts';
import type {
  AuthorizationRequest,
  KnownFacts,
  ProviderAnswer,
  ProviderParts,
  RedirectProvider,
  RefreshedPerson,
} from '../identity-provider.ts';
import { createLimitedFetch } from '../limited-fetch.ts';
import { explainGithubError } from './explain-github-error.ts';
import { githubAddresses } from './github-addresses.ts';
import { createGithubApi } from './github-api.ts';
import { type GithubPerson, type Namesake, readGithubPerson } from './github-person.ts';
import type { GithubTokenEndpoint } from './github-tokens.ts';
import { lookAtGithub } from './look-at-github.ts';
import { createSignOfLife } from './sign-of-life.ts';

/** What an OAuth app is allowed; a GitHub App has permissions in place of scopes, and takes no notice. */
const scopes = 'read:user user:email';
const organizationScope = 'read:org';

export interface GithubParts extends ProviderParts<GithubProviderSettings> {
  /** Told once of each organisation that has a name of the settings and another number. */
  readonly onNamesake: (namesake: Namesake) => void;
}

/** @returns the provider; nothing is asked of it before it is needed */
export function createGithubProvider(parts: GithubParts): RedirectProvider {
  const { settings, now } = parts;
  const addresses = githubAddresses(settings.url);
  const limited = createLimitedFetch(new URL(settings.url), settings.ca);
  const life = createSignOfLife({
    limited,
    address: `${addresses.api}/`,
    now,
    onReachable: parts.onReachable,
  });
  const api = createGithubApi(limited, addresses.api, now);
  let endpoint: GithubTokenEndpoint | null = null;
  /** The library for it is loaded with the first question: a start asks none. */
  const tokens = async (): Promise<GithubTokenEndpoint> => {
    const { createGithubTokenEndpoint } = await import('./github-tokens.ts');
    endpoint ??= createGithubTokenEndpoint(settings, addresses, limited);
    return endpoint;
  };
  const told = new Set<string>();
  const readPerson = async (accessToken: string): Promise<GithubPerson> => {
    const person = await readGithubPerson(settings, api, accessToken);
    for (const namesake of person.kind === 'person' ? person.namesakes : []) {
      if (told.has(namesake.organization)) continue;
      told.add(namesake.organization);
      parts.onNamesake(namesake);
    }
    return person;
  };

  return {
    way: 'redirect',
    settings,
    isIssuer: (issuer) => [settings.url, `${settings.url}/login/oauth`].includes(issuer.replace(/\/$/, '')),
    explainRefusal: (refusal, redirectUri) => explainGithubError(refusal, settings, redirectUri),

    authorizationUrl: async (request) => {
      await life.ensure();
      return authorizationUrl(addresses.authorize, settings, request);
    },
    accountPrompt: async () => 'select_account',

    finish: (callbackUrl, state, secrets) =>
      life.asking(async () => {
        const { accessToken, kept } = await (await tokens()).exchange(callbackUrl, state, secrets);
        return answerOf(await readPerson(accessToken), kept);
      }),

    refresh: (kept) => life.asking(async () => (await tokens()).refresh(kept)),

    describe: ({ accessToken }, known) =>
      life.asking(async () => {
        if (accessToken === null) throw new BouncerError('login_failed', 'GitHub gave no token to ask with');
        return describedOf(await readPerson(accessToken), known);
      }),

    // It has neither: its own login is ended at github.com alone.
    endSession: async () => null,
    verifyLogoutToken: async () => null,

    look: async (wishes) => lookAtGithub(settings, await tokens(), wishes),
    isUnreachable: () => life.isUnreachable(),
    close: () => limited.close(),
  };
}

/** @throws BouncerError `login_failed` when GitHub takes no question with the token that it just gave */
function answerOf(person: GithubPerson, kept: string): ProviderAnswer {
  if (person.kind === 'gone')
    throw new BouncerError(
      'login_failed',
      `GitHub takes no question with the token that it just gave: ${person.cause}`,
      { hint: 'the person’s account may be suspended there' },
    );
  const { identity, withheld } = person;
  return { identity, sources: {}, providerSid: null, idToken: null, refreshToken: kept, withheld };
}

function describedOf(person: GithubPerson, known: KnownFacts): RefreshedPerson {
  if (person.kind === 'gone') return { kind: 'ended', cause: person.cause };
  const { identity } = person;
  if (identity.sub !== known.identity.sub) return { kind: 'ended', cause: 'the token of another person' };
  return { kind: 'facts', identity, sources: {}, providerSid: null, idToken: null, silence: null };
}

/** "Authorizing OAuth apps", GitHub Docs; RFC 7636 section 4.3. */
function authorizationUrl(
  endpoint: string,
  { clientId, organizations }: GithubProviderSettings,
  { redirectUri, state, codeVerifier, accountPrompt }: AuthorizationRequest,
): string {
  const url = new URL(endpoint);
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: organizations.length === 0 ? scopes : `${scopes} ${organizationScope}`,
    state,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(accountPrompt === null ? {} : { prompt: 'select_account' }),
  }).toString();
  return url.href;
}
