// `npm run soak -- [--seconds 1800] [--rate 1000] [--sessions 500] [--websockets 1000] [--pause 8] [--seed 1] [--no-kills] [--write]`:
// ends with a table, and with `--write` puts it into docs/reliability.md.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { runSoak } from './soak.ts';
import { renderTable, writeReliability } from './soak-table.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1800' },
    rate: { type: 'string', default: '1000' },
    sessions: { type: 'string', default: '500' },
    websockets: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    pause: { type: 'string', default: '8' },
    'no-kills': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const startedMs = performance.now();
const result = await runSoak({
  seconds: Number(values.seconds),
  requestsPerSecond: Number(values.rate),
  sessions: Number(values.sessions),
  webSockets: Number(values.websockets),
  eventStreams: Math.ceil(Number(values.websockets) / 5),
  pauseSeconds: Number(values.pause),
  seed: Number(values.seed),
  withKills: !values['no-kills'],
  say: (line) =>
    process.stdout.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  ${line}\n`),
});
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`;
process.stdout.write(`\n${renderTable(result)}\n\n`);
for (const problem of result.problems) process.stdout.write(`BROKEN: ${problem}\n`);
const isHeld = result.misjudged + result.unexplained + result.lateStreams === 0;
if (values.write) writeReliability(result, machine, new Date());
process.stdout.write(
  isHeld
    ? `held for ${result.seconds} s: ${result.requests} requests, 0 misjudged, 0 failed without a cause\n`
    : `not held: ${result.misjudged} misjudged, ${result.unexplained} failed without a cause, ${result.lateStreams} streams too long\n`,
);
process.exitCode = isHeld ? 0 : 1;
