// What the benchmark prints and writes: tables of medians with spreads, ratios against the targets, the page and its plot.
import { readFileSync } from 'node:fs';
import type { Sample } from './bench-load.ts';
import { type Bar, type Chart, renderPlot } from './bench-plot.ts';
import { renderStamp, textOf } from './bench-record.ts';
import { type Scenario, type ScenarioName, scenarios } from './bench-scenarios.ts';
import { renderSlopes } from './bench-slopes-report.ts';
import type { StartFigures } from './bench-start.ts';
import { type MemoryFigures, type Results, type Spread, spreadOf } from './bench-statistics.ts';
import { number, table } from './bench-table.ts';
import { type Figures, judge, type Stamp } from './bench-targets.ts';

/** What the figures depend on. */
export interface Circumstances {
  readonly command: string;
  readonly stamp: Stamp;
  /** The commit of the build before; `null`: it did not take part. */
  readonly before: string | null;
  readonly machine: readonly string[];
  readonly versions: readonly string[];
  /** What was not measured, and why. */
  readonly missing: readonly string[];
}

const labels: Readonly<Record<string, string>> = {
  bouncer: 'bouncer, everything on',
  before: 'bouncer, the build before',
  'bare-undici': 'bare undici forwarding',
  'express-http-proxy': 'express + http-proxy, as documented',
  'express-http-proxy-keep-alive': 'express + http-proxy, keep-alive agent',
  'mod-auth-openidc': 'httpd + mod_auth_openidc',
  'oauth2-proxy': 'oauth2-proxy, sessions in its cookie',
  'oauth2-proxy-redis': 'oauth2-proxy, sessions in Redis',
  'nginx-oauth2-proxy': 'nginx (`auth_request`) + oauth2-proxy',
  'caddy-oauth2-proxy': 'Caddy (`forward_auth`) + oauth2-proxy',
  nginx: 'bare nginx',
  'node-floor': 'Node itself, no proxy',
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
    { title: 'of its core, %', pick: shareOfCore, digits: 0 },
    { title: 'p50 ms', pick: (one) => one.p50Ms, digits: 2 },
    { title: 'p99 ms', pick: (one) => one.p99Ms, digits: 2 },
    { title: 'RSS MB', pick: (one) => (one.rssKb ? one.rssKb / 1_024 : null), digits: 0 },
    { title: 'PSS MB', pick: (one) => (one.pssKb ? one.pssKb / 1_024 : null), digits: 0 },
  ];
}

/** How much of the one core that it has a proxy used. */
function shareOfCore({ perSecond, cpuUsPerUnit }: Sample): number | null {
  return cpuUsPerUnit === null ? null : (perSecond * cpuUsPerUnit) / 10_000;
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

/** The body of the report, also what is printed. @param page what the page says of all that says nothing of its own; `null`: no page */
export function renderFigures(figures: Figures, page: Stamp | null = null): string {
  const parts: string[] = [];
  const add = (part: string, title: string, text: string): void =>
    void parts.push(`## ${title}${renderStamp(part, figures, page)}\n\n${text}`);
  const verdicts = judge(figures);
  if (verdicts.length > 0) {
    const rows = verdicts.map(({ what, target, measured, unit, isMet, missedBy }) => [
      what,
      target,
      `${spreadText(measured, Math.abs(measured.median) < 100 ? 2 : 0)}${unit}`,
      isMet ? 'met' : `**missed** by ${number(missedBy * 100, missedBy < 0.1 ? 1 : 0)} %`,
    ]);
    parts.push(`## Against the targets\n\n${table([['', 'target', 'measured', ''], ...rows])}`);
  }
  for (const scenario of scenarios) {
    const text = renderScenario(scenario, figures.results);
    if (text !== null) add(scenario.name, capital(scenario.title), text);
  }
  if (figures.memory !== null) add('sessions', 'Memory and 10,000 sessions', renderMemory(figures.memory));
  if (figures.start !== null) add('start', 'Start', renderStart(figures.start));
  if (figures.slopes.length > 0) add('slopes', 'Where it grows', renderSlopes(figures.slopes));
  return parts.join('\n\n');
}

function renderMemory(memory: MemoryFigures): string {
  const rows = [
    ['idle, resident set', `${number(memory.idleRssKb / 1_024, 0)} MB`],
    ['idle, shared pages counted in proportion', `${number(memory.idlePssKb / 1_024, 0)} MB`],
    ['live heap a session', `${number(memory.heapBytesPerSession, 0)} bytes`],
    ['resident set a session, garbage included', `${number(memory.rssBytesPerSession, 0)} bytes`],
    [
      'resident set with all of them in use, above idle',
      `${number(memory.sessionsAboveIdleKb / 1_024, 0)} MB`,
    ],
    ['CPU µs of the first request with a session', number(memory.firstUseCpuUs, 1)],
    ['CPU µs of the second, after one with each of the others', number(memory.reuseCpuUs, 1)],
  ];
  return table([['', ''], ...rows]);
}

function renderStart({ first, later, laterCpu }: StartFigures): string {
  const rows = [
    ['the first after an installation, ms', spreadText(first, 0)],
    ['later ones, ms', spreadText(later, 0)],
    ['CPU time of later ones, ms', spreadText(laterCpu, 0)],
  ];
  return `From the call of \`bouncer serve\` to the first connection that is taken, with an empty store, on one core.\n\n${table([['', ''], ...rows])}`;
}

/**
 * `docs/performance.md`.
 *
 * @param more what follows the figures: where the time goes, and the part that is written by hand
 */
export function renderPage(
  circumstances: Circumstances,
  figures: Figures,
  { profile, kept }: { readonly profile: string; readonly kept: string },
): string {
  const { machine, versions, missing, stamp } = circumstances;
  const decisions =
    figures.decisions === ''
      ? ''
      : `\n## Decisions${renderStamp('decisions', figures, stamp)}\n\n${figures.decisions}`;
  return `# Performance

Measured by \`${circumstances.command}\` ${textOf(stamp)}. Tables of another day carry their date. Rounds are
interleaved, with a second of warm-up before each sample. Every proxy is pinned to one core; the load generator, the origin and the identity provider share the other.
Figures are medians over the rounds, with the smallest and the largest in parentheses; ratios are taken between peers of the same round. Memory is measured once, and a fixed rate for 15 seconds.
${circumstances.before === null ? '' : `The build before is that of commit ${circumstances.before}. `}Only ratios and CPU times travel to other machines.

${[...machine, ...versions].map((line) => `- ${line}`).join('\n')}
${missing.length === 0 ? '' : `\nNot measured:\n\n${missing.map((one) => `- ${one}`).join('\n')}\n`}
bouncer runs as in production: a logged-in session from the SQLite store, a policy with a group, an address and a network to compare, a signed
assertion and two identity headers, a log line a request into a file. mod_auth_openidc and oauth2-proxy are logged in through the same provider,
require a group and write an access log. mod_auth_openidc keeps its sessions in shared memory, oauth2-proxy in its cookie or in Redis, which runs on the other
core. nginx and Caddy share their core with the oauth2-proxy that they ask. nginx and httpd write their logs in batches, as bouncer does. The other peers
authenticate nobody and log nothing. With TLS, everybody has the same certificate (P-256) and TLS 1.3. A proxy that did not use all of its core waited for the
load or the origin: it could do more than its rate says, and CPU times compare it better.

![](performance.svg)

${renderFigures(figures, stamp)}

## Where the time goes

${profile}${decisions}${kept}`;
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
