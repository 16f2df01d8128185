// The rules as the gateway sees them: compiled once at load, looked up per request. Only compile-rules.ts makes them.
import type { Dialect } from '../../http/dialects.ts';
import type { IdentityHeaderSource } from '../../http/identity-header.ts';
import type { CanonicalHost, RequestTarget } from '../../http/request-target.ts';
import type { Decision, Missing } from './decision.ts';
import type { Denial } from './denial.ts';
import type { Facts, Grants, Identity } from './facts.ts';

/** Where an application lives. A Unix socket speaks plain HTTP with `Host: localhost` unless the host is preserved. */
export type UpstreamAddress =
  | {
      readonly kind: 'tcp';
      readonly isTls: boolean;
      readonly host: string;
      readonly port: number;
      readonly text: string;
    }
  | { readonly kind: 'unix'; readonly path: string; readonly text: string }
  /** A service of whichever connectors of a tunnel offer it. What they reach it by is theirs to know. */
  | { readonly kind: 'tunnel'; readonly tunnel: string; readonly service: string; readonly text: string };

/** How requests to the upstream are made. Durations in milliseconds. Paths are absolute. */
export interface UpstreamOptions {
  /** `preserve`: the client's Host goes on (default); `upstream`: the upstream's own; any other text: that text. */
  readonly hostHeader: string;
  readonly caFile: string | null;
  readonly serverName: string | null;
  readonly clientCertFile: string | null;
  readonly clientKeyFile: string | null;
  readonly isHttp2: boolean;
  readonly connectTimeoutMs: number;
  /** To the first byte of the response's head; 0 = none. */
  readonly responseTimeoutMs: number;
  /** Silence in a response's body; 0 = none. */
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
  /** How many of them one client may hold, the queue in proportion. */
  readonly maxConnectionsPerClient: number;
  readonly maxQueue: number;
  readonly maxWebSockets: number;
  readonly maxWebSocketsPerClient: number;
  readonly webSocketIdleTimeoutMs: number;
  readonly healthCheck: {
    readonly path: string;
    readonly intervalMs: number;
    readonly timeoutMs: number;
  } | null;
}

