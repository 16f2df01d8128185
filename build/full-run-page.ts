// docs/full-run.md: the table of what `.ci/full` ran last. The page itself keeps the results; rows of parts that did not run stay.
import type { FullPart } from './full-parts.ts';

/** How one run of a part ended. */
export interface FullResult {
  readonly isPassed: boolean;
  /** One line of the part's own words. */
  readonly summary: string;
  readonly minutes: number;
  /** YYYY-MM-DD */
  readonly date: string;
  /** The commit it ran on, shortened; with `+` when the tree had changes besides. */
  readonly commit: string;
}

export type FullResults = ReadonlyMap<string, FullResult>;

const row =
  /^\| ([\w-]+) \| .* \| (passed|\*\*failed\*\*): (.*) \| ([\d.]+) \| (\d{4}-\d\d-\d\d) \| `([0-9a-f]+\+?)` \|$/;

/** The results that a page holds; rows that say that a part never ran give none. */
export function readFullResults(page: string): FullResults {
  const results = new Map<string, FullResult>();
  for (const line of page.split('\n')) {
    const [, name = '', outcome, summary = '', minutes, date = '', commit = ''] = row.exec(line) ?? [];
    if (outcome !== undefined)
      results.set(name, { isPassed: outcome === 'passed', summary, minutes: Number(minutes), date, commit });
  }
  return results;
}

/** The page, with a row for each part. Results of parts that are gone are left out. */
export function renderFullRun(parts: readonly FullPart[], results: FullResults): string {
  const rows = parts.map(({ name, shows }) => {
    const result = results.get(name);
    if (result === undefined) return `| ${name} | ${shows} | not run yet | | | |`;
    const outcome = result.isPassed ? 'passed' : '**failed**';
    return `| ${name} | ${shows} | ${outcome}: ${result.summary} | ${result.minutes} | ${result.date} | \`${result.commit}\` |`;
  });
  return `# The long run

What takes long installs or long runs is not in \`npm test\`. \`.ci/full\` runs it by hand before a release, on Debian with npm, and writes this table;
\`.ci/full NAME…\` runs some parts and leaves the other rows as they are, \`.ci/full --list\` names them. A part is a row of \`build/full-parts.ts\`; its tools are kept in
\`~/.cache/bouncer-full\`. A commit with a \`+\` had changes that were not committed.

| part | what it shows | last run | minutes | on | commit |
|---|---|---|---:|---|---|
${rows.join('\n')}
`;
}

/** A line of a part's output as a cell of the table can hold it. */
export function asCell(line: string): string {
  const plain = line
    .replaceAll(/[\u0000-\u001f\u007f]+/g, ' ')
    .replaceAll('|', '/')
    .trim()
    .replaceAll(/\s+/g, ' ');
  return plain.length > 200 ? `${plain.slice(0, 199)}…` : plain === '' ? 'no words' : plain;
}
