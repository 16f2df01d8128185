// Medians and spreads of a run's samples, and ratios between peers of the same round.
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
  /** Resident set with 10,000 sessions in use above that of an idle process. */
  readonly sessionsAboveIdleKb: number;
  /** CPU µs of the first request with a session, which is read from the store. */
  readonly firstUseCpuUs: number;
  /** Of the second one, with each of all the others in between. */
  readonly reuseCpuUs: number;
}

/** `null` without values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  if (min === undefined || max === undefined || low === undefined || high === undefined) return null;
  return { median: (low + high) / 2, min, max };
}

export type Pick_ = (sample: Sample) => number | null;

/** Compare two peers round by round. A round in which one of them did not answer as it should says nothing: to refuse is quick. */
export function compare(
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
    if (against === undefined || sample.errors > 0 || against.errors > 0) return Number.NaN;
    const [a, b] = [pick(sample), pick(against)];
    return a === null || b === null ? Number.NaN : join(a, b);
  });
  return spreadOf(values);
}
