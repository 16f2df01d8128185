// What happens next in a login or logout, as a value; the pages turn it into HTTP.
import type { Language } from '../../http/accept-language.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import type { Application } from '../../rules/model/compiled-rules.ts';
import type { Missing } from '../../rules/model/decision.ts';
import type { KeyFault } from '../hardware-keys/ceremony-answer.ts';
import type { PasskeyProblem, Withheld } from '../identity-provider.ts';
import type { Service } from '../principal.ts';
import type { Session } from '../sessions/session.ts';
import type { KeyStep } from './key-step.ts';

/** A browser's visit to one of bouncer's own endpoints. */
export interface Visit {
  readonly host: CanonicalHost;
  /** The application on this host; `null` when the host is only `auth_url`'s. */
  readonly application: Application | null;
  /** The query as sent, with its `?`, or `''`. Untrusted. */
  readonly query: string;
  readonly cookie: string | undefined;
  /** This host's session, when there is one. Never one that a program's token stands for: what a person does here, they do in a browser. */
  readonly session: Session | null;
  /** Whom a token stands for that came with the request: a service, or a person by a program of theirs. */
  readonly holder: Session | Service | null;
  readonly ip: string | null;
  readonly userAgent: string | undefined;
  /** What the browser wants to read: pages, and letters about the visit. */
  readonly language: Language;
  readonly requestId: string;
  readonly nowMs: number;
}

/** The same visit, by somebody whose browser is logged in. */
export type PersonVisit = Visit & { readonly session: Session };

/** Why a login cannot go on. Each has a page that says what to do. */
export type LoginProblem =
  | 'bad-request'
  | 'unknown-provider'
  | 'expired'
  | 'already-used'
  | 'other-browser'
  | 'other-person'
  | 'refused-by-provider'
  | 'provider-unavailable'
  | 'provider-answer-invalid'
  | 'hardware-key-not-confirmed'
  | 'fresh-login-not-confirmed'
  | 'too-many-tries'
  | 'logout-expired'
  | 'too-many-failures'
  | 'person-blocked'
  | 'store-unavailable'
  | KeyFault
  | 'key-question-over'
  | 'key-not-known'
  | 'last-key'
  | 'last-passkey'
  | 'keys-of-another-host'
  | 'key-copied'
  | 'key-make-refused'
  | 'key-of-other-make'
  | 'key-not-added'
  | 'key-needed-first'
  | 'no-key-enrolled'
  | 'too-many-keys'
  | 'invitation-over'
  | 'invitation-of-another'
  | PasskeyProblem;

/** One way to log in, as a person chooses it. */
export interface OfferedWay {
  readonly id: string;
  readonly label: string;
  readonly href: string;
  /** This browser logged in this way last time. */
  readonly isLast: boolean;
  /** Its provider did not answer when it was asked last. */
  readonly isSilent: boolean;
  /** The applications that name this way among those that they take. */
  readonly opens: readonly string[];
}

export type LoginStep =
  /** 302 (303 after a POST). `location` is absolute, or a path on the same host that passed the return-address check. */
  | { readonly kind: 'redirect'; readonly location: string; readonly setCookies: readonly string[] }
  | {
      readonly kind: 'choose';
      readonly providers: readonly OfferedWay[];
      readonly applicationName: string | null;
      readonly setCookies: readonly string[];
    }
  /** The page that says why somebody who is logged in is asked again. */
  | {
      readonly kind: 'explain-step-up';
      readonly isHardwareKey: boolean;
      /** How old the login, or the key's use, may be at most; `null`: any age. */
      readonly maxAgeSeconds: number | null;
      readonly providerLabel: string;
      readonly applicationName: string | null;
      /** Where the step-up begins: a path on the same host. */
      readonly continueHref: string;
      readonly setCookies: readonly string[];
    }
  /** A form that the browser sends on, to the provider's `action`: for what is too long for an address. */
  | {
      readonly kind: 'send-form';
      readonly action: string;
      readonly fields: Readonly<Record<string, string>>;
      readonly setCookies: readonly string[];
    }
  /** The page on `auth_url` that asks before a login ends. */
  | {
      readonly kind: 'ask-logout';
      /** Whose login it is: an address or a name; `null` when there is neither. Untrusted. */
      readonly person: string | null;
      /** Which login, sealed, for the page's form; `null`: the one on `auth_url`. */
      readonly request: string | null;
      /** Where to go without logging out. */
      readonly stayHref: string;
      readonly setCookies: readonly string[];
    }
  | {
      readonly kind: 'signed-out';
      readonly setCookies: readonly string[];
      /** False when only this process knows, because the store cannot be written. */
      readonly isWritten?: boolean;
      /** The label of the provider whose own login goes on; `null` or absent: it may have ended with ours, or there is none. */
      readonly stillAt?: string | null;
      /** The login was by a way of bouncer's own, so that there is no other one that could go on. */
      readonly isOwnWay?: true;
    }
  /** The page for an address that a code is to be sent to. */
  | {
      readonly kind: 'ask-address';
      readonly loginId: string;
      /** What was typed before. Untrusted. */
      readonly typed: string;
      readonly fault: 'no-address' | null;
      readonly applicationName: string | null;
      /** Mail is held up, whoever it is for. */
      readonly isMailDelayed: boolean;
      /** Where all ways to log in are; `null`: there is no other. */
      readonly otherWayHref: string | null;
      readonly setCookies: readonly string[];
    }
  /** The page for a code that was sent, or would have been. */
  | {
      readonly kind: 'ask-code';
      readonly loginId: string;
      readonly email: string;
      readonly fault: 'no-code' | 'wrong-code' | 'used-before' | 'used-up' | null;
      /** More than one code was asked for in this login. */
      readonly isAgain: boolean;
      readonly applicationName: string | null;
      readonly isMailDelayed: boolean;
      /** Where all ways to log in are; `null`: there is no other. */
      readonly otherWayHref: string | null;
      readonly setCookies: readonly string[];
    }
  /** The person is logged in, and the provider keeps back which organisations they are in. */
  | {
      readonly kind: 'withheld';
      readonly provider: string;
      readonly withheld: readonly Withheld[];
      /** To log in once more, when it was allowed there. */
      readonly againUrl: string;
      /** To where the person was going. */
      readonly continueUrl: string;
      readonly setCookies: readonly string[];
    }
  /** A personal token, to be shown once. */
  | {
      readonly kind: 'personal-token';
      readonly name: string;
      readonly applications: readonly string[];
      readonly secret: string;
      readonly expiresAtMs: number;
      /** False: nobody can be asked about it later, so it ends with the session. */
      readonly isRechecked: boolean;
      readonly setCookies: readonly string[];
    }
  | KeyStep
  | {
      readonly kind: 'problem';
      readonly problem: LoginProblem;
      readonly status: number;
      /** Where a click may lead on to: a new login, or the application. Same-origin path or absolute URL of a known host. */
      readonly continueUrl: string | null;
      /** The application's host where the login was to end, when the way on does not lead there. */
      readonly host?: string;
      /** There, people can choose another way to log in. */
      readonly hasOtherWay?: boolean;
      readonly setCookies: readonly string[];
    };

