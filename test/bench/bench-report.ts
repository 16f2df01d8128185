// What the benchmark prints and writes: tables of medians with spreads, ratios against the targets, the page and its plot.
import { readFileSync } from 'node:fs';
import type { Sample } from './bench-load.ts';
import { type Bar, type Chart, renderPlot } from './bench-plot.ts';
import { type Scenario, type ScenarioName, scenarios } from './bench-scenarios.ts';
import { judge, type MemoryFigures, type Results, type Spread, spreadOf } from './bench-statistics.ts';

/** What the figures depend on. */
export interface Circumstances {
  readonly command: string;
  readonly date: string;
  readonly machine: readonly string[];
  readonly versions: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly missing: readonly string[];
}

const labels: Readonly<Record<string, string>> = {
  bouncer: 'bouncer, everything on',
  'bare-undici': 'bare undici forwarding',
  'express-http-proxy': 'express + http-proxy, as documented',
  'express-http-proxy-keep-alive': 'express + http-proxy, keep-alive agent',
  'mod-auth-openidc': 'httpd + mod_auth_openidc',
  nginx: 'bare nginx',
  'node-floor': 'node:http, no proxy',
  direct: 'without a proxy',
};
const labelOf = (peer: string): string => labels[peer] ?? peer;

type Column = {
  readonly title: string;
  readonly pick: (sample: Sample) => number | null;
  readonly digits: number;
};

function columnsOf(scenario: Scenario): readonly Column[] {
  const isTransfer = scenario.unit === 'MB';
  return [
    { title: isTransfer ? 'MB/s' : `${scenario.unit}s/s`, pick: (one) => one.perSecond, digits: 0 },
    { title: `CPU µs a ${scenario.unit}`, pick: (one) => one.cpuUsPerUnit, digits: 1 },
    { title: 'p50 ms', pick: (one) => one.p50Ms, digits: 2 },
    { title: 'p99 ms', pick: (one) => one.p99Ms, digits: 2 },
    { title: 'RSS MB', pick: (one) => (one.rssKb ? one.rssKb / 1_024 : null), digits: 0 },
    { title: 'PSS MB', pick: (one) => (one.pssKb ? one.pssKb / 1_024 : null), digits: 0 },
  ];
}

