// The table that a soak ends with, and the page that keeps the last one.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SoakResult } from './soak.ts';
import type { Weight } from './soak-site.ts';

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
    [
      'the visitors themselves stood still (for longest)',
      `${result.standstills} times (${result.longestStandstillMs} ms)`,
    ],
    ['slowest start', `${result.slowestStartMs} ms`],
    ...weightRows(result.weights),
    ...Object.entries(result.disturbances).map(([name, times]) => [name, `${times} times`] as const),
    ...(result.left.length === 0 ? [] : [['left out on this machine', result.left.join(', ')] as const]),
  ];
  return ['| what | count |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join(
    '\n',
  );
}

/** Of the process that lived last, since it was killed. */
function weightRows(weights: SoakResult['weights']): readonly (readonly [string, string])[] {
  const [first, last] = [weights[0], weights.at(-1)];
  if (first === undefined || last === undefined) return [];
  const middle = weights.slice(1, -1);
  const thirds = [middle[Math.floor(middle.length / 3)], middle[Math.floor((2 * middle.length) / 3)]];
  const all = [first, ...thirds.filter((weight) => weight !== undefined), last];
  const list = (of: (weight: Weight) => string): string => all.map(of).join(', ');
  return [
    ['its process after so long', list(({ ageSeconds }) => `${ageSeconds} s`)],
    [
      'memory in use then, after a full collection',
      list(({ liveMegabytes }) => `${liveMegabytes ?? '?'} MB`),
    ],
    ['memory that the system counts then', list(({ megabytes }) => `${megabytes} MB`)],
    ['descriptors then', list(({ descriptors }) => String(descriptors))],
  ];
}

/** Puts the table where the page keeps the last one. */
export function writeReliability(result: SoakResult, machine: string, at: Date): void {
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const after = rest.split(end)[1] ?? '\n';
  const head = `${result.seconds} s on ${at.toISOString().slice(0, 10)}, ${machine}:`;
  writeFileSync(page, `${before}${begin}\n\n${head}\n\n${renderTable(result)}\n\n${end}${after}`);
}
