// Why the rules said no, as far as who is refused may know: asked for a page alone, after the decision, by the very tests that decided.
import type { Denial, Lack, MissedWay } from '../model/denial.ts';
import type { Facts } from '../model/facts.ts';
import type { SelectorCondition } from '../model/rules-set.ts';
import { no, type Truth, yes } from '../model/truth.ts';
import type { CompiledCondition, CompiledLists, CompiledPolicy } from './compile-policy.ts';
import { bothAssumed } from './compile-selector.ts';

/**
 * @param policies those that are enforced
 * @param policy the one that denied; `null`: none matched
 * @param facts as they were decided about
 */
export function denialOf(policies: readonly CompiledPolicy[], policy: string | null, facts: Facts): Denial {
  const denying = policy === null ? undefined : policies.find(({ name }) => name === policy);
  if (denying !== undefined) {
    if (denying.label !== null) return { kind: 'rule', label: denying.label };
    return { kind: 'missing', ways: distinct([lacksOf([speaking(denying, facts)])]) };
  }
  const open = policies.filter(({ action, test }) => action !== 'deny' && test(facts, bothAssumed) === no);
  const ways = distinct(
    open.map((one) => (one.label === null ? lacksOf(missing(one, facts)) : { label: one.label })),
  );
  // What is for programs alone helps nobody who reads a page, unless there is nothing else.
  const forPeople = ways.filter((way) => 'label' in way || !way.lacks.some(isForPrograms));
  return { kind: 'missing', ways: forPeople.length === 0 ? ways : forPeople };
}

function isForPrograms(lacks: readonly Lack[]): boolean {
  return lacks.every((lack) => lack === 'program');
}

function lacksOf(lists: readonly (readonly Lack[])[]): MissedWay {
  const some = lists.map((lacks) => [...new Set(lacks)]).filter((lacks) => lacks.length > 0);
  return { lacks: [...new Map(some.map((lacks) => [lacks.join(), lacks])).values()] };
}

function distinct(ways: readonly MissedWay[]): readonly MissedWay[] {
  const known = new Map<string, MissedWay>();
  for (const way of ways) if ('label' in way || way.lacks.length > 0) known.set(JSON.stringify(way), way);
  return [...known.values()];
}

/** What keeps lists from holding: of each inner list one has to change. */
function missing({ include, require, exclude }: CompiledLists, facts: Facts): readonly (readonly Lack[])[] {
  const truthIn = (one: CompiledCondition): Truth => one.test(facts, bothAssumed);
  const isIncluded = include.some((one) => truthIn(one) !== no);
  return [
    ...(isIncluded ? [] : [include.flatMap((one) => wanted(one, facts))]),
    ...require.filter((one) => truthIn(one) === no).map((one) => wanted(one, facts)),
    ...exclude.filter((one) => truthIn(one) === yes).map((one) => unwanted(one, facts)),
  ];
}

/** What makes a policy match: any of it has to change for it not to. */
function speaking({ include, require, exclude }: CompiledLists, facts: Facts): readonly Lack[] {
  const holds = (one: CompiledCondition): boolean => one.test(facts, bothAssumed) !== no;
  return [
    ...[...include, ...require].filter(holds).flatMap((one) => unwanted(one, facts)),
    ...exclude.flatMap((one) => wanted(one, facts)),
  ];
}

/** What would make a condition hold. */
function wanted({ selector, groups }: CompiledCondition, facts: Facts): readonly Lack[] {
  if (selector.kind === 'rule_group') return groups.flatMap((group) => missing(group, facts).flat());
  const lack = lackOf(selector, facts);
  return lack === null ? [] : [lack];
}

/** What would make it not hold. */
function unwanted({ selector, groups }: CompiledCondition, facts: Facts): readonly Lack[] {
  if (selector.kind === 'rule_group')
    return groups
      .filter(({ test }) => test(facts, bothAssumed) !== no)
      .flatMap((group) => speaking(group, facts));
  if (selector.kind === 'granted') return [];
  const lack = lackOf(selector, facts);
  return lack === null ? [] : [lack === 'group' ? 'group_out' : lack];
}

/** @returns `null`: nobody can change it, or a step-up does */
function lackOf({ kind }: SelectorCondition, { identity }: Facts): Lack | null {
  switch (kind) {
    case 'email':
    case 'email_domain':
      return identity !== null && identity.email === null ? 'confirmed_address' : 'address';
    case 'group':
      return (identity?.unsettled?.groups ?? null) === null ? 'group' : 'known_group';
    case 'claim':
    case 'login_method':
    case 'auth_method':
    case 'country':
    case 'time':
    case 'method':
      return kind;
    case 'ip':
      return 'network';
    case 'granted':
      return 'grant';
    case 'service_token':
    case 'any_service_token':
    case 'workload':
      return 'program';
    case 'everyone':
    case 'authenticated':
    case 'hardware_key':
    case 'login_age':
    case 'rule_group':
      return null;
    default:
      return kind satisfies never;
  }
}
