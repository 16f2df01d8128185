// The settings as the program uses them: checked, resolved (secrets, absolute paths, milliseconds) and frozen.

import type { FrontKind } from '../http/forward-auth-fields.ts';
import type { ClaimPattern } from '../rules/model/workload.ts';
import type { SelectorEntry } from '../rules/parse/rules-schema.ts';
import type { KeyTrust } from './key-trust.ts';
import type { Logo } from './logo.ts';

export type TokenEndpointAuth = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';

export interface OidcProviderSettings {
  readonly id: string;
  readonly type: 'oidc';
  readonly label: string;
  readonly issuer: string;
  readonly clientId: string;
  /** `null`: a public client. */
  readonly clientSecret: string | null;
  /** The private key of `private_key_jwt`, PEM or JWK; `null` with any other way. */
  readonly clientKey: string | null;
  /** Certificates of further authorities that its own may come from, PEM; `null`: those that this machine knows alone. */
  readonly ca: string | null;
  /** How bouncer proves itself to the token endpoint; `null`: as discovery says. */
  readonly tokenEndpointAuth: TokenEndpointAuth | null;
  /** What this provider wants in an authorization request besides. Nothing that bouncer says itself. */
  readonly authorizationParameters: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
  /** A claim of the ID token or of UserInfo: dots reach into objects, a list is taken step by step. `null`: it knows no groups. */
  readonly groupsClaim: string | readonly string[] | null;
  /** What it means when that claim is absent. */
  readonly groupsMissing: 'unknown' | 'none';
  /** Which groups count, exactly or, with a `*` at the end, by how they begin; `null`: all. */
  readonly groupsOnly: readonly string[] | null;
  /** The origin of Microsoft Graph, which is asked for groups that the token only refers to; `null`: nobody is asked. */
  readonly groupsOverage: string | null;
  /** How to log out where the ID token is too long for an address; `null`: as the provider is documented. */
  readonly longLogout: 'address' | 'form' | null;
  /** What of the provider makes an address count: its word, that it does not deny it, or that it sends it. */
  readonly emailVerified: 'required' | 'if_absent' | 'ignored';
  /** The domains that it speaks for, lower case; `null`: all that no other provider names. */
  readonly emailDomains: readonly string[] | null;
  /** Domains that other providers name and this one does not. */
  readonly othersEmailDomains: readonly string[];
  readonly claims: readonly string[];
  /** Those of `claims` whose absence is an answer: the person has none. */
  readonly optionalClaims: readonly string[];
  /** Which words of the provider mean that a hardware key was used, and how to ask for one. */
  readonly hardwareKey: {
    readonly amr: readonly string[];
    readonly acr: readonly string[];
    /** What is asked for at a step-up; `null`: nothing. */
    readonly acrValues: string | null;
    /** Nobody chose it: it is not asked of a provider that lists what it supports without it. */
    readonly isAcrValuesDefault?: true;
  };
  /** The signature algorithms that are accepted for its ID tokens; `null`: the asymmetric ones that it lists. */
  readonly idTokenAlgorithms: readonly string[] | null;
}

/** One-time codes by e-mail. It knows addresses and nothing else of anybody. */
export interface EmailPinProviderSettings {
  readonly id: string;
  readonly type: 'email_pin';
  readonly label: string;
  /** As of {@link OidcProviderSettings}. */
  readonly emailDomains: readonly string[] | null;
  readonly othersEmailDomains: readonly string[];
}

export interface GithubOrganization {
  readonly name: string;
  /** Its number at GitHub, in digits; `null`: whoever has the name is it. */
  readonly id: string | null;
}

/** GitHub, or a GitHub Enterprise at an address of its own. */
export interface GithubProviderSettings {
  readonly id: string;
  readonly type: 'github';
  readonly label: string;
  /** The origin that people log in at, such as `https://github.com`. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** As of {@link OidcProviderSettings}. */
  readonly ca: string | null;
  /** The organisations that count as groups, with their teams; empty: it knows no groups. */
  readonly organizations: readonly GithubOrganization[];
  /** As of {@link OidcProviderSettings}. */
  readonly emailDomains: readonly string[] | null;
  readonly othersEmailDomains: readonly string[];
}

/** Providers that people are sent to. */
export type RedirectProviderSettings = OidcProviderSettings | GithubProviderSettings;

