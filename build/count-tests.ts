// Reads vitest's JSON report for .ci/run: names what failed on standard error, prints `passed failed` on standard output. A skipped
// test counts as failed, since a clean machine has everything; only the published corpora, which are not part of the
// repository, may be absent.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed';
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function countTests(file: string): { readonly passed: number; readonly failed: number } {
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  const hasCorpora = existsSync(process.env['BOUNCER_CORPORA'] ?? join(root, '../shared/corpora'));
  let [passed, failed] = [0, 0];
  for (const result of report.testResults) {
    const path = relative(root, result.name);
    const maySkip = !hasCorpora && readFileSync(result.name, 'utf8').includes('BOUNCER_CORPORA');
    for (const { status, fullName } of result.assertionResults) {
      if (status === 'passed') passed += 1;
      else if (status === 'failed' || !maySkip) {
        failed += 1;
        process.stderr.write(`${status}: ${path}: ${fullName}\n`);
      } else process.stderr.write(`not run, for want of the corpora: ${path}: ${fullName}\n`);
    }
    // A file that cannot be loaded, or whose set-up fails, may have no tests to count.
    if (result.status === 'failed' && !result.assertionResults.some(({ status }) => status === 'failed')) {
      failed += 1;
      process.stderr.write(`failed: ${path}: ${result.message.split('\n', 1)[0]}\n`);
    }
  }
  return { passed, failed };
}

const { passed, failed } = countTests(process.argv[2] ?? '');
process.stdout.write(`${passed} ${failed}\n`);
