// The table that a soak ends with, and the page that keeps the last one.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SoakResult } from './soak.ts';

const page = join(import.meta.dirname, '../../docs/reliability.md');
const begin = '<!-- soak: written by npm run soak -- --write -->';
const end = '<!-- end of soak -->';

/** Markdown. */
export function renderTable(result: SoakResult): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ['requests for pages', result.requests],
    ['misjudged (let in who was not to be, kept out who was, taken for another)', result.misjudged],
    ['failed without a cause', result.unexplained],
    ['failed while something was broken', result.disturbed],
    ['streams that outlived their login by more than a second and a half', result.lateStreams],
    ['logins, step-ups, ends', `${result.logins}, ${result.stepUps}, ${result.ends}`],
    ['WebSockets and event streams opened', result.streams],
    ['uploads and downloads, byte for byte', result.transfers],
    ['attacks', result.attacks],
    ['slowest answer while nothing was disturbed', `${result.slowestMs} ms`],
    ['slowest start', `${result.slowestStartMs} ms`],
    [
      'memory, warm and at the end',
      `${result.weightAtStart.megabytes} MB, ${result.weightAtEnd.megabytes} MB`,
    ],
    [
      'descriptors, then and at the end',
      `${result.weightAtStart.descriptors}, ${result.weightAtEnd.descriptors}`,
    ],
    ...Object.entries(result.disturbances).map(([name, times]) => [name, `${times} times`] as const),
    ...(result.left.length === 0 ? [] : [['left out on this machine', result.left.join(', ')] as const]),
  ];
  return ['| what | count |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join(
    '\n',
  );
}

/** Puts the table where the page keeps the last one. */
export function writeReliability(result: SoakResult, machine: string, at: Date): void {
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const after = rest.split(end)[1] ?? '\n';
  const head = `${result.seconds} s on ${at.toISOString().slice(0, 10)}, ${machine}:`;
  writeFileSync(page, `${before}${begin}\n\n${head}\n\n${renderTable(result)}\n\n${end}${after}`);
}
