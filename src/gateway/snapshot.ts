// What one request sees of the configuration: taken once at its start, frozen, swapped as one reference by a reload.
import { compileTrustedProxies, type TrustedProxies } from '../http/client-address.ts';
import { compileHeaderPlan, type HeaderPlan } from '../http/request-headers.ts';
import { compileResponsePlan, type ResponsePlan } from '../http/response-headers.ts';
import type { Application, Area, CompiledRules } from '../rules/compiled-rules.ts';
import type { Settings } from '../settings/settings.ts';

/** The header rules of one application, both ways, and what is its own. */
export interface HeaderPlans {
  readonly areas: ReadonlySet<Area>;
  readonly request: HeaderPlan;
  readonly response: ResponsePlan;
}

export interface Snapshot {
  readonly settings: Settings;
  readonly rules: CompiledRules;
  readonly trust: TrustedProxies;
  /** The scheme, host and port under which people reach `auth_url`. */
  readonly scheme: 'http' | 'https';
  readonly authHost: string;
  /** `:8443`, or `''` for the scheme's own port; every application is reached by it. */
  readonly portSuffix: string;
  readonly headerPlans: ReadonlyMap<Application, HeaderPlans>;
}

/** Derive everything that a request needs from valid settings and rules, once. */
export function createSnapshot(settings: Settings, rules: CompiledRules): Snapshot {
  const authUrl = new URL(settings.authUrl);
  return Object.freeze({
    settings,
    rules,
    trust: compileTrustedProxies(settings.trustedProxies),
    scheme: authUrl.protocol === 'https:' ? 'https' : 'http',
    authHost: authUrl.hostname,
    portSuffix: authUrl.port === '' ? '' : `:${authUrl.port}`,
    headerPlans: new Map(
      rules.applications.map((application) => [application, headerPlans(settings, application)]),
    ),
  });
}

function headerPlans(settings: Settings, application: Application): HeaderPlans {
  const assertionHeader = settings.assertion.header;
  return {
    areas: new Set(application.areas),
    request: compileHeaderPlan({
      assertionHeader,
      identityHeaders: application.identityHeaders.map(({ header }) => header),
      requestHeaders: application.requestHeaders,
    }),
    response: compileResponsePlan({ assertionHeader, responseHeaders: application.responseHeaders }),
  };
}
