// The score of a run as text for people, and as the tables of docs/security.md.
import type { Severity } from './attack-case.ts';
import type { AttackReport, CaseResult } from './attack-run.ts';

const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'control'];

interface Score {
  readonly name: string;
  readonly cases: number;
  readonly played: number;
  readonly held: number;
  readonly tested: number;
  readonly waits: number;
  readonly notApplicable: number;
  readonly naivePlayed: number;
  readonly naiveHeld: number;
}

function scoreOf(name: string, results: readonly CaseResult[]): Score {
  const count = (isCounted: (result: CaseResult) => boolean): number => results.filter(isCounted).length;
  return {
    name,
    cases: results.length,
    played: count(({ verdict }) => verdict === 'held' || verdict === 'failed'),
    held: count(({ verdict }) => verdict === 'held'),
    tested: count(({ verdict }) => verdict === 'tested'),
    waits: count(({ verdict }) => verdict === 'waits'),
    notApplicable: count(({ verdict }) => verdict === 'not-applicable'),
    naivePlayed: count(({ naive }) => naive !== null),
    naiveHeld: count(({ naive }) => naive === true),
  };
}

function scores({ results }: AttackReport): {
  readonly byArea: Score[];
  readonly bySeverity: Score[];
  readonly all: Score;
} {
  const areas = [...new Set(results.map(({ one }) => one.area))].sort();
  return {
    byArea: areas.map((area) =>
      scoreOf(
        area,
        results.filter(({ one }) => one.area === area),
      ),
    ),
    bySeverity: severities.map((severity) =>
      scoreOf(
        severity,
        results.filter(({ one }) => one.severity === severity),
      ),
    ),
    all: scoreOf('all', results),
  };
}

const columns = ['cases', 'bouncer holds', 'by tests', 'waits', 'not ours', 'naive build holds'] as const;

function cells(score: Score): readonly string[] {
  const share = (held: number, played: number): string => (played === 0 ? '–' : `${held} of ${played}`);
  return [
    String(score.cases),
    share(score.held, score.played),
    ...[score.tested, score.waits, score.notApplicable].map((count) => (count === 0 ? '' : String(count))),
    share(score.naiveHeld, score.naivePlayed),
  ];
}

/** The whole outcome for a terminal. */
export function renderReport(report: AttackReport): string {
  const { byArea, bySeverity, all } = scores(report);
  const row = (name: string, texts: readonly string[]): string =>
    `  ${name.padEnd(22)}${texts.map((text, i) => text.padStart((columns[i]?.length ?? 0) + 3)).join('')}`;
  const table = (list: readonly Score[]): string[] => list.map((score) => row(score.name, cells(score)));
  const left = report.results.filter(({ verdict }) => verdict === 'waits' || verdict === 'not-applicable');
  const failed = report.results.filter(({ verdict }) => verdict === 'failed');
  return [
    '',
    row('', columns),
    ...table(byArea),
    '',
    ...table(bySeverity),
    ...table([all]),
    '',
    'not played, and why:',
    ...left.map(
      ({ one, verdict, problems }) =>
        `  ${one.id.padEnd(10)}${one.severity.padEnd(10)}${verdict}: ${problems[0]}`,
    ),
    '',
    ...failed.flatMap(({ one, problems }) => [
      `FAILED ${one.id} (${one.severity}, ${one.area}): ${one.description}`,
      ...problems.map((problem) => `    ${problem}`),
    ]),
    ...report.invariants.map((problem) => `FAILED invariant: ${problem}`),
    `${report.requestsSeen} requests reached the upstreams of the shared sites, each decided once and as it was seen`,
    `${all.held} held, ${failed.length} failed, ${all.tested} by tests, ${left.length} not played, in ${(report.durationMs / 1000).toFixed(0)} s`,
  ].join('\n');
}

/** Whether everything that was played held. */
export function isGreen(report: AttackReport): boolean {
  return report.invariants.length === 0 && report.results.every(({ verdict }) => verdict !== 'failed');
}

/** The tables for docs/security.md. */
export function renderTables(report: AttackReport): string {
  const { byArea, bySeverity, all } = scores(report);
  const head = (name: string): string[] => [
    `| ${[name, ...columns].join(' | ')} |`,
    `| --- | ${columns.map(() => '---: |').join(' ')}`,
  ];
  const rows = (list: readonly Score[]): string[] =>
    list.map((score) => `| ${[score.name, ...cells(score)].join(' | ')} |`);
  const reasons = new Map<string, string[]>();
  for (const { one, verdict, problems } of report.results) {
    if (verdict !== 'waits' && verdict !== 'not-applicable') continue;
    const reason = problems[0] ?? '';
    reasons.set(reason, [...(reasons.get(reason) ?? []), one.id]);
  }
  return [
    ...head('area'),
    ...rows(byArea),
    ...rows([all]),
    '',
    ...head('severity'),
    ...rows(bySeverity),
    '',
    'Not played, and why:',
    '',
    ...[...reasons].map(([reason, ids]) => `- ${reason} (${ids.join(', ')})`),
  ].join('\n');
}
