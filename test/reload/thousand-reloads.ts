// By hand: `node test/reload/thousand-reloads.ts [reloads] [applications]`. Prints a report; exits with 1 when anything failed.
import { reloadUnderLoad } from './reload-under-load.ts';

const [reloads = 1000, applications = 100] = process.argv.slice(2).map(Number);
const report = await reloadUnderLoad({ reloads, applications, deadlineMs: Number.POSITIVE_INFINITY });
const { faults, requests, seconds, slowestMs } = report;
process.stdout.write(
  `${report.reloads} reloads of ${applications + 1} applications in ${seconds.toFixed(0)} s under ${requests} requests ` +
    `(${(requests / seconds).toFixed(0)}/s, slowest ${slowestMs.toFixed(0)} ms): ${faults.length} faults\n${faults.slice(0, 20).join('\n')}\n`,
);
process.exitCode = faults.length === 0 && report.reloads === reloads ? 0 : 1;