export interface HeaderEdit {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** Changes to a request. */
export interface RequestHeaderEdit extends HeaderEdit {
  /** Whose values are secrets of the settings, by their names there. */
  readonly setFromSecrets: readonly (readonly [name: string, secret: string])[];
  /** Fields that would be dropped because a client may not claim what they say, and that this application gets all the same. */
  readonly pass: readonly string[];
}

/** A part of an application with policies of its own; the longest matching path is selected. */
export interface Area {
  /** `null`: the application's own policies. */
  readonly path: string | null;
  /** Where its requests go; `null`: to the application's. */
  readonly upstreams: readonly UpstreamAddress[] | null;
  /** Whether a policy asks for a hardware key or a fresh login: nobody gets in there on what may be out of date. */
  readonly asksForStepUp: boolean;
  /**
   * When a hardware key or a login that is fresh enough for some policy here will not be any more, so that the decision has to be made
   * again. Milliseconds since the epoch; `Infinity`: never.
   */
  agesAtMs(identity: Identity | null, nowMs: number): number;
  /** When the next grant that counts here ends, milliseconds since the epoch; `Infinity`: none does, or no policy looks at them. */
  grantEndsAtMs(grants: Grants | undefined, nowMs: number): number;
  /** Decide one request. Synchronous, total, never throws: an error inside is a deny with `decision-error`. */
  decide(facts: Facts): Decision;
  /** Why the rules say no, for who is refused; `null` where they do not. Never throws. */
  denial(facts: Facts): Denial | null;
}

/** What people read about an application. Plain text. */
export interface Presentation {
  /** Its name for people. */
  readonly label: string;
  /** An e-mail address or a web page; `null`: nobody is named. */
  readonly contact: string | null;
  /** For who is refused by the rules; `null`: bouncer's own words. */
  readonly deniedText: string | null;
}

/** Whether a path must be well encoded, or reaches the application however it is spelt. */
export type PathSpelling = 'strict' | 'opaque';

/** What the rules say of an application besides its policies: the same as it was read and as it is compiled. */
export interface ApplicationSettings {
  readonly name: string;
  readonly presentation: Presentation;
  /** Exact hosts and `*.example.com` wildcards, lower case. */
  readonly hosts: readonly string[];
  readonly audience: string;
  /** What else it is told, in the words of other access proxies. */
  readonly dialects: readonly Dialect[];
  /** Nobody is let through to it just now. */
  readonly isInMaintenance: boolean;
  /** Empty where another proxy forwards. */
  readonly upstreams: readonly UpstreamAddress[];
  /** Another proxy forwards to it, and asks first. */
  readonly isForwardAuth: boolean;
  readonly upstreamOptions: UpstreamOptions;
  /** The identity providers whose logins count here, each once, in the order in which people choose; `null`: all. */
  readonly loginMethods: readonly string[] | null;
  /** Limits of this application's own on top of the settings'; `null` = the settings'. */
  readonly session: { readonly durationMs: number | null; readonly idleTimeoutMs: number | null };
  readonly identityHeaders: readonly { readonly header: string; readonly source: IdentityHeaderSource }[];
  readonly requestHeaders: RequestHeaderEdit;
  readonly responseHeaders: HeaderEdit;
  /** Further origins (`https://other.example.com`) from which a WebSocket may be opened and a refusal be read. */
  readonly allowedOrigins: readonly string[];
  /** Whether a preflight (Fetch section 4.8) goes on without an identity where only a login is missing. */
  readonly passesPreflight: boolean;
  /** `clients: basic`: programs are asked for a name and a password, and personal tokens count. */
  readonly takesPersonal: boolean;
  /** The protocols that its connections may change to, as the rules write them; compared without case. */
  readonly upgrades: readonly string[];
  /** `opaque`: it takes paths that have no one reading. It has one area then. */
  readonly pathSpelling: PathSpelling;
  /** Whether its own address in `Location` and `Content-Location` becomes the one that people reach it by. */
  readonly rewritesLocation: boolean;
}

/** Who may ask for access for a time, and who may give it. */
export interface AccessRequests {
  /** Of who is logged in. False when in doubt. */
  mayAsk(facts: Facts): boolean;
  mayApprove(facts: Facts): boolean;
  /** What they have to do first to be who may give it: a fresh login, a hardware key. Empty: nothing, or nothing helps. */
  approvalNeeds(facts: Facts): readonly Missing[];
  /** Whether they could, if only they had logged in another way. */
  mayApproveOtherwise(facts: Facts): boolean;
  /** The addresses that are told of a request, lower case, each once. */
  readonly told: readonly string[];
  readonly maxDurationMs: number;
  readonly isPurposeRequired: boolean;
}

export interface Application extends ApplicationSettings {
  /** `null`: nobody may ask, and no grant counts. */
  readonly requests: AccessRequests | null;
  /** Some policy asks for the method: one that a header would override afterwards must not pass. */
  readonly looksAtMethod: boolean;
  /** All of its areas; `selectArea` gives no other. */
  readonly areas: readonly Area[];
  /** The area of the path, or `ambiguous` when one of the readings falls into another area. */
  selectArea(target: RequestTarget): Area | 'ambiguous';
}

/** What every share is made from: who may make one, and an application that is nobody's yet. */
export interface Sharing {
  /** Lets in whoever may share. */
  readonly area: Area;
  readonly template: ApplicationSettings;
}

export interface CompiledRules {
  readonly applications: readonly Application[];
  /** `null`: nobody may share. */
  readonly sharing: Sharing | null;
  /** What some policy asks about: kinds of selectors, and `claim:` with the name of a claim. */
  readonly asksAbout: ReadonlySet<string>;
  /** Exact hosts before wildcards; cost does not grow with the number of applications. */
  findApplication(host: CanonicalHost): Application | null;
  /**
   * Whether some policy that lets people in names this address or its domain. Says nothing about whether the person gets in.
   *
   * @param email in lower case
   */
  namesAddress(email: string): boolean;
}
