// An explanation as text for a tired person: the answer last, every word that matters in a column of its own.
import { renderDuration } from '../../source/parse-duration.ts';
import { printable } from '../../source/quote.ts';
import type { Decision, Missing } from '../model/decision.ts';
import type { Identity } from '../model/facts.ts';
import type { KeySource } from '../model/key-source.ts';
import { describeMoment, listValues } from './describe-selector.ts';
import { describeWorkload } from './describe-workload.ts';
import type {
  ConditionExplanation,
  Explanation,
  ListsExplanation,
  PolicyExplanation,
  Result,
} from './explain.ts';

export interface ExplanationStyle {
  /** Colours for a terminal (SGR). */
  readonly isColored?: boolean;
}

type Paint = (text: string, style: 'good' | 'bad' | 'open' | 'dim' | 'bold') => string;

const codes = { good: '32', bad: '31', open: '33', dim: '2', bold: '1' } as const;

/** @returns lines, without a line break at the end */
export function renderExplanation(explanation: Explanation, options: ExplanationStyle = {}): string {
  const paint: Paint = (text, style) =>
    options.isColored === true ? `\u001B[${codes[style]}m${text}\u001B[0m` : text;
  const lines = [...renderRequest(explanation, paint), ''];
  for (const [index, policy] of explanation.policies.entries())
    lines.push(...renderPolicy(policy, index + 1, paint), '');
  lines.push(...renderAnswer(explanation, paint));
  return lines.join('\n');
}

function renderRequest(
  { facts, host, path, application, area, upstream }: Explanation,
  paint: Paint,
): string[] {
  const { identity, serviceToken, workload, ip, country } = facts;
  const who =
    identity !== null
      ? [identity.email ?? identity.sub, `login method ${identity.idp}`, describeGroups(identity)].join(', ')
      : serviceToken !== null
        ? `the service ${serviceToken}`
        : workload !== null
          ? `the workload ${describeWorkload(workload)}`
          : 'nobody (not logged in)';
  const row = (name: string, value: string) => `${paint(name.padEnd(13), 'dim')}${printable(value)}`;
  return [
    row('request', `${facts.method} ${host}${path ?? ''}`),
    row('who', who),
    row(
      'where, when',
      `${ip ?? 'address not known'}${country === null ? '' : `, ${country}`}, ${describeMoment(facts.nowMs, 'UTC')}`,
    ),
    row('application', application ?? 'none has this host'),
    ...(application === null || path === null
      ? []
      : [row('policies of', area === null ? 'the whole application' : `the path ${area}`)]),
    ...(upstream === null ? [] : [row('goes to', upstream)]),
  ];
}

function describeGroups({ groups, unsettled }: Identity): string {
  const isOpen = (unsettled?.groups ?? null) !== null;
  if (groups.length === 0) return isOpen ? 'groups not known' : 'no groups';
  return `groups ${listValues(groups)}${isOpen ? ', perhaps more' : ''}`;
}

const roles: Readonly<Record<PolicyExplanation['role'], string>> = {
  decided: 'matches, and decides',
  stopped: 'unknown, and stops the reading',
  'no-match': 'does not match',
  'not-read': 'not read: the reading ended above',
  report: 'report-only: decides nothing',
};

function renderPolicy(policy: PolicyExplanation, number: number, paint: Paint): string[] {
  const style =
    policy.role === 'stopped'
      ? 'open'
      : policy.role !== 'decided'
        ? 'dim'
        : policy.action === 'deny'
          ? 'bad'
          : 'good';
  const report =
    policy.role === 'report'
      ? ` (${policy.result === 'true' ? 'matches' : policy.result === 'false' ? 'does not match' : 'unknown'})`
      : '';
  const head = `${number}. ${paint(printable(policy.name), 'bold')}  ${policy.action}  ${paint(`${roles[policy.role]}${report}`, style)}`;
  if (policy.role === 'not-read') return [head];
  const note = policy.note === null ? [] : [paint(`     ${policy.note}`, 'dim')];
  return [head, ...renderLists(policy, '     ', paint), ...note];
}

const titles = {
  include: 'include, one of',
  require: 'require, all of',
  exclude: 'exclude, none of',
} as const;

function renderLists(lists: ListsExplanation, indent: string, paint: Paint): string[] {
  return (['include', 'require', 'exclude'] as const).flatMap((key) => {
    if (lists[key].length === 0) return [];
    const width = Math.min(Math.max(...lists[key].map(({ selector }) => selector.length)), 44);
    return [
      `${indent}${paint(titles[key], 'dim')}`,
      ...lists[key].flatMap((condition) => renderCondition(condition, width, `${indent}  `, paint)),
    ];
  });
}

const resultStyles: Readonly<Record<Result, 'good' | 'bad' | 'open'>> = {
  true: 'good',
  false: 'bad',
  unknown: 'open',
};

function renderCondition(
  condition: ConditionExplanation,
  width: number,
  indent: string,
  paint: Paint,
): string[] {
  const { selector, result, why, groups } = condition;
  const mark = paint(result.padEnd(8), resultStyles[result]);
  const text = printable(selector).padEnd(why === '' ? 0 : width);
  return [
    `${indent}${mark}${text}${why === '' ? '' : `  ${paint(printable(why), 'dim')}`}`,
    ...groups.flatMap((group) => [
      `${indent}        ${paint(`rule group ${printable(group.name)}: ${group.result}`, 'dim')}`,
      ...renderLists(group, `${indent}          `, paint),
    ]),
  ];
}

function renderAnswer({ decision, refusal, note }: Explanation, paint: Paint): string[] {
  if (decision === null) {
    const what =
      refusal === 'unknown-host'
        ? 'no application has this host'
        : 'the request is refused before any policy is read';
    return [`${paint('REFUSED', 'bad')}  ${what}  ${paint(`(${refusal})`, 'dim')}`];
  }
  const { outcome, reason, policy, reports } = decision;
  const style = outcome === 'allow' ? 'good' : outcome === 'deny' ? 'bad' : 'open';
  const word = paint(outcome.toUpperCase().replace('_', ' '), style);
  return [
    `${word}  ${renderReason(decision)}${policy === null ? '' : `: ${printable(policy)}`}  ${paint(`(${reason})`, 'dim')}`,
    ...(note === null ? [] : [`  ${printable(note)}`]),
    ...reports.map(
      (report) =>
        `  report-only: ${printable(report.policy ?? 'no policy')} would have said ${report.outcome} (${report.reason})`,
    ),
  ];
}

/** The answer in a few words: `the policy matches`, `needs a hardware key` … */
function renderReason({ outcome, reason, missing }: Decision): string {
  if (outcome === 'step_up') return `needs ${missing.map(renderMissing).join(' and ')}`;
  if (outcome === 'login') return 'somebody must log in first';
  if (reason === 'no-policy-matched') return 'no policy lets them in';
  return reason === 'decision-error' ? 'the decision failed' : 'by the policy';
}

const keyWords: Readonly<Record<KeySource, string>> = {
  any: 'a hardware key',
  bouncer: "a hardware key in bouncer's own ceremony",
  provider: 'a hardware key at the identity provider',
};

function renderMissing(missing: Missing): string {
  switch (missing.what) {
    case 'login':
      return 'a login';
    case 'hardware_key':
      return (
        keyWords[missing.source] +
        (missing.maxAgeMs === null ? '' : `, used in the last ${renderDuration(missing.maxAgeMs)}`)
      );
    case 'fresh_login':
      return `a login in the last ${renderDuration(missing.maxAgeMs)}`;
    default:
      return missing satisfies never;
  }
}
