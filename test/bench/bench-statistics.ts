// Medians and spreads of a run's samples, ratios between peers of the same round, and the targets they are held against.
import type { Sample } from './bench-load.ts';
import type { ScenarioName } from './bench-scenarios.ts';

/** Samples by scenario, then by peer (`direct` is the origin without a proxy), one a round. */
export type Results = ReadonlyMap<ScenarioName, ReadonlyMap<string, readonly Sample[]>>;

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Figures of the memory measurements. */
export interface MemoryFigures {
  readonly idleRssKb: number;
  readonly idlePssKb: number;
  /** Live heap a session: the difference of two heap snapshots (after garbage collection), 10,000 sessions against 1. */
  readonly heapBytesPerSession: number;
  /** The same from the resident set, which also holds garbage and free lists. */
  readonly rssBytesPerSession: number;
  /** CPU µs of the first request with a session, which is read from the store. */
  readonly firstUseCpuUs: number;
  /** Of the second one, with each of all the others in between. */
  readonly reuseCpuUs: number;
}

export interface Verdict {
  readonly what: string;
  readonly target: string;
  readonly measured: Spread;
  readonly unit: string;
  readonly isMet: boolean;
}

/** `null` without values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  if (min === undefined || max === undefined || low === undefined || high === undefined) return null;
  return { median: (low + high) / 2, min, max };
}

type Pick_ = (sample: Sample) => number | null;

/** Compare two peers round by round. */
function compare(
  results: Results,
  scenario: ScenarioName,
  peer: string,
  other: string,
  pick: Pick_,
  join: (a: number, b: number) => number,
): Spread | null {
  const [mine, theirs] = [results.get(scenario)?.get(peer) ?? [], results.get(scenario)?.get(other) ?? []];
  const values = mine.map((sample, round) => {
    const against = theirs[round];
    const [a, b] = [pick(sample), against === undefined ? null : pick(against)];
    return a === null || b === null ? Number.NaN : join(a, b);
  });
  return spreadOf(values);
}

const perSecond: Pick_ = (sample) => sample.perSecond;
const cpu: Pick_ = (sample) => sample.cpuUsPerUnit;
const p99: Pick_ = (sample) => sample.p99Ms;
const ratio = (a: number, b: number): number => a / b;
const difference = (a: number, b: number): number => a - b;

/** Hold a run against the targets. What was not measured has no verdict. */
export function judge(results: Results, memory: MemoryFigures | null): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  const add = (what: string, sign: '≥' | '≤', limit: number, unit: string, measured: Spread | null): void => {
    if (measured === null) return;
    const isMet = sign === '≥' ? measured.median >= limit : measured.median <= limit;
    verdicts.push({ what, target: `${sign} ${limit}${unit}`, measured, unit, isMet });
  };
  const rate = (other: string): Spread | null =>
    compare(results, 'small', 'bouncer', other, perSecond, ratio);
  add('rate against mod_auth_openidc (1 KB)', '≥', 2.5, ' ×', rate('mod-auth-openidc'));
  add('rate against express + http-proxy as documented (1 KB)', '≥', 1.8, ' ×', rate('express-http-proxy'));
  add(
    'rate against express + http-proxy with a keep-alive agent (1 KB)',
    '≥',
    1.8,
    ' ×',
    rate('express-http-proxy-keep-alive'),
  );
  add('rate against bare nginx (1 KB)', '≥', 0.4, ' ×', rate('nginx'));
  add(
    'CPU a request (1 KB)',
    '≤',
    50,
    ' µs',
    spreadOf((results.get('small')?.get('bouncer') ?? []).map((one) => cpu(one) ?? Number.NaN)),
  );
  add(
    'CPU above bare undici forwarding (1 KB)',
    '≤',
    10,
    ' µs',
    compare(results, 'small', 'bouncer', 'bare-undici', cpu, difference),
  );
  add(
    'added p99 at 1,000 requests a second',
    '≤',
    1,
    ' ms',
    compare(results, 'rate', 'bouncer', 'direct', p99, difference),
  );
  for (const scenario of ['download', 'upload'] as const) {
    add(
      `1 GB ${scenario} against bare undici`,
      '≥',
      0.8,
      ' ×',
      compare(results, scenario, 'bouncer', 'bare-undici', perSecond, ratio),
    );
    const samples = results.get(scenario)?.get('bouncer') ?? [];
    add(
      `growth of the resident set during a 1 GB ${scenario}`,
      '≤',
      64,
      ' MB',
      spreadOf(samples.map((one) => (one.rssGrowthKb ?? Number.NaN) / 1_024)),
    );
  }
  if (memory !== null) {
    const single = (value: number): Spread => ({ median: value, min: value, max: value });
    add('idle memory (resident set)', '≤', 120, ' MB', single(memory.idleRssKb / 1_024));
    add('live heap a session', '≤', 2_048, ' bytes', single(memory.heapBytesPerSession));
  }
  return verdicts;
}
