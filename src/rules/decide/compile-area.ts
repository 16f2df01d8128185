// The policies of one area as one total function: enforced policies decide, report-only ones are told beside it.

import type { Area, UpstreamAddress } from '../model/compiled-rules.ts';
import type { Decision, Report } from '../model/decision.ts';
import type { Denial } from '../model/denial.ts';
import { type Facts, type GrantFact, type Grants, type Identity, unsaidProvider } from '../model/facts.ts';
import type { KeySource } from '../model/key-source.ts';
import type { Mode } from '../model/rules-set.ts';
import { type CompiledLists, type CompiledPolicy, type Curable, freeze } from './compile-policy.ts';
import { decidePolicies, decisionError } from './decide-policies.ts';
import { denialOf } from './denial-of.ts';

/** An area with its policies, for those who explain it. */
export interface CompiledArea extends Area {
  readonly policies: readonly CompiledPolicy[];
  /** `report`: the whole application is report-only. */
  readonly mode: Mode;
  /** What counts of the facts here: a login in a way that the application does not take does not count. */
  counted(facts: Facts): Facts;
}

/** What of an application counts in an area. */
export interface AreaOptions {
  /** The identity providers whose logins count; `null` or absent: all. */
  readonly loginMethods?: readonly string[] | null;
  /** `null` or absent: the application's. */
  readonly upstreams?: readonly UpstreamAddress[] | null;
  /** The application whose grants count; `null` or absent: none do. */
  readonly grantsFor?: string | null;
}

/** @param mode the application's: `report` makes all of its policies report-only, so that nobody gets in */
export function compileArea(
  path: string | null,
  policies: readonly CompiledPolicy[],
  mode: Mode,
  { loginMethods = null, upstreams = null, grantsFor = null }: AreaOptions = {},
): CompiledArea {
  const enforced = mode === 'report' ? [] : policies.filter((policy) => policy.mode === 'enforce');
  const isPlain = enforced.length === policies.length;
  const report = isPlain ? null : mode === 'report' ? reportWhole(policies) : reportEach(policies);
  const looksAtGrants = policies.some(asksForGrant);
  const ownGrants = (grants: Grants | undefined): Grants => grantsOf(grants, grantsFor, path);
  const byMethod = loginMethods === null ? allCount : onlyLoginsBy(loginMethods);
  const counted = looksAtGrants
    ? (facts: Facts): Facts => withGrants(byMethod(facts), ownGrants(facts.grants))
    : byMethod;
  return Object.freeze({
    path,
    upstreams,
    policies,
    mode,
    counted,
    asksForStepUp: enforced.some(({ curables }) => curables.length > 0),
    agesAtMs: createAgeing(enforced),
    grantEndsAtMs: (grants: Grants | undefined, nowMs: number) =>
      looksAtGrants ? nextEnd(ownGrants(grants), nowMs) : never,
    decide(given: Facts): Decision {
      try {
        const facts = counted(given);
        const decision = decidePolicies(enforced, facts);
        if (report === null) return decision;
        const reports = report(facts, decision);
        return reports.length === 0 ? decision : freeze({ ...decision, reports: Object.freeze(reports) });
      } catch (fault) {
        // Whatever went wrong, an error inside of a decision is a deny; the log tells its reason id, and where it was thrown.
        return Object.freeze({ ...decisionError, fault });
      }
    },
    denial(given: Facts): Denial | null {
      try {
        const facts = counted(given);
        const { outcome, policy } = decidePolicies(enforced, facts);
        return outcome === 'deny' ? denialOf(enforced, policy, facts) : null;
      } catch {
        // The refusal stands; there are no words for it.
        return null;
      }
    },
  });
}

/** @returns see {@link Area.agesAtMs} */
function createAgeing(policies: readonly CompiledPolicy[]): Area['agesAtMs'] {
  const aged = policies.flatMap(({ curables }) => curables).filter(({ maxAgeMs }) => maxAgeMs !== null);
  return (identity, nowMs) => {
    let next = Number.POSITIVE_INFINITY;
    if (identity === null) return next;
    for (const { kind, maxAgeMs, source } of aged) {
      for (const atMs of timesOf(identity, kind, source)) {
        if (atMs === null || atMs === undefined) continue;
        const agesAtMs = atMs + (maxAgeMs ?? 0) + 1;
        if (agesAtMs > nowMs && agesAtMs < next) next = agesAtMs;
      }
    }
    return next;
  };
}

/** When what a selector asks for was done. */
function timesOf(
  { authTimeMs, hardwareKey, ownKey }: Identity,
  kind: Curable['kind'],
  source: KeySource,
): readonly (number | null | undefined)[] {
  if (kind === 'login_age') return [authTimeMs];
  return [
    source === 'bouncer' ? null : hardwareKey?.usedAtMs,
    source === 'provider' ? null : ownKey?.usedAtMs,
  ];
}

const never = Number.POSITIVE_INFINITY;
const none: readonly GrantFact[] = Object.freeze([]);

function asksForGrant({ include, require, exclude }: CompiledLists): boolean {
  return [...include, ...require, ...exclude].some(
    ({ selector, groups }) => selector.kind === 'granted' || groups.some(asksForGrant),
  );
}

/** Those of this application and area alone. */
function grantsOf(grants: Grants | undefined, application: string | null, area: string | null): Grants {
  if (grants === undefined || application === null) return none;
  if (grants === 'assumed' || grants.length === 0) return grants;
  return grants.filter((grant) => grant.application === application && grant.area === area);
}

function withGrants(facts: Facts, grants: Grants): Facts {
  return (facts.grants ?? none) === grants ? facts : { ...facts, grants };
}

function nextEnd(grants: Grants, nowMs: number): number {
  if (grants === 'assumed') return never;
  return Math.min(...grants.map(({ endsAtMs }) => endsAtMs).filter((endsAtMs) => endsAtMs > nowMs));
}

function allCount(facts: Facts): Facts {
  return facts;
}

function onlyLoginsBy(loginMethods: readonly string[]): (facts: Facts) => Facts {
  const taken = new Set([...loginMethods, unsaidProvider]);
  return (facts) =>
    facts.identity === null || taken.has(facts.identity.idp) ? facts : { ...facts, identity: null };
}

type Reporter = (facts: Facts, decision: Decision) => readonly Report[];

function reportWhole(policies: readonly CompiledPolicy[]): Reporter {
  return (facts) => {
    const { policy, outcome, reason } = decidePolicies(policies, facts);
    return [Object.freeze({ policy, outcome, reason })];
  };
}

/** Each report-only policy is read where it stands, as if it alone were enforced beside those that are. */
function reportEach(policies: readonly CompiledPolicy[]): Reporter {
  const trials = policies
    .filter((policy) => policy.mode === 'report')
    .map((trial) => ({
      trial,
      list: policies.filter((policy) => policy === trial || policy.mode === 'enforce'),
    }));
  return (facts, decision) =>
    trials.flatMap(({ trial, list }) => {
      const { policy, outcome, reason } = decidePolicies(list, facts);
      if (policy !== trial.name && outcome === decision.outcome) return [];
      return [Object.freeze({ policy: trial.name, outcome, reason })];
    });
}
