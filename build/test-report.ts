// vitest's JSON report, as far as .ci/run reads it.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

export interface TestReport {
  readonly testResults: readonly TestFileResult[];
}

export interface TestFileResult {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly message: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages?: readonly string[];
  }[];
}

export function readTestReport(file: string): TestReport {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** From the top of the repository. */
export function pathOf({ name }: TestFileResult): string {
  return relative(root, name);
}
