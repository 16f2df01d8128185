// Warnings about policies: those that can never match, that an earlier one shadows, and areas that are opener than they look.
import { quote } from '../../source/quote.ts';
import type { Place, Policy, Selector } from '../model/rules-set.ts';
import { describeSelector } from './describe-selector.ts';
import { isForPrograms, type SelectorLogic } from './selector-logic.ts';

export type Warn = (place: Place, code: string, reason: string, hint?: string) => void;

/** Warns about the policies of one area, in the order in which they are read. */
export function lintPolicies(
  policies: readonly Policy[],
  logic: SelectorLogic,
  nowMs: number | null,
  warn: Warn,
): void {
  for (const [index, policy] of policies.entries()) {
    if (lintSelectors(policy, logic, nowMs, warn)) continue;
    const shadow = policies.slice(0, index).find((earlier) => isShadowedBy(policy, earlier, logic));
    if (shadow === undefined) continue;
    warn(
      policy.place,
      'shadowed',
      `${quote(policy.name)} is never reached: ${quote(shadow.name)} above it always ends the reading first`,
    );
  }
  const enforced = policies.filter((policy) => policy.mode === 'enforce');
  const [first] = policies;
  if (first !== undefined && enforced.length > 0 && enforced.every((policy) => policy.action === 'deny')) {
    warn(
      first.place,
      'nobody-gets-in',
      'all policies here deny, and so does the end of the list',
      'delete them, or add an `allow`',
    );
  }
}

/** @returns true when the policy can never match */
function lintSelectors(policy: Policy, logic: SelectorLogic, nowMs: number | null, warn: Warn): boolean {
  const { include, require, exclude } = policy;
  const words = (selector: Selector) => quote(describeSelector(selector));
  for (const [index, one] of require.entries()) {
    const other = require.slice(0, index).find((earlier) => logic.excludes(earlier, one));
    if (other === undefined) continue;
    warn(
      one.place,
      'unsatisfiable-require',
      `nobody can meet both ${words(other)} and ${words(one)}`,
      `${quote(policy.name)} never matches`,
    );
    return true;
  }
  const barred = include.map((selector) => ({
    excluded: exclude.find((other) => logic.implies(selector, other)),
    required: require.find((other) => logic.excludes(selector, other)),
  }));
  if (barred.every(({ excluded, required }) => excluded !== undefined || required !== undefined)) {
    const { excluded, required } = barred[0] ?? {};
    const hint =
      excluded !== undefined
        ? `${words(excluded)} excludes them`
        : required === undefined
          ? undefined
          : `${words(required)} is required too`;
    warn(
      policy.place,
      'never-matches',
      `${quote(policy.name)} can never match: nobody it includes is left`,
      hint,
    );
    return true;
  }
  const required = require.find((other) => exclude.some((excluded) => logic.implies(other, excluded)));
  if (required !== undefined) {
    warn(
      required.place,
      'never-matches',
      `${quote(policy.name)} can never match: ${words(required)} is required and excluded`,
    );
    return true;
  }
  const isOver = (selector: Selector) =>
    nowMs !== null &&
    selector.kind === 'time' &&
    selector.windows.every(({ endMs }) => endMs !== null && endMs <= nowMs);
  const over = require.find(isOver) ?? (include.every(isOver) ? include[0] : undefined);
  if (over === undefined) return false;
  warn(over.place, 'expired', `${quote(policy.name)} can never match again: its time is over`, 'delete it');
  return true;
}

/** Whether whatever could match `policy` ends the reading at `earlier`. */
function isShadowedBy(policy: Policy, earlier: Policy, logic: SelectorLogic): boolean {
  if (earlier.mode === 'report') return false;
  // `allow` passes services by unless it names them.
  const mine = [...policy.include, ...policy.require];
  if (
    earlier.action === 'allow' &&
    mine.some((selector) => isForPrograms(selector) || selector.kind === 'rule_group')
  ) {
    if (
      !mine.every((selector) =>
        earlier.include.some((other) => JSON.stringify(other) === JSON.stringify(selector)),
      )
    )
      return false;
  }
  return (
    policy.include.every((selector) => earlier.include.some((other) => logic.implies(selector, other))) &&
    earlier.require.every((other) => policy.require.some((selector) => logic.implies(selector, other))) &&
    earlier.exclude.every((other) => policy.exclude.some((selector) => logic.implies(other, selector)))
  );
}

/** How open an area is: 0 nobody, 1 named people with a key or a fresh login, 2 named people, 3 everybody with a login, 4 everybody. */
export function opennessOf(policies: readonly Policy[]): number {
  return Math.max(0, ...policies.map(opennessOfPolicy));
}

function opennessOfPolicy({ action, mode, include, require }: Policy): number {
  if (action === 'deny' || mode === 'report') return 0;
  if (require.some(({ kind }) => kind === 'hardware_key' || kind === 'login_age')) return 1;
  if (require.length > 0) return 2;
  if (action === 'bypass') return 4;
  return include.some(({ kind }) => kind === 'everyone' || kind === 'authenticated') ? 3 : 2;
}
