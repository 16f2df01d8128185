// How long a start takes: from the call of the command to the first connection that is taken. Each time in a new process.
import { join } from 'node:path';
import { prepareBouncer } from './bench-bouncer.ts';
import type { PeerContext } from './bench-peer.ts';
import { makeFolder, proxyCore, start } from './bench-processes.ts';
import { type Spread, spreadOf } from './bench-statistics.ts';

export interface StartFigures {
  /** Of a process that finds nothing compiled: the first after an installation. Milliseconds. */
  readonly first: Spread;
  /** Of those after it. */
  readonly later: Spread;
  /** CPU time of the later ones, milliseconds. */
  readonly laterCpu: Spread;
}

interface OneStart {
  readonly tookMs: number;
  readonly cpuMs: number;
}

/** @param rounds of a first start and two later ones */
export async function measureStart(context: PeerContext, rounds: number): Promise<StartFigures> {
  const [first, later]: [OneStart[], OneStart[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const cache = makeFolder();
    first.push(await startOnce(context, cache));
    for (let again = 0; again < 2; again++) later.push(await startOnce(context, cache));
  }
  const spread = (all: readonly OneStart[], key: keyof OneStart): Spread =>
    spreadOf(all.map((one) => one[key])) ?? { median: 0, min: 0, max: 0 };
  return {
    first: spread(first, 'tookMs'),
    later: spread(later, 'tookMs'),
    laterCpu: spread(later, 'cpuMs'),
  };
}

async function startOnce(context: PeerContext, cache: string): Promise<OneStart> {
  const { args, port } = prepareBouncer(context, {});
  const beganMs = performance.now();
  const running = await start(process.execPath, {
    ...{ core: proxyCore, args, port, lookEveryMs: 2 },
    env: { NODE_ENV: 'production', XDG_CACHE_HOME: join(cache, 'home'), NODE_COMPILE_CACHE: '' },
  });
  const taken = { tookMs: performance.now() - beganMs, cpuMs: running.cpuUs() / 1_000 };
  await running.stop();
  return taken;
}
