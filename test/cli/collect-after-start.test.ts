import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const module = new URL('../../src/cli/collect-after-start.ts', import.meta.url).href;

const megabyte = 1024 * 1024;

/** Its young generation grows to many megabytes; then it rests, until a collection makes it small, and tells both sizes. */
const program = `
import { getHeapSpaceStatistics } from 'node:v8';
import { collectAfterStart } from ${JSON.stringify(module)};
const young = () => getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size;
let kept = [];
for (let i = 0; i < 2_000_000; i++) {
  kept.push({ i, text: [i] });
  if (kept.length > 100_000) kept = [];
}
const before = young();
collectAfterStart();
const looking = setInterval(() => {
  if (young() >= before / 4) return;
  clearInterval(looking);
  process.stdout.write(JSON.stringify({ before, after: young() }));
}, 50);
`;

test('makes what a start left behind small, and keeps no process alive', async () => {
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  const { before, after } = JSON.parse(stdout);
  expect(before).toBeGreaterThan(4 * megabyte);
  expect(after).toBeLessThan(before / 4);
}, 90_000);
