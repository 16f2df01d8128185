// The port that every way to log in is an adapter of. The flows know nothing else of a provider; OpenID Connect is one adapter.
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { Language } from '../http/accept-language.ts';
import type { Identity } from '../rules/model/facts.ts';
import type {
  EmailPinProviderSettings,
  IdentityProviderSettings,
  PasskeyProviderSettings,
  RedirectProviderSettings,
  Settings,
} from '../settings/settings.ts';
import type { Look } from '../source/finding.ts';
import type { OnceStore } from '../store/once-store.ts';
import type { PasskeyStore, StoredPasskey } from '../store/passkey-store.ts';
import type { PersonStore } from '../store/person-store.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import type { Explained, OAuthError } from './explain-oauth-error.ts';
import type { Sealer } from './sealer.ts';

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
  /** When the login ends at the latest, milliseconds since the epoch; absent: as the settings say. */
  readonly endsAtMs?: number;
  /** What the provider keeps back until somebody allows it there. */
  readonly withheld?: readonly Withheld[];
}

/** An organisation that does not let bouncer see who is in it. */
export interface Withheld {
  readonly organization: string;
  /** `single-sign-on`: the person allows it, at `href`. `not-approved`: an owner of the organisation does. */
  readonly why: 'single-sign-on' | 'not-approved';
  /** At the provider, where that is done; an absolute address. */
  readonly href: string;
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
  /** `null`: none came, only a new refresh token, which must not be lost. */
  readonly accessToken: string | null;
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

/** A person who has no code yet, or wants a new one. */
export interface CodeAsk {
  /** Names this code: the same ask of the same browser, sent twice, is one code. Random to everybody else. */
  readonly askId: string;
  /** The {@link askId} of each other ask of this browser for this address: one code is out for all of them, that of the newest. */
  readonly otherAskIds: readonly string[];
  /** As {@link CodeProvider.parseTypedAddress} gave it. */
  readonly email: string;
  /** The browser's own id when it once logged in as this address; `null`: a stranger, as far as anybody knows. */
  readonly knownBrowser: string | null;
  readonly applicationName: string | null;
  readonly ip: string | null;
  readonly userAgent: string | undefined;
  /** Of the letter. */
  readonly language: Language;
  /** For events. */
  readonly fields: {
    readonly request_id: string;
    readonly host: string;
    readonly ip: string | null;
    readonly user_agent: string | null;
  };
}

/** What the flows lend to a provider whose login is bouncer's own. */
export interface CodeMeans {
  readonly once: OnceStore;
  /** Addresses that may not log in get no mail. */
  readonly persons: Pick<PersonStore, 'isBlocked'>;
  readonly sealer: Sealer;
  readonly settings: Pick<Settings, 'authUrl' | 'branding' | 'showsMail'>;
  /** See CompiledRules.namesAddress. */
  readonly namesAddress: (email: string) => boolean;
  readonly telemetry: Pick<Telemetry, 'event'>;
}

export type CodeVerdict =
  | { readonly kind: 'right'; readonly answer: ProviderAnswer }
  /** @property cause for the log; the person is told one thing in every case */
  | { readonly kind: 'wrong'; readonly cause: string }
  /** This browser's own code, which logged somebody in before. Says nothing about the address to who did not have the code. */
  | { readonly kind: 'used-before' }
  /** So many wrong ones for this code that no other counts. Says nothing about the address. */
  | { readonly kind: 'used-up' }
  /** Too many tries by this client. Says nothing about the address. */
  | { readonly kind: 'too-often' };

/**
 * A provider whose pages are bouncer's own: it sends a code to an address and takes it back. Nothing that a visitor sees of it, and
 * no time that they measure, tells whether an address may log in.
 */
export interface CodeProvider {
  readonly way: 'code';
  readonly settings: EmailPinProviderSettings;
  /** An address as a person types it, in lower case and ASCII; `null` for what no mail could go to. At any length. */
  parseTypedAddress(text: string): string | null;
  /**
   * Sends a code later, if the address may have one. What comes of it only the log tells.
   *
   * @returns false when this client asks too often, and nothing is sent
   */
  send(ask: CodeAsk, means: CodeMeans, nowMs: number): boolean;
  /** @param code as typed @throws BouncerError `store_unavailable` */
  check(code: string, ask: CodeAsk, means: CodeMeans, nowMs: number): Promise<CodeVerdict>;
  /** Whether the code could be one; anything else is a slip of the pen and no try. At any length. */
  isCodeShaped(code: string): boolean;
  /** Whether codes are held up, for everybody: people may be told. */
  isDelayed(): boolean;
  /** Whether its last use found no answer; for operators alone, as a use tells of an address. */
  isUnreachable(): boolean;
  close(): Promise<void>;
}

/** Somebody whom an operator lets enrol a passkey. */
export interface PasskeyInvitation {
  readonly id: string;
  /** Who they will be, lower case. */
  readonly email: string;
  readonly expiresAtMs: number;
  /** When the passkey ends; `null`: it has no end. */
  readonly endsAtMs: number | null;
  /** See {@link StoredPasskey}. */
  readonly isBreakGlass: boolean;
}

/** What the flows lend to the passkeys. */
export interface PasskeyMeans {
  readonly passkeys: PasskeyStore;
  readonly once: OnceStore;
  /** Addresses that may not log in enrol nothing. */
  readonly persons: Pick<PersonStore, 'isBlocked'>;
  readonly sealer: Sealer;
  readonly settings: Pick<Settings, 'authUrl'>;
  readonly nowMs: number;
}

export type PasskeyProblem =
  /** It is not an answer to this question, or not of one person's passkey. */
  | 'passkey-answer-invalid'
  | 'passkey-not-known'
  /** Its time is over. */
  | 'passkey-over'
  | 'passkey-invitation-over'
  | 'already-used';

/** @property cause for the log */
export interface PasskeyRefusal {
  readonly ok: false;
  readonly problem: PasskeyProblem;
  readonly email: string | null;
  readonly cause: string;
}

export type PasskeyVerdict =
  | { readonly ok: true; readonly answer: ProviderAnswer; readonly passkey: StoredPasskey }
  | PasskeyRefusal;

/** A provider whose login is a passkey that was enrolled here by invitation. It asks for no name: the passkey says whose it is. */
export interface PasskeyProvider {
  readonly way: 'passkey';
  readonly settings: PasskeyProviderSettings;
  /** What `navigator.credentials.get` is called with. @param challenge base64url */
  loginOptions(challenge: string, means: PasskeyMeans): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** Takes an answer, once. @param text JSON, untrusted @throws BouncerError `store_unavailable` */
  check(text: string, challenge: string, means: PasskeyMeans): Promise<PasskeyVerdict>;
  /** Whether a passkey that was right a moment ago is there still. @throws BouncerError `store_unavailable` */
  isThere(passkey: StoredPasskey, means: PasskeyMeans): Promise<boolean>;
  /** `null`: not made here, over, used, or for an address that this provider does not speak for or that is blocked. */
  openInvitation(text: string, means: PasskeyMeans): Promise<PasskeyInvitation | null>;
  creationOptions(
    invitation: PasskeyInvitation,
    challenge: string,
    means: PasskeyMeans,
  ): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** Enrols the passkey of an answer, and uses the invitation up. @param text JSON, untrusted */
  enrol(
    text: string,
    asked: { readonly invitation: string; readonly challenge: string; readonly label: string },
    means: PasskeyMeans,
  ): Promise<{ readonly ok: true; readonly passkey: StoredPasskey } | PasskeyRefusal>;
  close(): Promise<void>;
}

/** What is wanted of a provider, for a look at it. */
export interface ProviderWishes {
  /** What must be registered there. */
  readonly redirectUri: string;
  /** Whether rules look at groups. */
  readonly asksAboutGroups: boolean;
}

/** Every way to log in. */
export type IdentityProvider = RedirectProvider | CodeProvider | PasskeyProvider;

/**
 * A provider that people are sent to, and come back from. Every method throws BouncerError `provider_unavailable` when the provider
 * does not answer, and `login_failed` when its answer cannot be believed. No message holds a token, a code or a secret.
 */
export interface RedirectProvider {
  readonly way: 'redirect';
  readonly settings: RedirectProviderSettings;
  /** Whether an issuer that somebody names is this provider (RFC 9207, Back-Channel Logout 1.0 section 2.4). */
  isIssuer(issuer: string): boolean;
  /** What a refusal that came back with the browser means. @param redirectUri where it came back to */
  explainRefusal(refusal: OAuthError, redirectUri: string): Explained;
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
  /** Whether it answers as the settings say, before anybody logs in. Never rejects. */
  look(wishes: ProviderWishes): Promise<Look>;
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
