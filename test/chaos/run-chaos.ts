// `npm run chaos -- [--seconds 600] [--rate 300] [--seed 1]`: kills nodes and the database under load, and says whether every promise held.
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    rate: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
  },
});
const startedMs = performance.now();
const result = await runChaos({
  seconds: Number(values.seconds),
  requestsPerSecond: Number(values.rate),
  pauseSeconds: 8,
  seed: Number(values.seed),
  say: (line) =>
    process.stdout.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  ${line}\n`),
});
const { violations, ...counts } = result;
process.stdout.write(`${JSON.stringify(counts, null, 2)}\n`);
for (const violation of violations.slice(0, 50)) process.stdout.write(`BROKEN: ${violation}\n`);
const { requests, logins, ends, stepUps, byStatus, disturbances, latestEntryMs } = counts;
const unanswered = requests - (byStatus['200'] ?? 0) - (byStatus['302'] ?? 0);
const story = `${requests} requests (${Math.round(requests / Number(values.seconds))} of ${values.rate} a second; ${unanswered} failed at what was broken), ${logins} logins, ${ends} ends, ${stepUps} step-ups, ${disturbances} disturbances, last let in ${latestEntryMs} ms after an end`;
process.stdout.write(
  violations.length === 0
    ? `every promise held: ${story}\n`
    : `${violations.length} promises were broken: ${story}\n`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
