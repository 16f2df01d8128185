// The decision: policies read from top to bottom, and what an unknown answer means. Total for facts that are what they promise.

import type { Decision, Missing } from '../model/decision.ts';
import type { Facts } from '../model/facts.ts';
import type { KeySource } from '../model/key-source.ts';
import { no, unknown, yes } from '../model/truth.ts';
import { type CompiledPolicy, type Curable, freeze } from './compile-policy.ts';
import {
  type Assumption,
  bothAssumed,
  freshLoginAssumed,
  hardwareKeyAssumed,
  nothingAssumed,
} from './compile-selector.ts';

const noneMatched: Decision = freeze({ outcome: 'deny', reason: 'no-policy-matched', policy: null });

/** An exception inside of a decision. */
export const decisionError: Decision = freeze({ outcome: 'deny', reason: 'decision-error', policy: null });

/**
 * Reads policies in order: the first that matches decides, the first that is unknown stops the reading.
 *
 * Somebody who is not logged in is asked to log in only when some policy from there on could let them in. Somebody who is
 * logged in is asked for a fresh login or a hardware key only when having it is enough to get in; otherwise the decision
 * is the one that they would get with both.
 */
export function decidePolicies(policies: readonly CompiledPolicy[], facts: Facts): Decision {
  for (let index = 0; index < policies.length; index++) {
    const policy = policies[index];
    if (policy === undefined) break;
    const truth = policy.test(facts, nothingAssumed);
    if (truth === no) continue;
    if (truth === yes) return policy.matched;
    return facts.identity === null ? askForLogin(policies, index, facts) : askForMore(policies, index, facts);
  }
  return noneMatched;
}

function askForLogin(policies: readonly CompiledPolicy[], from: number, facts: Facts): Decision {
  const stopped = policies[from];
  for (let index = from; index < policies.length; index++) {
    const policy = policies[index];
    if (policy === undefined || stopped === undefined) break;
    const truth = policy.test(facts, nothingAssumed);
    if (truth !== no && policy.action !== 'deny') return stopped.login;
    if (truth === yes) return policy.matched;
  }
  return noneMatched;
}

/** What is enough stays enough with more: what is known to be true or false does not change when more becomes known. */
function askForMore(policies: readonly CompiledPolicy[], from: number, facts: Facts): Decision {
  for (const assumption of [freshLoginAssumed, hardwareKeyAssumed, bothAssumed]) {
    if (decideAssuming(policies, facts, assumption).outcome !== 'allow') continue;
    const missing = findMissing(policies, from, facts, assumption);
    const reason = (assumption & hardwareKeyAssumed) !== 0 ? 'hardware-key-required' : 'fresh-login-required';
    return freeze({ outcome: 'step_up', reason, policy: policies[from]?.name ?? null, missing });
  }
  return decideAssuming(policies, facts, bothAssumed);
}

/** The decision when a logged-in person has what is assumed; what is unknown even then is not enough to get in. */
function decideAssuming(policies: readonly CompiledPolicy[], facts: Facts, assumption: Assumption): Decision {
  for (const policy of policies) {
    const truth = policy.test(facts, assumption);
    if (truth === yes) return policy.matched;
    if (truth === unknown) return noneMatched;
  }
  return noneMatched;
}

/** Whose word is asked for: bouncer's own where one policy wants that, the provider's where one wants that; both, one after the other. */
function sourceOf(open: readonly Curable[]): KeySource {
  const wanted = (source: KeySource) => open.some((curable) => curable.asks === source);
  if (wanted('bouncer')) return 'bouncer';
  return wanted('provider') ? 'provider' : 'any';
}

function findMissing(
  policies: readonly CompiledPolicy[],
  from: number,
  facts: Facts,
  assumption: Assumption,
): readonly Missing[] {
  const open: Curable[] = [];
  for (const policy of policies.slice(from)) {
    open.push(...policy.curables.filter((curable) => curable.test(facts, nothingAssumed) === unknown));
    if (policy.test(facts, assumption) === yes) break;
  }
  const ages = (kind: Curable['kind']) =>
    open.flatMap((curable) => (curable.kind === kind && curable.maxAgeMs !== null ? [curable.maxAgeMs] : []));
  const missing: Missing[] = [];
  if ((assumption & hardwareKeyAssumed) !== 0) {
    const limits = ages('hardware_key');
    const maxAgeMs = limits.length === 0 ? null : Math.min(...limits);
    missing.push({ what: 'hardware_key', maxAgeMs, source: sourceOf(open) });
  }
  if ((assumption & freshLoginAssumed) !== 0) {
    missing.push({ what: 'fresh_login', maxAgeMs: Math.min(...ages('login_age')) });
  }
  return Object.freeze(missing.map((item) => Object.freeze(item)));
}
