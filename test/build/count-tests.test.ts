import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bouncer-count-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function file(name: string, ...statuses: readonly string[]) {
  return {
    name: join(root, name),
    status: statuses.includes('failed') ? 'failed' : 'passed',
    message: '',
    startTime: 0,
    endTime: 1000,
    assertionResults: statuses.map((status, at) => ({
      status,
      fullName: `holds ${at}`,
      failureMessages:
        status === 'failed' ? [`AssertionError: expected 3 to be 4\n    at ${join(root, name)}:7:1`] : [],
    })),
  };
}

async function report(name: string, ...testResults: ReturnType<typeof file>[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify({ testResults }));
  return path;
}

const count = (...reports: readonly string[]) =>
  run(process.execPath, [join(root, 'build/count-tests.ts'), ...reports]);

test('a skipped test is a failed one, but for those whose programs the full run installs', async () => {
  const { stdout, stderr } = await count(
    await report(
      'first.json',
      file('test/build/full-run.test.ts', 'passed'),
      file('test/build/count-tests.test.ts', 'skipped'),
      file('test/applications/s3.test.ts', 'skipped'),
      file('test/providers/keycloak.test.ts', 'skipped'),
      file('test/applications/grpc.test.ts', 'failed'),
    ),
  );
  expect(stdout).toBe('1 2\n');
  expect(stderr).toContain('skipped: test/build/count-tests.test.ts: holds');
  expect(stderr).toContain('left to .ci/full: test/applications/s3.test.ts: holds');
  expect(stderr).toContain('left to .ci/full: test/providers/keycloak.test.ts: holds');
  expect(stderr).toMatch(
    /failed: test\/applications\/grpc.test.ts: holds 0\n +AssertionError: expected 3 to be 4\n +at .+grpc\.test\.ts:7:1\n/,
  );
});

test('what failed counts as it went when its file was run once more, and is named as unsteady where it passed', async () => {
  const { stdout, stderr } = await count(
    await report(
      'first.json',
      file('test/build/full-run.test.ts', 'passed', 'passed'),
      file('test/build/count-tests.test.ts', 'failed', 'passed'),
      file('test/flow/passkeys.test.ts', 'failed'),
    ),
    await report(
      'again.json',
      file('test/build/count-tests.test.ts', 'passed', 'passed'),
      file('test/flow/passkeys.test.ts', 'failed'),
    ),
  );
  expect(stdout).toBe('4 1\n');
  expect(stderr).toContain(
    'unsteady, passed by itself: test/build/count-tests.test.ts: holds 0\n    AssertionError',
  );
  expect(stderr).toContain('\nfailed: test/flow/passkeys.test.ts: holds 0');
  expect(stderr).not.toContain('unsteady, passed by itself: test/flow/passkeys');
});

test('a few files in which something failed are run once more, many are not', async () => {
  const failed = (many: number) =>
    Array.from({ length: many }, (_, at) => file(`test/flow/f${at}.test.ts`, 'failed'));
  const name = async (many: number) => {
    const path = await report('many.json', file('test/build/full-run.test.ts', 'passed'), ...failed(many));
    return (await run(process.execPath, [join(root, 'build/failed-files.ts'), path])).stdout;
  };
  expect(await name(0)).toBe('');
  expect(await name(2)).toBe('test/flow/f0.test.ts\ntest/flow/f1.test.ts\n');
  expect(await name(5)).toBe('');
});
