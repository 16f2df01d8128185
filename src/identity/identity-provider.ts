// The port that every way to log in is an adapter of. The flows know nothing else of a provider; OpenID Connect is one adapter.
import type { Identity } from '../rules/model/facts.ts';
import type { IdentityProviderSettings } from '../settings/settings.ts';

/**
 * Which of a provider's documents brought which fact, in the adapter's own words. Kept sealed with the login and given back at a
 * refresh, so that the adapter can tell silence from an answer.
 */
export type FactSources = Readonly<Record<string, string>>;

/** What is known of a person, and from where. */
export interface KnownFacts {
  readonly identity: Identity;
  readonly sources: FactSources;
}

/** What a finished login says. All of it verified. */
export interface ProviderAnswer extends KnownFacts {
  /** The provider's own name of its session, for its word that it ended. */
  readonly providerSid: string | null;
  readonly idToken: string | null;
  readonly refreshToken: string | null;
}

/** The secrets of one login that never leave bouncer, except the verifier to the provider. */
export interface CodeFlowSecrets {
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** What asks for another account: a choice, or a login. */
export type AccountPrompt = 'select_account' | 'login';

export interface AuthorizationRequest extends CodeFlowSecrets {
  readonly redirectUri: string;
  readonly state: string;
  readonly wantsHardwareKey: boolean;
  /** How to ask for somebody else than whom the provider knows; `null` when that is not wanted. */
  readonly accountPrompt: AccountPrompt | null;
  readonly maxAgeSeconds: number | null;
  readonly loginHint: string | null;
}

/** As they came. The ID token is not verified, not even that it is a token. */
export interface RefreshedTokens {
  readonly accessToken: string;
  readonly idToken: string | null;
  /** A new one in place of the one that was used, or `null`. */
  readonly refreshToken: string | null;
}

export type RefreshAnswer =
  | { readonly kind: 'tokens'; readonly tokens: RefreshedTokens }
  /** The provider says that this login is over. */
  | { readonly kind: 'ended'; readonly cause: string }
  /** The provider wants to see the person before it says more. */
  | { readonly kind: 'ask-person'; readonly cause: string };

/** Who the person is now. */
export type RefreshedPerson =
  | ({
      readonly kind: 'facts';
      readonly providerSid: string | null;
      /** A verified one, or `null`. */
      readonly idToken: string | null;
      /** What did not speak and why; `null`: everything that was asked did. */
      readonly silence: string | null;
    } & KnownFacts)
  | { readonly kind: 'ended'; readonly cause: string };

/** A redirect, or a form that the browser sends, for what is too long for an address. */
export type EndSessionRequest =
  | { readonly kind: 'address'; readonly location: string }
  | { readonly kind: 'form'; readonly action: string; readonly fields: Readonly<Record<string, string>> };

/** Whose sessions the provider ended: a session of its own, a person, or both. */
export interface LogoutToken {
  readonly jti: string;
  readonly sid: string | null;
  readonly sub: string | null;
  /** Until when its `jti` must be remembered, milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/**
 * Every method throws BouncerError `provider_unavailable` when the provider does not answer,
 * and `login_failed` when its answer cannot be believed. No message holds a token, a code or a secret.
 */
export interface IdentityProvider {
  readonly settings: IdentityProviderSettings;
  /** Where the browser goes to log in. Only for a provider that answered just now: a browser is not sent to a dead address. */
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** How this provider is best asked for another account. */
  accountPrompt(): Promise<AccountPrompt>;
  /** Takes the answer of a callback URL whose `state` was already checked. */
  finish(callbackUrl: URL, state: string, secrets: CodeFlowSecrets, nowMs: number): Promise<ProviderAnswer>;
  /** Uses a refresh token. A new one in its place must be stored before anything else is asked. */
  refresh(refreshToken: string): Promise<RefreshAnswer>;
  /** Who the person is now, by the tokens of a refresh. */
  describe(tokens: RefreshedTokens, known: KnownFacts, nowMs: number): Promise<RefreshedPerson>;
  /** How to send the browser to end the provider's own session, `null` when it cannot be. */
  endSession(idToken: string | null, returnTo: string): Promise<EndSessionRequest | null>;
  /** What the provider's word says that a session ended; `null` for what is not its word to this client. */
  verifyLogoutToken(text: string, nowMs: number): Promise<LogoutToken | null>;
  /** Whether its last use found no answer. */
  isUnreachable(): boolean;
  close(): Promise<void>;
}

/** What every adapter is given. */
export interface ProviderParts<Own extends IdentityProviderSettings> {
  readonly settings: Own;
  /** Told when the provider stops (why) or starts (`null`) to answer. */
  readonly onReachable: (failure: Error | null) => void;
  /** Milliseconds; for cool-downs and the age of metadata. */
  readonly now: () => number;
}
