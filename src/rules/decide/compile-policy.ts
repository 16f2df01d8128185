// Policies and rule groups → tests of the facts, with their parts kept so that `explain` asks the very same tests.

import type { Decision, Missing, Outcome, ReasonId } from '../model/decision.ts';
import { type Facts, isProgram } from '../model/facts.ts';
import type { KeySource } from '../model/key-source.ts';
import type {
  Mode,
  Policy,
  PolicyAction,
  RuleGroup,
  Selector,
  SelectorCondition,
  SelectorLists,
} from '../model/rules-set.ts';
import { no, not, type Truth, unknown, yes } from '../model/truth.ts';
import { isMeant, type WorkloadPattern } from '../model/workload.ts';
import { type AbsentFact, type Assumption, compileSelector, type Test } from './compile-selector.ts';

/** One selector of a list. */
export interface CompiledCondition {
  /** Without its place: a place keeps the whole text of its file alive, and compiled rules live long. */
  readonly selector: SelectorCondition;
  readonly test: Test;
  /** The groups of a `rule_group` selector; empty for others. */
  readonly groups: readonly CompiledGroup[];
}

export interface CompiledLists {
  readonly include: readonly CompiledCondition[];
  readonly require: readonly CompiledCondition[];
  readonly exclude: readonly CompiledCondition[];
  readonly test: Test;
}

export interface CompiledGroup extends CompiledLists {
  readonly name: string;
}

/** A selector that a logged-in person can make true: a hardware key or a fresh login. */
export interface Curable {
  readonly kind: 'hardware_key' | 'login_age';
  readonly maxAgeMs: number | null;
  /** Whose word on a key counts; `any` for a fresh login. */
  readonly source: KeySource;
  /** Whom it is worth asking for one: providers say nothing of makes. */
  readonly asks: KeySource;
  readonly test: Test;
}

export interface CompiledPolicy extends CompiledLists {
  readonly name: string;
  readonly label: string | null;
  readonly action: PolicyAction;
  readonly mode: Mode;
  /** Whether the policy decides: its lists, and for `allow` somebody to let in. */
  readonly test: Test;
  /** Whether it names the program that asks. */
  readonly admitsService: (facts: Facts) => boolean;
  readonly curables: readonly Curable[];
  /** The decision when it matches, and when somebody must log in to know. */
  readonly matched: Decision;
  readonly login: Decision;
}

/** Compiles the policies of one set. Rule groups are compiled once for each safe side and shared. */
export function createPolicyCompiler(groups: readonly RuleGroup[]): (policy: Policy) => CompiledPolicy {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const compiled = { meets: new Map<string, CompiledGroup>(), misses: new Map<string, CompiledGroup>() };

  function compileGroup(name: string, absent: AbsentFact): CompiledGroup {
    const cache = compiled[absent];
    const known = cache.get(name);
    if (known !== undefined) return known;
    const group = byName.get(name);
    if (group === undefined) throw new Error(`rule group ${name} is not in the set`);
    const made = { name, ...compileLists(group, absent) };
    cache.set(name, made);
    return made;
  }

  function compileCondition(selector: Selector, absent: AbsentFact): CompiledCondition {
    const { place: _, ...condition } = selector;
    if (selector.kind !== 'rule_group') {
      return { selector: condition, test: compileSelector(selector, absent), groups: [] };
    }
    const groups = selector.names.map((name) => compileGroup(name, absent));
    const [only] = groups;
    return {
      selector: condition,
      test: groups.length === 1 && only !== undefined ? only.test : anyOf(groups),
      groups,
    };
  }

  function compileLists(lists: SelectorLists, absent: AbsentFact): CompiledLists {
    const include = lists.include.map((selector) => compileCondition(selector, absent));
    const require = lists.require.map((selector) => compileCondition(selector, absent));
    const exclude = lists.exclude.map((selector) =>
      compileCondition(selector, absent === 'meets' ? 'misses' : 'meets'),
    );
    return { include, require, exclude, test: combine(include, require, exclude) };
  }

  return (policy) => {
    const lists = compileLists(policy, policy.action === 'deny' ? 'meets' : 'misses');
    const admitsService = admissionOf(lists);
    return {
      ...lists,
      name: policy.name,
      label: policy.label,
      action: policy.action,
      mode: policy.mode,
      test: policy.action === 'allow' ? ofSomebody(lists.test, admitsService) : lists.test,
      admitsService,
      curables: findCurables(lists),
      matched: createDecision(policy),
      login: freeze({
        outcome: 'login',
        reason: 'login-required',
        policy: policy.name,
        missing: loginMissing(findCurables(lists)),
      }),
    };
  };
}

