// Programs that are asked turn about on one core, and what a request costs each: CPU time, because that is what a busy machine disturbs
// least, and ratios within a round.
import { loadWithH2load } from './bench-h2load.ts';
import { loadWithWrk, type Sample, type Target } from './bench-load.ts';
import { http2 } from './bench-scenarios.ts';
import { spreadOf } from './bench-statistics.ts';

export interface Paired {
  readonly name: string;
  /** With `https` it is asked over HTTP/2. */
  readonly target: Target;
  readonly path: string;
  /** A file of cookies, of which each request has the next one; absent or `null`: that of the target. */
  readonly cookies?: string | null;
}

/** CPU µs a request by name, one a round. */
export type PairedFigures = ReadonlyMap<string, readonly number[]>;

/**
 * The first two rounds warm compilers and are not counted; which one begins changes.
 *
 * @param note is told after each round
 * @throws Error when an answer is not 2xx
 */
export async function measurePaired(
  all: readonly Paired[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  note: (text: string) => void,
): Promise<PairedFigures> {
  const found = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = -1; round <= rounds; round++) {
    for (const i of all.keys()) {
      const one = all[(i + round + 1) % all.length];
      if (one === undefined) continue;
      const sample = await load(one, seconds);
      if (sample.errors > 0) throw new Error(`${one.name}: ${sample.errors} answers that are not 2xx`);
      if (round > 0) found.get(one.name)?.push(sample.cpuUsPerUnit ?? Number.NaN);
    }
    const last = [...found].map(([name, cpu]) => `${name} ${cpu.at(-1)?.toFixed(1) ?? '-'}`);
    note(`${round}/${rounds}: ${last.join(', ')}`);
  }
  return found;
}

/** Over HTTP/2 where it speaks TLS. */
function load({ target, path, cookies = null }: Paired, seconds: number): Promise<Sample> {
  if (target.scheme === 'https') return loadWithH2load(target, path, { seconds, ...http2 });
  return loadWithWrk(target, path, {
    ...{ seconds, connections: 32, warmUpSeconds: 0 },
    ...(cookies === null ? {} : { cookiesFile: cookies }),
  });
}

/** A table in Markdown, with the CPU time of each against that of the first in the same round. @param title what was asked */
export function renderPaired(title: string, found: PairedFigures): string {
  const [first = []] = found.values();
  const rows = [...found].map(([name, cpu]) => {
    const ratios = cpu.map((us, round) => us / (first[round] ?? Number.NaN));
    return `| ${name} | ${cell(cpu, 1)} | ${cell(ratios, 3)} |`;
  });
  const head = `| ${title} | CPU µs | against ${[...found.keys()][0]} |\n| --- | ---: | ---: |`;
  return [head, ...rows].join('\n');
}

function cell(values: readonly number[], digits: number): string {
  const spread = spreadOf(values);
  if (spread === null) return '-';
  return `${spread.median.toFixed(digits)} (${spread.min.toFixed(digits)}–${spread.max.toFixed(digits)})`;
}
