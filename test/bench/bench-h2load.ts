// Load over TLS and HTTP/2, by h2load.
import { type Sample, type Target, watched } from './bench-load.ts';
import { run } from './bench-processes.ts';

/** What h2load says of a run. */
interface Said {
  readonly done: number;
  /** Answers that are not 2xx, and requests without one. */
  readonly bad: number;
  readonly perSecond: number;
}

/** @throws Error when that is not what h2load prints */
export function parseH2load(output: string): Said {
  const rate = /finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(output);
  const done = /requests: .*?(\d+) done/.exec(output);
  const bad = /status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(output);
  if (rate === null || done === null || bad === null)
    throw new Error(`h2load says something else: ${output.slice(0, 500)}`);
  const failed = /(\d+) failed/.exec(output)?.[1] ?? 0;
  const sum = [failed, ...bad.slice(1)].reduce((all: number, one) => all + Number(one), 0);
  return { done: Number(done[1]), bad: sum, perSecond: Number(rate[1]) };
}

const warmUpRequests = 5_000;

/** As many requests as `streams` at a time on each of `connections` bring. Latencies are not told. */
export async function loadWithH2load(
  target: Target,
  path: string,
  {
    seconds,
    connections,
    streams,
  }: { readonly seconds: number; readonly connections: number; readonly streams: number },
): Promise<Sample> {
  const { Host: host = `127.0.0.1:${target.port}`, ...headers } = target.headers;
  const fields = Object.entries(headers).flatMap(([name, value]) => [
    '-H',
    `${name.toLowerCase()}: ${value}`,
  ]);
  const load = async (count: number): Promise<Said> => {
    const args = ['-t1', `-c${connections}`, `-m${streams}`, `-n${count}`];
    const url = `https://${host}${path}`;
    const where = `--connect-to=127.0.0.1:${target.port}`;
    return parseH2load(await run('h2load', [...args, where, ...fields, url], 120_000));
  };
  // By their number and not by time: h2load does not always come to an end when its time is over.
  const { perSecond } = await load(warmUpRequests);
  const count = Math.max(warmUpRequests, Math.round(perSecond * seconds));
  const { value, cpuUs, peak, growthKb } = await watched(target.process, () => load(count));
  return {
    perSecond: value.perSecond,
    cpuUsPerUnit: target.process === null ? null : cpuUs / value.done,
    p50Ms: null,
    p99Ms: null,
    rssKb: peak.rssKb,
    pssKb: peak.pssKb,
    rssGrowthKb: growthKb,
    errors: value.bad,
  };
}
