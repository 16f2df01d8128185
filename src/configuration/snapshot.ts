// What one request sees of the configuration: taken once at its start, frozen, swapped as one reference by a reload.
import { compileTrustedProxies, type TrustedProxies } from '../http/client-address.ts';
import { dialectFieldNames } from '../http/dialects.ts';
import type { HeaderClaim } from '../http/header-families.ts';
import { compileHeaderPlan, type HeaderPlan } from '../http/header-plan.ts';
import { authHostOf, schemeOf } from '../http/origin-of.ts';
import { compileResponsePlan, personalResponsePlan, type ResponsePlan } from '../http/response-headers.ts';
import type { Known } from '../identity/principal.ts';
import type { ExplainableRules } from '../rules/decide/compile-rules.ts';
import { joinRules } from '../rules/decide/join-rules.ts';
import type { Application, Area, CompiledRules, RequestHeaderEdit } from '../rules/model/compiled-rules.ts';
import type { Settings } from '../settings/settings.ts';

/** Told of a header that a client must not send to an application: its folded name, and what it claims. */
export type OnDropped = (application: string, header: string, claim: HeaderClaim) => void;

/** The header rules of one application, both ways, and what is its own. */
export interface HeaderPlans {
  readonly areas: ReadonlySet<Area>;
  readonly request: HeaderPlan;
  readonly response: ResponsePlan;
  /** The values of the identity headers, made once for each principal. */
  readonly identityValues: WeakMap<Known, readonly (string | null)[]>;
  /** For answers to somebody who is logged in. */
  readonly personalResponse: ResponsePlan;
}

export interface Snapshot {
  readonly settings: Settings;
  readonly rules: CompiledRules;
  readonly trust: TrustedProxies;
  /** The same with those who ask about their requests; `null`: nobody may ask. */
  readonly forwardAuthTrust: TrustedProxies | null;
  /** The scheme, host and port under which people reach `auth_url`. */
  readonly scheme: 'http' | 'https';
  readonly authHost: string;
  /** `:8443`, or `''` for the scheme's own port; every application is reached by it. */
  readonly portSuffix: string;
  readonly headerPlans: ReadonlyMap<Application, HeaderPlans>;
}

/** Derive everything that a request needs from valid settings and rules, once. */
export function createSnapshot(settings: Settings, rules: CompiledRules, onDropped?: OnDropped): Snapshot {
  const builder = createSnapshotBuilder(settings, rules, onDropped);
  for (const application of rules.applications) builder.add(application);
  return builder.finish();
}

/** A snapshot application by application, so that one of many can be made between requests. */
export interface SnapshotBuilder {
  add(application: Application): void;
  /** Every application of the rules must have been added: one that was not would be refused. */
  finish(): Snapshot;
}

/** @param onDropped told when a client’s claim is dropped; the same may be told again */
export function createSnapshotBuilder(
  settings: Settings,
  rules: CompiledRules,
  onDropped: OnDropped = () => {},
): SnapshotBuilder {
  const { port } = new URL(settings.authUrl);
  const plans = new Map<Application, HeaderPlans>();
  return {
    add: (application) => void plans.set(application, headerPlans(settings, application, onDropped)),
    finish: () =>
      Object.freeze({
        settings,
        rules,
        trust: compileTrustedProxies(settings.trustedProxies),
        forwardAuthTrust:
          settings.forwardAuth === null
            ? null
            : compileTrustedProxies([...settings.trustedProxies, ...settings.forwardAuth.from]),
        scheme: schemeOf(settings),
        authHost: authHostOf(settings),
        portSuffix: port === '' ? '' : `:${port}`,
        headerPlans: plans,
      }),
  };
}

/** The same with applications that come and go beside the rules. */
export function withShares(
  base: Snapshot,
  rules: ExplainableRules,
  shares: ExplainableRules,
  onDropped: OnDropped = () => {},
): Snapshot {
  if (shares.applications.length === 0) return base;
  const plans = new Map(base.headerPlans);
  for (const application of shares.applications)
    plans.set(application, headerPlans(base.settings, application, onDropped));
  return Object.freeze({ ...base, rules: joinRules(rules, shares), headerPlans: plans });
}

/** @throws RangeError for a secret that the settings do not have: rules that name one are refused at load */
function withSecrets(edit: RequestHeaderEdit, secrets: Settings['secrets']): RequestHeaderEdit {
  const set = edit.setFromSecrets.map(([name, secret]): readonly [string, string] => {
    const value = secrets[secret];
    if (value === undefined) throw new RangeError(`the settings have no secret \`${secret}\``);
    return [name, value];
  });
  return { ...edit, set: [...edit.set, ...set] };
}

function headerPlans(settings: Settings, application: Application, onDropped: OnDropped): HeaderPlans {
  const assertionHeader = settings.assertion.header;
  const response = compileResponsePlan({
    assertionHeader,
    responseHeaders: application.responseHeaders,
    isHttps: schemeOf(settings) === 'https',
  });
  return {
    areas: new Set(application.areas),
    identityValues: new WeakMap(),
    request: compileHeaderPlan({
      assertionHeader,
      identityHeaders: [
        ...application.identityHeaders.map(({ header }) => header),
        ...dialectFieldNames(application.dialects),
      ],
      requestHeaders: withSecrets(application.requestHeaders, settings.secrets),
      passesMethodOverride: !application.looksAtMethod,
      onDropped: (header, claim) => onDropped(application.name, header, claim),
    }),
    response,
    personalResponse: personalResponsePlan(response),
  };
}
