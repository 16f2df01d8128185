// A checked set → the rules that requests are decided by. Everything is prepared here, so that a request only looks up.
import type { RequestTarget } from '../http/request-target.ts';
import { type CompiledArea, compileArea } from './compile-area.ts';
import { createPolicyCompiler } from './compile-policy.ts';
import type { Application, CompiledRules } from './compiled-rules.ts';
import { compileAreas } from './path-areas.ts';
import type { ApplicationRules, Policy, RulesSet } from './rules-set.ts';

export type { CompiledRules } from './compiled-rules.ts';

/** An application whose areas can be explained. */
export interface CompiledApplication extends Application {
  /** The application's own area first, then its paths. */
  readonly areas: readonly CompiledArea[];
  selectArea(target: RequestTarget): CompiledArea | 'ambiguous';
}

/** What {@link compileRules} makes: the rules of the gateway, and the parts that explaining needs. */
export interface ExplainableRules extends CompiledRules {
  readonly applications: readonly CompiledApplication[];
  findApplication(host: string): CompiledApplication | null;
}

/** Compiles a set. Never fails for a set that parseRules made. */
export function compileRules(set: RulesSet): ExplainableRules {
  const compilePolicy = createPolicyCompiler(set.ruleGroups);
  const applications = set.applications.map((application) => {
    const compileList = (path: string | null, policies: readonly Policy[]) =>
      compileArea(path, policies.map(compilePolicy), application.mode);
    return compileApplication(application, [
      compileList(null, application.policies),
      ...application.paths.map(({ path, policies }) => compileList(path, policies)),
    ]);
  });
  const authHost = set.context.authUrl === null ? null : new URL(set.context.authUrl).hostname;
  return createTable(applications, authHost);
}

/** A function of its own, so that its closure keeps nothing else of the compilation alive. */
function createTable(
  applications: readonly CompiledApplication[],
  authHost: string | null,
): ExplainableRules {
  const exact = new Map<string, CompiledApplication>();
  const wildcards = new Map<string, CompiledApplication>();
  for (const application of applications) {
    for (const host of application.hosts) {
      if (host.startsWith('*')) wildcards.set(host.slice(1), application);
      else exact.set(host, application);
    }
  }
  return Object.freeze({
    applications: Object.freeze(applications),
    findApplication(host: string) {
      const application = exact.get(host);
      if (application !== undefined) return application;
      // Where people log in is an application only if it is named in full.
      if (wildcards.size === 0 || host === authHost) return null;
      const dot = host.indexOf('.');
      return dot < 1 ? null : (wildcards.get(host.slice(dot)) ?? null);
    },
  });
}

function compileApplication(
  application: ApplicationRules,
  areas: readonly [CompiledArea, ...CompiledArea[]],
): CompiledApplication {
  const { name, hosts, audience, upstreams, upstreamOptions, session } = application;
  const { identityHeaders, requestHeaders, responseHeaders, allowedOrigins } = application;
  const [whole, ...paths] = areas;
  return Object.freeze({
    ...{ name, hosts, audience, upstreams, upstreamOptions, session },
    ...{ identityHeaders, requestHeaders, responseHeaders, allowedOrigins },
    areas,
    selectArea: compileAreas(whole, paths),
  });
}