export type ProblemStep = Extract<LoginStep, { readonly kind: 'problem' }>;

/** The login and logout flows. No method throws for what a visitor sent: that is a `problem` step. */
export interface Logins {
  /** `GET /.bouncer/login`, on an application's host or on `auth_url`. */
  begin(visit: Visit): Promise<LoginStep>;
  /**
   * `GET /.bouncer/callback`: a handoff on an application's host. `GET /.bouncer/callback/<id>`: a provider's answer on `auth_url`.
   *
   * @param providerId the last segment of the path, `null` without one. Untrusted.
   */
  callback(visit: Visit, providerId: string | null): Promise<LoginStep>;
  /** `GET /.bouncer/code` on `auth_url`: where a login by code stands. */
  showCode(visit: Visit): Promise<LoginStep>;
  /** `POST /.bouncer/code` on `auth_url`, already checked to be same-origin. @param form untrusted; `null`: none, or too large */
  takeCode(visit: Visit, form: Readonly<Record<string, unknown>> | null): Promise<LoginStep>;
  /**
   * `GET /.bouncer/logout` by somebody who opens a page: the question, which an application's host leaves to `auth_url` with
   * `logout: confirm`.
   */
  askLogout(visit: Visit): Promise<LoginStep>;
  /**
   * `POST /.bouncer/logout`, already checked to be same-origin. Ends the session on every host; on an application's with
   * `logout: confirm` it leads to the question.
   *
   * @param form untrusted; `null`: none, or too large
   */
  logout(visit: Visit, form: Readonly<Record<string, unknown>> | null): Promise<LoginStep>;
  /** `GET /.bouncer/hardware-key` on `auth_url`. `null`: the settings have no `hardware_keys`. */
  showKeys(visit: Visit): Promise<LoginStep | null>;
  /** `POST /.bouncer/hardware-key` on `auth_url`, already checked to be same-origin. @param form as of {@link takeCode} */
  takeKeyForm(visit: Visit, form: Readonly<Record<string, unknown>> | null): Promise<LoginStep | null>;
  /** `GET /.bouncer/passkey` on `auth_url`: a login, an invitation, or the person's own. `null`: no identity provider is passkeys. */
  showPasskey(visit: Visit): Promise<LoginStep | null>;
  /** `POST /.bouncer/passkey` on `auth_url`, already checked to be same-origin. @param form as of {@link takeCode} */
  takePasskeyForm(visit: Visit, form: Readonly<Record<string, unknown>> | null): Promise<LoginStep | null>;
  /** `POST /.bouncer/backchannel-logout` (OpenID Connect Back-Channel Logout 1.0); the body's `logout_token`. True when it was accepted. */
  backchannelLogout(logoutToken: string, nowMs: number): Promise<boolean>;
  /** Ids of the providers that did not answer at their last use, for `/readyz`. */
  unreachableProviders(): readonly string[];
}

/** The path and query of `/.bouncer/login` on the application's own host that comes back to `returnTo`. */
export type LoginUrl = (returnTo: string, missing: readonly Missing[]) => string;
