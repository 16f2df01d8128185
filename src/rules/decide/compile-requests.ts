// Who may ask for access for a time and who may give it, as tests of the facts. An error inside is a no.
import type { AccessRequests } from '../model/compiled-rules.ts';
import type { Facts } from '../model/facts.ts';
import { namedAddressesOf } from '../model/policies-of.ts';
import type { ApplicationRules, Policy, RuleGroup, Selector } from '../model/rules-set.ts';
import { yes } from '../model/truth.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import { nothingAssumed } from './compile-selector.ts';

const asPolicy = { name: 'requests', label: null, action: 'allow', mode: 'enforce' } as const;

/** @param compilePolicy so that a selector means here what it means in a policy that lets in */
export function compileRequests(
  { requests, loginMethods }: ApplicationRules,
  groups: readonly RuleGroup[],
  compilePolicy: (policy: Policy) => CompiledPolicy,
): AccessRequests | null {
  if (requests === null) return null;
  const { from, approvers, notify, maxDurationMs, isPurposeRequired, place } = requests;
  const methods = requests.approverLoginMethods ?? loginMethods;
  const compile = (include: readonly Selector[]): ((facts: Facts) => boolean) => {
    const lists = { include, require: [], exclude: [] };
    const { test } = compilePolicy({ ...asPolicy, place, ...lists });
    return (facts) => {
      try {
        return facts.identity !== null && test(facts, nothingAssumed) === yes;
      } catch {
        return false;
      }
    };
  };
  const [asks, approves] = [compile(from), compile(approvers)];
  // Without an address nobody can tell that they are somebody else than who asks.
  const isApprover = (facts: Facts) => (facts.identity?.email ?? null) !== null && approves(facts);
  return Object.freeze({
    mayAsk: (facts: Facts) => isTaken(facts, loginMethods) && asks(facts),
    mayApprove: (facts: Facts) => isTaken(facts, methods) && isApprover(facts),
    mayApproveOtherwise: (facts: Facts) => !isTaken(facts, methods) && isApprover(facts),
    told: Object.freeze([...new Set([...notify, ...namedAddressesOf(approvers, groups)])]),
    maxDurationMs,
    isPurposeRequired,
  });
}

/** Who logged in in a way that is not taken is nobody. */
function isTaken({ identity }: Facts, loginMethods: readonly string[] | null): boolean {
  return identity !== null && (loginMethods === null || loginMethods.includes(identity.idp));
}
