// `npm run fuzz -- --seconds N [--target NAME] [--seed S]`: searches each target with the kept seeds' successors, or one seed.
// A counter-example ends it with exit code 1 and the line to keep in seeds.json.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { liveTargets, pureTargets } from './all-targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const targets = [...pureTargets, ...liveTargets];
const chosen =
  values.target === undefined ? targets : targets.filter(({ name }) => values.target?.includes(name));
if (
  !(seconds > 0) ||
  chosen.length === 0 ||
  (values.seed !== undefined && !Number.isInteger(Number(values.seed)))
) {
  console.error(
    `usage: npm run fuzz -- [--seconds N] [--target NAME]… [--seed S]\ntargets: ${targets.map(({ name }) => name).join(' ')}`,
  );
  process.exit(64);
}

let total = 0;
let hasFailed = false;
for (const target of chosen) {
  // Several seeds a target: each explores another part.
  const rounds = values.seed === undefined ? Math.min(6, Math.max(1, Math.floor(seconds / 10))) : 1;
  let runs = 0;
  for (let round = 0; round < rounds; round++) {
    const seed = values.seed === undefined ? randomInt(2 ** 31 - 1) : Number(values.seed);
    const result = await target.run({ seconds: seconds / rounds }, seed);
    runs += result.runs;
    if (result.failure === null) continue;
    hasFailed = true;
    console.log(`\n${target.name} failed with seed ${seed}\n${result.failure}`);
    console.log(
      `\nkeep it in test/fuzz/seeds.json: add ${seed} to "${target.name}"\nrepeat it: npm run fuzz -- --target ${target.name} --seed=${seed} --seconds ${values.seconds}`,
    );
    break;
  }
  total += runs;
  console.log(`${target.name.padEnd(24)} ${String(runs).padStart(12)} runs`);
}
for (const target of liveTargets) await target.close();
console.log(
  `${'in all'.padEnd(24)} ${String(total).padStart(12)} runs${hasFailed ? ', with counter-examples' : ', no counter-example'}`,
);
process.exit(hasFailed ? 1 : 0);
