// What follows from selectors alone, whoever asks: one implies another, two exclude each other. Unsure means no; used for lint only.
import type { Network } from '../../http/network.ts';
import type { RuleGroup, Selector } from '../model/rules-set.ts';
import type { WorkloadPattern } from '../model/workload.ts';

export interface SelectorLogic {
  /** Whether whoever meets `a` meets `b`. */
  implies(a: Selector, b: Selector): boolean;
  /** Whether nobody can meet both. */
  excludes(a: Selector, b: Selector): boolean;
}

/** Selectors that only a person can meet. */
const personal = new Set<Selector['kind']>([
  ...(['authenticated', 'email', 'email_domain', 'group', 'claim', 'login_method', 'auth_method'] as const),
  ...(['hardware_key', 'login_age', 'granted'] as const),
]);

function isPersonal(selector: Selector): boolean {
  return personal.has(selector.kind);
}

/** Nobody is a person and a program at once. */
export function isForPrograms({ kind }: Selector): boolean {
  return kind === 'service_token' || kind === 'any_service_token' || kind === 'workload';
}

export function createSelectorLogic(groups: readonly RuleGroup[]): SelectorLogic {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const members = (selector: Selector & { kind: 'rule_group' }) =>
    selector.names.flatMap((name) => byName.get(name)?.include ?? []);
  /** The selectors of which one is enough, when the group asks for nothing else. */
  const ways = (selector: Selector & { kind: 'rule_group' }) =>
    selector.names.flatMap((name) => {
      const group = byName.get(name);
      return group === undefined || group.require.length + group.exclude.length > 0 ? [] : group.include;
    });
  const implies = (a: Selector, b: Selector): boolean => {
    if (b.kind === 'everyone') return true;
    if (b.kind === 'authenticated' && isPersonal(a)) return true;
    if (a.kind === 'rule_group' && b.kind === 'rule_group' && a.names.every((name) => b.names.includes(name)))
      return true;
    if (a.kind === 'rule_group') {
      const all = members(a);
      return all.length > 0 && all.every((member) => implies(member, b));
    }
    if (b.kind === 'rule_group') return ways(b).some((way) => implies(a, way));
    return impliesPlainly(a, b);
  };
  const excludes = (a: Selector, b: Selector): boolean => {
    if (a.kind === 'rule_group') {
      const all = members(a);
      return all.length > 0 && all.every((member) => excludes(member, b));
    }
    return b.kind === 'rule_group' ? excludes(b, a) : excludesPlainly(a, b) || excludesPlainly(b, a);
  };
  return { implies, excludes };
}

type Plain = Exclude<Selector, { kind: 'rule_group' }>;
type Workloads = Extract<Selector, { kind: 'workload' }>;

function impliesPlainly(a: Plain, b: Plain): boolean {
  switch (b.kind) {
    case 'email_domain':
      if (a.kind === 'email') return a.values.every((email) => b.values.includes(domainOf(email)));
      return a.kind === b.kind && isSubset(a.values, b.values);
    case 'any_service_token':
      return a.kind === 'any_service_token' || a.kind === 'service_token';
    case 'everyone':
    case 'authenticated':
    case 'granted':
      return a.kind === b.kind;
    case 'claim':
      return a.kind === b.kind && a.name === b.name && isSubset(a.values, b.values);
    case 'hardware_key':
      return (
        a.kind === b.kind &&
        (b.source === 'any' || a.source === b.source) &&
        (b.maxAgeMs === null || (a.maxAgeMs !== null && a.maxAgeMs <= b.maxAgeMs)) &&
        (b.aaguids === null || (a.aaguids !== null && isSubset(a.aaguids, b.aaguids)))
      );
    case 'login_age':
      return a.kind === b.kind && a.maxAgeMs <= b.maxAgeMs;
    case 'ip':
      return (
        a.kind === b.kind && a.networks.every((inner) => b.networks.some((outer) => contains(outer, inner)))
      );
    case 'workload':
      return (
        a.kind === b.kind &&
        a.workloads.every((inner) => b.workloads.some((outer) => isNarrower(inner, outer)))
      );
    case 'time':
      return a.kind === b.kind && JSON.stringify(a.windows) === JSON.stringify(b.windows);
    default:
      return a.kind === b.kind && isSubset(a.values, b.values);
  }
}

/** Kinds of which a request has exactly one value. */
const single = new Set<Selector['kind']>([
  'email',
  'email_domain',
  'login_method',
  'country',
  'method',
  'service_token',
]);

function excludesPlainly(a: Plain, b: Plain): boolean {
  if (isPersonal(a) && isForPrograms(b)) return true;
  if (a.kind === 'workload' && isForPrograms(b)) return b.kind !== 'workload' || haveOtherIssuers(a, b);
  if (a.kind === 'email' && b.kind === 'email_domain') {
    return a.values.every((email) => !b.values.includes(domainOf(email)));
  }
  if (a.kind === 'ip' && b.kind === 'ip') {
    return a.networks.every((one) =>
      b.networks.every((other) => !contains(one, other) && !contains(other, one)),
    );
  }
  if (a.kind === 'time' && b.kind === 'time') {
    return a.windows.every((one) =>
      b.windows.every(
        (other) =>
          (one.endMs !== null && other.notBeforeMs !== null && one.endMs <= other.notBeforeMs) ||
          (other.endMs !== null && one.notBeforeMs !== null && other.endMs <= one.notBeforeMs),
      ),
    );
  }
  if (a.kind !== b.kind || !single.has(a.kind) || !('values' in a) || !('values' in b)) return false;
  const values = new Set<unknown>(b.values);
  return !a.values.some((value) => values.has(value));
}

/** Whether every workload of the one is one of the other's. Patterns are compared as they are written. */
function isNarrower(inner: WorkloadPattern, outer: WorkloadPattern): boolean {
  return (
    inner.issuer === outer.issuer &&
    outer.claims.every(({ path, patterns }) =>
      inner.claims.some((own) => own.path.join('\n') === path.join('\n') && isSubset(own.patterns, patterns)),
    )
  );
}

function haveOtherIssuers(a: Workloads, b: Workloads): boolean {
  return a.workloads.every(({ issuer }) => b.workloads.every((other) => other.issuer !== issuer));
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}

function isSubset<T>(inner: readonly T[], outer: readonly T[]): boolean {
  const all = new Set(outer);
  return inner.every((value) => all.has(value));
}

function contains(outer: Network, inner: Network): boolean {
  if (outer.words.length !== inner.words.length || outer.prefix > inner.prefix) return false;
  return outer.words.every((word, index) => {
    const bits = Math.min(Math.max(outer.prefix - index * 32, 0), 32);
    return bits === 0 || (word ^ (inner.words[index] ?? 0)) >>> (32 - bits) === 0;
  });
}
