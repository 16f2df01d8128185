import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const module = new URL('../../src/cli/bound-young-generation.ts', import.meta.url).href;

/** Much survives for a while, which is what the young generation grows by; how large a half of it is then is written at the end. */
const program = `
import { getHeapSpaceStatistics } from 'node:v8';
import { boundYoungGeneration } from ${JSON.stringify(module)};
const mostBytes = Number(process.argv[1]);
if (mostBytes > 0) boundYoungGeneration(mostBytes);
let live = [];
let left = 400;
const turn = () => {
  for (let i = 0; i < 3_000; i++) live.push({ i, list: [i] });
  if (live.length > 600_000) live = live.slice(300_000);
  if (--left > 0) return setImmediate(turn);
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  process.stdout.write(String((young.space_used_size + young.space_available_size) / 1024 / 1024));
};
turn();
`;

async function megabytesOfHalf(mostMegabytes: number): Promise<number> {
  const args = ['--input-type=module', '-e', program, String(mostMegabytes * 1024 * 1024)];
  const { stdout, stderr } = await run(process.execPath, args);
  // A flag that V8 does not know is said there.
  expect(stderr).toBe('');
  return Number(stdout);
}

test.for([2, 4])(
  'the young generation grows to %s MB and no further',
  {
    timeout: 60_000,
  },
  async (most) => {
    expect(await megabytesOfHalf(most)).toBeCloseTo(most, 1);
  },
);

test('without a bound it grows beyond', async () => {
  expect(await megabytesOfHalf(0)).toBeGreaterThan(7);
}, 60_000);
