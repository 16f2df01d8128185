// Reads vitest's JSON report for .ci/run: names what failed on standard error, prints `passed failed` on standard output. A skipped
// test counts as failed, since a clean machine has everything; only the published corpora, which are not part of the repository,
// and what `.ci/full` runs with programs of its own or for long may be left out.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fullParts } from './full-parts.ts';

const root = join(import.meta.dirname, '..');

/** The tests that `.ci/full` runs, most of them with programs that it installs: files and folders. */
const leftToFull = fullParts.flatMap(({ run }) => run.match(/\btest\/[\w./-]+/g) ?? []);

interface Report {
  readonly testResults: readonly {
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
  }[];
}

function countTests(file: string): { readonly passed: number; readonly failed: number } {
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  const hasCorpora = existsSync(process.env['BOUNCER_CORPORA'] ?? join(root, '../shared/corpora'));
  let [passed, failed] = [0, 0];
  for (const result of report.testResults) {
    const path = relative(root, result.name);
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
function nameSlowest({ testResults }: Report): void {
  const seconds = testResults.map(
    ({ name, startTime, endTime }) => [(endTime - startTime) / 1000, relative(root, name)] as const,
  );
  const slowest = seconds.toSorted(([a], [b]) => b - a).slice(0, 10);
  process.stderr.write(
    `the slowest files: ${slowest.map(([time, name]) => `${name} ${time.toFixed(0)} s`).join(', ')}\n`,
  );
}

const { passed, failed } = countTests(process.argv[2] ?? '');
process.stdout.write(`${passed} ${failed}\n`);
