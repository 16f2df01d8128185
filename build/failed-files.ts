// Names the test files of vitest's JSON report in which something failed, for `.ci/run` to run them once more by themselves. Nothing
// where they are many: that is no unsteady test.
import { pathOf, readTestReport } from './test-report.ts';

const most = 4;

const failed = readTestReport(process.argv[2] ?? '').testResults.filter(({ status }) => status === 'failed');
if (failed.length <= most) for (const result of failed) process.stdout.write(`${pathOf(result)}\n`);
