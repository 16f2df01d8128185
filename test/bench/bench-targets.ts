// The targets that a run is held against: ratios of peers in the same round, and what a process weighs and how it starts.
import type { ScenarioName } from './bench-scenarios.ts';
import { type Slope, slopeOf } from './bench-slopes.ts';
import type { StartFigures } from './bench-start.ts';
import {
  compare,
  type MemoryFigures,
  type Pick_,
  type Results,
  type Spread,
  spreadOf,
} from './bench-statistics.ts';

export interface Verdict {
  readonly what: string;
  readonly target: string;
  readonly measured: Spread;
  readonly unit: string;
  readonly isMet: boolean;
  /** How far beyond the target, as a part of it; 0: it is met. */
  readonly missedBy: number;
}

/** What a run found. */
export interface Figures {
  readonly results: Results;
  /** `null`: not measured. */
  readonly memory: MemoryFigures | null;
  readonly start: StartFigures | null;
  readonly slopes: readonly Slope[];
  /** What a decision costs, as a block of text; empty: not measured. */
  readonly decisions: string;
  /** By the names of scenarios and parts. */
  readonly stamps: ReadonlyMap<string, Stamp>;
}

/** When something was measured, and of what. */
export interface Stamp {
  readonly date: string;
  readonly commit: string;
  /** Load average before the run. */
  readonly busyness: number;
  readonly rounds: number;
  readonly seconds: number;
}

const perSecond: Pick_ = (sample) => sample.perSecond;
const cpu: Pick_ = (sample) => sample.cpuUsPerUnit;
const p99: Pick_ = (sample) => sample.p99Ms;
const ratio = (a: number, b: number): number => a / b;
const difference = (a: number, b: number): number => a - b;
const single = (value: number): Spread => ({ median: value, min: value, max: value });

interface Ratio {
  readonly what: string;
  readonly scenario: ScenarioName;
  readonly other: string;
  readonly pick: Pick_;
  readonly sign: '≥' | '≤';
  readonly limit: number;
}

const small = { scenario: 'small', pick: perSecond, sign: '≥' } as const;

const ratios: readonly Ratio[] = [
  { ...small, what: 'rate against bare nginx (1 KB)', other: 'nginx', limit: 0.55 },
  {
    ...{ ...small, what: 'rate against express + http-proxy with a keep-alive agent (1 KB)' },
    ...{ other: 'express-http-proxy-keep-alive', limit: 2 },
  },
  { ...small, what: 'rate against mod_auth_openidc (1 KB)', other: 'mod-auth-openidc', limit: 3.5 },
  { ...small, what: 'rate against oauth2-proxy (1 KB)', other: 'oauth2-proxy', limit: 5 },
  {
    ...{ what: 'CPU against bare undici forwarding (1 KB)', scenario: 'small', other: 'bare-undici' },
    ...{ pick: cpu, sign: '≤', limit: 1 },
  },
  {
    ...{ what: 'CPU against the build before (1 KB)', scenario: 'small', other: 'before' },
    ...{ pick: cpu, sign: '≤', limit: 0.69 },
  },
  {
    ...{ what: "CPU against the build before (a browser's fields)", scenario: 'browser', other: 'before' },
    ...{ pick: cpu, sign: '≤', limit: 0.55 },
  },
  {
    ...{ what: 'CPU against nginx, TLS and HTTP/2 (1 KB)', scenario: 'http2', other: 'nginx' },
    ...{ pick: cpu, sign: '≤', limit: 3.5 },
  },
  {
    ...{ what: 'rate against bare nginx (100 KB)', scenario: 'medium', other: 'nginx' },
    ...{ pick: perSecond, sign: '≥', limit: 0.8 },
  },
];

/** Hold a run against the targets. What was not measured has no verdict. */
export function judge({ results, memory, start, slopes }: Figures): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  const add = (what: string, target: string, measured: Spread | null): void => {
    const [sign, limit = '', unit = ''] = target.split(' ');
    if (measured === null) return;
    const beyond = (sign === '≥' ? -1 : 1) * (measured.median - Number(limit));
    const missedBy = Math.max(0, beyond / Number(limit));
    verdicts.push({ what, target, measured, unit: ` ${unit}`, isMet: beyond <= 0, missedBy });
  };
  for (const { what, scenario, other, pick, sign, limit } of ratios)
    add(what, `${sign} ${limit} ×`, compare(results, scenario, 'bouncer', other, pick, ratio));
  add(
    'added p99 at 1,000 requests a second',
    '≤ 0.5 ms',
    compare(results, 'rate', 'bouncer', 'direct', p99, difference),
  );
  for (const scenario of ['download', 'upload'] as const) {
    const of = (other: string): Spread | null =>
      compare(results, scenario, 'bouncer', other, perSecond, ratio);
    add(`1 GB ${scenario} against the build before`, '≥ 1 ×', of('before'));
    add(`1 GB ${scenario} against bare undici`, '≥ 0.8 ×', of('bare-undici'));
    const samples = results.get(scenario)?.get('bouncer') ?? [];
    const grown = spreadOf(samples.map((one) => (one.rssGrowthKb ?? Number.NaN) / 1_024));
    add(`growth of the resident set during a 1 GB ${scenario}`, '≤ 64 MB', grown);
  }
  if (memory !== null) {
    add('idle memory (resident set)', '≤ 100 MB', single(memory.idleRssKb / 1_024));
    add('live heap a session', '≤ 1536 bytes', single(memory.heapBytesPerSession));
    add('10,000 sessions above idle (resident set)', '≤ 60 MB', single(memory.sessionsAboveIdleKb / 1_024));
  }
  const sockets = slopes.find(({ what }) => what === 'idle WebSocket');
  if (sockets !== undefined) {
    const kb = slopeOf(sockets.points.map(({ count, pssKb }) => [count, pssKb] as const));
    add('an idle WebSocket', '≤ 30 KB', single(kb));
  }
  if (start !== null) {
    add('start, until it listens', '≤ 400 ms', start.later);
    add('the first start after an installation', '≤ 400 ms', start.first);
  }
  return verdicts;
}