const results: Readonly<Record<PolicyAction, readonly [Outcome, ReasonId]>> = {
  allow: ['allow', 'policy-allowed'],
  bypass: ['allow', 'policy-bypassed'],
  deny: ['deny', 'policy-denied'],
};

function createDecision(policy: Policy): Decision {
  const [outcome, reason] = results[policy.action];
  return freeze({ outcome, reason, policy: policy.name, isBypass: policy.action === 'bypass' });
}

const none = Object.freeze([]);

/** A login, and how fresh the policy wants it: a provider that is not asked may say nothing of when the person logged in. */
function loginMissing(curables: readonly Curable[]): readonly Missing[] {
  const ages = curables.flatMap(({ maxAgeMs }) => (maxAgeMs === null ? [] : [maxAgeMs]));
  const login = { what: 'login' as const, ...(ages.length === 0 ? {} : { maxAgeMs: Math.min(...ages) }) };
  return Object.freeze([Object.freeze(login)]);
}

/** A decision with what is usual left out. */
export function freeze(
  decision: Pick<Decision, 'outcome' | 'reason' | 'policy'> & Partial<Decision>,
): Decision {
  return Object.freeze({ isBypass: false, missing: none, reports: none, ...decision });
}

function anyOf(parts: readonly { readonly test: Test }[]): Test {
  return (facts, assumption) => anyHolds(parts, facts, assumption);
}

function anyHolds(parts: readonly { readonly test: Test }[], facts: Facts, assumption: Assumption): Truth {
  let best: Truth = no;
  for (let index = 0; index < parts.length; index++) {
    const truth = parts[index]?.test(facts, assumption) ?? no;
    if (truth === yes) return yes;
    if (truth > best) best = truth;
  }
  return best;
}

/** `include` holds, every `require` holds, no `exclude` holds; the least of these three. */
function combine(
  include: readonly CompiledCondition[],
  require: readonly CompiledCondition[],
  exclude: readonly CompiledCondition[],
): Test {
  return (facts, assumption) => {
    let least = anyHolds(include, facts, assumption);
    if (least === no) return no;
    for (let index = 0; index < require.length; index++) {
      const truth = require[index]?.test(facts, assumption) ?? no;
      if (truth === no) return no;
      if (truth < least) least = truth;
    }
    if (exclude.length === 0) return least;
    return Math.min(least, not(anyHolds(exclude, facts, assumption))) as Truth;
  };
}

/** `allow` lets somebody in: a person who is logged in, or a program that the policy names. */
function ofSomebody(test: Test, admitsService: (facts: Facts) => boolean): Test {
  return (facts, assumption) => {
    const truth = test(facts, assumption);
    if (truth === no || facts.identity !== null) return truth;
    if (!isProgram(facts)) return unknown;
    return admitsService(facts) ? truth : no;
  };
}

/** Which programs a policy names, itself or by its rule groups. */
function admissionOf(lists: CompiledLists): (facts: Facts) => boolean {
  const names = new Set<string>();
  const workloads: WorkloadPattern[] = [];
  let isAny = false;
  const visit = ({ include, require }: CompiledLists): void => {
    for (const { selector, groups } of [...include, ...require]) {
      if (selector.kind === 'any_service_token') isAny = true;
      if (selector.kind === 'service_token') for (const name of selector.values) names.add(name);
      if (selector.kind === 'workload') workloads.push(...selector.workloads);
      groups.forEach(visit);
    }
  };
  visit(lists);
  return ({ serviceToken, workload }) =>
    workload === null
      ? serviceToken !== null && (isAny || names.has(serviceToken))
      : workloads.some((wanted) => isMeant(workload, wanted));
}

function findCurables(lists: CompiledLists): readonly Curable[] {
  return [...lists.include, ...lists.require, ...lists.exclude].flatMap(({ selector, test, groups }) => {
    if (selector.kind !== 'hardware_key' && selector.kind !== 'login_age')
      return groups.flatMap(findCurables);
    const source = selector.kind === 'hardware_key' ? selector.source : 'any';
    const isOfMake = selector.kind === 'hardware_key' && selector.aaguids !== null;
    const asks = isOfMake ? 'bouncer' : source;
    return [{ kind: selector.kind, maxAgeMs: selector.maxAgeMs, source, asks, test }];
  });
}