function number(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function spreadText(spread: Spread | null, digits: number): string {
  if (spread === null) return '';
  const range =
    spread.min === spread.max ? '' : ` (${number(spread.min, digits)}–${number(spread.max, digits)})`;
  return `${number(spread.median, digits)}${range}`;
}

/** A Markdown table of one scenario, or `null` when it was not run. */
function renderScenario(scenario: Scenario, results: Results): string | null {
  const peers = results.get(scenario.name);
  if (peers === undefined || peers.size === 0) return null;
  const all = [...peers];
  const columns = columnsOf(scenario).filter(({ pick }) =>
    all.some(([, samples]) => samples.some((one) => pick(one) !== null)),
  );
  const rows = all.map(([peer, samples]) => {
    const cells = columns.map(({ pick, digits }) =>
      spreadText(spreadOf(samples.map((one) => pick(one) ?? Number.NaN)), digits),
    );
    const errors = samples.reduce((sum, one) => sum + one.errors, 0);
    return [labelOf(peer), ...cells, errors === 0 ? '' : `${errors} errors`];
  });
  const hasErrors = rows.some((row) => row.at(-1) !== '');
  const heads = ['', ...columns.map(({ title }) => title), ''];
  return table(hasErrors ? [heads, ...rows] : [heads, ...rows].map((row) => row.slice(0, -1)));
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...rest].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The body of the report, also what is printed. */
export function renderFigures(results: Results, memory: MemoryFigures | null): string {
  const parts: string[] = [];
  const verdicts = judge(results, memory);
  if (verdicts.length > 0) {
    const rows = verdicts.map(({ what, target, measured, unit, isMet }) => [
      what,
      target,
      `${spreadText(measured, Math.abs(measured.median) < 100 ? 2 : 0)}${unit}`,
      isMet ? 'met' : '**missed**',
    ]);
    parts.push(`## Against the targets\n\n${table([['', 'target', 'measured', ''], ...rows])}`);
  }
  for (const scenario of scenarios) {
    const text = renderScenario(scenario, results);
    if (text !== null) parts.push(`## ${capital(scenario.title)}\n\n${text}`);
  }
  if (memory !== null) {
    parts.push(
      `## Memory and 10,000 sessions\n\n${table([
        ['', ''],
        ['idle, resident set', `${number(memory.idleRssKb / 1_024, 0)} MB`],
        ['idle, shared pages counted in proportion', `${number(memory.idlePssKb / 1_024, 0)} MB`],
        ['live heap a session', `${number(memory.heapBytesPerSession, 0)} bytes`],
        ['resident set a session, garbage included', `${number(memory.rssBytesPerSession, 0)} bytes`],
        ['CPU µs of the first request with a session', number(memory.firstUseCpuUs, 1)],
        ['CPU µs of the second, after one with each of the others', number(memory.reuseCpuUs, 1)],
      ])}`,
    );
  }
  return parts.join('\n\n');
}

/** `docs/performance.md`. `profile` is what follows the figures. */
export function renderPage(
  circumstances: Circumstances,
  results: Results,
  memory: MemoryFigures | null,
  profile: string,
): string {
  const { machine, versions, missing } = circumstances;
  return `# Performance

Measured by \`${circumstances.command}\` on ${circumstances.date}: ${circumstances.rounds} interleaved rounds, ${circumstances.seconds} seconds for each
sample after a second of warm-up. Every proxy is pinned to one core; the load generator, the origin and the identity provider share the other.
Figures are medians over the rounds, with the smallest and the largest in parentheses; ratios are taken between peers of the same round.
Only ratios and CPU times travel to other machines.

${[...machine, ...versions].map((line) => `- ${line}`).join('\n')}
${missing.length === 0 ? '' : `\nNot measured: ${missing.join('; ')}.\n`}
bouncer runs as in production: a logged-in session from the SQLite store, a policy with a group, an address and a network to compare, a signed
assertion and two identity headers, a log line a request into a file. mod_auth_openidc is logged in through the same provider, keeps its
sessions in shared memory, requires a group and writes its access log. The other peers authenticate nobody and log nothing.

![](performance.svg)

${renderFigures(results, memory)}

## Where the time goes

${profile}`;
}

/** Where the hand-written part of the page begins: what was tried, and what it gained. It is kept. */
const notesHeading = '## What was tried';

/** The hand-written part of an existing page, with a line break before it. */
export function keptNotes(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    const at = text.indexOf(notesHeading);
    return at === -1 ? '' : `\n${text.slice(at)}`;
  } catch {
    return '';
  }
}

/** `docs/performance.svg`. */
export function renderCharts(results: Results): string {
  return renderPlot([
    ...chartOf(
      'small',
      'Requests a second, 1 KB, one core',
      (one) => one.perSecond,
      (value) => number(value, 0),
      results,
    ),
    ...chartOf(
      'small',
      'CPU µs a request, 1 KB (less is better)',
      (one) => one.cpuUsPerUnit,
      (value) => number(value, 1),
      results,
    ),
    ...chartOf(
      'rate',
      'p99 in ms at 1,000 requests a second (less is better)',
      (one) => one.p99Ms,
      (value) => number(value, 2),
      results,
    ),
    ...chartOf(
      'download',
      'MB/s, download of 1 GB',
      (one) => one.perSecond,
      (value) => number(value, 0),
      results,
    ),
    ...chartOf(
      'websockets',
      'WebSocket messages a second, 1,000 connections',
      (one) => one.perSecond,
      (value) => number(value, 0),
      results,
    ),
  ]);
}

function chartOf(
  scenario: ScenarioName,
  title: string,
  pick: (sample: Sample) => number | null,
  format: (value: number) => string,
  results: Results,
): Chart[] {
  const bars = [...(results.get(scenario) ?? [])].flatMap(([peer, samples]): Bar[] => {
    const spread = spreadOf(samples.map((one) => pick(one) ?? Number.NaN));
    if (spread === null || peer === 'node-floor') return [];
    const { median, min, max } = spread;
    return [
      { label: labelOf(peer), value: median, min, max, text: format(median), isOurs: peer === 'bouncer' },
    ];
  });
  return bars.length === 0 ? [] : [{ title, bars }];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
