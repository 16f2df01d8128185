// Who may ask for access for a time and who may give it, as tests of the facts. An error inside is a no.
import type { AccessRequests } from '../model/compiled-rules.ts';
import type { Decision } from '../model/decision.ts';
import type { Facts } from '../model/facts.ts';
import { namedAddressesOf } from '../model/policies-of.ts';
import type { ApplicationRules, Policy, RuleGroup, Selector } from '../model/rules-set.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import { decidePolicies, decisionError } from './decide-policies.ts';

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
  const compile = (include: readonly Selector[]): ((facts: Facts) => Decision) => {
    const lists = { include, require: [], exclude: [] };
    const policies = [compilePolicy({ ...asPolicy, place, ...lists })];
    return (facts) => {
      try {
        return facts.identity === null ? decisionError : decidePolicies(policies, facts);
      } catch {
        return decisionError;
      }
    };
  };
  const [asking, approving] = [compile(from), compile(approvers)];
  // Without an address nobody can tell that they are somebody else than who asks.
  const approval = (facts: Facts) =>
    (facts.identity?.email ?? null) === null ? decisionError : approving(facts);
  return Object.freeze({
    mayAsk: (facts: Facts) => isTaken(facts, loginMethods) && asking(facts).outcome === 'allow',
    mayApprove: (facts: Facts) => isTaken(facts, methods) && approval(facts).outcome === 'allow',
    approvalNeeds: (facts: Facts) => {
      const { outcome, missing } = approval(facts);
      return isTaken(facts, methods) && outcome === 'step_up' ? missing : [];
    },
    mayApproveOtherwise: (facts: Facts) =>
      !isTaken(facts, methods) && ['allow', 'step_up'].includes(approval(facts).outcome),
    told: Object.freeze([...new Set([...notify, ...namedAddressesOf(approvers, groups)])]),
    maxDurationMs,
    isPurposeRequired,
  });
}

/** Who logged in in a way that is not taken is nobody. */
function isTaken({ identity }: Facts, loginMethods: readonly string[] | null): boolean {
  return identity !== null && (loginMethods === null || loginMethods.includes(identity.idp));
}
