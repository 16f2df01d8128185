// A checked set → the rules that requests are decided by. Everything is prepared here, so that a request only looks up.
import { createHostTable } from '../../http/host-match.ts';
import type { RequestTarget } from '../../http/request-target.ts';
import type { Application, CompiledRules, Sharing } from '../model/compiled-rules.ts';
import { policiesOf, requestListsOf } from '../model/policies-of.ts';
import type { ApplicationRules, PathRules, RuleGroup, RulesSet, SelectorLists } from '../model/rules-set.ts';
import { type CompiledArea, compileArea } from './compile-area.ts';
import { createPolicyCompiler } from './compile-policy.ts';
import { compileRequests } from './compile-requests.ts';
import { createNamedAddresses, type NamedAddresses } from './named-addresses.ts';
import { compileAreas } from './path-areas.ts';

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
  /**
   * The rules of all that was added; nothing may be added afterwards.
   *
   * @param sharing what shares are made from; `null`: nobody may share
   */
  finish(sharing: ApplicationRules | null): ExplainableRules;
}

/** Compiles a set. Never fails for a set that parseRules made. */
export function compileRules(set: RulesSet): ExplainableRules {
  const compiler = createRulesCompiler(set.ruleGroups, set.context.authUrl);
  for (const application of set.applications) compiler.add(application);
  return compiler.finish(set.sharing);
}

/** @param authUrl where people log in; `null` when it is not known */
export function createRulesCompiler(ruleGroups: readonly RuleGroup[], authUrl: string | null): RulesCompiler {
  const compilePolicy = createPolicyCompiler(ruleGroups);
  const topicsOf = createTopicFinder(ruleGroups);
  const named = createNamedAddresses(ruleGroups);
  const table = createTable(authUrl === null ? null : new URL(authUrl).hostname, named);
  const compileSharing = (sharing: ApplicationRules): Sharing => {
    const { mode, policies, paths: _, place: __, ...template } = sharing;
    return Object.freeze({ area: compileArea(null, policies.map(compilePolicy), mode), template });
  };
  return {
    add(application) {
      named.add(application);
      const { mode, loginMethods } = application;
      const grantsFor = application.requests === null ? null : application.name;
      const compileList = (
        path: string | null,
        { policies, upstreams }: Pick<PathRules, 'policies' | 'upstreams'>,
      ) => compileArea(path, policies.map(compilePolicy), mode, { loginMethods, upstreams, grantsFor });
      const topics = topicsOf(policiesOf(application));
      table.add(
        compileApplication(
          application,
          [
            compileList(null, { policies: application.policies, upstreams: null }),
            ...application.paths.map((path) => compileList(path.path, path)),
          ],
          {
            looksAtMethod: topics.has('method'),
            requests: compileRequests(application, ruleGroups, compilePolicy),
          },
        ),
        new Set([...topics, ...topicsOf(requestListsOf(application))]),
      );
    },
    finish(sharing) {
      if (sharing !== null) for (const topic of topicsOf(policiesOf(sharing))) table.ask(topic);
      return table.finish(sharing === null ? null : compileSharing(sharing));
    },
  };
}

/** A function of its own, so that its closure keeps nothing else of the compilation alive. */
function createTable(authHost: string | null, named: NamedAddresses) {
  const applications: CompiledApplication[] = [];
  const asksAbout = new Set<string>();
  // Where people log in is an application only if it is named in full.
  const hosts = createHostTable<CompiledApplication>(authHost);
  return {
    add(application: CompiledApplication, topics: ReadonlySet<string>): void {
      for (const topic of topics) asksAbout.add(topic);
      applications.push(application);
      for (const host of application.hosts) hosts.set(host, application);
    },
    ask: (topic: string): void => void asksAbout.add(topic),
    finish: (sharing: Sharing | null): ExplainableRules =>
      Object.freeze({
        applications: Object.freeze(applications),
        sharing,
        asksAbout,
        findApplication: hosts.find,
        namesAddress: named.has,
      }),
  };
}

/** @returns what lists ask about, by themselves or by their rule groups */
function createTopicFinder(
  groups: readonly RuleGroup[],
): (lists: readonly SelectorLists[]) => ReadonlySet<string> {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const known = new Map<string, readonly string[]>();
  const inGroup = (name: string): readonly string[] => {
    let found = known.get(name);
    if (found === undefined) {
      const group = byName.get(name);
      found = group === undefined ? [] : [...new Set(inLists(group))];
      known.set(name, found);
    }
    return found;
  };
  const inLists = ({ include, require, exclude }: SelectorLists): readonly string[] =>
    [...include, ...require, ...exclude].flatMap((selector) => {
      if (selector.kind === 'rule_group') return selector.names.flatMap(inGroup);
      return selector.kind === 'claim' ? [`claim:${selector.name}`] : [selector.kind];
    });
  return (lists) => new Set(lists.flatMap(inLists));
}

function compileApplication(
  application: ApplicationRules,
  areas: readonly [CompiledArea, ...CompiledArea[]],
  { looksAtMethod, requests }: Pick<CompiledApplication, 'looksAtMethod' | 'requests'>,
): CompiledApplication {
  const { name, presentation, hosts, audience, upstreams, upstreamOptions, session } = application;
  const { identityHeaders, requestHeaders, responseHeaders, allowedOrigins, passesPreflight } = application;
  const { upgrades, pathSpelling, rewritesLocation, loginMethods, takesPersonal } = application;
  const { isForwardAuth, dialects } = application;
  const [whole, ...paths] = areas;
  return Object.freeze({
    ...{ name, presentation, hosts, audience, upstreams, upstreamOptions, session },
    ...{ identityHeaders, requestHeaders, responseHeaders, allowedOrigins, passesPreflight },
    ...{ upgrades, pathSpelling, rewritesLocation, loginMethods, takesPersonal },
    isInMaintenance: application.isInMaintenance,
    ...{ isForwardAuth, dialects },
    looksAtMethod,
    requests,
    areas,
    selectArea: compileAreas(whole, paths),
  });
}
