// `npm run attack`: plays the table of attacks against a real bouncer, and beside it against the naive build. Exits with 1 when
// anything failed. --corpora replays the published lists too; --only REGEXP plays some cases; --write puts the scores into
// docs/security.md.
import { parseArgs } from 'node:util';
import { runAttacks } from './attack-run.ts';
import { renderCorpora, replayCorpora } from './corpora-run.ts';
import { isGreen, renderReport } from './report.ts';
import { writeScores } from './write-scores.ts';

const { values } = parseArgs({
  options: {
    corpora: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const report = await runAttacks({
  ...(values.only === undefined ? {} : { only: new RegExp(values.only) }),
  onResult: ({ one, verdict }) =>
    void process.stderr.write(verdict === 'failed' ? `\n${one.id} failed\n` : '.'),
});
console.log(renderReport(report));
let isGood = isGreen(report);
const corpora = values.corpora ? await replayCorpora() : null;
if (corpora !== null) {
  console.log(renderCorpora(corpora));
  isGood &&= corpora.every(({ problems }) => problems.length === 0);
}
if (values.write && values.only === undefined) writeScores(report, corpora);
process.exit(isGood ? 0 : 1);
