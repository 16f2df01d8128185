import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('a skipped test is a failed one, but for those whose programs the full run installs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bouncer-count-'));
  try {
    const file = (name: string, status: string) => ({
      name: join(root, name),
      status: 'passed',
      message: '',
      startTime: 0,
      endTime: 1000,
      assertionResults: [
        {
          status,
          fullName: 'holds',
          failureMessages:
            status === 'failed' ? [`AssertionError: expected 3 to be 4\n    at ${join(root, name)}:7:1`] : [],
        },
      ],
    });
    const report = {
      testResults: [
        file('test/build/full-run.test.ts', 'passed'),
        file('test/build/count-tests.test.ts', 'skipped'),
        file('test/applications/s3.test.ts', 'skipped'),
        file('test/providers/keycloak.test.ts', 'skipped'),
        file('test/applications/grpc.test.ts', 'failed'),
      ],
    };
    await writeFile(join(folder, 'report.json'), JSON.stringify(report));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      join(root, 'build/count-tests.ts'),
      join(folder, 'report.json'),
    ]);
    expect(stdout).toBe('1 2\n');
    expect(stderr).toContain('skipped: test/build/count-tests.test.ts: holds');
    expect(stderr).toContain('left to .ci/full: test/applications/s3.test.ts: holds');
    expect(stderr).toContain('left to .ci/full: test/providers/keycloak.test.ts: holds');
    expect(stderr).toMatch(
      /failed: test\/applications\/grpc.test.ts: holds\n +AssertionError: expected 3 to be 4\n +at .+grpc\.test\.ts:7:1\n/,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
