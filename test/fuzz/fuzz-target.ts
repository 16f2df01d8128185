// What `npm run fuzz` runs: a named set of properties with a budget and a seed. A failure comes back as text, never as a throw.
import fc from 'fast-check';

/** How long to search: a number of runs for each property, or seconds for the whole target. */
export type FuzzBudget = { readonly runs: number } | { readonly seconds: number };

export interface FuzzResult {
  readonly name: string;
  readonly seed: number;
  readonly runs: number;
  /** The counter-example with its property's name, or `null`. */
  readonly failure: string | null;
}

export interface FuzzTarget {
  readonly name: string;
  run(budget: FuzzBudget, seed: number): FuzzResult;
}

type AnyProperty = fc.IRawProperty<unknown>;

/** Make a target of properties by their names. */
export function fuzzTarget(name: string, properties: Readonly<Record<string, unknown>>): FuzzTarget {
  const entries = Object.entries(properties) as [string, AnyProperty][];
  return {
    name,
    run(budget, seed) {
      let runs = 0;
      for (const [title, property] of entries) {
        const limits =
          'runs' in budget
            ? { numRuns: budget.runs }
            : {
                numRuns: Number.MAX_SAFE_INTEGER,
                interruptAfterTimeLimit: Math.max(50, (budget.seconds * 1000) / entries.length),
                markInterruptAsFailure: false,
              };
        const details = fc.check(property, { seed, ...limits }) as fc.RunDetails<unknown>;
        runs += details.numRuns;
        if (details.failed) {
          return { name, seed, runs, failure: `${title}\n${fc.defaultReportMessage(details as never)}` };
        }
      }
      return { name, seed, runs, failure: null };
    },
  };
}
