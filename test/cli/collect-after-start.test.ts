import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { env, makeSiteFolder, settings } from './site-folder.ts';

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

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

test('a bouncer that had nothing to do answers afterwards, and ends when it is told', async () => {
  const port = await findFreePort(0, 1);
  const folder = makeSiteFolder({
    'bouncer.yaml': settings.replace('127.0.0.1:8080', `127.0.0.1:${port}`),
  });
  const child = spawn(process.execPath, [main, 'serve'], {
    cwd: folder.path,
    env: { ...process.env, ...env },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    folder.remove();
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  while (!said.includes('listens on')) await once(child.stderr, 'data');
  // Several of its looks at how much it has to do.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  const signal = AbortSignal.timeout(20_000);
  expect((await fetch(`http://127.0.0.1:${port}/`, { signal })).status).toBeGreaterThan(0);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 60_000);
