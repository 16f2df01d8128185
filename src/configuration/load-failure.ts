// Why a set of settings and rules cannot go live, as text for the log and `/readyz`: the first of many problems tell enough.
import type { Problem } from '../source/problem.ts';
import { renderConfigurationProblems } from './load-configuration.ts';

export interface LoadFailure {
  /** Ready to print; long lists are cut. */
  readonly text: string;
  /** How many problems or failed tests there are. */
  readonly count: number;
  /** Where a fault of this program was thrown, for the log alone; absent for what is wrong with files, or outside. */
  readonly fault?: string;
}

/** More of them are left to `bouncer check`. */
const mostShown = 20;

/** @param failedTests as rendered by run-tests.ts */
export function loadFailure(problems: readonly Problem[], failedTests: readonly string[]): LoadFailure {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const count = errors.length + failedTests.length;
  const shown = renderConfigurationProblems(errors.slice(0, mostShown), failedTests.slice(0, mostShown));
  const more = count - Math.min(errors.length, mostShown) - Math.min(failedTests.length, mostShown);
  return { text: more === 0 ? shown : `${shown}\nand ${more} more: run \`bouncer check\``, count };
}
