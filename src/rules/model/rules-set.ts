// The rules as people meant them: every file read, every word checked, nothing compiled yet. Plain frozen data with places.
import type { Network } from '../../http/network.ts';
import type { Position } from '../../source/problem.ts';
import type { ApplicationSettings, UpstreamAddress } from './compiled-rules.ts';
import type { Outcome } from './decision.ts';
import type { Identity } from './facts.ts';
import type { KeySource } from './key-source.ts';
import type { TimeWindow } from './time-window.ts';
import type { Workload, WorkloadPattern } from './workload.ts';

/** Where something was written. Locating costs a walk through the file, so it happens only when somebody asks. */
export interface Place {
  locate(part?: 'key' | 'value'): Position;
}

/** One condition. A list of values means "any of". */
export type Selector = { readonly place: Place } & SelectorCondition;

export type SelectorCondition =
  | { readonly kind: 'everyone' | 'authenticated' | 'any_service_token' | 'granted' }
  | {
      readonly kind:
        | 'email'
        | 'email_domain'
        | 'group'
        | 'login_method'
        | 'auth_method'
        | 'country'
        | 'method'
        | 'service_token';
      readonly values: readonly string[];
    }
  | { readonly kind: 'rule_group'; readonly names: readonly string[] }
  | { readonly kind: 'claim'; readonly name: string; readonly values: readonly (string | number | boolean)[] }
  | {
      readonly kind: 'hardware_key';
      readonly maxAgeMs: number | null;
      /** Lower case; `null` = any make. */
      readonly aaguids: readonly string[] | null;
      readonly source: KeySource;
    }
  | { readonly kind: 'login_age'; readonly maxAgeMs: number }
  | { readonly kind: 'ip'; readonly networks: readonly Network[] }
  | { readonly kind: 'time'; readonly windows: readonly TimeWindow[] }
  | { readonly kind: 'workload'; readonly workloads: readonly WorkloadPattern[] };

/** `include`: at least one holds. `require`: every one. `exclude`: none. */
export interface SelectorLists {
  readonly include: readonly Selector[];
  readonly require: readonly Selector[];
  readonly exclude: readonly Selector[];
}

export interface RuleGroup extends SelectorLists {
  readonly name: string;
  readonly place: Place;
}

export type PolicyAction = 'allow' | 'deny' | 'bypass';

/** `report`: says what it would have decided and decides nothing. */
export type Mode = 'enforce' | 'report';

export interface Policy extends SelectorLists {
  readonly name: string;
  /** What who is refused reads of it; `null`: kinds of things. */
  readonly label: string | null;
  readonly action: PolicyAction;
  readonly mode: Mode;
  readonly place: Place;
}

/** `requests` of an application: who may ask for access for a time, and who may give it. One selector is enough of either list. */
export interface RequestRules {
  readonly from: readonly Selector[];
  readonly approvers: readonly Selector[];
  /** The identity providers whose logins count for approvers; `null`: those of the application. */
  readonly approverLoginMethods: readonly string[] | null;
  /** Addresses that are told of each request, lower case. */
  readonly notify: readonly string[];
  readonly maxDurationMs: number;
  readonly isPurposeRequired: boolean;
  readonly place: Place;
}

export interface PathRules {
  /** Begins with `/`, without a `/` at its end. */
  readonly path: string;
  readonly policies: readonly Policy[];
  /** Its own, or that of the nearest path above which has one; `null`: the application's. */
  readonly upstreams: readonly UpstreamAddress[] | null;
  readonly place: Place;
}

export interface ApplicationRules extends ApplicationSettings {
  readonly mode: Mode;
  /** `null`: nobody may ask, and no grant counts. */
  readonly requests: RequestRules | null;
  readonly policies: readonly Policy[];
  readonly paths: readonly PathRules[];
  readonly place: Place;
}

