// Puts the scores of a run into docs/security.md, between its markers; the rest of the page is written by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttackReport } from './attack-run.ts';
import type { CorpusResult } from './corpus-result.ts';
import { renderTables } from './report.ts';

const page = join(import.meta.dirname, '../../docs/security.md');

/** @param corpora `null`: they were not replayed, and their table stays as it is */
export function writeScores(report: AttackReport, corpora: readonly CorpusResult[] | null): void {
  let text = readFileSync(page, 'utf8');
  text = between(text, 'scores', renderTables(report));
  if (corpora !== null) text = between(text, 'corpora', renderCorporaTable(corpora));
  writeFileSync(page, text);
}

function renderCorporaTable(results: readonly CorpusResult[]): string {
  const rows = results.map(
    ({ name, inputs, outcome, problems }) =>
      `| ${name} | ${inputs} | ${problems.length === 0 ? outcome : `${problems.length} failed`} |`,
  );
  return ['| list | inputs | outcome |', '| --- | ---: | --- |', ...rows].join('\n');
}

function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}: written by the attack run -->`, `<!-- ${name}: end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`docs/security.md has no markers for ${name}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