/** Passkeys of invited people. */
export interface PasskeyProviderSettings {
  readonly id: string;
  readonly type: 'passkey';
  readonly label: string;
  /** The host that passkeys are bound to: `auth_url`'s or a parent of it. */
  readonly rpId: string;
  /** As of {@link OidcProviderSettings}. */
  readonly emailDomains: readonly string[] | null;
  readonly othersEmailDomains: readonly string[];
}

/** A union on `type`. */
export type IdentityProviderSettings =
  | RedirectProviderSettings
  | EmailPinProviderSettings
  | PasskeyProviderSettings;

/** Who makes tokens for programs. */
export interface TrustedIssuerSettings {
  /** What rules call it. */
  readonly name: string;
  /** Exactly as `iss` of its tokens. */
  readonly issuer: string;
  /** The one `aud` of its tokens. */
  readonly audience: string;
  /** What every token of it must say. */
  readonly claims: readonly ClaimPattern[];
  /** Where its keys are; `null`: its discovery document says so. */
  readonly jwksUri: string | null;
  /** As of {@link OidcProviderSettings}. */
  readonly ca: string | null;
}

/** Where mail is handed in, and as whom. */
export interface SmtpAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
  /** `implicit`: TLS from the first byte; `starttls`: required. The server must prove its name either way. `none`: in the clear. */
  readonly tls: 'implicit' | 'starttls' | 'none';
}

export interface SmtpSettings {
  /** `null` where a command that sends no mail did not find it. */
  readonly address: SmtpAddress | null;
  readonly from: { readonly name: string | null; readonly email: string };
  /** Absolute; `null`: the system's authorities. */
  readonly caFile: string | null;
}

/** Bouncer's own ceremony with hardware keys (W3C Web Authentication). */
export interface HardwareKeySettings {
  /** Who may enrol a first key. */
  readonly enrolment: 'invitation' | 'first_login';
  /** When `first_login` ends, milliseconds since the epoch; `null` with `invitation`. */
  readonly enrolmentUntilMs: number | null;
  /** The host that keys are bound to: `auth_url`'s or a parent of it. */
  readonly rpId: string;
  /** What proves the make of a key; `null`: nothing does. */
  readonly trust: KeyTrust | null;
}

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Where and as whom to connect. */
export interface PostgresAddress {
  /** In the order in which they are tried; the one that takes writes is used. A host that begins with `/` is a folder of sockets. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** `null`: the name of the user who runs bouncer. */
  readonly user: string | null;
  readonly password: string | null;
  /** `null`: named like the user. */
  readonly database: string | null;
  /** Whether the server must prove its name with a certificate. Never half: there is no encryption without that. */
  readonly isTls: boolean;
}

export interface PostgresSettings {
  /** `null` where a command that needs no store did not find it. */
  readonly address: PostgresAddress | null;
  /** Without a pooler in between; `null`: `address` has none. */
  readonly listenAddress: PostgresAddress | null;
  /** Absolute; `null`: the system's authorities. */
  readonly caFile: string | null;
}

export interface TunnelSettings {
  readonly listen: { readonly host: string; readonly port: number };
  /** `host:port` of every edge. */
  readonly addresses: readonly string[];
  /** What all streams may hold that nobody takes. */
  readonly bufferBytes: number;
}

/** Sites of people's own machines, for the people that they name. */
export interface ShareSettings {
  /** Lower case; what every share's host lies below. */
  readonly domain: string;
  /** Who may share: selectors as the rules write them, which are read together with the rules. */
  readonly allow: readonly SelectorEntry[];
  readonly maxDurationMs: number;
  readonly maxPerPerson: number;
}

