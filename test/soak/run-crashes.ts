// `node test/soak/run-crashes.ts [--kills 500] [--seed 1]`: kills bouncer under load, and says whether every promise held.
import { parseArgs } from 'node:util';
import { runCrashes } from './crash.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const result = await runCrashes({ kills: Number(values.kills), seed: Number(values.seed), say });
for (const violation of result.violations.slice(0, 50)) say(`BROKEN: ${violation}`);
say(
  `killed ${result.kills} times: ${result.logins} logins, ${result.ends} ends, ${result.replays} callbacks sent again, starts ${result.medianStartMs} ms (slowest ${result.slowestStartMs}), ${result.violations.length} promises broken`,
);
process.exitCode = result.violations.length === 0 ? 0 : 1;
