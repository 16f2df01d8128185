// Why a request is decided as it is: the tests of the compiled rules asked one by one. A value; rendering it is not done here.
import type { RequestTarget } from '../../http/request-target.ts';
import { listWords } from '../../source/plain-words.ts';
import type { CompiledArea } from '../decide/compile-area.ts';
import type { CompiledCondition, CompiledLists, CompiledPolicy } from '../decide/compile-policy.ts';
import type { CompiledApplication, ExplainableRules } from '../decide/compile-rules.ts';
import { nothingAssumed } from '../decide/compile-selector.ts';
import type { Decision } from '../model/decision.ts';
import { type Facts, isProgram } from '../model/facts.ts';
import type { PolicyAction } from '../model/rules-set.ts';
import { no, type Truth, unknown, yes } from '../model/truth.ts';
import { describeSelector, explainSelector } from './describe-selector.ts';

export type Result = 'true' | 'false' | 'unknown';

/** One selector. */
export interface ConditionExplanation {
  /** As it could stand in a file, long lists cut. */
  readonly selector: string;
  readonly result: Result;
  /** In a few words; empty for a rule group, whose parts tell. */
  readonly why: string;
  readonly groups: readonly (ListsExplanation & { readonly name: string; readonly result: Result })[];
}

export interface ListsExplanation {
  readonly include: readonly ConditionExplanation[];
  readonly require: readonly ConditionExplanation[];
  readonly exclude: readonly ConditionExplanation[];
}

export interface PolicyExplanation extends ListsExplanation {
  readonly name: string;
  readonly action: PolicyAction;
  readonly result: Result;
  /** `decided`, `stopped` (unknown), `no-match`, `not-read` (an earlier policy ended the reading) or `report` (decides nothing). */
  readonly role: 'decided' | 'stopped' | 'no-match' | 'not-read' | 'report';
  /** What the selectors alone do not tell. */
  readonly note: string | null;
}

/** The whole answer. Plain data, good for JSON. */
export interface Explanation {
  readonly host: string;
  /** The path of the request; `null` when the request was refused before it had one. */
  readonly path: string | null;
  readonly facts: Facts;
  readonly application: string | null;
  /** `null`: the application's own policies (or no application). */
  readonly area: string | null;
  /** Where the path sends its requests; `null`: to the application's own upstream, or nowhere. */
  readonly upstream: string | null;
  readonly policies: readonly PolicyExplanation[];
  /** `null` when the request is refused before any policy is read. */
  readonly decision: Decision | null;
  /** Why no policy is read, by the id that the log has: `unknown-host`, `ambiguous-path`, or the gate's reason. */
  readonly refusal: string | null;
  /** What the policies alone do not tell. */
  readonly note: string | null;
}

export interface ExplainRequest {
  readonly host: string;
  readonly target: RequestTarget | { readonly problem: string };
  readonly facts: Facts;
}

/** Explains one request. Never throws for facts that are what they promise. */
export function explain(rules: ExplainableRules, request: ExplainRequest): Explanation {
  const { host, target, facts } = request;
  const application = rules.findApplication(host);
  const path = 'problem' in target ? null : target.path;
  const rest = { host, path, facts, application: application?.name ?? null };
  const refused = (refusal: string): Explanation => ({
    ...rest,
    area: null,
    upstream: null,
    policies: [],
    decision: null,
    refusal,
    note: null,
  });
  if ('problem' in target) return refused(target.problem);
  if (application === null) return refused('unknown-host');
  if (target.unclear !== undefined && application.pathSpelling === 'strict') return refused(target.unclear);
  const area = application.selectArea(target);
  if (area === 'ambiguous') return refused('path-ambiguous');
  const decision = area.decide(facts);
  const counted = area.counted(facts);
  const { policies, stoppedBy } = explainPolicies(area, counted);
  return {
    ...rest,
    area: area.path,
    upstream: area.upstreams?.map(({ text }) => text).join(', ') ?? null,
    policies,
    decision,
    refusal: null,
    note:
      application.isInMaintenance && decision.outcome === 'allow'
        ? `and reads that ${application.name} is being worked on: \`mode: maintenance\``
        : counted.identity === facts.identity
          ? explainOutcome(area, decision, stoppedBy)
          : explainMethod(application, facts),
  };
}

/** Why a login does not count. */
function explainMethod({ loginMethods }: CompiledApplication, { identity }: Facts): string {
  return `logged in with ${identity?.idp ?? 'nothing'}, and the application takes logins with ${listWords(loginMethods ?? [])} alone: it counts as no login here`;
}

function explainPolicies(area: CompiledArea, facts: Facts) {
  let stoppedBy: CompiledPolicy | null = null;
  let isOver = false;
  const policies = area.policies.map((policy): PolicyExplanation => {
    const truth = policy.test(facts, nothingAssumed);
    const isReport = area.mode === 'report' || policy.mode === 'report';
    const role = isReport
      ? 'report'
      : isOver
        ? 'not-read'
        : truth === yes
          ? 'decided'
          : truth === unknown
            ? 'stopped'
            : 'no-match';
    if (role === 'decided' || role === 'stopped') isOver = true;
    if (role === 'stopped') stoppedBy = policy;
    return {
      name: policy.name,
      action: policy.action,
      result: resultOf(truth),
      role,
      ...explainLists(policy, facts),
      note: explainPolicy(policy, truth, facts),
    };
  });
  return { policies, stoppedBy: stoppedBy as CompiledPolicy | null };
}

function explainLists(lists: CompiledLists, facts: Facts): ListsExplanation {
  const list = (conditions: readonly CompiledCondition[]) =>
    conditions.map((condition) => explainCondition(condition, facts));
  return { include: list(lists.include), require: list(lists.require), exclude: list(lists.exclude) };
}

function explainCondition({ selector, test, groups }: CompiledCondition, facts: Facts): ConditionExplanation {
  const truth = test(facts, nothingAssumed);
  return {
    selector: describeSelector(selector),
    result: resultOf(truth),
    why: explainSelector(selector, truth, facts),
    groups: groups.map((group) => ({
      name: group.name,
      result: resultOf(group.test(facts, nothingAssumed)),
      ...explainLists(group, facts),
    })),
  };
}

function resultOf(truth: Truth): Result {
  return truth === yes ? 'true' : truth === no ? 'false' : 'unknown';
}

function explainPolicy(policy: CompiledPolicy, truth: Truth, facts: Facts): string | null {
  if (policy.action !== 'allow' || facts.identity !== null) return null;
  if (!isProgram(facts)) return truth === unknown ? '`allow` lets in only who is logged in' : null;
  if (policy.admitsService(facts)) return null;
  return facts.workload === null
    ? 'it names no service token, so it lets in people only'
    : 'it names no workload like this, so it lets in others only';
}

function explainOutcome(
  area: CompiledArea,
  decision: Decision,
  stoppedBy: CompiledPolicy | null,
): string | null {
  if (area.mode === 'report')
    return 'the application is report-only: its policies decide nothing, so nobody gets in';
  if (decision.reason === 'decision-error')
    return 'something in the facts could not be read; an error is a deny';
  if (stoppedBy === null || decision.outcome !== 'deny') return null;
  return decision.policy === null
    ? `policy ${stoppedBy.name} is still unknown, but nothing that could be asked for would let them in`
    : `policy ${stoppedBy.name} is still unknown, but whatever comes of it ends in a deny`;
}
