// Fuzz targets that need something running: sockets, a site. Like fuzz-target.ts, but they wait, and are closed at the end.
import fc from 'fast-check';
import type { FuzzBudget, FuzzResult } from './fuzz-target.ts';

export interface LiveTarget {
  readonly name: string;
  run(budget: FuzzBudget, seed: number): Promise<FuzzResult>;
  close(): Promise<void>;
}

/**
 * Make a target over something that is started when first needed.
 *
 * @param properties by their titles; each checks one input and throws or answers false for a counter-example
 */
export function liveTarget<T>(
  name: string,
  start: () => Promise<T>,
  stop: (running: T) => Promise<void>,
  properties: (running: T) => Readonly<Record<string, unknown>>,
): LiveTarget {
  let running: Promise<T> | null = null;
  return {
    name,
    async run(budget, seed) {
      running ??= start();
      const entries = Object.entries(properties(await running)) as [string, fc.IAsyncProperty<unknown>][];
      let runs = 0;
      for (const [title, property] of entries) {
        const limits =
          'runs' in budget
            ? { numRuns: budget.runs }
            : {
                numRuns: Number.MAX_SAFE_INTEGER,
                interruptAfterTimeLimit: (budget.seconds * 1000) / entries.length,
                markInterruptAsFailure: false,
              };
        const details = await fc.check(property, { seed, ...limits, endOnFailure: true });
        runs += details.numRuns;
        if (details.failed) {
          const report = fc.defaultReportMessage(details) ?? 'no report';
          return { name, seed, runs, failure: `${title}\n${report}\n${String(details.errorInstance ?? '')}` };
        }
      }
      return { name, seed, runs, failure: null };
    },
    async close() {
      if (running !== null) await stop(await running);
      running = null;
    },
  };
}
