// A checked set → the rules that requests are decided by. Everything is prepared here, so that a request only looks up.
import type { RequestTarget } from '../http/request-target.ts';
import { type CompiledArea, compileArea } from './compile-area.ts';
import { createPolicyCompiler } from './compile-policy.ts';
import type { Application, CompiledRules } from './compiled-rules.ts';
import { compileAreas } from './path-areas.ts';
import type { ApplicationRules, Policy, RuleGroup, RulesSet } from './rules-set.ts';

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

/** Compiles applications one by one, so that a large set can be compiled in slices. */
export interface RulesCompiler {
  add(application: ApplicationRules): void;
  /** The rules of all that was added; nothing may be added afterwards. */
  finish(): ExplainableRules;
}

/** Compiles a set. Never fails for a set that parseRules made. */
export function compileRules(set: RulesSet): ExplainableRules {
  const compiler = createRulesCompiler(set.ruleGroups, set.context.authUrl);
  for (const application of set.applications) compiler.add(application);
  return compiler.finish();
}

/** @param authUrl where people log in; `null` when it is not known */
export function createRulesCompiler(ruleGroups: readonly RuleGroup[], authUrl: string | null): RulesCompiler {
  const compilePolicy = createPolicyCompiler(ruleGroups);
  const table = createTable(authUrl === null ? null : new URL(authUrl).hostname);
  return {
    add(application) {
      const compileList = (path: string | null, policies: readonly Policy[]) =>
        compileArea(path, policies.map(compilePolicy), application.mode);
      table.add(
        compileApplication(application, [
          compileList(null, application.policies),
          ...application.paths.map(({ path, policies }) => compileList(path, policies)),
        ]),
      );
    },
    finish: table.finish,
  };
}

/** A function of its own, so that its closure keeps nothing else of the compilation alive. */
function createTable(authHost: string | null) {
  const applications: CompiledApplication[] = [];
  const exact = new Map<string, CompiledApplication>();
  const wildcards = new Map<string, CompiledApplication>();
  return {
    add(application: CompiledApplication): void {
      applications.push(application);
      for (const host of application.hosts) {
        if (host.startsWith('*')) wildcards.set(host.slice(1), application);
        else exact.set(host, application);
      }
    },
    finish: (): ExplainableRules =>
      Object.freeze({
        applications: Object.freeze(applications),
        findApplication(host: string) {
          const application = exact.get(host);
          if (application !== undefined) return application;
          // Where people log in is an application only if it is named in full.
          if (wildcards.size === 0 || host === authHost) return null;
          const dot = host.indexOf('.');
          return dot < 1 ? null : (wildcards.get(host.slice(dot)) ?? null);
        },
      }),
  };
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