export interface Settings {
  /** Absolute path of the settings file; `null` when given as an object. */
  readonly file: string | null;
  /** An origin, such as `https://auth.example.com`, without trailing slash. Also the assertions' issuer. */
  readonly authUrl: string;
  readonly listen: ListenAddress;
  readonly alsoListen: readonly ListenAddress[];
  /** Where connections begin with the PROXY protocol; `null`: nowhere. */
  readonly proxyProtocol: { readonly listen: ListenAddress } | null;
  /** Where plain http is sent on to https; `null`: nowhere. */
  readonly httpRedirect: ListenAddress | null;
  /** Others may listen on the same port. */
  readonly reusePort: boolean;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Absolute path of a rules file, or of a folder of them. */
  readonly rules: string;
  /** Absolute. Nothing is in it with {@link postgres}. */
  readonly dataDir: string;
  /** The store in place of SQLite in `dataDir`; `null`: SQLite. */
  readonly postgres: PostgresSettings | null;
  /** How long who is logged in carries on while the store does not answer. */
  readonly storeLossKeepMs: number;
  /** 32 bytes each, as written; the first one seals, all open. */
  readonly masterKeys: readonly string[];
  /** Where another proxy asks about its requests; `null`: nowhere. */
  readonly forwardAuth: {
    readonly listen: ListenAddress;
    /** CIDRs of who may ask; on a Unix socket this machine alone. */
    readonly from: readonly string[];
    readonly proxy: FrontKind;
  } | null;
  /** CIDRs. */
  readonly trustedProxies: readonly string[];
  readonly clientIpHeader: string | null;
  readonly countryHeader: string | null;
  readonly identityProviders: readonly IdentityProviderSettings[];
  readonly trustedIssuers: readonly TrustedIssuerSettings[];
  /** `null`: nobody can enrol or use one. */
  readonly hardwareKeys: HardwareKeySettings | null;
  /** `null`: this bouncer takes no connectors. */
  readonly tunnel: TunnelSettings | null;
  /** `null`: nobody may share. */
  readonly share: ShareSettings | null;
  /** `null`: no mail is sent. */
  readonly smtp: SmtpSettings | null;
  /** Mail is shown on a page of `auth_url` and goes nowhere: a try that only this machine can reach. */
  readonly showsMail: boolean;
  readonly session: {
    readonly durationMs: number;
    readonly idleTimeoutMs: number;
    readonly recheckMs: number;
    /** How long a login stands whose provider cannot be asked; `null`: to the session's end. */
    readonly recheckGraceMs: number | null;
    /** How many logins one person may have at a time; `null`: any number. */
    readonly maxPerPerson: number | null;
  };
  /** Whether a logout at an application ends the login, or a page on `auth_url` asks the person first. */
  readonly logout: 'at_once' | 'confirm';
  /** Whether a terminal may be logged in by a code that is typed. */
  readonly hasDeviceLogin: boolean;
  readonly assertion: {
    readonly header: string;
    readonly lifetimeMs: number;
    readonly algorithm: 'ES256';
  };
  /** Header values for applications, by the names that rules use. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly branding: {
    readonly name: string;
    /** `null`: bouncer's own mark. */
    readonly logo: Logo | null;
    /** `#rgb` or `#rrggbb`; `null`: bouncer's own. */
    readonly color: string | null;
  };
  readonly management: ListenAddress | null;
  /** CIDRs of who else may ask there. */
  readonly managementFrom: readonly string[];
  /** Further hosts, canonical, by which it is reached. */
  readonly managementNames: readonly string[];
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    /** `null`: as fits who reads it. */
    readonly format: 'json' | 'pretty' | null;
  };
  readonly limits: {
    /** All header fields of a request, bytes. */
    readonly headerBytes: number;
    /** Cookies that bouncer's own pages still answer, bytes. */
    readonly cookieBytes: number;
    readonly headerCount: number;
    /** The request target, bytes. */
    readonly urlBytes: number;
    /** A request body, bytes; 0 = none. */
    readonly bodyBytes: number;
    /** A form that is kept while its person logs in, bytes; 0: none is kept. */
    readonly preservedBodyBytes: number;
    readonly headersTimeoutMs: number;
    /** For a body, or for each further 16 KB of a large one; 0 = none. */
    readonly requestTimeoutMs: number;
    readonly keepAliveTimeoutMs: number;
    readonly connections: number;
    readonly connectionsPerAddress: number;
    /** In which a client takes 16 KB of what waits for it, or is cut. */
    readonly writeTimeoutMs: number;
    readonly stalledPerAddress: number;
    /** Logins of one address that may fail at once. */
    readonly failedLoginsPerAddress: number;
    /** The same at one provider, of all. */
    readonly failedLoginsPerProvider: number;
    /** How long after SIGTERM connections are still taken. */
    readonly drainDelayMs: number;
    /** How long SIGTERM waits for requests in flight before it cuts them. */
    readonly drainTimeoutMs: number;
  };
  /** Absolute paths of the files that settings were read from by `{ file }`, and of the TLS files: watch them too. */
  readonly referencedFiles?: readonly string[];
}
