// Reads vitest's JSON report for .ci/run: names what failed on standard error, prints `passed failed` on standard output. A skipped
// test counts as failed, since a clean machine has everything; only the published corpora, which are not part of the repository,
// and what `.ci/full` runs with programs of its own or for long may be left out. A second report is of files in which something
// failed, run once more by themselves: what passed there is named as unsteady, and counts as it went there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fullParts } from './full-parts.ts';
import { pathOf, readTestReport, type TestFileResult, type TestReport } from './test-report.ts';

const root = join(import.meta.dirname, '..');

/** The tests that `.ci/full` runs, most of them with programs that it installs: files and folders. */
const leftToFull = fullParts.flatMap(({ run }) => run.match(/\btest\/[\w./-]+/g) ?? []);

function countTests(report: TestReport): { readonly passed: number; readonly failed: number } {
  const hasCorpora = existsSync(process.env['BOUNCER_CORPORA'] ?? join(root, '../shared/corpora'));
  let [passed, failed] = [0, 0];
  for (const result of report.testResults) {
    const path = pathOf(result);
    const isLeftToFull = leftToFull.some((tests) => path === tests || path.startsWith(`${tests}/`));
    const lacksCorpora = !hasCorpora && /BOUNCER_CORPORA|hasCorpora/.test(readFileSync(result.name, 'utf8'));
    for (const { status, fullName, failureMessages = [] } of result.assertionResults) {
      if (status === 'passed') passed += 1;
      else if (status === 'failed' || !(isLeftToFull || lacksCorpora)) {
        failed += 1;
        process.stderr.write(`${status}: ${path}: ${fullName}\n${whyAndWhere(failureMessages)}`);
      } else
        process.stderr.write(
          `${isLeftToFull ? 'left to .ci/full' : 'not run, for want of the corpora'}: ${path}: ${fullName}\n`,
        );
    }
    // A file that cannot be loaded, or whose set-up fails, may have no tests to count.
    if (result.status === 'failed' && !result.assertionResults.some(({ status }) => status === 'failed')) {
      failed += 1;
      process.stderr.write(`failed: ${path}: ${result.message.split('\n', 1)[0]}\n`);
    }
  }
  nameSlowest(report);
  return { passed, failed };
}

/** What did not hold and the lines of tests that say where: enough to begin with when the rest of the output is not at hand. */
function whyAndWhere(messages: readonly string[]): string {
  const lines = messages.flatMap((message) => {
    const [stack, text] = divide(message.split('\n'), (line) => /^\s+at /.test(line));
    return [...text.slice(0, 12), ...stack.filter((line) => line.includes(`${root}/`)).slice(0, 4)];
  });
  return lines.map((line) => `    ${line.trim()}\n`).join('');
}

function divide<T>(all: readonly T[], is: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

/** Where the time goes: a quick file that is slow belongs to the slow ones of vitest.config.ts. */
function nameSlowest({ testResults }: TestReport): void {
  const seconds = testResults.map(
    (result) => [(result.endTime - result.startTime) / 1000, pathOf(result)] as const,
  );
  const slowest = seconds.toSorted(([a], [b]) => b - a).slice(0, 10);
  process.stderr.write(
    `the slowest files: ${slowest.map(([time, name]) => `${name} ${time.toFixed(0)} s`).join(', ')}\n`,
  );
}

/** @returns the report with the files of `again` as they went there */
function withSecondRun(report: TestReport, again: TestReport): TestReport {
  const second = new Map(again.testResults.map((result) => [result.name, result]));
  return {
    testResults: report.testResults.map((result) => {
      const next = second.get(result.name);
      if (next === undefined) return result;
      nameUnsteady(result, next);
      return { ...next, startTime: result.startTime, endTime: result.endTime };
    }),
  };
}

function nameUnsteady(first: TestFileResult, next: TestFileResult): void {
  const passed = new Set(
    next.assertionResults.flatMap(({ status, fullName }) => (status === 'passed' ? [fullName] : [])),
  );
  for (const { status, fullName, failureMessages = [] } of first.assertionResults)
    if (status === 'failed' && passed.has(fullName))
      process.stderr.write(
        `unsteady, passed by itself: ${pathOf(first)}: ${fullName}\n${whyAndWhere(failureMessages)}`,
      );
}

const [first = '', again] = process.argv.slice(2);
const report = readTestReport(first);
const { passed, failed } = countTests(
  again === undefined ? report : withSecondRun(report, readTestReport(again)),
);
process.stdout.write(`${passed} ${failed}\n`);
