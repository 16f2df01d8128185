// What everybody must meet in an area, and a path below it forgets: a path has policies of its own, and those above it are not asked.
// Whoever reads the file takes it otherwise, so it is a warning.
import { quote } from '../../source/quote.ts';
import { pathAbove } from '../model/path-above.ts';
import type { ApplicationRules, Policy, RuleGroup, Selector } from '../model/rules-set.ts';
import { describeSelector } from './describe-selector.ts';
import type { Warn } from './lint-policies.ts';
import { isForPrograms, type SelectorLogic } from './selector-logic.ts';

/** Something that nobody gets around in an area. */
interface Demand {
  readonly kind: 'require' | 'exclude';
  readonly selector: Selector;
  /** The rule group that says it; `null`: the policy itself. */
  readonly group: string | null;
}

/** Warns of the first thing that each path drops. */
export function lintDropped(
  application: ApplicationRules,
  groups: readonly RuleGroup[],
  logic: SelectorLogic,
  warn: Warn,
): void {
  const { name, policies, paths } = application;
  const compare = createComparison(groups, logic);
  for (const inner of paths) {
    const outer = pathAbove(paths, inner);
    const demands = compare.demandsOf(outer?.policies ?? policies);
    for (const [index, policy] of inner.policies.entries()) {
      const dropped = compare.findDropped(policy, inner.policies.slice(0, index), demands);
      if (dropped === null) continue;
      const above = outer === null ? name : outer.path;
      warn(policy.place, 'path-drops-requirement', ...wordsFor(dropped, inner.path, above));
      break;
    }
  }
}

function wordsFor({ kind, selector, group }: Demand, path: string, above: string): [string, string] {
  const what = quote(describeSelector(selector));
  const demand = kind === 'require' ? `asks everybody for ${what}` : `keeps ${what} out`;
  const cure = group === null ? `\`${kind}\` it here too` : `add \`require: [{ rule_group: ${group} }]\``;
  return [
    `${quote(above)} ${demand}, and ${quote(path)} below it does not`,
    `a path has policies of its own, those above it are not asked: ${cure}`,
  ];
}

/** What a selector does once rule groups are taken for what is in them. */
function createGroupLogic(groups: readonly RuleGroup[], logic: SelectorLogic) {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const groupsOf = (selector: Selector): readonly RuleGroup[] =>
    selector.kind === 'rule_group' ? selector.names.flatMap((name) => byName.get(name) ?? []) : [];
  const everyGroup = (selector: Selector, holds: (group: RuleGroup) => boolean): boolean => {
    const named = groupsOf(selector);
    return named.length > 0 && named.every(holds);
  };

  const brings = (one: Selector, wanted: Selector): boolean =>
    logic.implies(one, wanted) ||
    everyGroup(one, ({ require }) => require.some((other) => brings(other, wanted)));
  const keepsOut = (one: Selector, unwanted: Selector): boolean =>
    logic.excludes(one, unwanted) ||
    everyGroup(one, ({ exclude, require }) =>
      [
        ...exclude.map((other) => logic.implies(unwanted, other)),
        ...require.map((other) => keepsOut(other, unwanted)),
      ].some(Boolean),
    );

  return {
    groupsOf,
    /** Whether `wanted` holds wherever `one` does. */
    brings,
    /** Whether `unwanted` holds nowhere where `one` does. */
    keepsOut,
  };
}

function createComparison(groups: readonly RuleGroup[], logic: SelectorLogic) {
  const { groupsOf, brings, keepsOut } = createGroupLogic(groups, logic);

  const meets = (policy: Policy, earlier: readonly Policy[], { kind, selector }: Demand): boolean => {
    const { include, require, exclude } = policy;
    const holds = kind === 'require' ? brings : keepsOut;
    if (require.some((one) => holds(one, selector)) || include.every((one) => holds(one, selector)))
      return true;
    if (kind === 'require') return false;
    if (exclude.some((other) => logic.implies(selector, other))) return true;
    // Whoever names them lets them in on purpose.
    if (include.some((one) => one.kind === selector.kind && logic.implies(one, selector))) return true;
    return earlier.some(
      (one) => isPlainDeny(one) && one.include.some((other) => logic.implies(selector, other)),
    );
  };

  const demandsOfPolicy = ({ include, require, exclude }: Policy): readonly Demand[] => {
    const demands = demandsIn({ require, exclude }, null);
    const [only] = include;
    const group = include.length === 1 && only !== undefined ? groupsOf(only) : [];
    const [named] = group;
    return group.length === 1 && named !== undefined
      ? [...demands, ...demandsIn(named, named.name)]
      : demands;
  };

  return {
    /** What every policy that lets people in asks for, and whom a policy above all of them keeps out. */
    demandsOf(policies: readonly Policy[]): readonly Demand[] {
      const ways = policies.filter(({ action, mode }) => action === 'allow' && mode === 'enforce');
      const [first] = ways;
      if (first === undefined) return [];
      const denied = policies.slice(0, policies.indexOf(first)).filter(isPlainDeny);
      const kept = denied.flatMap(({ include }) => include);
      return [
        ...demandsOfPolicy(first).filter((demand) => ways.every((way) => meets(way, denied, demand))),
        ...kept.map((selector): Demand => ({ kind: 'exclude', selector, group: null })),
      ];
    },

    /** @param earlier the policies above it in its area */
    findDropped(policy: Policy, earlier: readonly Policy[], demands: readonly Demand[]): Demand | null {
      if (policy.action !== 'allow' || policy.mode === 'report' || isOpenOnPurpose(policy)) return null;
      return demands.find((demand) => !meets(policy, earlier, demand)) ?? null;
    },
  };
}

function demandsIn(
  { require, exclude }: Pick<Policy, 'require' | 'exclude'>,
  group: string | null,
): readonly Demand[] {
  return [
    ...require.map((selector): Demand => ({ kind: 'require', selector, group })),
    ...exclude.map((selector): Demand => ({ kind: 'exclude', selector, group })),
  ];
}

function isPlainDeny({ action, mode, require, exclude }: Policy): boolean {
  return action === 'deny' && mode === 'enforce' && require.length + exclude.length === 0;
}

/** For everybody with a login and nothing else, or for programs alone. */
function isOpenOnPurpose({ include, require, exclude }: Policy): boolean {
  const isForAll = include.some(({ kind }) => kind === 'everyone' || kind === 'authenticated');
  return include.every(isForPrograms) || (isForAll && require.length + exclude.length === 0);
}
