import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const module = new URL('../../src/cli/collect-buffers-later.ts', import.meta.url).href;

/** A gigabyte of chunks come and go beside a heap of some size; how often all of it was marked is written at the end. */
const program = `
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { collectBuffersLater } from ${JSON.stringify(module)};
if (process.argv[1] === 'later') collectBuffersLater();
let marked = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) marked++;
}).observe({ entryTypes: ['gc'] });
const live = Array.from({ length: 200_000 }, (_, i) => ({ i, text: 'n' + i }));
let chunks = [];
let left = 20_000;
const turn = () => {
  for (let i = 0; i < 4; i++) chunks.push(Buffer.allocUnsafeSlow(65_536));
  if (chunks.length > 16) chunks = chunks.slice(4);
  left -= 4;
  if (left > 0) setImmediate(turn);
  else setTimeout(() => process.stdout.write(String(marked + live.length - 200_000)), 50);
};
turn();
`;

async function timesMarked(when: 'later' | 'as usual'): Promise<number> {
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program, when]);
  // A flag that V8 does not know is said there.
  expect(stderr).toBe('');
  return Number(stdout);
}

test('the whole heap is marked for chunks of bodies half as often as usual at most', async () => {
  // When V8 begins to mark is a matter of luck too: twice each.
  let [later, usual] = [0, 0];
  for (let i = 0; i < 2; i++) {
    later += await timesMarked('later');
    usual += await timesMarked('as usual');
  }
  expect(usual).toBeGreaterThan(6);
  expect(later).toBeLessThan(usual / 2);
}, 60_000);
