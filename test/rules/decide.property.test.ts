import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileArea } from '../../src/rules/decide/compile-area.ts';
import { createPolicyCompiler } from '../../src/rules/decide/compile-policy.ts';
import type { Decision } from '../../src/rules/model/decision.ts';
import { type Facts, isProgram } from '../../src/rules/model/facts.ts';
import type { Policy, RuleGroup } from '../../src/rules/model/rules-set.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { facts, policyList, ruleGroups, selector } from './random-rules.ts';
import { complete, referenceDecide } from './reference-decide.ts';

const runs = { numRuns: 5_000, seed: 20_260_302 };
const many = { ...runs, numRuns: inWholeRun(20_000, 6_000) };

function decide(policies: readonly Policy[], groups: readonly RuleGroup[], one: Facts): Decision {
  return compileArea(null, policies.map(createPolicyCompiler(groups)), 'enforce', {
    grantsFor: 'app',
  }).decide(one);
}

const whatsOf = (decision: Decision) => decision.missing.map(({ what }) => what);

describe('for all rules, people and requests', () => {
  test('the compiled decision is that of the plain reference', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(policyList, ruleGroups, facts, (policies, groups, one) => {
        const compiled = decide(policies, groups, one);
        const reference = referenceDecide(policies, groups, one);
        expect({ outcome: compiled.outcome, policy: compiled.policy, missing: whatsOf(compiled) }).toEqual(
          reference,
        );
        seen.set(compiled.outcome, (seen.get(compiled.outcome) ?? 0) + 1);
      }),
      many,
    );
    // The world is mixed enough that every answer is given often.
    for (const outcome of ['allow', 'deny', 'login', 'step_up'])
      expect(seen.get(outcome) ?? 0).toBeGreaterThan(many.numRuns * 0.015);
  });

  test('who is not logged in and has no token gets in by `bypass` alone', () => {
    fc.assert(
      fc.property(policyList, ruleGroups, facts, (policies, groups, one) => {
        const decision = decide(policies, groups, {
          ...one,
          identity: null,
          serviceToken: null,
          workload: null,
        });
        expect(decision.outcome !== 'allow' || decision.isBypass).toBe(true);
      }),
      runs,
    );
  });

  test('`step_up` is offered only when completing it leads to `allow`', () => {
    let offered = 0;
    fc.assert(
      fc.property(policyList, ruleGroups, facts, (policies, groups, one) => {
        const decision = decide(policies, groups, one);
        if (decision.outcome !== 'step_up') return;
        offered++;
        const whats = whatsOf(decision);
        expect(decide(policies, groups, complete(one, whats)).outcome).toBe('allow');
        // An identity provider that is asked for a key makes a new login of it.
        if (whats.includes('hardware_key')) {
          expect(decide(policies, groups, complete(one, ['hardware_key', 'fresh_login'])).outcome).toBe(
            'allow',
          );
        }
      }),
      runs,
    );
    expect(offered).toBeGreaterThan(100);
  });

  test('`step_up` asks for nothing that can be left out', () => {
    fc.assert(
      fc.property(policyList, ruleGroups, facts, (policies, groups, one) => {
        const decision = decide(policies, groups, one);
        const whats = whatsOf(decision);
        if (decision.outcome !== 'step_up' || whats.length < 2) return;
        expect(decide(policies, groups, complete(one, ['fresh_login'])).outcome).not.toBe('allow');
      }),
      runs,
    );
  });

  test('another `require` or `exclude` on what lets in never turns a deny into an allow, nor spares a login that cannot help', () => {
    const change = fc.record({
      at: fc.nat({ max: 4 }),
      list: fc.constantFrom('require' as const, 'exclude' as const),
      added: selector(['r0', 'r1', 'r2']),
    });
    let changed = 0;
    fc.assert(
      fc.property(policyList, ruleGroups, facts, change, (policies, groups, one, { at, list, added }) => {
        const target = policies[at % policies.length];
        if (target === undefined || target.action === 'deny') return;
        const narrowed = policies.map((policy) =>
          policy === target ? { ...policy, [list]: [...policy[list], added] } : policy,
        );
        const before = decide(policies, groups, one);
        const after = decide(narrowed, groups, one);
        if (before.outcome !== after.outcome) changed++;
        if (after.outcome !== 'allow') return;
        // A program gets in where it is named, and a `require` names it as well.
        if (isProgram(one) && list === 'require') return;
        expect(before.outcome).not.toBe('deny');
        // Whoever gets in now without being asked could get in before by doing what was asked.
        if (before.outcome === 'step_up') {
          expect(decide(policies, groups, complete(one, whatsOf(before))).outcome).toBe('allow');
        }
        if (one.identity !== null || isProgram(one)) return;
        expect(after.isBypass).toBe(true);
      }),
      runs,
    );
    expect(changed).toBeGreaterThan(100);
  });

  test('a person of whom less is known gets in nowhere where all of it would keep them out', () => {
    /** Some of what is known of a person becomes open: the items go, and are no longer known to be missing. */
    const less = fc.record({
      groups: fc.boolean(),
      claims: fc.boolean(),
      amr: fc.boolean(),
      email: fc.boolean(),
    });
    let changed = 0;
    fc.assert(
      fc.property(policyList, ruleGroups, facts, less, (policies, groups, one, open) => {
        if (one.identity === null) return;
        const { identity } = one;
        const known = identity.unsettled ?? { email: null, groups: null, amr: null, claims: {} };
        const after = decide(policies, groups, {
          ...one,
          identity: {
            ...identity,
            email: open.email ? null : identity.email,
            groups: open.groups ? [] : identity.groups,
            amr: open.amr ? [] : identity.amr,
            claims: open.claims ? {} : identity.claims,
            unsettled: {
              email: open.email ? 'email-not-verified' : known.email,
              groups: open.groups ? 'by-reference' : known.groups,
              amr: open.amr ? 'missing' : known.amr,
              claims: open.claims ? { department: 'too-large' } : known.claims,
            },
          },
        });
        const before = decide(policies, groups, one);
        if (before.outcome !== after.outcome) changed++;
        // Nor is anybody asked for a key that would not have got them in before.
        if (before.outcome === 'deny') expect(after.outcome).toBe('deny');
        expect(after.outcome).not.toBe('login');
      }),
      many,
    );
    expect(changed).toBeGreaterThan(many.numRuns * 0.015);
  });

  test('a key and a login that age change no decision before the moment that is told', () => {
    let changed = 0;
    fc.assert(
      fc.property(policyList, ruleGroups, facts, (policies, groups, one) => {
        const area = compileArea(null, policies.map(createPolicyCompiler(groups)), 'enforce', {
          grantsFor: 'app',
        });
        // Windows of time open and close by themselves, and what lies ahead of the clock is another matter.
        if (JSON.stringify([policies, groups]).includes('"kind":"time"')) return;
        const { authTimeMs, hardwareKey, ownKey } = one.identity ?? {};
        const times = [authTimeMs, hardwareKey?.usedAtMs, ownKey?.usedAtMs];
        if (times.some((atMs) => (atMs ?? 0) > one.nowMs)) return;
        const nextMs = Math.min(
          area.agesAtMs(one.identity, one.nowMs),
          area.grantEndsAtMs(one.grants, one.nowMs),
        );
        const before = area.decide(one).outcome;
        const last = Number.isFinite(nextMs) ? nextMs - 1 : one.nowMs + 365 * 86_400_000;
        expect(area.decide({ ...one, nowMs: last }).outcome).toBe(before);
        if (Number.isFinite(nextMs) && area.decide({ ...one, nowMs: nextMs }).outcome !== before) changed++;
      }),
      many,
    );
    expect(changed).toBeGreaterThan(many.numRuns * 0.005);
  });

  test('a decision has no effect on the next one', () => {
    fc.assert(
      fc.property(
        policyList,
        ruleGroups,
        fc.array(facts, { minLength: 2, maxLength: 5 }),
        (policies, groups, many) => {
          const area = compileArea(null, policies.map(createPolicyCompiler(groups)), 'enforce', {
            grantsFor: 'app',
          });
          const first = many.map((one) => area.decide(one));
          expect(many.map((one) => area.decide(one))).toEqual(first);
        },
      ),
      { ...runs, numRuns: 2_000 },
    );
  });
});
