// `npm run chaos -- [--seconds 600] [--rate 300] [--seed 1]`: kills nodes and the database under load, and says whether every promise held.
// With `--tunnels`: two edges and two connectors of a tunnel in place of them.
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { runTunnelChaos, type TunnelChaosResult } from './tunnel-chaos.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    rate: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    tunnels: { type: 'boolean', default: false },
  },
});
const startedMs = performance.now();
const options = {
  seconds: Number(values.seconds),
  requestsPerSecond: Number(values.rate),
  say: (line: string) =>
    process.stdout.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  ${line}\n`),
};
const result = values.tunnels
  ? await runTunnelChaos({ ...options, pauseSeconds: 3 })
  : await runChaos({ ...options, pauseSeconds: 8, seed: Number(values.seed) });
const { violations, ...counts } = result;
process.stdout.write(`${JSON.stringify(counts, null, 2)}\n`);
for (const violation of violations.slice(0, 50)) process.stdout.write(`BROKEN: ${violation}\n`);
const story = 'byStatus' in counts ? storyOfNodes(counts) : storyOfTunnels(counts);
process.stdout.write(
  violations.length === 0
    ? `every promise held: ${story}\n`
    : `${violations.length} promises were broken: ${story}\n`,
);
process.exitCode = violations.length === 0 ? 0 : 1;

function storyOfNodes(counts: Omit<Awaited<ReturnType<typeof runChaos>>, 'violations'>): string {
  const { requests, logins, ends, stepUps, byStatus, disturbances, latestEntryMs } = counts;
  const unanswered = requests - (byStatus['200'] ?? 0) - (byStatus['302'] ?? 0);
  return `${rateOf(requests)}; ${unanswered} failed at what was broken), ${logins} logins, ${ends} ends, ${stepUps} step-ups, ${disturbances} disturbances, last let in ${latestEntryMs} ms after an end`;
}

function storyOfTunnels({ requests, failed, kills }: Omit<TunnelChaosResult, 'violations'>): string {
  return `${rateOf(requests)}; ${failed} failed at what was killed), ${kills} kills`;
}

function rateOf(requests: number): string {
  return `${requests} requests (${Math.round(requests / Number(values.seconds))} of ${values.rate} a second`;
}
