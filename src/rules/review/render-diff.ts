// A comparison of two sets as text: gains first, because these are what must not happen by accident.
import { printable } from '../../source/quote.ts';
import type { Change, RulesDiff } from './diff-rules.ts';
import type { ExplanationStyle } from './render-explanation.ts';

const titles = {
  gain: ['gain access', '32'],
  loss: ['lose access', '31'],
  other: ['are answered in another way', '33'],
} as const;

/** @returns lines, without a line break at the end */
export function renderDiff(diff: RulesDiff, options: ExplanationStyle = {}): string {
  const paint = (text: string, code: string) =>
    options.isColored === true ? `\u001B[${code}m${text}\u001B[0m` : text;
  const lines: string[] = [];
  for (const name of diff.addedApplications) lines.push(`new application: ${printable(name)}`);
  for (const name of diff.removedApplications) lines.push(`application gone: ${printable(name)}`);
  for (const kind of ['gain', 'loss', 'other'] as const) {
    const changes = diff.changes.filter((change) => change.kind === kind);
    if (changes.length === 0) continue;
    const [title, code] = titles[kind];
    lines.push(...(lines.length === 0 ? [] : ['']), paint(`${changes.length} ${title}`, code));
    const width = Math.min(Math.max(...changes.map((change) => whoOf(change).length)), 40);
    lines.push(...changes.map((change) => renderChange(change, width)));
  }
  if (diff.changes.length === 0) lines.push(...renderNoChange(diff));
  lines.push('', paint(renderAsked(diff), '2'));
  return lines.join('\n');
}

/** Rules that differ may well let in somebody who was not asked about: that is never called unchanged. */
function renderNoChange({ differingAreas: areas, asked }: RulesDiff): readonly string[] {
  if (areas.length === 0)
    return [
      asked === 0
        ? 'nothing was compared: the rules read the same, and have no tests'
        : 'no decision changes',
    ];
  const shown = areas.slice(0, 5).map(printable).join(', ');
  const more = areas.length > 5 ? ` and ${areas.length - 5} more` : '';
  return [
    `no decision changes for whom was asked, but the rules differ: ${shown}${more}`,
    'hint: write a test for whom the change is meant; tests of both sets are asked',
  ];
}

/** How much a comparison is worth: what was asked, and about whom. */
function renderAsked({ asked, askedAbout: { people, named, leftOut }, differingAreas }: RulesDiff): string {
  if (asked === 0) return 'no question was asked';
  const about = [
    ...(differingAreas.length === 0
      ? []
      : ['nobody', `${people} who ${people === 1 ? 'is' : 'are'} logged in`, `${named} whom the rules name`]),
    'the tests',
  ];
  const rest = leftOut === 0 ? '' : `; ${leftOut} more are named and were not asked about`;
  return `${asked} ${asked === 1 ? 'question' : 'questions'} asked of both: about ${about.join(', ')}${rest}`;
}

function renderChange(change: Change, width: number): string {
  const { before, after, target, test } = change;
  const by = after.policy === null ? after.reason : printable(after.policy);
  const from = test === null ? '' : `  [test: ${printable(test)}]`;
  return `  ${whoOf(change).padEnd(width)}  ${printable(target)}  ${before.outcome} → ${after.outcome} (${by})${from}`;
}

function whoOf({ who }: Change): string {
  return who === null ? '(nobody logged in)' : printable(who);
}