/** The person of a test; times are ages, since a test may run at any time. */
export interface TestPerson {
  readonly identity: Omit<Identity, 'authTimeMs' | 'hardwareKey'>;
  readonly loginAgeMs: number;
  /** `null`: no hardware key was used, by the provider's word. */
  readonly hardwareKeyAgeMs: number | null;
  /** A use of bouncer's own ceremony; `null`: none. */
  readonly ownKey: { readonly ageMs: number; readonly aaguid: string | null } | null;
}

export interface RulesTest {
  readonly name: string;
  readonly url: string;
  /** `null`: nobody is logged in. */
  readonly person: TestPerson | null;
  readonly serviceToken: string | null;
  readonly workload: Workload | null;
  /** The person was granted access to what the URL leads to. */
  readonly isGranted: boolean;
  readonly method: string;
  readonly ip: string | null;
  readonly country: string | null;
  /** Milliseconds since the epoch; `null` = whenever the test runs. */
  readonly atMs: number | null;
  readonly expect: Outcome;
  readonly place: Place;
}

/** What the settings say of bouncer's own hardware keys. */
export interface OwnKeysContext {
  /** Whether the settings have `hardware_keys`. */
  readonly isOn: boolean;
  /** Whether they name what proves the make of a key. */
  readonly provesMakes: boolean;
  /** The AAGUIDs of makes by their name in the metadata: one make has several, such as one for each version of its firmware. */
  readonly makes: ReadonlyMap<string, readonly string[]>;
}

/** What the settings say that rules depend on. `null` where the settings are not at hand: then it is not checked. */
export interface RulesContext {
  readonly providerIds: readonly string[] | null;
  /** The providers whose logins never say that a hardware key was used; absent: not known. */
  readonly keylessProviders?: readonly string[];
  /** The providers that know groups. */
  readonly groupProviders: readonly string[] | null;
  /** Claims that some provider keeps, by their full names. */
  readonly keptClaims: readonly string[] | null;
  /** Which providers keep a claim. */
  readonly claimProviders: Readonly<Record<string, readonly string[]>> | null;
  /** What `{ secret: NAME }` may name. */
  readonly secretNames?: readonly string[];
  /** The names of `trusted_issuers`. Absent: not known. */
  readonly issuerNames?: readonly string[];
  /** Whether another proxy may ask about its requests. Absent: not known. */
  readonly hasForwardAuth?: boolean;
  readonly hasTrustedProxies: boolean | null;
  /** The name of the header that carries the assertion. */
  readonly assertionHeader: string | null;
  readonly hasCountryHeader: boolean | null;
  readonly ownKeys: OwnKeysContext | null;
  /** Whether mail can be sent. Absent: not known. */
  readonly canMail?: boolean;
  /** Whether the settings have tunnels. `null`: not known. */
  readonly hasTunnels?: boolean | null;
  /** An origin, such as `https://auth.example.com`. */
  readonly authUrl: string | null;
  /** What the `groups.only` of all providers that know groups let count, together. Absent: one lets all count, or it is not known. */
  readonly countedGroups?: readonly string[];
  /** Which providers speak for addresses by their own word. Absent: not known. */
  readonly addressSpeakers?: {
    /** Domains that some provider names, lower case. */
    readonly named: readonly string[];
    /** The providers that are believed about every other domain, though they do not themselves send mail to the address. */
    readonly ofTheRest: readonly string[];
  };
  /** What the settings say of shares. `null`: there are none. Absent: not known. */
  readonly share?: {
    /** What problems in `allow` carry as their file. */
    readonly file: string;
    readonly domain: string;
    /** Selectors in the shape that rules have. */
    readonly allow: readonly unknown[];
  } | null;
  /** True where only a page on `auth_url` may ask for a logout, which must then not be an application's. Absent: not so, or not known. */
  readonly confirmsLogout?: boolean;
  /** The absolute folder that relative file names start from. */
  readonly baseDir: string;
}

export interface RulesSet {
  readonly applications: readonly ApplicationRules[];
  readonly ruleGroups: readonly RuleGroup[];
  /** What shares are made from; its policies let in whoever may share. `null`: nobody may. */
  readonly sharing: ApplicationRules | null;
  readonly tests: readonly RulesTest[];
  readonly context: RulesContext;
}
