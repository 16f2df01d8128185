// `node test/fuzz/million-frames.ts [COUNT]`: so many frames that make no sense are read by the edges and connectors of tunnels, half by
// each, with new ones in each run. Ends with exit code 1 where one of them gave up, or served those who make sense no more.
import { randomInt } from 'node:crypto';
import { liveTunnel } from './live-tunnel.ts';
import { frameCounts } from './tunnel-frames.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
let runs = 0;
let failure: string | null = null;
while (frameCounts.read < wanted && failure === null) {
  const result = await liveTunnel.run({ seconds: 20 }, randomInt(2 ** 31 - 1));
  runs += result.runs;
  failure = result.failure === null ? null : `seed ${result.seed}: ${result.failure}`;
}
await liveTunnel.close();
const { sent, read } = frameCounts;
console.log(
  failure ??
    `${read} of ${sent} random frames were read before their session ended, in ${runs} runs: nobody gave up`,
);
process.exit(failure === null ? 0 : 1);
