// What a run leaves for the next one (`--json FILE`, then `--merge FILE`): all figures, and of each part when, from which commit and on how
// busy a machine it was measured, so that a page of several runs says so.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Sample } from './bench-load.ts';
import type { ScenarioName } from './bench-scenarios.ts';
import type { Figures, Stamp } from './bench-targets.ts';

/** A run as its file holds it. */
interface Plain {
  readonly results: Readonly<Record<string, Readonly<Record<string, readonly Sample[]>>>>;
  readonly memory: Figures['memory'];
  readonly start: Figures['start'];
  readonly slopes: Figures['slopes'];
  readonly decisions: string;
  readonly stamps: Readonly<Record<string, Stamp>>;
}

/** Write the figures of a run. */
export function writeRecord(file: string, { results, stamps, ...others }: Figures): void {
  const plain: Plain = {
    results: Object.fromEntries([...results].map(([name, byPeer]) => [name, Object.fromEntries(byPeer)])),
    ...others,
    stamps: Object.fromEntries(stamps),
  };
  writeFileSync(file, JSON.stringify(plain, null, 2));
}

/** @throws Error when the file is no record of a run that says when it was */
export function readRecord(file: string): Figures {
  const { results, stamps, ...others } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Plain>;
  if (results === undefined || stamps === undefined)
    throw new Error(`${file} does not say of when its figures are: write it anew with --json`);
  return {
    ...{ memory: null, start: null, slopes: [], decisions: '', ...others },
    results: new Map(
      Object.entries(results).map(([name, byPeer]) => [
        name as ScenarioName,
        new Map(Object.entries(byPeer)),
      ]),
    ),
    stamps: new Map(Object.entries(stamps)),
  };
}

/** All of this run, and of the earlier one what this one did not measure. A scenario goes as a whole: its ratios are of one run. */
export function mergeFigures(earlier: Figures, now: Figures): Figures {
  return {
    results: new Map([...earlier.results, ...now.results]),
    memory: now.memory ?? earlier.memory,
    start: now.start ?? earlier.start,
    slopes: now.slopes.length > 0 ? now.slopes : earlier.slopes,
    decisions: now.decisions === '' ? earlier.decisions : now.decisions,
    stamps: new Map([...earlier.stamps, ...now.stamps]),
  };
}

/** Under a heading, where a part is of another run than the page; else nothing. */
export function renderStamp(part: string, { stamps }: Figures, page: Stamp | null): string {
  const stamp = stamps.get(part);
  if (stamp === undefined || page === null || textOf(stamp) === textOf(page)) return '';
  return `\n\nMeasured ${textOf(stamp)}.`;
}

export function textOf({ date, commit, busyness, rounds, seconds }: Stamp): string {
  return `on ${date} at commit ${commit}, in ${rounds === 1 ? 'one round' : `${rounds} rounds`} of ${seconds} seconds, load average before it ${busyness.toFixed(1)}`;
}
